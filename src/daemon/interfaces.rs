//! From the sections of the configuration to interfaces that run.
//! Not the interfaces themselves.

use std::io::ErrorKind;
use std::net::SocketAddr;

use anyhow::Context;
use tracing::warn;

use super::access::Codes;
use crate::config::interfaces::{InterfaceKind, InterfaceSection, Origin, State, TcpClientSection};
use crate::interface::{BindError, Bus, HostPort, Pipe, TcpClient, TcpServer, Udp, UdpError};
use crate::rns::ifac::{AccessCode, CodeSize};
use crate::rns::interface::Mode;
use crate::rns::random::Random;

/// Everything that can fail is done: what is left is to run it.
#[derive(Debug, Default)]
pub(super) struct Opened {
    servers: Vec<(TcpServer, usize)>,
    clients: Vec<Client>,
    udp: Vec<Udp>,
    pipes: Vec<Pipe>,
}

/// A connection to be made.
#[derive(Debug)]
struct Client {
    name: String,
    section: TcpClientSection,
    access: Option<AccessCode>,
    mode: Mode,
}

impl Opened {
    /// Opens what is on. Nothing is left open if one of them fails.
    pub(super) async fn open(sections: &[InterfaceSection], codes: &Codes) -> anyhow::Result<Self> {
        let mut opened = Self::default();
        for section in sections.iter().filter(|section| section.state == State::On) {
            opened.add(section, code(section, codes)?).await?;
        }
        if opened.is_empty() {
            warn!(
                "no interface is on, so nobody can reach this server; the configuration says enabled = false"
            );
        }
        Ok(opened)
    }

    async fn add(&mut self, section: &InterfaceSection, access: Option<AccessCode>) -> anyhow::Result<()> {
        let (name, mode) = (|| section.name.clone(), section.mode);
        match &section.kind {
            InterfaceKind::TcpServer(server) => {
                let bound = TcpServer::bind(&server.listen).await.map_err(|error| advise(error, section))?;
                let bound = bound.with_name(name()).with_link(server.link);
                let bound = bound.with_access(access).with_mode(mode);
                self.servers.push((bound, server.max_clients));
            }
            InterfaceKind::TcpClient(client) => {
                self.clients.push(Client { name: name(), section: client.clone(), access, mode });
            }
            InterfaceKind::Udp(udp) => {
                let bound = Udp::bind(udp, access).await.map_err(|error| match error {
                    UdpError::Bind(error) => advise(error, section),
                    UdpError::NoPort(_) => anyhow::Error::new(error),
                })?;
                self.udp.push(bound.with_name(name()).with_mode(mode));
            }
            InterfaceKind::Pipe(pipe) => {
                let pipe = Pipe::new(pipe, access)
                    .with_context(|| format!("cannot start the interface \"{}\"", section.name))?;
                self.pipes.push(pipe.with_name(name()).with_mode(mode));
            }
        }
        Ok(())
    }

    fn is_empty(&self) -> bool {
        self.servers.is_empty() && self.clients.is_empty() && self.udp.is_empty() && self.pipes.is_empty()
    }

    /// Where it listens, with the ports that the system chose.
    pub(super) fn listening(&self) -> Vec<SocketAddr> {
        self.servers.iter().map(|(server, _)| server.address()).collect()
    }

    /// Whom it connects to.
    pub(super) fn connecting(&self) -> Vec<HostPort> {
        self.clients.iter().map(|client| client.section.target.clone()).collect()
    }

    /// Names of those that are neither a listener nor a connection.
    pub(super) fn others(&self) -> Vec<String> {
        self.udp.iter().map(Udp::name).chain(self.pipes.iter().map(Pipe::name)).collect()
    }

    /// Starts them all; they run until the bus is closed.
    pub(super) fn start(self, bus: &Bus, random: &mut Random) {
        for (server, most) in self.servers {
            tokio::spawn(server.serve(bus.clone(), most));
        }
        for Client { name, section, access, mode } in self.clients {
            let client = TcpClient::new(section.target, Random::from_seed(random.bytes()))
                .with_name(name)
                .with_link(section.link)
                .with_access(access)
                .with_mode(mode)
                .with_max_tries(section.max_reconnect_tries);
            tokio::spawn(client.run(bus.clone()));
        }
        for udp in self.udp {
            tokio::spawn(udp.run(bus.clone()));
        }
        for pipe in self.pipes {
            tokio::spawn(pipe.run(bus.clone()));
        }
    }
}

/// The access code of an interface: those of the command line share one network, those of the file each have their own.
fn code(section: &InterfaceSection, codes: &Codes) -> anyhow::Result<Option<AccessCode>> {
    match section.origin {
        Origin::CommandLine if section.kind.code_size() == CodeSize::SERIAL => Ok(codes.serial.clone()),
        Origin::CommandLine => Ok(codes.ip.clone()),
        Origin::File => section
            .access
            .code(section.kind.code_size())
            .with_context(|| format!("the interface \"{}\" has no access code", section.name)),
    }
}

/// Says what to do about an address that can't be had.
fn advise(error: BindError, section: &InterfaceSection) -> anyhow::Error {
    let at = &error.at;
    let place = match section.origin {
        Origin::CommandLine => match section.kind {
            InterfaceKind::Udp(_) => "with --udp LISTEN,FORWARD".to_owned(),
            InterfaceKind::TcpServer(_) | InterfaceKind::TcpClient(_) | InterfaceKind::Pipe(_) => {
                "with --listen HOST:PORT".to_owned()
            }
        },
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
