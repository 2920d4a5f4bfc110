//! Commands that start and stop a node.
//! Not what it does in between.

use std::time::Duration;

use roost::daemon::clock::draw_seed;
use roost::interface::{
    Bus, HostPort, Medium, Mode, TcpClient, TcpClientSection, TcpServer, TcpServerSection, Template,
};
use roost::rns::Node;
use roost::rns::identity::Identity;
use roost::rns::ifac::{AccessCode, CodeSize};
use roost::rns::random::Random;
use serde_json::{Value, json};

use super::or;
use super::running::Running;
use super::world::World;
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Params};

pub(super) const COMMANDS: Family = &[
    ("wire_start_tcp_server", start_tcp_server),
    ("wire_start_tcp_client", start_tcp_client),
    ("wire_stop", stop),
];

const LOOPBACK: &str = "127.0.0.1";
/// How long a client may take to connect before the command answers all the same.
const CONNECTING: Duration = Duration::from_secs(2);

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
    let identity = Identity::generate(&mut bridge.random);
    let identity_hash = identity.hash();
    let options = options(params)?;
    let mut world = world(&options)?;
    if transport {
        world.node.enable_transport(identity);
    }
    world.set_implicit_proofs(or(params, "use_implicit_proof", true)?);
    let at = HostPort { host: LOOPBACK.to_owned(), port: or(params, "bind_port", 0)? };
    let section = TcpServerSection { medium: options.medium, ..TcpServerSection::new(at) };
    let template = options.template("wire server");
    let (bus, end) = Bus::new();
    let (attachment, hold) = bus.attach();
    world.interfaces.attach(bridge.clock.now(), "TCPServerInterface", template.bare_spec(), hold);
    let (running, port) = Running::start(world, bridge.clock, end, async move {
        let server = TcpServer::bind(&section, template).await?;
        let port = server.address().port();
        tokio::spawn(server.run(attachment));
        Ok(port)
    })?;
    let transport_enabled = running.call(|world, _| world.node.transport_id().is_some())?;
    Ok(json!({
        "handle": keep(bridge, running),
        "port": port,
        "identity_hash": identity_hash.to_string(),
        "transport_enabled": transport_enabled,
    }))
}

fn start_tcp_client(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let identity = Identity::generate(&mut bridge.random);
    let options = options(params)?;
    let mut world = world(&options)?;
    let target = HostPort { host: params.get("target_host")?, port: params.get("target_port")? };
    let random = Random::from_seed(draw_seed().map_err(|error| Failure::new(error.to_string()))?);
    let section = TcpClientSection { medium: options.medium, ..TcpClientSection::new(target) };
    let template = options.template("wire client");
    let (bus, end) = Bus::new();
    let (attachment, hold) = bus.attach();
    world.interfaces.attach(bridge.clock.now(), "TCPClientInterface", template.bare_spec(), hold);
    let (running, ()) = Running::start(world, bridge.clock, end, async move {
        let client = TcpClient::new(&section, template, random);
        tokio::spawn(client.run(attachment));
        Ok(())
    })?;
    running.wait(CONNECTING, |world, _| world.is_connected().then_some(()))?;
    Ok(json!({"handle": keep(bridge, running), "identity_hash": identity.hash().to_string()}))
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
fn keep(bridge: &mut Bridge, running: Running) -> String {
    let handle = hex::encode(bridge.random.bytes::<8>());
    bridge.nodes.insert(handle.clone(), running);
    handle
}

fn world(options: &Options) -> Result<World, Failure> {
    let seed = || draw_seed().map_err(|error| Failure::new(error.to_string()));
    let node = Node::new(seed()?);
    Ok(World::new(node, Random::from_seed(seed()?), options.access.clone()))
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
