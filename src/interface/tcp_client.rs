//! The TCP client interface: one outgoing connection that is opened again whenever it is lost.
//! Wire-compatible with the reference's `TCPClientInterface` and `BackboneClientInterface`.

use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tracing::{debug, info};

use super::backoff::{Attempt, Backoff, FAST_FLAP_THRESHOLD, outlived};
use super::connection::{self, Released};
use super::framing::Framing;
use super::kind::{Interface, Means, OpenError, Place, Running, Section};
use super::{Attachment, Condition, Direction, HostPort, Medium, Template};
use crate::rns::ifac::CodeSize;
use crate::rns::random::Random;

/// `INITIAL_CONNECT_TIMEOUT`: for looking the name up and connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The options of a TCP client interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TcpClientSection {
    /// Whom to connect to.
    pub target: HostPort,
    /// How often to try again in a row before giving up; for ever if nothing is said.
    pub max_reconnect_tries: Option<u64>,
    /// How packets are.
    pub medium: Medium,
    /// How they stand in the stream: [`Framing::Kiss`] where the peer is a modem.
    pub framing: Framing,
}

impl TcpClientSection {
    /// One that connects to `target`, with nothing else said.
    pub fn new(target: HostPort) -> Self {
        Self { target, max_reconnect_tries: None, medium: Medium::default(), framing: Framing::Hdlc }
    }
}

impl Section for TcpClientSection {
    const CODE_SIZE: CodeSize = CodeSize::IP;

    fn medium(&self) -> Medium {
        self.medium
    }

    async fn open(&self, template: Template, means: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(Box::new(TcpClient::new(self, template, means.random)))
    }
}

/// A peer to stay connected to.
#[derive(Debug)]
pub struct TcpClient {
    template: Template,
    target: HostPort,
    framing: Framing,
    max_tries: Option<u64>,
    backoff: Backoff,
    /// Attempts since the last connection.
    failures: u64,
}

impl Interface for TcpClient {
    fn place(&self) -> Place {
        Place::Connecting(self.target.clone())
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl TcpClient {
    /// A client; `random` spreads its attempts in time.
    pub fn new(section: &TcpClientSection, template: Template, random: Random) -> Self {
        let (target, max_tries) = (section.target.clone(), section.max_reconnect_tries);
        let framing = section.framing;
        Self { template, target, framing, max_tries, backoff: Backoff::new(random), failures: 0 }
    }

    /// Keeps the connection up until it is released, or as long as its tries last.
    pub async fn run(mut self, attachment: Attachment) {
        loop {
            let attempt = tokio::select! {
                connected = connect(&self.target) => match connected {
                    Ok(stream) => match self.keep(stream, &attachment).await {
                        Some(attempt) => attempt,
                        None => return,
                    },
                    Err(error) => self.failed(&error, &attachment).await,
                },
                () = attachment.released() => return,
            };
            if self.max_tries.is_some_and(|most| self.failures > most) {
                let why = format!(
                    "no connection after {} attempts, and max_reconnect_tries says to give up",
                    self.failures
                );
                attachment.say(Condition::Ended(why)).await;
                return;
            }
            let wait = self.backoff.wait_after(attempt);
            debug!(peer = %self.target, ?wait, "connecting again after a wait");
            if !attachment.waits(wait).await {
                return;
            }
        }
    }

    /// Carries frames until the connection is lost; `None` if we are to stop.
    async fn keep(&mut self, stream: TcpStream, attachment: &Attachment) -> Option<Attempt> {
        self.failures = 0;
        info!(interface = self.template.name(), peer = %self.target, "connected");
        attachment.say(Condition::Up).await;
        let spec = self.template.spec(&self.target);
        let carrying = connection::carry(stream, self.framing, spec, Direction::Dialled, attachment);
        match outlived(carrying, FAST_FLAP_THRESHOLD).await {
            (Ok(Released), _) => None,
            (Err(lost), attempt) => {
                attachment.say(Condition::Retrying(lost.to_string())).await;
                Some(attempt)
            }
        }
    }

    async fn failed(&mut self, error: &std::io::Error, attachment: &Attachment) -> Attempt {
        self.failures = self.failures.saturating_add(1);
        attachment.say(Condition::Retrying(error.to_string())).await;
        Attempt::Failed
    }
}

pub(super) async fn connect(target: &HostPort) -> std::io::Result<TcpStream> {
    let connecting = TcpStream::connect((target.host.as_str(), target.port));
    match timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(connected) => connected,
        Err(_) => Err(std::io::ErrorKind::TimedOut.into()),
    }
}
