//! The UDP interface: one datagram is one packet, from anybody, to one address or all of a network.
//! Wire-compatible with the reference's `UDPInterface`.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use tokio::net::UdpSocket;
use tokio::time::sleep;
use tracing::{debug, info};

use super::datagram::fits;
use super::kind::{BindError, Interface, Means, OpenError, Place, Running, Section};
use super::transmit_queue::TransmitSource;
use super::{Attachment, Condition, Direction, Enrolled, HostPort, Loss, Medium, Template};
use crate::rns::hash::truncated_sha256;
use crate::rns::ifac::CodeSize;
use crate::rns::interface::InterfaceId;

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

impl Section for UdpSection {
    const CODE_SIZE: CodeSize = CodeSize::IP;

    fn medium(&self) -> Medium {
        Medium::of_plain_links(BITRATE, UDP_HW_MTU)
    }

    async fn open(&self, template: Template, _: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(Box::new(Udp::bind(self, template).await?))
    }
}

/// A bound socket, and where it sends.
#[derive(Debug)]
pub struct Udp {
    template: Template,
    socket: UdpSocket,
    listen: SocketAddr,
    forward: SocketAddrV4,
}

impl Interface for Udp {
    fn place(&self) -> Place {
        Place::Other(self.template.spec(self.peers()).name)
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl Udp {
    /// Binds; datagrams that come now wait until [`Self::run`].
    pub async fn bind(section: &UdpSection, template: Template) -> Result<Self, OpenError> {
        let port = |own: Option<u16>, name| {
            let missing =
                || OpenError::Section(format!("{name} is missing; set it, or port for both directions"));
            own.or(section.port).ok_or_else(missing)
        };
        let listen = SocketAddrV4::new(section.listen_ip, port(section.listen_port, "listen_port")?);
        let forward = SocketAddrV4::new(section.forward_ip, port(section.forward_port, "forward_port")?);
        let failed = |source| {
            let at = HostPort { host: listen.ip().to_string(), port: listen.port() };
            BindError { at, source }
        };
        let socket = UdpSocket::bind(listen).await.map_err(failed)?;
        socket.set_broadcast(true).map_err(failed)?;
        let listen = socket.local_addr().map_err(failed)?;
        Ok(Self { template, socket, listen, forward })
    }

    fn peers(&self) -> String {
        format!("{} / {}", self.listen, self.forward)
    }

    /// Where it receives, with the port that the system chose if 0 was asked for.
    pub const fn address(&self) -> SocketAddr {
        self.listen
    }

    /// Carries datagrams until it is released.
    pub async fn run(self, attachment: Attachment) {
        let spec = self.template.spec(self.peers());
        let max_frame = spec.max_frame();
        let Some(Enrolled { interface, source }) = attachment.enrol(spec, Direction::Outgoing).await else {
            return;
        };
        attachment.say(Condition::Up).await;
        info!(listen = %self.listen, forward = %self.forward, "UDP is up");
        self.carry(interface, max_frame, source, &attachment).await;
        attachment.leave(interface).await;
    }

    /// Sends until the queue is let go and empty; takes in what comes meanwhile.
    async fn carry(
        &self,
        interface: InterfaceId,
        max_frame: usize,
        mut source: TransmitSource,
        attachment: &Attachment,
    ) {
        let (mut way, mut sent) = (Way::Open, Sent::default());
        // One byte more than fits shows what doesn't.
        let mut buffer = vec![0; max_frame.saturating_add(1)];
        loop {
            tokio::select! {
                frame = source.next() => {
                    let Some(frame) = frame else { return };
                    sent.note(&frame);
                    way = self.send(&frame, way, attachment).await;
                    source.written();
                }
                received = self.socket.recv_from(&mut buffer) => match received {
                    Ok((len, peer)) => {
                        let frame = buffer.get(..len).unwrap_or_default();
                        let echo = peer.port() == self.listen.port() && sent.has(frame);
                        if !echo && fits(frame, max_frame, attachment.counters()) {
                            let frame = frame.to_vec();
                            // When the owner of the node is gone, so is the queue: the next turn is the last.
                            attachment.deliver(interface, frame).await;
                        }
                    }
                    Err(error) => {
                        debug!(listen = %self.listen, %error, "cannot receive; trying again in a second");
                        sleep(RECEIVE_PAUSE).await;
                    }
                },
            }
        }
    }

    async fn send(&self, frame: &[u8], way: Way, attachment: &Attachment) -> Way {
        let now = match self.socket.send_to(frame, self.forward).await {
            Ok(_) => Way::Open,
            Err(error) => {
                attachment.counters().add(Loss::NotSent);
                if way == Way::Open {
                    attachment.say(Condition::Retrying(format!("cannot send: {error}"))).await;
                }
                Way::Blocked
            }
        };
        if (way, now) == (Way::Blocked, Way::Open) {
            attachment.say(Condition::Up).await;
        }
        now
    }
}

/// Whether datagrams leave: that is said when it changes, not for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    Blocked,
}

/// Fingerprints of the last frames that were sent. What goes to everybody comes back to us, too, and a link would take
/// it for the other side's: both sides of a link have the same keys.
#[derive(Debug, Default)]
struct Sent(VecDeque<[u8; 16]>);

impl Sent {
    /// Several times the frames that can be on their way back.
    const MOST: usize = 512;

    fn note(&mut self, frame: &[u8]) {
        if self.0.len() >= Self::MOST {
            self.0.pop_front();
        }
        self.0.push_back(truncated_sha256(&[frame]));
    }

    fn has(&self, frame: &[u8]) -> bool {
        self.0.contains(&truncated_sha256(&[frame]))
    }
}
