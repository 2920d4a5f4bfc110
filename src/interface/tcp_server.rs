//! The TCP server interface: a listener, and an interface of its own for every client.
//! Wire-compatible with the reference's `TCPServerInterface` and `BackboneInterface`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::{info, warn};

use super::connection;
use super::{Bus, Direction, HostPort, Loss, TcpLink};
use crate::rns::ifac::AccessCode;
use crate::rns::interface::{InterfaceSpec, Mode, Neighbour};

/// Most clients of one listener, well below the usual limit of 1024 open files. When it is reached, the newcomer
/// loses: those who are connected have links open.
pub const MAX_CLIENTS: usize = 512;

/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// A listener that can't be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {at}")]
pub struct BindError {
    /// Where.
    pub at: HostPort,
    /// What the system says.
    pub source: std::io::Error,
}

/// A bound listener.
#[derive(Debug)]
pub struct TcpServer {
    listener: TcpListener,
    address: SocketAddr,
    name: String,
    link: TcpLink,
    access: Option<AccessCode>,
    mode: Mode,
}

impl TcpServer {
    /// Binds; clients that connect now wait until [`Self::serve`].
    pub async fn bind(at: &HostPort) -> Result<Self, BindError> {
        let failed = |source| BindError { at: at.clone(), source };
        let listener = TcpListener::bind((at.host.as_str(), at.port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let name = "tcp-server".to_owned();
        Ok(Self { listener, address, name, link: TcpLink::default(), access: None, mode: Mode::Full })
    }

    /// What it is called.
    #[must_use]
    pub fn with_name(self, name: String) -> Self {
        Self { name, ..self }
    }

    /// How its packets are.
    #[must_use]
    pub fn with_link(self, link: TcpLink) -> Self {
        Self { link, ..self }
    }

    /// What every client must prove to know.
    #[must_use]
    pub fn with_access(self, access: Option<AccessCode>) -> Self {
        Self { access, ..self }
    }

    /// What a transport node passes on over it.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Where it listens, with the port that the system chose if 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves at most `limit` clients at once, until the bus is closed.
    pub async fn serve(self, bus: Bus, limit: usize) {
        let places = Arc::new(Semaphore::new(limit));
        let mut crowd = Crowd::HasRoom;
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = bus.events.closed() => return,
            };
            let (stream, peer) = match accepted {
                Ok(client) => client,
                Err(error) => {
                    warn!(listener = %self.address, %error, "cannot accept a client; trying again in a second");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    crowd = Crowd::HasRoom;
                    let spec = InterfaceSpec {
                        name: format!("{} {} / {peer}", self.name, self.address),
                        neighbour: Neighbour::Network,
                        hw_mtu: self.link.hw_mtu,
                        mtu_discovery: self.link.mtu_discovery,
                        bitrate: self.link.bitrate,
                        access: self.access.clone(),
                        mode: self.mode,
                    };
                    let client = Client { interface: self.name.clone(), listener: self.address, peer, spec };
                    tokio::spawn(client.serve(stream, bus.clone(), place));
                }
                Err(_) => {
                    bus.counters.add(Loss::TooManyClients);
                    if crowd == Crowd::HasRoom {
                        warn!(listener = %self.address, limit, "all places are taken; turning clients away");
                    }
                    crowd = Crowd::Full;
                }
            }
        }
    }
}

/// Whether clients are being turned away: one line in the log when it begins, not one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crowd {
    HasRoom,
    Full,
}

/// A connection that was accepted.
#[derive(Debug)]
struct Client {
    interface: String,
    listener: SocketAddr,
    peer: SocketAddr,
    spec: InterfaceSpec,
}

impl Client {
    async fn serve(self, stream: TcpStream, bus: Bus, place: OwnedSemaphorePermit) {
        let Self { interface, listener, peer, spec } = self;
        info!(%interface, %listener, %peer, "client connected");
        match connection::carry(stream, spec, Direction::Incoming, &bus).await {
            Ok(connection::Released) => info!(%interface, %listener, %peer, "client released"),
            Err(lost) => info!(%interface, %listener, %peer, reason = %lost, "client disconnected"),
        }
        drop(place);
    }
}
