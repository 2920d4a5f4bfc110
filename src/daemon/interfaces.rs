//! From the sections of the configuration to interfaces that run.
//! Not the interfaces themselves.

use std::io::ErrorKind;
use std::net::SocketAddr;

use tracing::warn;

use crate::config::interfaces::{InterfaceKind, InterfaceSection, Origin, State, TcpClientSection};
use crate::interface::{BindError, Bus, HostPort, TcpClient, TcpServer};
use crate::rns::random::Random;

/// Everything that can fail is done: what is left is to run it.
#[derive(Debug, Default)]
pub(super) struct Opened {
    servers: Vec<(TcpServer, usize)>,
    clients: Vec<(String, TcpClientSection)>,
}

impl Opened {
    /// Opens what is on. Nothing is left open if one of them fails.
    pub(super) async fn open(sections: &[InterfaceSection]) -> anyhow::Result<Self> {
        let mut opened = Self::default();
        for section in sections.iter().filter(|section| section.state == State::On) {
            match &section.kind {
                InterfaceKind::TcpServer(server) => {
                    let bound =
                        TcpServer::bind(&server.listen).await.map_err(|error| advise(error, section))?;
                    let bound = bound.with_name(section.name.clone()).with_link(server.link);
                    opened.servers.push((bound, server.max_clients));
                }
                InterfaceKind::TcpClient(client) => {
                    opened.clients.push((section.name.clone(), client.clone()));
                }
            }
        }
        if opened.servers.is_empty() && opened.clients.is_empty() {
            warn!(
                "no interface is on, so nobody can reach this server; the configuration says enabled = false"
            );
        }
        Ok(opened)
    }

    /// Where it listens, with the ports that the system chose.
    pub(super) fn listening(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|(server, _)| server.address()).collect()
    }

    /// Whom it connects to.
    pub(super) fn connecting(&self) -> Vec<HostPort> {
        self.clients.iter().map(|(_, client)| client.target.clone()).collect()
    }

    /// Starts them all; they run until the bus is closed.
    pub(super) fn start(self, bus: &Bus, random: &mut Random) {
        for (server, most) in self.servers {
            tokio::spawn(server.serve(bus.clone(), most));
        }
        for (name, section) in self.clients {
            let client = TcpClient::new(section.target, Random::from_seed(random.bytes()))
                .with_name(name)
                .with_link(section.link)
                .with_max_tries(section.max_reconnect_tries);
            tokio::spawn(client.run(bus.clone()));
        }
    }
}

/// Says what to do about an address that can't be had.
fn advise(error: BindError, section: &InterfaceSection) -> anyhow::Error {
    let at = &error.at;
    let place = match section.origin {
        Origin::CommandLine => "with --listen HOST:PORT".to_owned(),
        Origin::File => format!("for the interface \"{}\" in the configuration", section.name),
    };
    let advice = match error.source.kind() {
        ErrorKind::AddrInUse => format!(
            "{at} is in use by another program, perhaps a Reticulum daemon. Stop that program, or choose another \
             address {place}"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{at} is no address of this machine. Choose one that is {place}; {} listens on all of them",
            HostPort { host: "0.0.0.0".to_owned(), port: at.port }
        ),
        ErrorKind::PermissionDenied => {
            format!("listening on {at} is not allowed. Choose a port of 1024 or more {place}")
        }
        _ => format!("cannot listen on {at}. Check the address, or choose another {place}"),
    };
    anyhow::Error::new(error.source).context(advice)
}
