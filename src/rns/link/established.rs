//! A link after the handshake: everything that happens on it while it is active or stale.
//! Not how it began or ended; the link wraps this.

use std::collections::VecDeque;
use std::time::Duration;

use super::super::error::DropReason;
use super::super::event::{CloseReason, Event, FailReason};
use super::super::hash::{DestinationHash, LinkId};
use super::super::identity::PublicIdentity;
use super::super::packet::{Context, Packet, PacketType};
use super::super::random::Random;
use super::super::resource::Transfers;
use super::super::time::{Instant, Now};
use super::answer::Answers;
use super::channel::Channel;
use super::io::Io;
use super::keepalive::{self, Action, Keepalive};
use super::receipt::Receipts;
use super::request::PendingRequests;
use super::session::Session;
use super::{ResourceLimit, Role, Terms};

/// Largest response that is taken, in uncompressed bytes, unless somebody says otherwise.
const MAX_RESPONSE: usize = 64 << 20;

/// What a link knows and does between handshake and close.
#[derive(Debug)]
pub(super) struct Established {
    pub(super) session: Session,
    pub(super) role: Role,
    pub(super) destination: DestinationHash,
    pub(super) round_trip: Duration,
    pub(super) terms: Terms,
    /// Who the initiator has proved to be.
    pub(super) caller: Option<PublicIdentity>,
    pub(super) keepalive: Keepalive,
    pub(super) last_sent: Instant,
    pub(super) receipts: Receipts,
    pub(super) pending: PendingRequests,
    /// What is taken of responses that somebody waits for.
    pub(super) responses: ResourceLimit,
    pub(super) answers: Answers,
    pub(super) transfers: Transfers,
    /// Open once the layer above asks for it.
    pub(super) channel: Option<Channel>,
}

/// Where frames and events of a link wait.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    pub(super) frames: VecDeque<Vec<u8>>,
    pub(super) events: VecDeque<Event>,
}

/// Does the link live on after an input?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Lives,
    /// Close it without telling the peer.
    Ends(CloseReason),
    /// Tell the peer, and close it.
    Breaks(CloseReason),
}

impl Established {
    pub(super) fn new(
        now: Instant,
        session: Session,
        role: Role,
        destination: DestinationHash,
        round_trip: Duration,
        terms: Terms,
    ) -> Self {
        Self {
            session,
            role,
            destination,
            round_trip,
            terms,
            caller: None,
            keepalive: Keepalive::new(now, round_trip),
            last_sent: now,
            receipts: Receipts::default(),
            pending: PendingRequests::default(),
            responses: ResourceLimit::bytes(MAX_RESPONSE),
            answers: Answers::default(),
            transfers: Transfers::default(),
            channel: None,
        }
    }

    pub(super) fn event(&self) -> Event {
        Event::LinkEstablished {
            link: self.id(),
            destination: self.destination,
            initiator: self.role == Role::Initiator,
            round_trip: self.round_trip,
        }
    }

    /// A packet of this link. What is not authenticated never closes the link and counts as a sign of life only
    /// where the protocol has nothing better: keepalives.
    pub(super) fn handle_packet(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        random: &mut Random,
        outbox: &mut Outbox,
    ) -> Result<Fate, DropReason> {
        match (packet.packet_type, packet.context) {
            (PacketType::Data, Context::KeepAlive) => return self.handle_keepalive(now, packet, outbox),
            (PacketType::Data, Context::Resource) => {
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_part(io, packet.payload)
                })?;
            }
            (PacketType::Data, Context::CacheRequest) => {
                // Not authenticated, so no sign of life.
                let payload = packet.payload;
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_cache_request(io, payload)
                })?;
                return Ok(Fate::Lives);
            }
            (PacketType::Proof, Context::ResourceProof) => {
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_proof(io, packet.payload)
                })?;
            }
            (PacketType::Proof, Context::None) => {
                let event = match self.handle_channel_proof(packet.payload) {
                    Some(outcome) => outcome?,
                    None => self.receipts.handle_proof(now.instant, &self.session, packet.payload)?,
                };
                outbox.events.push_back(event);
            }
            (PacketType::Data, context) => {
                let plaintext = self.session.open(packet.payload)?;
                self.keepalive.received(now.instant);
                let fate = self.handle_plaintext(now, packet, context, plaintext, random, outbox)?;
                return self.settle(now.instant, fate, outbox);
            }
            (PacketType::Proof, _) => return Err(DropReason::OutOfOrder),
            (PacketType::Announce | PacketType::LinkRequest, _) => return Err(DropReason::Malformed),
        }
        self.keepalive.received(now.instant);
        self.settle(now.instant, Fate::Lives, outbox)
    }

    pub(super) fn handle_timeout(&mut self, now: Now, random: &mut Random, outbox: &mut Outbox) -> Fate {
        match self.keepalive.handle_timeout(now.instant, self.role, self.last_sent) {
            Action::GiveUp => return Fate::Breaks(CloseReason::Timeout),
            Action::SendKeepalive => self.send_keepalive(now, keepalive::FROM_INITIATOR, outbox),
            Action::Nothing => {}
        }
        if !self.handle_channel_timeout(now, random, outbox) {
            return Fate::Breaks(CloseReason::Timeout);
        }
        while let Some(packet) = self.receipts.expired(now.instant) {
            outbox.events.push_back(Event::PacketTimedOut { packet });
        }
        while let Some((request_id, reason)) = self.pending.expired(now.instant) {
            outbox.events.push_back(Event::RequestFailed { link: self.id(), request_id, reason });
        }
        while let Some(answer) = self.answers.due(now.instant) {
            self.send_answer(now, answer, random, outbox);
        }
        self.with_transfers(now, random, outbox, |transfers, io| transfers.handle_timeout(io));
        // Deadlines bring no packets, so there is nothing to count as dropped.
        self.settle(now.instant, Fate::Lives, outbox).unwrap_or(Fate::Lives)
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        let keepalive = self.keepalive.deadline(self.role, self.last_sent);
        [
            self.receipts.deadline(),
            self.pending.deadline(),
            self.answers.deadline(),
            self.transfers.deadline(),
            self.channel.as_ref().and_then(Channel::deadline),
        ]
        .into_iter()
        .flatten()
        .fold(keepalive, Instant::min)
    }

    pub(super) fn kept_bytes(&self) -> usize {
        let channel = self.channel.as_ref().map_or(0, Channel::kept_bytes);
        self.answers.kept_bytes().saturating_add(self.transfers.kept_bytes()).saturating_add(channel)
    }

    /// Tells the peer that the link is closed.
    pub(super) fn say_close(&mut self, now: Now, random: &mut Random, outbox: &mut Outbox) {
        let id = self.id();
        self.io(now, random, outbox).send(Context::LinkClose, id.as_bytes());
    }

    /// Everything open has failed.
    pub(super) fn fail_everything(&mut self, outbox: &mut Outbox) {
        while let Some(packet) = self.receipts.take() {
            outbox.events.push_back(Event::PacketTimedOut { packet });
        }
        self.transfers.close();
        // All that is left are failures of ours.
        let _ = self.settle(Instant::ZERO, Fate::Lives, outbox);
        while let Some(request_id) = self.pending.take() {
            let reason = FailReason::LinkClosed;
            outbox.events.push_back(Event::RequestFailed { link: self.id(), request_id, reason });
        }
    }

    pub(super) fn id(&self) -> LinkId {
        self.session.id()
    }

    pub(super) fn io<'a>(&'a self, now: Now, random: &'a mut Random, outbox: &'a mut Outbox) -> Io<'a> {
        Io {
            now: now.instant,
            session: &self.session,
            round_trip: self.round_trip,
            random,
            frames: &mut outbox.frames,
        }
    }

    pub(super) fn with_transfers<T>(
        &mut self,
        now: Now,
        random: &mut Random,
        outbox: &mut Outbox,
        call: impl FnOnce(&mut Transfers, &mut Io<'_>) -> T,
    ) -> T {
        let Self { session, round_trip, last_sent, transfers, .. } = self;
        let sending = Sending { session, round_trip: *round_trip, last_sent };
        sending.lend(now, random, outbox, |io| call(transfers, io))
    }
}

/// What of a link it takes to send, apart from those parts that have something to send.
pub(super) struct Sending<'a> {
    pub(super) session: &'a Session,
    pub(super) round_trip: Duration,
    pub(super) last_sent: &'a mut Instant,
}

impl Sending<'_> {
    /// Lets `call` send, and notes the time if it does.
    pub(super) fn lend<T>(
        self,
        now: Now,
        random: &mut Random,
        outbox: &mut Outbox,
        call: impl FnOnce(&mut Io<'_>) -> T,
    ) -> T {
        let before = outbox.frames.len();
        let mut io = Io {
            now: now.instant,
            session: self.session,
            round_trip: self.round_trip,
            random,
            frames: &mut outbox.frames,
        };
        let result = call(&mut io);
        if outbox.frames.len() > before {
            *self.last_sent = now.instant;
        }
        result
    }
}
