//! The TCP client interface: one outgoing connection that is opened again whenever it is lost.
//! Wire-compatible with the reference's `TCPClientInterface` and `BackboneClientInterface`.

use std::pin::pin;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use super::backoff::{Attempt, Backoff, FAST_FLAP_THRESHOLD};
use super::connection::{self, Lost, Released};
use super::{Bus, Direction, HostPort, TCP_BITRATE, TCP_HW_MTU};
use crate::rns::ifac::AccessCode;
use crate::rns::interface::{InterfaceSpec, Mode};
use crate::rns::random::Random;

/// `INITIAL_CONNECT_TIMEOUT`: for looking the name up and connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A peer to stay connected to.
#[derive(Debug)]
pub struct TcpClient {
    target: HostPort,
    access: Option<AccessCode>,
    backoff: Backoff,
    /// Attempts since the last connection: only the first failure is worth a line to people.
    failures: u64,
}

impl TcpClient {
    /// A client of `target`; `random` spreads its attempts in time.
    pub fn new(target: HostPort, random: Random) -> Self {
        Self { target, access: None, backoff: Backoff::new(random), failures: 0 }
    }

    /// The access code of the network that the peer belongs to.
    #[must_use]
    pub fn with_access(self, access: Option<AccessCode>) -> Self {
        Self { access, ..self }
    }

    /// Keeps the connection up until the bus is closed.
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
        info!(peer = %self.target, "connected");
        let spec = InterfaceSpec {
            name: format!("tcp-client {}", self.target),
            hw_mtu: TCP_HW_MTU,
            mtu_discovery: true,
            bitrate: TCP_BITRATE,
            access: self.access.clone(),
            mode: Mode::Full,
        };
        let mut carrying = pin!(connection::carry(stream, spec, Direction::Outgoing, bus));
        let (outcome, attempt) = tokio::select! {
            outcome = &mut carrying => (outcome, Attempt::Flapped),
            () = sleep(FAST_FLAP_THRESHOLD) => (carrying.await, Attempt::Stood),
        };
        match outcome {
            Ok(Released) => None,
            Err(lost) => {
                info!(peer = %self.target, reason = %lost, "connection lost");
                Some(attempt)
            }
        }
    }

    fn failed(&mut self, error: &Lost) -> Attempt {
        self.failures = self.failures.saturating_add(1);
        if self.failures == 1 {
            warn!(peer = %self.target, %error, "cannot connect; trying again until it works");
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
