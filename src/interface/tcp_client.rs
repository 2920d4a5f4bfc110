//! The TCP client interface: one outgoing connection that is opened again whenever it is lost.
//! Wire-compatible with the reference's `TCPClientInterface` and `BackboneClientInterface`.

use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use super::backoff::{Attempt, Backoff, FAST_FLAP_THRESHOLD};
use super::connection::{self, Lost, Released};
use super::{Bus, Direction, HostPort, TcpLink};
use crate::rns::ifac::AccessCode;
use crate::rns::interface::{InterfaceSpec, Mode, Neighbour};
use crate::rns::random::Random;

/// `INITIAL_CONNECT_TIMEOUT`: for looking the name up and connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A peer to stay connected to.
#[derive(Debug)]
pub struct TcpClient {
    name: String,
    target: HostPort,
    link: TcpLink,
    access: Option<AccessCode>,
    mode: Mode,
    max_tries: Option<u64>,
    backoff: Backoff,
    /// Attempts since the last connection: only the first failure is worth a line to people.
    failures: u64,
}

impl TcpClient {
    /// A client of `target`; `random` spreads its attempts in time.
    pub fn new(target: HostPort, random: Random) -> Self {
        Self {
            name: "tcp-client".to_owned(),
            target,
            link: TcpLink::default(),
            access: None,
            mode: Mode::Full,
            max_tries: None,
            backoff: Backoff::new(random),
            failures: 0,
        }
    }

    /// The access code of the network that the peer belongs to.
    #[must_use]
    pub fn with_access(self, access: Option<AccessCode>) -> Self {
        Self { access, ..self }
    }

    /// What a transport node passes on over it.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
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

    /// How often it tries again in a row before it gives up; for ever with `None`.
    #[must_use]
    pub fn with_max_tries(self, max_tries: Option<u64>) -> Self {
        Self { max_tries, ..self }
    }

    /// Keeps the connection up until the bus is closed, or as long as its tries last.
    pub async fn run(mut self, bus: Bus) {
        loop {
            let attempt = tokio::select! {
                connected = connect(&self.target) => match connected {
                    Ok(stream) => match self.keep(stream, &bus).await {
                        Some(attempt) => attempt,
                        None => return,
                    },
                    Err(error) => self.failed(&error),
                },
                () = bus.events.closed() => return,
            };
            if self.max_tries.is_some_and(|most| self.failures > most) {
                let (interface, peer, tries) = (&self.name, &self.target, self.failures);
                warn!(%interface, %peer, tries, "cannot connect; giving up, as max_reconnect_tries says");
                return;
            }
            let wait = self.backoff.wait_after(attempt);
            debug!(peer = %self.target, ?wait, "connecting again after a wait");
            tokio::select! {
                () = sleep(wait) => {}
                () = bus.events.closed() => return,
            }
        }
    }

    /// Carries frames until the connection is lost; `None` if we are to stop.
    async fn keep(&mut self, stream: TcpStream, bus: &Bus) -> Option<Attempt> {
        self.failures = 0;
        info!(interface = %self.name, peer = %self.target, "connected");
        let spec = InterfaceSpec {
            name: format!("{} {}", self.name, self.target),
            neighbour: Neighbour::Network,
            hw_mtu: self.link.hw_mtu,
            mtu_discovery: self.link.mtu_discovery,
            bitrate: self.link.bitrate,
            access: self.access.clone(),
            mode: self.mode,
        };
        let mut carrying = pin!(connection::carry(stream, spec, Direction::Outgoing, bus));
        let (outcome, attempt) = tokio::select! {
            outcome = &mut carrying => (outcome, Attempt::Flapped),
            () = sleep(FAST_FLAP_THRESHOLD) => (carrying.await, Attempt::Stood),
        };
        match outcome {
            Ok(Released) => None,
            Err(lost) => {
                info!(interface = %self.name, peer = %self.target, reason = %lost, "connection lost");
                Some(attempt)
            }
        }
    }

    fn failed(&mut self, error: &Lost) -> Attempt {
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            warn!(interface = %self.name, peer = %self.target, %error, "cannot connect; trying again");
        } else {
            debug!(peer = %self.target, %error, attempts = self.failures, "still cannot connect");
        }
        Attempt::Failed
    }
}

async fn connect(target: &HostPort) -> Result<TcpStream, Lost> {
    let connecting = TcpStream::connect((target.host.as_str(), target.port));
    match timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
    }
}
