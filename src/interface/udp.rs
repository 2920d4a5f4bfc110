//! The UDP interface: one datagram is one packet, from anybody, to one address or all of a network.
//! Wire-compatible with the reference's `UDPInterface`.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::pin::pin;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::UdpSocket;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use super::enrol::{Enrolled, enrol, leave};
use super::transmit_queue::TransmitSource;
use super::{BindError, Bus, Direction, HostPort, InterfaceEvent, Loss};
use crate::rns::ifac::AccessCode;
use crate::rns::interface::{InterfaceId, InterfaceSpec, Mode};
use crate::rns::packet::HEADER_MIN;

/// `UDPInterface.HW_MTU`. Links over it keep to 500 bytes.
pub const UDP_HW_MTU: usize = 1064;
/// `UDPInterface.BITRATE_GUESS`.
const BITRATE: u64 = 10_000_000;
/// How long to wait when the system can't receive.
const RECEIVE_PAUSE: Duration = Duration::from_secs(1);

/// The options of a UDP interface.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UdpSection {
    /// Address of ours to receive on; `0.0.0.0` for all of them.
    pub listen_ip: Ipv4Addr,
    /// Port to receive on.
    pub listen_port: Option<u16>,
    /// Address to send to: a peer's, or one that means everybody, such as `255.255.255.255`.
    pub forward_ip: Ipv4Addr,
    /// Port to send to.
    pub forward_port: Option<u16>,
    /// What `listen_port` and `forward_port` are when they are not said.
    pub port: Option<u16>,
}

/// That is no pair of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write it as LISTEN,FORWARD, two IPv4 addresses with ports: 0.0.0.0:4242,255.255.255.255:4242")]
pub struct ParseUdpError;

impl FromStr for UdpSection {
    type Err = ParseUdpError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (listen, forward) = text.split_once(',').ok_or(ParseUdpError)?;
        let listen: SocketAddrV4 = listen.trim().parse().map_err(|_| ParseUdpError)?;
        let forward: SocketAddrV4 = forward.trim().parse().map_err(|_| ParseUdpError)?;
        Ok(Self {
            listen_ip: *listen.ip(),
            listen_port: Some(listen.port()),
            forward_ip: *forward.ip(),
            forward_port: Some(forward.port()),
            port: None,
        })
    }
}

/// A UDP interface that can't be had.
#[derive(Debug, thiserror::Error)]
pub enum UdpError {
    /// Neither this option nor `port` is there.
    #[error("{0} is missing; set it, or port for both directions")]
    NoPort(&'static str),
    /// The address can't be had.
    #[error(transparent)]
    Bind(#[from] BindError),
}

/// A bound socket, and where it sends.
#[derive(Debug)]
pub struct Udp {
    socket: UdpSocket,
    listen: SocketAddr,
    forward: SocketAddrV4,
    access: Option<AccessCode>,
}

impl Udp {
    /// Binds; datagrams that come now wait until [`Self::run`].
    pub async fn bind(section: &UdpSection, access: Option<AccessCode>) -> Result<Self, UdpError> {
        let port = |own: Option<u16>, name| own.or(section.port).ok_or(UdpError::NoPort(name));
        let listen = SocketAddrV4::new(section.listen_ip, port(section.listen_port, "listen_port")?);
        let forward = SocketAddrV4::new(section.forward_ip, port(section.forward_port, "forward_port")?);
        let failed = |source| {
            let at = HostPort { host: listen.ip().to_string(), port: listen.port() };
            UdpError::Bind(BindError { at, source })
        };
        let socket = UdpSocket::bind(listen).await.map_err(failed)?;
        socket.set_broadcast(true).map_err(failed)?;
        let listen = socket.local_addr().map_err(failed)?;
        Ok(Self { socket, listen, forward, access })
    }

    /// For people.
    pub fn name(&self) -> String {
        format!("udp {} / {}", self.listen, self.forward)
    }

    /// Where it receives, with the port that the system chose if 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Carries datagrams until the bus is closed.
    pub async fn run(self, bus: Bus) {
        let spec = InterfaceSpec {
            name: self.name(),
            hw_mtu: UDP_HW_MTU,
            mtu_discovery: false,
            bitrate: BITRATE,
            access: self.access.clone(),
            mode: Mode::Full,
        };
        let max_frame = spec.max_frame();
        let Some(Enrolled { interface, source }) = enrol(spec, Direction::Outgoing, &bus).await else {
            return;
        };
        info!(listen = %self.listen, forward = %self.forward, "UDP is up");
        let mut receiving = pin!(self.receive(interface, max_frame, &bus));
        tokio::select! {
            () = &mut receiving => {}
            () = self.send(source, &bus) => {}
        }
        leave(interface, &bus).await;
    }

    /// Takes in what comes, until the owner of the node is gone.
    async fn receive(&self, interface: InterfaceId, max_frame: usize, bus: &Bus) {
        // One byte more than fits shows what doesn't.
        let mut buffer = vec![0; max_frame.saturating_add(1)];
        loop {
            let len = match self.socket.recv_from(&mut buffer).await {
                Ok((len, _)) => len,
                Err(error) => {
                    debug!(listen = %self.listen, %error, "cannot receive; trying again in a second");
                    sleep(RECEIVE_PAUSE).await;
                    continue;
                }
            };
            if len > max_frame {
                bus.counters.add(Loss::FrameTooLong);
            } else if len <= HEADER_MIN {
                bus.counters.add(Loss::FrameTooShort);
            } else {
                let frame = buffer.get(..len).unwrap_or_default().to_vec();
                if bus.events.send(InterfaceEvent::Frame { interface, frame }).await.is_err() {
                    return;
                }
            }
        }
    }

    /// Sends until the queue is let go and empty.
    async fn send(&self, mut source: TransmitSource, bus: &Bus) {
        let mut way = Way::Open;
        while let Some(frame) = source.next().await {
            match self.socket.send_to(&frame, self.forward).await {
                Ok(_) => way = Way::Open,
                Err(error) => {
                    bus.counters.add(Loss::NotSent);
                    if way == Way::Open {
                        warn!(to = %self.forward, %error, "cannot send; packets are lost until it works");
                    }
                    way = Way::Blocked;
                }
            }
            source.written();
        }
    }
}

/// Whether datagrams leave: one line in the log when that ends, not one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Blocked,
}
