//! The Auto interface: finds peers on local networks by itself, and has an interface of its own for each.
//! Wire-compatible with the reference's `AutoInterface`.

mod devices;
mod discovery;
mod duplicates;
mod group;
mod peer;
mod sockets;

use std::collections::BTreeMap;
use std::net::SocketAddrV6;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tracing::{debug, info, warn};

use self::devices::{Choice, usable};
use self::discovery::{Device, Discovery, Event, News, Peer};
use self::peer::PeerHandle;
use self::sockets::{Places, Sockets, sender};
use super::datagram::fits;
use super::kind::{Interface, Means, OpenError, Place, Running, Section};
use super::{Attachment, Condition, Loss, Medium, Template};
use crate::rns::ifac::CodeSize;
use crate::rns::time::Instant;

use group::GROUP_ID;
pub use group::{AddressType, Scope};

/// `AutoInterface.HW_MTU`.
const AUTO_HW_MTU: usize = 1196;
/// `AutoInterface.BITRATE_GUESS`.
const AUTO_BITRATE: u64 = 10_000_000;
/// `AutoInterface.DEFAULT_DISCOVERY_PORT`.
const DISCOVERY_PORT: u16 = 29_716;
/// `AutoInterface.DEFAULT_DATA_PORT`.
const DATA_PORT: u16 = 42_671;

/// `AutoInterface.PEER_JOB_INTERVAL`: how often to look which devices there are.
const LOOK_INTERVAL: Duration = Duration::from_secs(4);
/// The same while one could not be used: a new address needs a second or two before it works.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);
/// Most devices. Each takes three of the files that the system lets us have open.
const MAX_DEVICES: usize = 32;
/// Datagrams that may wait; then the sockets stop reading.
const DATAGRAM_QUEUE: usize = 64;
/// Bytes of a token; what follows them says nothing.
const TOKEN_SIZE: usize = 32;
/// How long to wait when the system can't receive.
const RECEIVE_PAUSE: Duration = Duration::from_secs(1);

/// The options of an Auto interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutoSection {
    /// Name of the group: peers of another are not found.
    pub group_id: String,
    /// How far the search goes.
    pub discovery_scope: Scope,
    /// Which kind of multicast address is used.
    pub multicast_address_type: AddressType,
    /// Port of the search; the next one is used, too.
    pub discovery_port: u16,
    /// Port of the frames.
    pub data_port: u16,
    /// Only these devices; all that there are if there is none here.
    pub devices: Vec<String>,
    /// None of these devices.
    pub ignored_devices: Vec<String>,
    /// Bits per second that are assumed.
    pub bitrate: u64,
}

/// What is so where nothing else is said.
impl Default for AutoSection {
    fn default() -> Self {
        Self {
            group_id: GROUP_ID.to_owned(),
            discovery_scope: Scope::default(),
            multicast_address_type: AddressType::default(),
            discovery_port: DISCOVERY_PORT,
            data_port: DATA_PORT,
            devices: Vec::new(),
            ignored_devices: Vec::new(),
            bitrate: AUTO_BITRATE,
        }
    }
}

impl Section for AutoSection {
    const CODE_SIZE: CodeSize = CodeSize::IP;

    fn medium(&self) -> Medium {
        Medium { mtu_discovery: true, ..Medium::of_plain_links(self.bitrate, AUTO_HW_MTU) }
    }

    async fn open(&self, template: Template, means: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(Box::new(Auto::new(self, template, means)))
    }
}

/// Everything that runs: the devices in use, and the peers on their networks.
#[derive(Debug)]
struct Auto {
    template: Template,
    means: Means,
    choice: Choice,
    places: Places,
    discovery: Discovery,
    devices: BTreeMap<u32, InUse>,
    /// Why others can't be used.
    unusable: BTreeMap<u32, Unusable>,
    peers: BTreeMap<Peer, PeerHandle>,
    said: Condition,
}

/// A device in use.
#[derive(Debug)]
struct InUse {
    device: Device,
    sockets: Sockets,
    /// They read as long as this is kept.
    _readers: JoinSet<()>,
}

/// A device that can't be used.
#[derive(Debug)]
struct Unusable {
    reason: String,
    /// How often in a row: an address that is a second old can't be bound yet, so the first time is no news.
    times: u32,
}

/// What a socket received.
#[derive(Debug)]
struct Datagram {
    from: Peer,
    what: What,
    bytes: Vec<u8>,
}

/// Which kind of socket it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Token,
    Frame,
}

impl Interface for Auto {
    fn place(&self) -> Place {
        Place::Other(format!("{}, finds peers on local networks", self.template.name()))
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl Auto {
    fn new(section: &AutoSection, template: Template, means: Means) -> Self {
        let AutoSection { discovery_port, data_port, .. } = *section;
        let group =
            group::address(&section.group_id, section.discovery_scope, section.multicast_address_type);
        Self {
            template,
            means,
            choice: Choice { devices: section.devices.clone(), ignored: section.ignored_devices.clone() },
            places: Places { group, discovery_port, data_port },
            discovery: Discovery::new(section.group_id.clone()),
            devices: BTreeMap::new(),
            unusable: BTreeMap::new(),
            peers: BTreeMap::new(),
            said: Condition::Starting,
        }
    }

    /// Looks for devices and peers until it is released.
    async fn run(mut self, attachment: Attachment) {
        let (sender, mut datagrams) = mpsc::channel(DATAGRAM_QUEUE);
        let mut look_due = self.means.now();
        loop {
            let now = self.means.now();
            if look_due <= now {
                self.look(now, &sender);
                look_due = now.after(if self.unusable.is_empty() { LOOK_INTERVAL } else { RETRY_INTERVAL });
            }
            self.discovery.handle_timeout(now);
            self.act(&attachment).await;
            let next = self.discovery.poll_timeout().map_or(look_due, |due| due.min(look_due));
            tokio::select! {
                datagram = datagrams.recv() => match datagram {
                    Some(datagram) => self.take(datagram, &attachment).await,
                    // We hold a sender ourselves.
                    None => return,
                },
                () = sleep(next.since(now)) => {}
                () = attachment.released() => return,
            }
        }
    }

    /// Compares the devices in use with those that there are.
    fn look(&mut self, now: Instant, to: &mpsc::Sender<Datagram>) {
        let there = usable(&self.choice).unwrap_or_else(|error| {
            debug!(%error, "cannot list the network devices");
            Vec::new()
        });
        let gone: Vec<_> = self
            .devices
            .values()
            .map(|used| used.device.clone())
            .filter(|device| !there.contains(device))
            .collect();
        for Device { index, name, address } in gone {
            info!(interface = self.template.name(), device = %name, %address, "network device is gone");
            self.devices.remove(&index);
            self.discovery.abandon(index);
        }
        self.unusable.retain(|index, _| there.iter().any(|device| device.index == *index));
        for device in there {
            if !self.devices.contains_key(&device.index) {
                self.use_device(now, device, to);
            }
        }
    }

    fn use_device(&mut self, now: Instant, device: Device, to: &mpsc::Sender<Datagram>) {
        let (index, name) = (device.index, &device.name);
        let opened = if self.devices.len() < MAX_DEVICES {
            Sockets::open(&device, self.places).map_err(|error| format!("{name}: {error}"))
        } else {
            Err(format!(
                "{name}: {MAX_DEVICES} other network devices are in use; choose with the option devices"
            ))
        };
        match opened {
            Ok(sockets) => {
                info!(interface = self.template.name(), device = %name, address = %device.address, "finding peers");
                self.unusable.remove(&index);
                let readers = self.readers(&sockets, to);
                self.devices.insert(index, InUse { device: device.clone(), sockets, _readers: readers });
                self.discovery.adopt(now, device);
            }
            Err(reason) => {
                let times = self.unusable.remove(&index).map_or(1, |before| before.times.saturating_add(1));
                if times == 2 {
                    warn!(interface = self.template.name(), %reason, "network device can't be used; trying again");
                }
                self.unusable.insert(index, Unusable { reason, times });
            }
        }
    }

    fn readers(&self, sockets: &Sockets, to: &mpsc::Sender<Datagram>) -> JoinSet<()> {
        let max_frame = self.template.bare_spec().max_frame();
        let Sockets { group, direct, data } = sockets.clone();
        let mut readers = JoinSet::new();
        readers.spawn(read(group, What::Token, TOKEN_SIZE, to.clone()));
        readers.spawn(read(direct, What::Token, TOKEN_SIZE, to.clone()));
        // One byte more than fits shows what doesn't.
        readers.spawn(read(data, What::Frame, max_frame.saturating_add(1), to.clone()));
        readers
    }

    async fn take(&mut self, datagram: Datagram, attachment: &Attachment) {
        let now = self.means.now();
        let Datagram { from, what, bytes } = datagram;
        let known = match what {
            What::Token => self.discovery.handle_token(now, from, &bytes),
            What::Frame => {
                if !fits(&bytes, self.template.bare_spec().max_frame(), attachment.counters()) {
                    return;
                }
                let news = self.discovery.handle_frame(now, from, &bytes);
                if let (Some(News::New), Some(peer)) = (news, self.peers.get(&from)) {
                    peer.deliver(bytes).await;
                }
                news.is_some()
            }
        };
        if !known {
            attachment.counters().add(Loss::Stranger);
        }
    }

    /// Sends what is to be sent, and does what has become of the peers.
    async fn act(&mut self, attachment: &Attachment) {
        while let Some(announcement) = self.discovery.poll_transmit() {
            if let Some(used) = self.devices.get(&announcement.device)
                && let Err(error) = used.sockets.announce(&announcement, self.places).await
            {
                // That nobody hears us is noticed by our not hearing ourselves.
                debug!(device = %used.device.name, %error, "cannot announce");
            }
        }
        while let Some(event) = self.discovery.poll_event() {
            self.handle_event(event, attachment);
        }
        let condition = self.condition();
        if condition != self.said {
            self.said = condition.clone();
            attachment.say(condition).await;
        }
    }

    fn handle_event(&mut self, event: Event, attachment: &Attachment) {
        let interface = self.template.name();
        match event {
            Event::Found(peer) => {
                let Some(used) = self.devices.get(&peer.device) else { return };
                let (device, address) = (&used.device.name, peer.address);
                info!(interface, %device, %address, "found a peer");
                let spec = self.template.spec(format_args!("{device}/{address}"));
                let to = SocketAddrV6::new(address, self.places.data_port, 0, peer.device);
                let socket = Arc::clone(&used.sockets.data);
                self.peers.insert(peer, PeerHandle::spawn(spec, socket, to, attachment.clone()));
            }
            Event::Gone(peer) => {
                info!(interface, address = %peer.address, "a peer is gone");
                self.peers.remove(&peer);
            }
            Event::Crowded => attachment.counters().add(Loss::TooManyClients),
            Event::CarrierLost { device, ever_heard: true } => {
                warn!(interface, %device, "what is sent to all is not heard back any more");
            }
            Event::CarrierLost { device, ever_heard: false } => warn!(
                interface, %device,
                "what is sent to all is not heard back; a firewall or the network may block multicast, and then no \
                 peers are found"
            ),
            Event::CarrierBack { device } => info!(interface, %device, "what is sent to all is heard back"),
        }
    }

    fn condition(&self) -> Condition {
        if self.discovery.has_carrier() {
            return Condition::Up;
        }
        if !self.unusable.is_empty() && self.unusable.values().all(|device| device.times == 1) {
            return self.said.clone();
        }
        Condition::Retrying(match self.unusable.values().next() {
            _ if !self.devices.is_empty() => "no network device hears back what is sent to all".to_owned(),
            Some(unusable) => unusable.reason.clone(),
            None => "no network device has an IPv6 link-local address".to_owned(),
        })
    }
}

/// Hands on what a socket receives.
async fn read(socket: Arc<UdpSocket>, what: What, most: usize, to: mpsc::Sender<Datagram>) {
    let mut buffer = vec![0; most];
    loop {
        match socket.recv_from(&mut buffer).await {
            Ok((len, from)) => {
                let Some(from) = sender(from) else { continue };
                let bytes = buffer.get(..len).unwrap_or_default().to_vec();
                if to.send(Datagram { from, what, bytes }).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                debug!(%error, "cannot receive; trying again in a second");
                sleep(RECEIVE_PAUSE).await;
            }
        }
    }
}
