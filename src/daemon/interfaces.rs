//! The interfaces of the command line: bound before anything else happens, started when the node is there.
//! Not what an interface does; that is [`crate::interface`].

use std::io::ErrorKind;

use anyhow::anyhow;

use super::Options;
use super::access::Codes;
use crate::interface::{BindError, Bus, HostPort, MAX_CLIENTS, Pipe, TcpClient, TcpServer, Udp, UdpError};
use crate::rns::random::Random;

/// Interfaces that are sure to start.
#[derive(Debug)]
pub(super) struct Interfaces {
    pub(super) listeners: Vec<TcpServer>,
    udp: Vec<Udp>,
    pipes: Vec<Pipe>,
}

impl Interfaces {
    /// Takes all addresses that `options` ask for.
    pub(super) async fn bind(options: &Options, codes: &Codes) -> anyhow::Result<Self> {
        let mut listeners = Vec::new();
        for at in &options.listen {
            let listener = TcpServer::bind(at).await.map_err(|error| advise(error, "--listen HOST:PORT"))?;
            listeners.push(listener.with_access(codes.ip.clone()));
        }
        let mut udp = Vec::new();
        for section in &options.udp {
            udp.push(Udp::bind(section, codes.ip.clone()).await.map_err(|error| match error {
                UdpError::Bind(error) => advise(error, "--udp LISTEN,FORWARD"),
                UdpError::NoPort(_) => anyhow!(error),
            })?);
        }
        let pipes: Result<_, _> =
            options.pipe.iter().map(|section| Pipe::new(section, codes.serial.clone())).collect();
        Ok(Self { listeners, udp, pipes: pipes? })
    }

    /// Names of those that are neither a listener nor a connection.
    pub(super) fn others(&self) -> Vec<String> {
        self.udp.iter().map(Udp::name).chain(self.pipes.iter().map(Pipe::name)).collect()
    }

    /// Starts all of them, and the connections. They hold the bus: the end of the last of them closes it.
    pub(super) fn start(self, connect: &[HostPort], codes: &Codes, random: &mut Random, bus: Bus) {
        for listener in self.listeners {
            tokio::spawn(listener.serve(bus.clone(), MAX_CLIENTS));
        }
        for peer in connect {
            let client = TcpClient::new(peer.clone(), Random::from_seed(random.bytes()));
            tokio::spawn(client.with_access(codes.ip.clone()).run(bus.clone()));
        }
        for udp in self.udp {
            tokio::spawn(udp.run(bus.clone()));
        }
        for pipe in self.pipes {
            tokio::spawn(pipe.run(bus.clone()));
        }
        drop(bus);
    }
}

/// Says what to do about an address that can't be had.
fn advise(error: BindError, option: &str) -> anyhow::Error {
    let at = &error.at;
    let advice = match error.source.kind() {
        ErrorKind::AddrInUse => format!(
            "{at} is in use by another program, perhaps a Reticulum daemon. Stop that program, or choose another \
             address with {option}"
        ),
        ErrorKind::AddrNotAvailable => format!(
            "{at} is no address of this machine. Choose one that is with {option}; 0.0.0.0:{} listens on \
             all of them",
            at.port
        ),
        ErrorKind::PermissionDenied => {
            format!("listening on {at} is not allowed. Choose a port of 1024 or more with {option}")
        }
        _ => format!("cannot listen on {at}. Check the address, or choose another with {option}"),
    };
    anyhow::Error::new(error.source).context(advice)
}
