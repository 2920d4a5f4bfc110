//! Interfaces: the only code that touches sockets; it turns byte streams into frames and back.
//! Not what the frames mean; that is [`crate::rns`].

mod attachment;
mod auto;
pub mod ax25;
mod backoff;
mod beacon;
mod command_line;
mod connection;
mod counters;
mod datagram;
mod framing;
pub mod hdlc;
mod host_port;
mod kept_port;
mod kind;
pub mod kiss;
mod kiss_tnc;
mod medium;
mod pipe;
mod places;
pub mod rnode;
mod section;
mod serial;
mod serial_port;
mod shared;
mod tcp_client;
mod tcp_server;
mod template;
mod transmit_queue;
mod udp;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::sync::{mpsc, oneshot};

use self::transmit_queue::TransmitSource;
use crate::rns::interface::{InterfaceId, InterfaceSpec};

pub use crate::rns::air::{Air, Limits, Share};
pub use crate::rns::airtime::Modulation;
pub use crate::rns::ifac::CodeSize;
pub use crate::rns::interface::Mode;
pub use crate::rns::policy::{AnnounceRate, Policy};
pub use attachment::{Attachment, AttachmentId, Condition, Hold};
pub use auto::{AddressType, AutoSection, Scope};
pub use ax25::Header as Ax25Header;
pub use backoff::{Attempt, Backoff};
pub use beacon::BeaconSection;
pub use command_line::CommandError;
pub use counters::{Counters, Loss};
pub use framing::Framing;
pub use host_port::{HostPort, ParseHostPortError};
pub use kept_port::{KeptPort, PortTiming};
pub use kind::{BindError, Interface, Means, OpenError, Place, Running, Section};
pub use kiss_tnc::{Ax25KissSection, KissSection, TncParameters, TncSection};
pub use medium::{Medium, TNC_BITRATE, TNC_HW_MTU};
pub use pipe::{PIPE_HW_MTU, Pipe, PipeError, PipeSection};
pub use rnode::{RNode, RNodeSection};
pub use section::{AccessError, AccessSection, Passphrase};
pub use serial::SerialSection;
pub use serial_port::{
    DataBits, FoundPort, Line, Parity, PortError, PortHolder, SerialPort, StopBits, UsbName, found_ports,
    port_holder,
};
pub use shared::{
    MAX_SHARED_CLIENTS, SharedClient, SharedEndpoint, SharedListener, SharedReader, SharedServer,
    SharedStream, SharedWriter, Which,
};
pub use tcp_client::{TcpClient, TcpClientSection};
pub use tcp_server::{MAX_CLIENTS, TcpServer, TcpServerSection};
pub use template::Template;
pub use transmit_queue::{Offered, TransmitQueue};
pub use udp::{ParseUdpError, UDP_HW_MTU, Udp, UdpSection};

/// `TCPInterface.BITRATE_GUESS`: nobody knows the rate of a TCP path, so both sides assume this one.
pub const TCP_BITRATE: u64 = 10_000_000;

/// `HW_MTU` that `Interface.optimise_mtu` gives for [`TCP_BITRATE`].
pub const TCP_HW_MTU: usize = 16_384;

/// Events that may wait for the owner of the node; then the connections stop reading, each for itself.
/// The largest hold one frame of [`TCP_HW_MTU`], so all of them together take 8 MiB.
const EVENT_QUEUE: usize = 512;

/// Who opened a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// A client of one of our listeners.
    Incoming,
    /// We did.
    Outgoing,
    /// Nobody: both sides found each other.
    Found,
    /// We did, and the peer takes us for somebody new each time; so it is told whose connection this is.
    Dialled,
}

impl Direction {
    /// Do we open it again when it is lost?
    pub const fn is_ours(self) -> bool {
        match self {
            Self::Incoming | Self::Found => false,
            Self::Outgoing | Self::Dialled => true,
        }
    }
}

/// What interfaces tell the owner of the node.
#[derive(Debug)]
pub enum InterfaceEvent {
    /// A connection stands. It carries nothing before its number is `assigned`, and ends when `transmit` is dropped
    /// and what waits in it is written.
    Up {
        /// Whose it is.
        attachment: AttachmentId,
        /// What the protocol must know of it.
        spec: InterfaceSpec,
        /// Who opened it.
        direction: Direction,
        /// Takes frames for it.
        transmit: TransmitQueue,
        /// Takes the number that the node gives it.
        assigned: oneshot::Sender<InterfaceId>,
    },
    /// A frame arrived.
    Frame {
        /// Where.
        interface: InterfaceId,
        /// One packet, without framing.
        frame: Vec<u8>,
    },
    /// A connection is gone.
    Down {
        /// Which.
        interface: InterfaceId,
    },
    /// A radio has told something of itself.
    Radio {
        /// Whose it is.
        attachment: AttachmentId,
        /// What it has told last.
        statistics: rnode::Statistics,
    },
    /// An interface fares otherwise than before, or for another reason.
    Fares {
        /// Which.
        attachment: AttachmentId,
        /// How.
        condition: Condition,
    },
}

/// A connection that the owner of the node knows.
#[derive(Debug)]
struct Enrolled {
    /// Its number.
    interface: InterfaceId,
    /// What it is to transmit; ends when the owner lets go of the connection.
    source: TransmitSource,
}

/// What all interfaces share: the way to the owner of the node, the counters, and the memory for waiting frames.
#[derive(Debug, Clone)]
pub struct Bus {
    events: mpsc::Sender<InterfaceEvent>,
    counters: Arc<Counters>,
    /// Bytes that wait in all transmit queues together.
    waiting: Arc<AtomicUsize>,
    attached: Arc<AtomicU64>,
    /// Says by its end that no interface is left.
    _alive: mpsc::Sender<Infallible>,
}

/// Where the events of all interfaces come out: the end that the owner of the node holds.
#[derive(Debug)]
pub struct BusEnd {
    events: mpsc::Receiver<InterfaceEvent>,
    alive: mpsc::Receiver<Infallible>,
}

impl Bus {
    /// A bus and its end. Interfaces stop when the end is dropped or finished.
    pub fn new() -> (Self, BusEnd) {
        let (events, receiver) = mpsc::channel(EVENT_QUEUE);
        let (sign_of_life, alive) = mpsc::channel(1);
        let bus = Self {
            events,
            counters: Arc::default(),
            waiting: Arc::default(),
            attached: Arc::default(),
            _alive: sign_of_life,
        };
        (bus, BusEnd { events: receiver, alive })
    }

    /// A place for one more interface.
    pub fn attach(&self) -> (Attachment, Hold) {
        let id = AttachmentId(self.attached.fetch_add(1, Ordering::Relaxed));
        Attachment::new(id, self.clone())
    }

    /// What was lost on the interfaces, by reason.
    pub fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }
}

impl BusEnd {
    /// Waits for an event; `None` when no interface is left.
    pub async fn next(&mut self) -> Option<InterfaceEvent> {
        self.events.recv().await
    }

    /// Waits for an event and takes up to `limit` that wait already; 0 when no interface is left.
    pub async fn next_batch(&mut self, batch: &mut Vec<InterfaceEvent>, limit: usize) -> usize {
        self.events.recv_many(batch, limit).await
    }

    /// Stops all interfaces, and waits until they have ended. A connection first writes what waits in its transmit
    /// queue, so its owner must have dropped that.
    pub async fn finish(mut self) {
        self.events.close();
        // An event that waits may hold a transmit queue.
        while self.events.recv().await.is_some() {}
        while self.alive.recv().await.is_some() {}
    }
}
