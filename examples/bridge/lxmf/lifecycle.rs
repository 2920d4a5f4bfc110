//! Commands that start the router, give it interfaces, and stop it.
//! Not what it does in between.

use std::sync::mpsc::channel;
use std::time::Duration;

use roost::daemon::clock::draw_seed;
use roost::daemon::rpc::Control;
use roost::interface::{
    Bus, HostPort, Medium, TcpClient, TcpClientSection, TcpServer, TcpServerSection, Template,
};
use roost::lxmf::message::DELIVERY_NAME;
use roost::rns::Node;
use roost::rns::destination::{destination_hash, name_hash};
use roost::rns::identity::Identity;
use roost::rns::random::Random;
use serde_json::{Value, json};

use super::world::World;
use super::{Post, running};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;
use crate::running::Running;

pub(super) const COMMANDS: Family = &[
    ("lxmf_init", init),
    ("lxmf_add_tcp_server_interface", add_tcp_server_interface),
    ("lxmf_add_tcp_client_interface", add_tcp_client_interface),
    ("lxmf_shutdown", shutdown),
];

const LOOPBACK: &str = "127.0.0.1";
/// How long a socket may take to be bound.
const BINDING: Duration = Duration::from_secs(10);

fn init(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    if bridge.post.0.is_some() {
        return Err(Failure::new("it runs already"));
    }
    let name = params.optional("display_name")?.unwrap_or_else(|| "bridge".to_owned());
    let identity = Identity::generate(&mut bridge.random);
    let address = destination_hash(name_hash(DELIVERY_NAME), identity.hash());
    let hash = identity.hash();
    let (bus, end) = Bus::new();
    let node = Node::new(draw_seed().map_err(|error| Failure::new(error.to_string()))?);
    let world = World::start(bridge.clock.now(), node, identity, &name, bus, &mut bridge.random)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (started, ()) =
        Running::start(runtime, world, bridge.clock, end, Control::default(), async { Ok(()) })?;
    bridge.post = Post(Some(started));
    // Nothing is on the disk.
    Ok(json!({
        "identity_hash": hash.to_string(),
        "delivery_destination_hash": address.to_string(),
        "storage_path": params.optional::<String>("storage_path")?,
        "config_dir": null,
    }))
}

fn add_tcp_server_interface(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let port = params.optional("bind_port")?.unwrap_or(0);
    let name = params.optional("name")?.unwrap_or_else(|| "tcp server".to_owned());
    let section = TcpServerSection::new(HostPort { host: LOOPBACK.to_owned(), port });
    let template = Template::new(&name, Medium::default());
    let (bound, port) = channel();
    running(bridge)?.call(move |world, now| {
        let attachment = world.attach(now, "TCPServerInterface", &template);
        tokio::spawn(async move {
            match TcpServer::bind(&section, template).await {
                Ok(server) => {
                    let _ = bound.send(Ok(server.address().port()));
                    server.run(attachment).await;
                }
                Err(error) => drop(bound.send(Err(Failure::from(error)))),
            }
        });
    })?;
    let port = port.recv_timeout(BINDING).map_err(|_| Failure::new("the port was not bound"))??;
    Ok(json!({"port": port, "interface_name": name}))
}

fn add_tcp_client_interface(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let host = params.optional("target_host")?.unwrap_or_else(|| LOOPBACK.to_owned());
    let section = TcpClientSection::new(HostPort { host, port: params.get("target_port")? });
    let name = params.optional("name")?.unwrap_or_else(|| "tcp client".to_owned());
    let template = Template::new(&name, Medium::default());
    let random = Random::from_seed(bridge.random.bytes());
    running(bridge)?.call(move |world, now| {
        let attachment = world.attach(now, "TCPClientInterface", &template);
        tokio::spawn(TcpClient::new(&section, template, random).run(attachment));
    })?;
    Ok(json!({"interface_name": name}))
}

fn shutdown(bridge: &mut Bridge, _: &Params) -> Result<Value, Failure> {
    if let Some(started) = std::mem::take(&mut bridge.post).0 {
        started.stop();
    }
    Ok(json!({"stopped": true}))
}
