//! The TCP server interface: a listener, and an interface of its own for every client.
//! Wire-compatible with the reference's `TCPServerInterface` and `BackboneInterface`.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tracing::info;

use super::connection;
use super::framing::Framing;
use super::kind::{BindError, Interface, Means, OpenError, Place, Running, Section};
use super::places::{Places, WhenFull};
use super::{Attachment, Condition, Direction, HostPort, Medium, Template};
use crate::rns::ifac::CodeSize;
use crate::rns::interface::InterfaceSpec;

/// Most clients of one listener, well below the usual limit of 1024 open files. When it is reached, the newcomer takes
/// the place of the one that has been silent from its beginning the longest; if all have said something, it loses: those
/// who are connected have links open.
pub const MAX_CLIENTS: usize = 512;

/// The options of a TCP server interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpServerSection {
    /// Where to listen.
    pub listen: HostPort,
    /// Most clients at once.
    pub max_clients: usize,
    /// How packets are.
    pub medium: Medium,
}

impl TcpServerSection {
    /// One that listens at `at`, with nothing else said.
    pub fn new(listen: HostPort) -> Self {
        Self { listen, max_clients: MAX_CLIENTS, medium: Medium::default() }
    }
}

impl Section for TcpServerSection {
    const CODE_SIZE: CodeSize = CodeSize::IP;

    fn medium(&self) -> Medium {
        self.medium
    }

    async fn open(&self, template: Template, _: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(Box::new(TcpServer::bind(self, template).await?))
    }
}

/// A bound listener.
#[derive(Debug)]
pub struct TcpServer {
    template: Template,
    listener: TcpListener,
    address: SocketAddr,
    limit: usize,
}

impl Interface for TcpServer {
    fn place(&self) -> Place {
        Place::Listening(self.address)
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl TcpServer {
    /// Binds; clients that connect now wait until [`Self::run`].
    pub async fn bind(section: &TcpServerSection, template: Template) -> Result<Self, BindError> {
        let at = &section.listen;
        let failed = |source| BindError { at: at.clone(), source };
        let listener = TcpListener::bind((at.host.as_str(), at.port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { template, listener, address, limit: section.max_clients })
    }

    /// Where it listens, with the port that the system chose if 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves clients until it is released.
    pub async fn run(self, attachment: Attachment) {
        attachment.say(Condition::Up).await;
        let mut places = Places::new(self.limit, WhenFull::TakeOver, self.address.to_string());
        loop {
            let accepted = tokio::select! {
                accepted = self.listener.accept() => accepted,
                () = attachment.released() => return,
            };
            let (stream, peer) = match accepted {
                Ok(client) => client,
                Err(error) => {
                    places.pause_after(&error).await;
                    continue;
                }
            };
            let Some(place) = places.take(attachment.counters()) else { continue };
            let client = Client {
                interface: self.template.name().to_owned(),
                listener: self.address,
                peer,
                spec: self.template.spec(format_args!("{} / {peer}", self.address)),
            };
            tokio::spawn(client.serve(stream, attachment.in_place(place)));
        }
    }
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
    async fn serve(self, stream: TcpStream, attachment: Attachment) {
        let Self { interface, listener, peer, spec } = self;
        info!(%interface, %listener, %peer, "client connected");
        match connection::carry(stream, Framing::Hdlc, spec, Direction::Incoming, &attachment).await {
            Ok(connection::Released) => info!(%interface, %listener, %peer, "client released"),
            Err(lost) => info!(%interface, %listener, %peer, reason = %lost, "client disconnected"),
        }
    }
}
