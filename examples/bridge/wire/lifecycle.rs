//! Commands that start and stop a node.
//! Not what it does in between.

use std::net::TcpListener;
use std::time::Duration;

use roost::config::shared::RpcKey;
use roost::daemon::clock::draw_seed;
use roost::daemon::rpc::{self, Asking, Control, KeySource};
use roost::interface::{
    Attachment, Bus, BusEnd, HostPort, Medium, Mode, SharedClient, SharedEndpoint, SharedListener,
    SharedServer, TcpClient, TcpClientSection, TcpServer, TcpServerSection, Template, Which,
};
use roost::rns::Node;
use roost::rns::hash::sha256;
use roost::rns::identity::Identity;
use roost::rns::ifac::{AccessCode, CodeSize};
use roost::rns::random::Random;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::or;
use super::world::World;
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Params};
use crate::running::Running;

pub(super) const COMMANDS: Family = &[
    ("wire_start_tcp_server", start_tcp_server),
    ("wire_start_tcp_client", start_tcp_client),
    ("wire_start_local_client", start_local_client),
    ("wire_stop", stop),
];

const LOOPBACK: &str = "127.0.0.1";
/// How long a client may take to connect before the command answers all the same.
const CONNECTING: Duration = Duration::from_secs(2);
/// Between a connection that stands here and a listener that has taken note of it: what it announces before is lost.
const ACCEPTING: Duration = Duration::from_millis(200);

/// The options that both kinds of interface have.
struct Options {
    medium: Medium,
    access: Option<AccessCode>,
    mode: Mode,
}

impl Options {
    fn template(&self, name: &str) -> Template {
        Template::new(name, self.medium).with_access(self.access.clone()).with_mode(self.mode)
    }
}

fn start_tcp_server(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    for hashes in ["remote_management_allowed", "blackhole_sources", "interface_discovery_sources"] {
        params.optional::<List<[u8; 16]>>(hashes)?;
    }
    let transport = !params.is_null("enable_transport") && or(params, "enable_transport", true)?;
    let sharing = or(params, "share_instance", false)?.then(free_endpoint).transpose()?;
    let identity = Identity::generate(&mut bridge.random);
    let options = options(params)?;
    let mut start = Start::new(&options, &identity)?;
    if transport {
        start.world.node.enable_transport(identity.clone());
    }
    if or(params, "respond_to_probes", false)? {
        start.world.node.answer_probes(bridge.clock.now());
    }
    start.world.set_implicit_proofs(or(params, "use_implicit_proof", true)?);
    let at = HostPort { host: LOOPBACK.to_owned(), port: or(params, "bind_port", 0)? };
    let section = TcpServerSection { medium: options.medium, ..TcpServerSection::new(at) };
    let template = options.template("wire server");
    let attachment = start.attach(bridge, "TCPServerInterface", &template);
    let key = rpc_key(params, &identity)?;
    let shared = match &sharing {
        Some(endpoint) => {
            start.world.node.enable_sharing(identity.clone());
            Some(start.share(bridge, endpoint, &key)?)
        }
        None => None,
    };
    let (running, port) = start.run(bridge, async move {
        let server = TcpServer::bind(&section, template).await?;
        let port = server.address().port();
        tokio::spawn(server.run(attachment));
        if let Some(shared) = shared {
            tokio::spawn(shared.server.run(shared.attachment));
            tokio::spawn(rpc::serve(shared.control, shared.keys, shared.asking, shared.random));
        }
        Ok(port)
    })?;
    let transport_enabled = running.call(|world, _| world.node.is_transport_node())?;
    let mut answer = json!({
        "handle": keep(bridge, running),
        "port": port,
        "identity_hash": identity.hash().to_string(),
        "transport_enabled": transport_enabled,
    });
    if let Some(SharedEndpoint::Ports { data, control }) = sharing {
        answer["shared_instance_port"] = data.into();
        answer["instance_control_port"] = control.into();
        answer["rpc_key"] = hex::encode(key).into();
    }
    Ok(answer)
}

fn start_tcp_client(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let identity = Identity::generate(&mut bridge.random);
    let options = options(params)?;
    let mut start = Start::new(&options, &identity)?;
    let target = HostPort { host: params.get("target_host")?, port: params.get("target_port")? };
    let random = Random::from_seed(seed()?);
    let section = TcpClientSection { medium: options.medium, ..TcpClientSection::new(target) };
    let template = options.template("wire client");
    let attachment = start.attach(bridge, "TCPClientInterface", &template);
    let (running, ()) = start.run(bridge, async move {
        tokio::spawn(TcpClient::new(&section, template, random).run(attachment));
        Ok(())
    })?;
    connect(&running)?;
    Ok(json!({"handle": keep(bridge, running), "identity_hash": identity.hash().to_string()}))
}

fn start_local_client(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let identity = Identity::generate(&mut bridge.random);
    let data = params.get("shared_instance_port")?;
    let control = or(params, "instance_control_port", SharedEndpoint::DEFAULT_CONTROL_PORT)?;
    let mut start = Start::new(&options(&Params::new(None)?)?, &identity)?;
    let attaching = SharedClient::attach(SharedEndpoint::Ports { data, control });
    let client = start.runtime.block_on(attaching)?;
    let attachment = start.attach(bridge, SharedClient::KIND, client.template());
    let (running, ()) = start.run(bridge, async move {
        tokio::spawn(client.run(attachment));
        Ok(())
    })?;
    connect(&running)?;
    Ok(json!({"handle": keep(bridge, running), "identity_hash": identity.hash().to_string()}))
}

/// Waits for the connection, and for the other side to know of it.
fn connect(running: &Running<World>) -> Result<(), Failure> {
    running.wait(CONNECTING, |world, _| world.is_connected().then_some(()))?;
    running.wait(ACCEPTING, |_, _| None::<()>)?;
    Ok(())
}

fn stop(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let running = params.optional::<String>("handle")?.and_then(|handle| bridge.nodes.remove(&handle));
    let stopped = running.is_some();
    if let Some(running) = running {
        running.stop();
    }
    Ok(json!({"stopped": stopped}))
}

/// Gives a running node its handle.
fn keep(bridge: &mut Bridge, running: Running<World>) -> String {
    let handle = hex::encode(bridge.random.bytes::<8>());
    bridge.nodes.insert(handle.clone(), running);
    handle
}

/// A node that is about to run.
struct Start {
    world: World,
    runtime: Runtime,
    bus: Bus,
    end: BusEnd,
    control: Control,
}

/// The sockets of a shared instance.
struct Shared {
    server: SharedServer,
    attachment: Attachment,
    control: SharedListener,
    keys: KeySource,
    asking: Asking,
    random: Random,
}

impl Start {
    /// `identity` is what others know it by if it passes on packets, or wants paths to be remembered for it.
    fn new(options: &Options, identity: &Identity) -> Result<Self, Failure> {
        let mut node = Node::new(seed()?);
        node.offer_tunnels_as(identity.clone());
        let world = World::new(node, Random::from_seed(seed()?), options.access.clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (bus, end) = Bus::new();
        Ok(Self { world, runtime, bus, end, control: Control::default() })
    }

    /// Makes room for an interface.
    fn attach(&mut self, bridge: &Bridge, kind: &'static str, template: &Template) -> Attachment {
        let (attachment, hold) = self.bus.attach();
        self.world.interfaces.attach(bridge.clock.now(), kind, template.bare_spec(), hold);
        attachment
    }

    /// Takes the sockets of a shared instance; it answers questions that are proved with `key`.
    fn share(&mut self, bridge: &Bridge, endpoint: &SharedEndpoint, key: &[u8]) -> Result<Shared, Failure> {
        self.world.shares_instance = true;
        let (server, control) = self.runtime.block_on(async {
            let server = SharedServer::bind(endpoint.clone()).await?;
            std::io::Result::Ok((server, endpoint.bind(Which::Control).await?))
        })?;
        let attachment = self.attach(bridge, SharedServer::KIND, server.template());
        let asking;
        (asking, self.control) = Control::new(endpoint.clone(), bridge.clock.now());
        let keys = KeySource::Configured(RpcKey::new(key.to_vec()));
        Ok(Shared { server, attachment, control, keys, asking, random: Random::from_seed(seed()?) })
    }

    /// Starts its thread; `prepare` starts the interfaces there.
    fn run<T: Send + 'static>(
        self,
        bridge: &Bridge,
        prepare: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> Result<(Running<World>, T), Failure> {
        Running::start(self.runtime, self.world, bridge.clock, self.end, self.control, prepare)
    }
}

fn seed() -> Result<[u8; 32], Failure> {
    draw_seed().map_err(|error| Failure::new(error.to_string()))
}

/// The key that questions to the instance are proved with: as given, or made from its identity. What is no hex counts as
/// not given.
fn rpc_key(params: &Params, identity: &Identity) -> Result<Vec<u8>, Failure> {
    let given = params.optional::<String>("rpc_key")?.and_then(|text| hex::decode(text).ok());
    Ok(given.unwrap_or_else(|| sha256(&[&*identity.private_bytes()]).to_vec()))
}

/// Two ports of loopback that nobody has just now.
fn free_endpoint() -> Result<SharedEndpoint, Failure> {
    let probe = || TcpListener::bind((LOOPBACK, 0));
    let (data, control) = (probe()?, probe()?);
    Ok(SharedEndpoint::Ports { data: data.local_addr()?.port(), control: control.local_addr()?.port() })
}

fn options(params: &Params) -> Result<Options, Failure> {
    let mut medium = params.optional("bitrate")?.map_or_else(Medium::default, Medium::of_tcp);
    if let Some(mtu) = params.optional("fixed_mtu")? {
        medium = medium.with_fixed_mtu(mtu);
    }
    let name: String = or(params, "network_name", String::new())?;
    let passphrase: String = or(params, "passphrase", String::new())?;
    let size = match params.optional::<u16>("ifac_size")? {
        // The reference takes the usual one, too, where less than a byte is asked for.
        None | Some(0..8) => CodeSize::IP,
        Some(bits) => CodeSize::from_bits(bits).ok_or_else(|| Failure::new("ifac_size is too large"))?,
    };
    let access = AccessCode::new(Some(&name), Some(&passphrase), size);
    let mode = params.optional::<String>("mode")?;
    Ok(Options { medium, access, mode: mode.map_or(Ok(Mode::Full), |mode| read_mode(&mode))? })
}

fn read_mode(name: &str) -> Result<Mode, Failure> {
    Ok(match name {
        "full" => Mode::Full,
        "access_point" => Mode::AccessPoint,
        "point_to_point" => Mode::PointToPoint,
        "roaming" => Mode::Roaming,
        "boundary" => Mode::Boundary,
        "gateway" => Mode::Gateway,
        other => return Err(Failure::new(format!("there is no mode {other}"))),
    })
}
