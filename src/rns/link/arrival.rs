//! What decrypted packets do on an established link, by context.
//! Not the timers, and not what we send unasked.

use super::super::error::DropReason;
use super::super::event::{CloseReason, Event, InboundRequest, ProofToken};
use super::super::hash::RequestId;
use super::super::packet::{Context, Packet, PacketType};
use super::super::random::Random;
use super::super::resource::{Advertisement, Purpose};
use super::super::time::{Instant, Now};
use super::answer::response_hold;
use super::established::{Established, Fate, Outbox};
use super::request::Carrier;
use super::{ResourceLimit, Role, identify, keepalive, request};

impl Established {
    pub(super) fn handle_keepalive(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        outbox: &mut Outbox,
    ) -> Result<Fate, DropReason> {
        match (self.role, packet.payload) {
            (Role::Initiator, [keepalive::FROM_RESPONDER]) => self.keepalive.received(now.instant),
            (Role::Responder, [keepalive::FROM_INITIATOR]) => {
                self.keepalive.received(now.instant);
                if self.keepalive.answers(now.instant, self.last_sent) {
                    self.send_keepalive(now, keepalive::FROM_RESPONDER, outbox);
                }
            }
            // Its own echo, or nonsense.
            (Role::Initiator | Role::Responder, _) => return Err(DropReason::Malformed),
        }
        Ok(Fate::Lives)
    }

    pub(super) fn send_keepalive(&mut self, now: Now, content: u8, outbox: &mut Outbox) {
        outbox.frames.push_back(self.session.frame(PacketType::Data, Context::KeepAlive, &[content]));
        self.last_sent = now.instant;
        self.keepalive.sent(now.instant);
    }

    pub(super) fn handle_plaintext(
        &mut self,
        now: Now,
        packet: &Packet<'_>,
        context: Context,
        plaintext: Vec<u8>,
        random: &mut Random,
        outbox: &mut Outbox,
    ) -> Result<Fate, DropReason> {
        match context {
            Context::None => {
                let (link, destination) = (self.id(), self.destination);
                let proof = ProofToken::LinkPacket { link, packet: packet.hash() };
                outbox.events.push_back(Event::LinkPacket { link, destination, data: plaintext, proof });
            }
            Context::Request => {
                let id = RequestId::from_bytes(*packet.hash().truncated().as_bytes());
                self.handle_request(now.instant, id, &plaintext, Carrier::Packet, outbox)?;
            }
            Context::Response => self.handle_response(&plaintext, outbox)?,
            Context::LinkIdentify => self.handle_identify(&plaintext, outbox)?,
            Context::LinkClose if plaintext == self.id().as_bytes() => {
                return Ok(Fate::Ends(self.role.other().closes()));
            }
            Context::LinkClose => return Err(DropReason::Malformed),
            Context::ResourceAdvertisement => {
                return self.handle_advertisement(now, &plaintext, random, outbox);
            }
            Context::ResourceRequest => {
                let hash = packet.hash();
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_request(io, hash, &plaintext)
                })?;
            }
            Context::ResourceHashmapUpdate => {
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_hashmap(io, &plaintext)
                })?;
            }
            Context::ResourceInitiatorCancel => {
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_initiator_cancel(io, &plaintext)
                })?;
            }
            Context::ResourceReceiverCancel => {
                self.with_transfers(now, random, outbox, |transfers, io| {
                    transfers.handle_receiver_cancel(io, &plaintext)
                })?;
            }
            Context::Channel => self.handle_channel_packet(now, packet, &plaintext, outbox)?,
            // Repeated, or late because a packet behind it was faster and made the link active.
            Context::LinkRtt if self.role == Role::Responder => {}
            Context::LinkRtt
            | Context::Resource
            | Context::ResourceProof
            | Context::CacheRequest
            | Context::PathResponse
            | Context::KeepAlive
            | Context::LinkRequestProof
            | Context::Command
            | Context::CommandStatus
            | Context::LinkProof
            | Context::Other(_) => return Err(DropReason::NotServed),
        }
        Ok(Fate::Lives)
    }

    fn handle_identify(&mut self, plaintext: &[u8], outbox: &mut Outbox) -> Result<(), DropReason> {
        if self.role == Role::Initiator || self.caller.is_some() {
            return Err(DropReason::OutOfOrder);
        }
        let identity = identify::verify(self.id(), plaintext)?;
        self.caller = Some(identity.clone());
        let (link, destination) = (self.id(), self.destination);
        outbox.events.push_back(Event::LinkIdentified { link, destination, identity });
        Ok(())
    }

    pub(super) fn handle_request(
        &mut self,
        now: Instant,
        request_id: RequestId,
        packed: &[u8],
        carrier: Carrier,
        outbox: &mut Outbox,
    ) -> Result<(), DropReason> {
        let parsed = request::parse_request(packed)?;
        if !self.terms.request_paths.contains(&parsed.path_hash) {
            return Err(DropReason::UnknownPath);
        }
        self.answers.arrived(now, request_id, carrier, self.round_trip);
        outbox.events.push_back(Event::Request(InboundRequest {
            link: self.id(),
            destination: self.destination,
            request_id,
            path_hash: parsed.path_hash,
            data: parsed.data,
            requested_at: parsed.requested_at,
            caller: self.caller.clone(),
            link_mdu: self.session.mdu(),
            // A link doesn't know what it goes over; the node fills it in.
            air: None,
        }));
        Ok(())
    }

    pub(super) fn handle_response(&mut self, packed: &[u8], outbox: &mut Outbox) -> Result<(), DropReason> {
        let (request_id, data) = request::parse_response(packed)?;
        if !self.pending.remove(request_id) {
            return Err(DropReason::OutOfOrder);
        }
        outbox.events.push_back(Event::Response { link: self.id(), request_id, data, metadata: None });
        Ok(())
    }

    fn handle_advertisement(
        &mut self,
        now: Now,
        plaintext: &[u8],
        random: &mut Random,
        outbox: &mut Outbox,
    ) -> Result<Fate, DropReason> {
        // Only the peer can have made it, so it is broken, and the reference would not go on either.
        let Ok(advertisement) = Advertisement::parse(plaintext) else {
            return Ok(Fate::Breaks(CloseReason::Protocol));
        };
        let (limit, purpose) = (self.limit_for(advertisement.purpose), advertisement.purpose);
        let hold = response_hold(self.round_trip);
        let outcome = self.with_transfers(now, random, outbox, |transfers, io| {
            transfers.handle_advertisement(io, advertisement, limit, hold)
        });
        match (outcome, purpose) {
            (Ok(()), Purpose::Response(id)) => self.pending.receiving(id),
            (Ok(()), Purpose::Plain | Purpose::Request(_)) => {}
            (Err(reason), _) => {
                // A response that is refused has failed.
                let fate = self.settle(now.instant, Fate::Lives, outbox)?;
                return if fate == Fate::Lives { Err(reason) } else { Ok(fate) };
            }
        }
        Ok(Fate::Lives)
    }

    /// What is taken of a kind of Resource on this link.
    fn limit_for(&self, purpose: Purpose) -> ResourceLimit {
        match purpose {
            Purpose::Response(id) if self.pending.contains(id) => self.responses,
            Purpose::Response(_) => ResourceLimit::Nothing,
            Purpose::Request(_) if self.terms.request_paths.is_empty() => ResourceLimit::Nothing,
            Purpose::Request(_) | Purpose::Plain => self.terms.resources,
        }
    }
}
