//! One link: the encrypted session between its initiator and a destination, seen from one end.
//! Not the table of links, and not where its frames go: the node keeps that.

mod answer;
mod arrival;
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
mod terms;
#[cfg(test)]
pub(crate) mod tests;
mod units;

use std::time::Duration;

use super::error::{DropReason, MisuseError};
use super::event::{CloseReason, Event, ProofToken};
use super::hash::{DestinationHash, LinkId, PacketHash, RequestId, ResourceHash};
use super::identity::{Identity, PublicIdentity};
use super::node::Compression;
use super::packet::{Context, DestinationType, Packet, PacketType};
use super::random::Random;
use super::time::{Instant, Now};
use established::{Established, Fate, Outbox};
use handshake::{Ephemeral, Opening, Route};
use terms::Role;

pub(crate) use handshake::{ESTABLISHMENT_COST, check_proof, link_id, relay_timeout};
pub(crate) use io::Io;
pub(crate) use session::Session;
pub(crate) use signalling::Signalling;
pub(crate) use terms::{ResourceLimit, Terms};
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

    /// Proves what was delivered, now that it is stored. Tokens that mean nothing here are ignored.
    pub(crate) fn prove(&mut self, now: Now, token: &ProofToken) {
        if let State::Established(link) = &mut self.state {
            link.prove(now, token, &mut self.outbox);
        }
    }

    /// Rejects a Resource that arrived and is not yet proved.
    pub(crate) fn refuse(&mut self, now: Now, resource: ResourceHash, random: &mut Random) {
        if let Ok((link, outbox)) = self.active() {
            link.refuse(now, resource, random, outbox);
        }
    }

    pub(crate) fn identify(
        &mut self,
        now: Now,
        identity: &Identity,
        random: &mut Random,
    ) -> Result<(), MisuseError> {
        let (link, outbox) = self.active()?;
        link.identify(now, identity, random, outbox)
    }

    pub(crate) fn close(&mut self, now: Now, random: &mut Random) {
        match &mut self.state {
            State::Established(link) => link.say_close(now, random, &mut self.outbox),
            State::Handshake(answered) => {
                let frame = answered.session.seal(Context::LinkClose, self.id.as_bytes(), random.bytes());
                self.outbox.frames.push_back(frame);
            }
            State::Pending(_) => {}
            State::Closed => return,
        }
        self.end(self.role.closes());
    }

    /// Closes without a word: the interface is gone.
    pub(crate) fn abandon(&mut self, reason: CloseReason) {
        if !self.is_closed() {
            self.outbox.frames.clear();
            self.end(reason);
        }
    }

    /// Sends application data, at most [`Self::mdu`] bytes.
    pub(crate) fn send_packet(
        &mut self,
        now: Now,
        data: &[u8],
        random: &mut Random,
    ) -> Result<PacketHash, MisuseError> {
        let (link, outbox) = self.active()?;
        link.send_packet(now, data, random, outbox)
    }

    pub(crate) fn send_resource(
        &mut self,
        now: Now,
        data: Vec<u8>,
        compress: Compression,
        random: &mut Random,
    ) -> Result<ResourceHash, MisuseError> {
        let (link, outbox) = self.active()?;
        link.send_resource(now, data, compress, random, outbox)
    }

    /// `data` is one packed MessagePack object.
    pub(crate) fn request(
        &mut self,
        now: Now,
        path: &str,
        data: &[u8],
        timeout: Option<Duration>,
        random: &mut Random,
    ) -> Result<RequestId, MisuseError> {
        let (link, outbox) = self.active()?;
        link.request(now, path, data, timeout, random, outbox)
    }

    /// `data` is one packed MessagePack object. Without an active link there is nobody to answer.
    pub(crate) fn respond(
        &mut self,
        now: Now,
        request_id: RequestId,
        data: &[u8],
        compress: Compression,
        random: &mut Random,
    ) {
        if let Ok((link, outbox)) = self.active() {
            link.respond(now, request_id, data, compress, random, outbox);
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

    /// A link proof for a pending link; a bad one changes nothing.
    fn handle_proof(&mut self, now: Now, packet: &Packet<'_>, random: &mut Random) -> Result<(), DropReason> {
        let State::Pending(opening) = &self.state else { return Err(DropReason::OutOfOrder) };
        if packet.packet_type != PacketType::Proof || packet.context != Context::LinkRequestProof {
            return Err(DropReason::OutOfOrder);
        }
        let session = opening.verify(self.id, packet.payload)?;
        let round_trip = now.instant.since(opening.opened_at);
        let rtt = handshake::pack_round_trip(round_trip);
        self.outbox.frames.push_back(session.seal(Context::LinkRtt, &rtt, random.bytes()));
        self.establish(now, session, round_trip, Terms::default());
        Ok(())
    }

    /// The responder's first packet. It should be the round trip time, but any packet made with the key shows
    /// that the initiator is active: one lost packet must not cost the link.
    fn handle_first_packet(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        random: &mut Random,
    ) -> Result<(), DropReason> {
        let State::Handshake(answered) = &self.state else { return Err(DropReason::OutOfOrder) };
        if packet.packet_type != PacketType::Data || !packet.context.is_encrypted() {
            return Err(DropReason::OutOfOrder);
        }
        let plaintext = answered.session.open(packet.payload)?;
        let mut round_trip = now.instant.since(answered.requested_at);
        match packet.context {
            Context::LinkRtt => match handshake::parse_round_trip(&plaintext) {
                Ok(measured) => round_trip = round_trip.max(measured),
                Err(_) => {
                    self.close(now, random);
                    return Err(DropReason::MalformedMsgpack);
                }
            },
            Context::LinkClose => {
                self.end(CloseReason::Initiator);
                return Ok(());
            }
            _ => {}
        }
        let is_rtt = packet.context == Context::LinkRtt;
        let State::Handshake(answered) = std::mem::replace(&mut self.state, State::Closed) else {
            return Err(DropReason::OutOfOrder);
        };
        self.establish(now, answered.session, round_trip, answered.terms);
        if is_rtt { Ok(()) } else { self.handle_packet(now, packet, random) }
    }

    fn establish(&mut self, now: Now, session: Session, round_trip: Duration, terms: Terms) {
        let link = Established::new(now.instant, session, self.role, self.destination, round_trip, terms);
        self.outbox.events.push_back(link.event());
        self.state = State::Established(Box::new(link));
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
