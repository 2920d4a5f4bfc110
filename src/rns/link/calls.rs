//! What the layer above asks of a link: to send, to ask, to answer, to prove, to close.
//! Not what the link does when a packet comes in or time passes.

use std::time::Duration;

use super::super::error::MisuseError;
use super::super::event::{CloseReason, ProofToken};
use super::super::hash::{PacketHash, PathHash, RequestId, ResourceHash};
use super::super::identity::Identity;
use super::super::node::Compression;
use super::super::packet::Context;
use super::super::random::Random;
use super::super::resource::{Content, Metadata, Packing, Purpose, ResourcePlan};
use super::super::time::Now;
use super::answer::{Answer, response_hold};
use super::established::{Established, Outbox};
use super::request::{self, Carrier};
use super::{Link, ResourceLimit, Role, State, identify};

impl Link {
    /// Proves what was delivered, now that it is stored. Tokens that mean nothing here are ignored.
    pub(crate) fn prove(&mut self, now: Now, token: &ProofToken) {
        let Ok((link, outbox)) = self.active() else { return };
        let frame = match token {
            ProofToken::LinkPacket { packet, .. } => Some(link.session.prove(*packet)),
            ProofToken::Resource { resource, .. } => link.transfers.prove(&link.session, *resource),
            ProofToken::Packet { .. } => None,
        };
        if let Some(frame) = frame {
            outbox.frames.push_back(frame);
            link.last_sent = now.instant;
        }
    }

    /// Rejects a Resource that arrived and is not yet proved.
    pub(crate) fn refuse(&mut self, now: Now, resource: ResourceHash, random: &mut Random) {
        if let Ok((link, outbox)) = self.active() {
            link.with_transfers(now, random, outbox, |transfers, io| transfers.refuse(io, resource));
        }
    }

    /// Tells the other side who its initiator is.
    pub(crate) fn identify(
        &mut self,
        now: Now,
        identity: &Identity,
        random: &mut Random,
    ) -> Result<(), MisuseError> {
        let (link, outbox) = self.active()?;
        if link.role == Role::Responder {
            return Err(MisuseError::NotInitiator);
        }
        let content = identify::pack(link.id(), identity);
        link.io(now, random, outbox).send(Context::LinkIdentify, &content);
        link.last_sent = now.instant;
        Ok(())
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

    /// Other timers than those that follow from the round trip time.
    pub(crate) fn set_timers(
        &mut self,
        keepalive: Duration,
        stale_after: Duration,
    ) -> Result<(), MisuseError> {
        self.active()?.0.keepalive.set(keepalive, stale_after);
        Ok(())
    }

    /// What is taken of Resources from now on.
    pub(crate) fn limit_resources(&mut self, limit: ResourceLimit) -> Result<(), MisuseError> {
        self.active()?.0.terms.resources = limit;
        Ok(())
    }

    /// What is taken of responses from now on.
    pub(crate) fn limit_responses(&mut self, limit: ResourceLimit) -> Result<(), MisuseError> {
        self.active()?.0.responses = limit;
        Ok(())
    }

    /// The paths of requests that are served from now on.
    pub(crate) fn set_request_paths(&mut self, paths: &[PathHash]) {
        let terms = match &mut self.state {
            State::Handshake(answered) => &mut answered.terms,
            State::Established(link) => &mut link.terms,
            State::Pending(_) | State::Closed => return,
        };
        terms.request_paths = paths.to_vec();
    }

    /// Sends application data, at most [`Self::mdu`] bytes, and waits for their proof for at least `patience`.
    pub(crate) fn send_packet(
        &mut self,
        now: Now,
        data: &[u8],
        patience: Duration,
        random: &mut Random,
    ) -> Result<PacketHash, MisuseError> {
        let (link, outbox) = self.active()?;
        let limit = link.session.mdu();
        if data.len() > limit {
            return Err(MisuseError::TooLarge { size: data.len(), limit });
        }
        link.receipts.check_room()?;
        let packet = link.io(now, random, outbox).send_named(Context::None, data);
        link.receipts.add(now.instant, packet, link.round_trip, patience);
        link.last_sent = now.instant;
        Ok(packet)
    }

    pub(crate) fn send_resource(
        &mut self,
        now: Now,
        content: impl Into<Content>,
        compression: Compression,
        random: &mut Random,
    ) -> Result<ResourceHash, MisuseError> {
        let (link, outbox) = self.active()?;
        let content = content.into();
        link.with_transfers(now, random, outbox, |transfers, io| {
            transfers.send(io, content, Purpose::Plain, compression)
        })
    }

    /// Gives up a Resource in either direction.
    pub(crate) fn cancel_resource(
        &mut self,
        now: Now,
        resource: ResourceHash,
        random: &mut Random,
    ) -> Result<(), MisuseError> {
        let (link, outbox) = self.active()?;
        let found = link.with_transfers(now, random, outbox, |transfers, io| transfers.cancel(io, resource));
        // Nothing came in that could be counted as dropped, and a cancellation closes no link.
        let _ = link.settle(now.instant, super::established::Fate::Lives, outbox);
        if found { Ok(()) } else { Err(MisuseError::NoResource) }
    }

    /// What a Resource would be, without sending it.
    pub(crate) fn plan_resource(
        &mut self,
        content: &Content,
        how: Packing,
        random: &mut Random,
    ) -> Result<ResourcePlan, MisuseError> {
        let (link, _) = self.active()?;
        Ok(ResourcePlan::make(content, how, &link.session, random))
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
        link.pending.check_room()?;
        let packed = request::pack_request(now.unix, path, data);
        let (id, carrier) = if packed.len() <= link.session.mdu() {
            let packet = link.io(now, random, outbox).send_named(Context::Request, &packed);
            link.last_sent = now.instant;
            (RequestId::from_bytes(*packet.truncated().as_bytes()), Carrier::Packet)
        } else {
            let id = request::resource_request_id(&packed);
            // As the reference does by default. bz2 costs 100 ms per MB, which a request never has.
            let compression = Compression::Allowed;
            link.with_transfers(now, random, outbox, |transfers, io| {
                transfers.send(io, packed.into(), Purpose::Request(id), compression)
            })?;
            (id, Carrier::Resource)
        };
        link.pending.add(now.instant, id, carrier, timeout, link.round_trip);
        Ok(id)
    }

    /// `data` is one packed MessagePack object. Without an active link there is nobody to answer.
    pub(crate) fn respond(
        &mut self,
        now: Now,
        request_id: RequestId,
        data: &[u8],
        compression: Compression,
        random: &mut Random,
    ) {
        let content = request::pack_response(request_id, data).into();
        self.answer(now, Answer { request_id, content, compression }, random);
    }

    /// Answers with what [`Content`] says, which has metadata.
    pub(crate) fn respond_with_file(
        &mut self,
        now: Now,
        request_id: RequestId,
        content: Content,
        compression: Compression,
        random: &mut Random,
    ) {
        self.answer(now, Answer { request_id, content, compression }, random);
    }

    fn answer(&mut self, now: Now, answer: Answer, random: &mut Random) {
        let Ok((link, outbox)) = self.active() else { return };
        link.answers.hold(now.instant, answer, response_hold(link.round_trip));
        while let Some(answer) = link.answers.due(now.instant) {
            link.send_answer(now, answer, random, outbox);
        }
    }
}

impl Established {
    pub(super) fn send_answer(&mut self, now: Now, answer: Answer, random: &mut Random, outbox: &mut Outbox) {
        let Answer { request_id, content, compression } = answer;
        // A file is told by its metadata, which only a Resource has.
        if content.metadata == Metadata::Absent && content.bytes.len() <= self.session.mdu() {
            self.io(now, random, outbox).send(Context::Response, &content.bytes);
            self.last_sent = now.instant;
            return;
        }
        // A full queue means that the peer asks faster than it fetches: it will miss this answer, and ask again.
        let _ = self.with_transfers(now, random, outbox, |transfers, io| {
            transfers.send(io, content, Purpose::Response(request_id), compression)
        });
    }
}
