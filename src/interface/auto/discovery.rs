//! Finding peers on local networks: who is there, whom to tell that we are, and who has gone. Sans-I/O.
//! Not sockets, nor what peers say to each other.

use std::collections::{BTreeMap, VecDeque};
use std::net::Ipv6Addr;
use std::time::Duration;

use super::duplicates::Duplicates;
use super::group::token;
use crate::rns::time::Instant;

/// `AutoInterface.ANNOUNCE_INTERVAL`.
const ANNOUNCE_INTERVAL: Duration = Duration::from_millis(1600);
/// `reverse_peering_interval`: 3.25 announce intervals.
const REVERSE_INTERVAL: Duration = Duration::from_millis(5200);
/// `AutoInterface.PEERING_TIMEOUT`.
const PEERING_TIMEOUT: Duration = Duration::from_secs(22);
/// `AutoInterface.MCAST_ECHO_TIMEOUT`.
const ECHO_TIMEOUT: Duration = Duration::from_millis(6500);

/// Most peers of one interface. When they are so many, a newcomer takes the place of the one that was silent the
/// longest among those from whom no frame ever came; where all have sent some, the newcomer loses.
pub(super) const MAX_PEERS: usize = 256;

/// A network device of this machine, with its link-local address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Device {
    /// Its number in the system, which is the scope of addresses on its network.
    pub(super) index: u32,
    pub(super) name: String,
    pub(super) address: Ipv6Addr,
}

/// A peer: its link-local address, and the device whose network it is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Peer {
    pub(super) device: u32,
    pub(super) address: Ipv6Addr,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A peer was found.
    Found(Peer),
    /// It is gone, or its place is needed.
    Gone(Peer),
    /// There is no place for a peer.
    Crowded,
    /// What we send to all is not heard back on a device, and was never or no longer.
    CarrierLost { device: String, ever_heard: bool },
    /// It is again.
    CarrierBack { device: String },
}

/// A token to be sent from the address of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Announcement {
    pub(super) device: u32,
    /// One peer, or all of the group.
    pub(super) to: Option<Ipv6Addr>,
    pub(super) token: [u8; 32],
}

/// What is known of the networks.
#[derive(Debug)]
pub(super) struct Discovery {
    group_id: String,
    devices: BTreeMap<u32, Adopted>,
    peers: BTreeMap<Peer, Known>,
    duplicates: Duplicates,
    announcements: VecDeque<Announcement>,
    events: VecDeque<Event>,
}

/// A device in use.
#[derive(Debug)]
struct Adopted {
    name: String,
    address: Ipv6Addr,
    announce_due: Instant,
    /// When our own announcement was heard last, or the device was adopted.
    echo: Instant,
    ever_heard: bool,
    carrier: Carrier,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Carrier {
    Good,
    Lost,
}

#[derive(Debug)]
struct Known {
    heard: Instant,
    reverse_due: Instant,
    has_sent_frames: bool,
}

impl Discovery {
    pub(super) fn new(group_id: String) -> Self {
        Self {
            group_id,
            devices: BTreeMap::new(),
            peers: BTreeMap::new(),
            duplicates: Duplicates::default(),
            announcements: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    /// A device can be used from now on.
    pub(super) fn adopt(&mut self, now: Instant, device: Device) {
        let Device { index, name, address } = device;
        let carrier = Carrier::Good;
        let adopted = Adopted { name, address, announce_due: now, echo: now, ever_heard: false, carrier };
        self.devices.insert(index, adopted);
    }

    /// A device can't be used any more: its peers are gone.
    pub(super) fn abandon(&mut self, device: u32) {
        self.devices.remove(&device);
        let gone: Vec<_> = self.peers.keys().copied().filter(|peer| peer.device == device).collect();
        for peer in gone {
            self.remove(peer);
        }
    }

    /// Can anybody hear us, as far as we know?
    pub(super) fn has_carrier(&self) -> bool {
        self.devices.values().any(|device| device.carrier == Carrier::Good)
    }

    /// A datagram came to one of the places of discovery. `false` if it says nothing.
    pub(super) fn handle_token(&mut self, now: Instant, from: Peer, datagram: &[u8]) -> bool {
        let shown = datagram.first_chunk::<32>();
        if shown != Some(&token(&self.group_id, from.address)) {
            return false;
        }
        // Our own, perhaps over another device than it was sent from: two may be on one network.
        let own = self.devices.values_mut().find(|device| device.address == from.address);
        if let Some(device) = own {
            device.heard_back(now, &mut self.events);
            return true;
        }
        if !self.devices.contains_key(&from.device) {
            return false;
        }
        match self.peers.get_mut(&from) {
            Some(known) => known.heard = now,
            None => self.add(now, from),
        }
        true
    }

    /// A frame came. `None` if its sender is no peer; else whether it is news.
    pub(super) fn handle_frame(&mut self, now: Instant, from: Peer, frame: &[u8]) -> Option<News> {
        let known = self.peers.get_mut(&from)?;
        known.heard = now;
        known.has_sent_frames = true;
        Some(if self.duplicates.is_duplicate(now, frame) { News::Old } else { News::New })
    }

    /// Does everything whose time has come.
    pub(super) fn handle_timeout(&mut self, now: Instant) {
        for (index, device) in &mut self.devices {
            if device.announce_due <= now {
                device.announce_due = now.after(ANNOUNCE_INTERVAL);
                let token = token(&self.group_id, device.address);
                self.announcements.push_back(Announcement { device: *index, to: None, token });
            }
            device.check_carrier(now, &mut self.events);
        }
        let gone: Vec<_> =
            self.peers.iter().filter(|(_, known)| known.deadline() <= now).map(|(peer, _)| *peer).collect();
        for peer in gone {
            self.remove(peer);
        }
        for (peer, known) in &mut self.peers {
            let Some(device) = self.devices.get(&peer.device) else { continue };
            if known.reverse_due <= now {
                known.reverse_due = now.after(REVERSE_INTERVAL);
                let token = token(&self.group_id, device.address);
                self.announcements.push_back(Announcement {
                    device: peer.device,
                    to: Some(peer.address),
                    token,
                });
            }
        }
    }

    /// When to call [`Self::handle_timeout`]; `None` while there is no device.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        let devices = self.devices.values().map(Adopted::due);
        devices.chain(self.peers.values().map(|known| known.deadline().min(known.reverse_due))).min()
    }

    pub(super) fn poll_transmit(&mut self) -> Option<Announcement> {
        self.announcements.pop_front()
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn add(&mut self, now: Instant, peer: Peer) {
        if self.peers.len() >= MAX_PEERS {
            let silent = self.peers.iter().filter(|(_, known)| !known.has_sent_frames);
            match silent.min_by_key(|(_, known)| known.heard).map(|(peer, _)| *peer) {
                Some(silent) => self.remove(silent),
                None => {
                    self.events.push_back(Event::Crowded);
                    return;
                }
            }
        }
        let known = Known { heard: now, reverse_due: now.after(REVERSE_INTERVAL), has_sent_frames: false };
        self.peers.insert(peer, known);
        self.events.push_back(Event::Found(peer));
    }

    fn remove(&mut self, peer: Peer) {
        if self.peers.remove(&peer).is_some() {
            self.events.push_back(Event::Gone(peer));
        }
    }
}

/// Whether a frame was heard before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    New,
    Old,
}

impl Adopted {
    fn due(&self) -> Instant {
        match self.carrier {
            Carrier::Good => self.announce_due.min(self.echo.after(ECHO_TIMEOUT)),
            Carrier::Lost => self.announce_due,
        }
    }

    fn heard_back(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        self.echo = now;
        self.ever_heard = true;
        if self.carrier == Carrier::Lost {
            self.carrier = Carrier::Good;
            events.push_back(Event::CarrierBack { device: self.name.clone() });
        }
    }

    fn check_carrier(&mut self, now: Instant, events: &mut VecDeque<Event>) {
        if self.carrier == Carrier::Good && self.echo.after(ECHO_TIMEOUT) <= now {
            self.carrier = Carrier::Lost;
            let (device, ever_heard) = (self.name.clone(), self.ever_heard);
            events.push_back(Event::CarrierLost { device, ever_heard });
        }
    }
}

impl Known {
    fn deadline(&self) -> Instant {
        self.heard.after(PEERING_TIMEOUT)
    }
}

#[cfg(test)]
mod tests;
