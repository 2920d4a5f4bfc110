//! How a link stands, for those who watch it.
//! Not the link: this is a copy.

use std::time::Duration;

use super::super::hash::DestinationHash;
use super::super::identity::PublicIdentity;
use super::super::time::Instant;
use super::signalling::MODE_AES256_CBC;
use super::{Link, State};

/// `Link.PENDING` and its siblings. A closed link has no status: its end was an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkState {
    /// We asked for it, and wait for the proof.
    Pending,
    /// Somebody asked for it, and we wait for the first packet.
    Handshake,
    /// It is up.
    Active,
    /// It is up, but silent for too long.
    Stale,
}

/// How a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStatus {
    /// Where it leads.
    pub destination: DestinationHash,
    /// We opened it.
    pub initiator: bool,
    /// How far it has come.
    pub state: LinkState,
    /// What holds since it is up.
    pub agreed: Option<Agreed>,
}

/// What holds for a link that is up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// `Link.MODE_AES256_CBC`, which is the only one.
    pub mode: u8,
    /// Largest packet.
    pub mtu: usize,
    /// Most plaintext in one packet.
    pub mdu: usize,
    /// Measured when the link came up.
    pub round_trip: Duration,
    /// Silence after which the initiator sends a keepalive.
    pub keepalive: Duration,
    /// Silence after which the link counts as stale.
    pub stale_after: Duration,
    /// When anything last came in.
    pub last_received: Instant,
    /// When we last sent a keepalive.
    pub last_keepalive: Option<Instant>,
    /// Who the initiator has proved to be, to us as the other side.
    pub caller: Option<PublicIdentity>,
}

impl Link {
    /// How it stands; `None` once it is closed.
    pub(crate) fn status(&self) -> Option<LinkStatus> {
        let (state, agreed) = match &self.state {
            State::Pending(_) => (LinkState::Pending, None),
            State::Handshake(_) => (LinkState::Handshake, None),
            State::Established(link) => {
                let timers = &link.keepalive;
                let agreed = Agreed {
                    mode: MODE_AES256_CBC,
                    mtu: link.session.mtu(),
                    mdu: link.session.mdu(),
                    round_trip: link.round_trip,
                    keepalive: timers.interval(),
                    stale_after: timers.stale_after(),
                    last_received: timers.last_received(),
                    last_keepalive: timers.last_keepalive(),
                    caller: link.caller.clone(),
                };
                (if timers.is_stale() { LinkState::Stale } else { LinkState::Active }, Some(agreed))
            }
            State::Closed => return None,
        };
        Some(LinkStatus { destination: self.destination, initiator: self.is_initiator(), state, agreed })
    }
}
