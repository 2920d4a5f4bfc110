//! One link: the encrypted session between its initiator and a destination, seen from one end.
//! Not the table of links, and not where its frames go: the node keeps that.

mod answer;
mod arrival;
mod begin;
mod calls;
mod channel;
mod channels;
mod established;
mod handshake;
mod identify;
mod io;
mod keepalive;
mod outcome;
mod receipt;
mod request;
mod session;
mod signalling;
mod status;
mod terms;
#[cfg(test)]
pub(crate) mod tests;
mod units;

use std::time::Duration;

use super::error::{DropReason, MisuseError};
use super::event::{CloseReason, Event};
use super::hash::{DestinationHash, LinkId};
use super::identity::{Identity, PublicIdentity};
use super::packet::{DestinationType, Packet};
use super::random::Random;
use super::resource::ResourceStatus;
use super::time::{Instant, Now};
use established::{Established, Fate, Outbox};
use handshake::{Ephemeral, Opening, Route};
use terms::Role;

pub use channel::{
    ChannelStatus, MAX_CHUNK, MessageType, Sequence, StreamChunk, StreamEnd, StreamId, pack_chunk,
};
pub use status::{Agreed, LinkState, LinkStatus};
pub use terms::ResourceLimit;

pub(crate) use handshake::{ESTABLISHMENT_COST, check_proof, link_id, relay_timeout};
pub(crate) use io::Io;
pub(crate) use session::Session;
pub(crate) use signalling::Signalling;
pub(crate) use terms::Terms;
pub(crate) use units::seconds;

/// One end of a link. The node routes packets to it and takes frames and events from it.
#[derive(Debug)]
pub(crate) struct Link {
    id: LinkId,
    destination: DestinationHash,
    role: Role,
    state: State,
    outbox: Outbox,
}

/// `Link.PENDING` and its siblings. A stale link is established too; its keepalive knows.
#[derive(Debug)]
enum State {
    /// The initiator waits for the proof.
    Pending(Box<Opening>),
    /// The responder waits for the first packet made with the key.
    Handshake(Box<Answered>),
    Established(Box<Established>),
    Closed,
}

/// The responder's side between proof and first packet.
#[derive(Debug)]
struct Answered {
    session: Session,
    requested_at: Instant,
    deadline: Instant,
    terms: Terms,
}

impl Link {
    /// Opens a link to `destination`, `hops` away. `signalled_mtu` is the first hop's hardware MTU where it
    /// takes part in MTU discovery, 500 otherwise. The link request waits in `poll_transmit`.
    pub(crate) fn open(
        now: Now,
        destination: DestinationHash,
        peer: PublicIdentity,
        hops: u8,
        first_hop_bitrate: u64,
        signalled_mtu: usize,
        random: &mut Random,
    ) -> Self {
        let route = Route { destination, peer, hops, first_hop_bitrate, signalled_mtu };
        Self::open_with(now, route, &Ephemeral::draw(random))
    }

    /// As [`Self::open`], with the keys given; golden vectors need it.
    fn open_with(now: Now, route: Route, keys: &Ephemeral) -> Self {
        let destination = route.destination;
        let (opening, id, request) = Opening::new(now.instant, route, keys);
        let mut link = Self {
            id,
            destination,
            role: Role::Initiator,
            state: State::Pending(Box::new(opening)),
            outbox: Outbox::default(),
        };
        link.outbox.frames.push_back(request);
        link
    }

    /// Accepts a link request to a destination of ours. `max_mtu` is what the receiving interface can carry.
    /// The proof waits in `poll_transmit`.
    pub(crate) fn accept(
        now: Now,
        request: &Packet<'_>,
        received_hops: u8,
        identity: &Identity,
        max_mtu: usize,
        terms: Terms,
        random: &mut Random,
    ) -> Result<Self, DropReason> {
        let (session, proof) = handshake::answer(request, identity, max_mtu, random.bytes())?;
        Ok(Self::answered(now, request.address.into(), received_hops, session, proof, terms))
    }

    fn answered(
        now: Now,
        destination: DestinationHash,
        received_hops: u8,
        session: Session,
        proof: Vec<u8>,
        terms: Terms,
    ) -> Self {
        let deadline = now.instant.after(handshake::responder_timeout(received_hops));
        let mut link = Self {
            id: session.id(),
            destination,
            role: Role::Responder,
            state: State::Handshake(Box::new(Answered {
                session,
                requested_at: now.instant,
                deadline,
                terms,
            })),
            outbox: Outbox::default(),
        };
        link.outbox.frames.push_back(proof);
        link
    }

    pub(crate) fn id(&self) -> LinkId {
        self.id
    }
    pub(crate) fn destination(&self) -> DestinationHash {
        self.destination
    }
    pub(crate) fn is_initiator(&self) -> bool {
        self.role == Role::Initiator
    }
    pub(crate) fn is_active(&self) -> bool {
        matches!(self.state, State::Established(_))
    }
    /// The node removes a closed link once its frames and events are taken.
    pub(crate) fn is_closed(&self) -> bool {
        matches!(self.state, State::Closed)
    }
    /// Most plaintext in one packet; zero before the link is active.
    pub(crate) fn mdu(&self) -> usize {
        self.established().map_or(0, |link| link.session.mdu())
    }
    /// Zero before the link is active.
    pub(crate) fn round_trip(&self) -> Duration {
        self.established().map_or(Duration::ZERO, |link| link.round_trip)
    }

    /// How far each of its Resources has come.
    pub(crate) fn resources(&self) -> Vec<ResourceStatus> {
        self.established().map_or_else(Vec::new, |link| link.transfers.statuses().collect())
    }

    /// Bytes that it keeps of what comes in and goes out.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.established().map_or(0, Established::kept_bytes)
    }

    /// A packet addressed to this link came in on its interface (a link proof: on any).
    pub(crate) fn handle_packet(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        random: &mut Random,
    ) -> Result<(), DropReason> {
        if packet.destination_type != DestinationType::Link || packet.address != self.id.into() {
            return Err(DropReason::UnknownAddress);
        }
        match &mut self.state {
            State::Pending(_) => self.handle_proof(now, packet, random),
            State::Handshake(_) => self.handle_first_packet(now, packet, random),
            State::Established(link) => {
                let outcome = link.handle_packet(now, packet, random, &mut self.outbox);
                self.apply(now, outcome, random)
            }
            State::Closed => Err(DropReason::OutOfOrder),
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Now, random: &mut Random) {
        match &mut self.state {
            State::Pending(opening) if now.instant >= opening.deadline => self.end(CloseReason::Timeout),
            State::Handshake(answered) if now.instant >= answered.deadline => self.end(CloseReason::Timeout),
            State::Pending(_) | State::Handshake(_) | State::Closed => {}
            State::Established(link) => {
                let fate = link.handle_timeout(now, random, &mut self.outbox);
                // Nothing came in that could be counted as dropped.
                let _ = self.apply(now, Ok(fate), random);
            }
        }
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.outbox.frames.pop_front()
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.outbox.events.pop_front()
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match &self.state {
            State::Pending(opening) => Some(opening.deadline),
            State::Handshake(answered) => Some(answered.deadline),
            State::Established(link) => Some(link.poll_timeout()),
            State::Closed => None,
        }
    }

    fn established(&self) -> Option<&Established> {
        match &self.state {
            State::Established(link) => Some(link),
            State::Pending(_) | State::Handshake(_) | State::Closed => None,
        }
    }

    fn active(&mut self) -> Result<(&mut Established, &mut Outbox), MisuseError> {
        match &mut self.state {
            State::Established(link) => Ok((link, &mut self.outbox)),
            State::Pending(_) | State::Handshake(_) | State::Closed => Err(MisuseError::NoLink),
        }
    }

    fn apply(
        &mut self,
        now: Now,
        outcome: Result<Fate, DropReason>,
        random: &mut Random,
    ) -> Result<(), DropReason> {
        match outcome? {
            Fate::Lives => {}
            Fate::Ends(reason) => self.end(reason),
            Fate::Breaks(reason) => {
                if let State::Established(link) = &mut self.state {
                    link.say_close(now, random, &mut self.outbox);
                }
                self.end(reason);
            }
        }
        Ok(())
    }

    /// Forgets the keys. A link to us that never was active ends without an event: nobody above has heard of it.
    fn end(&mut self, reason: CloseReason) {
        let before = std::mem::replace(&mut self.state, State::Closed);
        if let State::Established(mut link) = before {
            link.fail_everything(&mut self.outbox);
        } else if self.role == Role::Responder {
            return;
        }
        let (link, destination) = (self.id, self.destination);
        self.outbox.events.push_back(Event::LinkClosed { link, destination, reason });
    }
}
