//! Resources: data of any size over a link, in both directions.
//! Not the link; it says what may come in and learns what became of it.

mod advertisement;
mod content;
mod hashmap;
mod incoming;
mod plan;
mod proofs;
mod receiver;
mod segment;
mod sender;
mod status;
#[cfg(test)]
mod tests;
mod window;

use std::collections::VecDeque;
use std::time::Duration;

use super::error::{DropReason, MisuseError};
use super::event::FailReason;
use super::hash::{PacketHash, ResourceHash};
use super::link::{ESTABLISHMENT_COST, Io, ResourceLimit, Session};
use super::node::Compression;
use super::packet::{Context, PacketType};
use super::time::Instant;
use incoming::{Finished, Incoming, Progress};
use proofs::{Known, Proofs};
use segment::Damage;
use sender::{Outgoing, Proved};

pub use content::{File, MAX_METADATA};
pub use plan::{Packing, ResourcePlan};
pub use status::{Direction, ResourceState, ResourceStatus};

pub(crate) use advertisement::{Advertisement, Metadata, Purpose};
pub(crate) use content::Content;

/// `Resource.HASHMAP_IS_NOT_EXHAUSTED`.
const HASHMAP_NOT_EXHAUSTED: u8 = 0x00;
/// `Resource.HASHMAP_IS_EXHAUSTED`.
const HASHMAP_EXHAUSTED: u8 = 0xff;
/// Outgoing Resources per link; the newcomer loses, because the caller can wait. A client may well ask for a
/// hundred things at once, and each large answer is one of these.
const MAX_OUTGOING: usize = 256;
/// Plain bytes of all of them; a single one may be larger.
const MAX_OUTGOING_BYTES: usize = 64 << 20;
/// Refusals per link that wait to leave; the oldest is forgotten, and its sender advertises again.
const MAX_REFUSALS: usize = 8;

/// What became of a Resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// One that is plain is on its way here.
    Started { resource: ResourceHash, size: usize },
    /// One arrived whole. If it is plain, the proof of its last segment, `hash`, is withheld.
    Arrived { hash: ResourceHash, purpose: Purpose, data: Vec<u8>, metadata: Option<Vec<u8>> },
    /// One on its way here failed.
    Lost { resource: ResourceHash, purpose: Purpose, reason: FailReason },
    /// One of ours arrived.
    Delivered { resource: ResourceHash, purpose: Purpose },
    /// One of ours failed.
    Failed { resource: ResourceHash, purpose: Purpose, reason: FailReason },
    /// The peer did what nobody does by accident: close the link.
    Violation,
}

/// All Resources of one link.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    /// The first one is on its way; the others wait.
    outgoing: VecDeque<Outgoing>,
    incoming: Incoming,
    proofs: Proofs,
    /// Refusals wait as answers do: the sender must have noted what it advertised.
    refusals: VecDeque<(Instant, ResourceHash)>,
    outcomes: VecDeque<Outcome>,
}

impl Transfers {
    /// The next thing that has happened.
    pub(crate) fn poll_outcome(&mut self) -> Option<Outcome> {
        self.outcomes.pop_front()
    }

    /// Queues data, and advertises it if nothing else is on its way.
    pub(crate) fn send(
        &mut self,
        io: &mut Io<'_>,
        content: Content,
        purpose: Purpose,
        compression: Compression,
    ) -> Result<ResourceHash, MisuseError> {
        let queued =
            self.outgoing.iter().map(Outgoing::size).fold(content.bytes.len(), usize::saturating_add);
        let too_much = queued > MAX_OUTGOING_BYTES && !self.outgoing.is_empty();
        if self.outgoing.len() >= MAX_OUTGOING || too_much {
            return Err(MisuseError::Full);
        }
        let mut outgoing = Outgoing::new(content, purpose, compression, io.session, io.random);
        let hash = outgoing.original;
        if self.outgoing.is_empty() {
            outgoing.advertise(io);
        }
        self.outgoing.push_back(outgoing);
        Ok(hash)
    }

    /// The peer offers a segment; `limit` is what the link takes of its kind. The answer waits for `hold`.
    pub(crate) fn handle_advertisement(
        &mut self,
        io: &mut Io<'_>,
        advertisement: Advertisement,
        limit: ResourceLimit,
        hold: Duration,
    ) -> Result<(), DropReason> {
        let (hash, purpose) = (advertisement.hash, advertisement.purpose);
        let (resource, size) = (advertisement.original, advertisement.data_size);
        let starts = advertisement.segment == 1 && purpose == Purpose::Plain;
        match self.proofs.known(hash) {
            Known::Unknown => {}
            Known::Withheld => return Ok(()),
            Known::Sent(proof) => {
                io.send_plain(PacketType::Proof, Context::ResourceProof, proof);
                return Ok(());
            }
        }
        // A busy sender may have missed our request, and gives up before we would ask again by ourselves.
        if self.incoming.advertised_again(hash, io.now.after(hold)) {
            return Ok(());
        }
        if self.incoming.is_receiving(hash) || self.refusals.iter().any(|(_, refused)| *refused == hash) {
            return Err(DropReason::Duplicate);
        }
        if self.incoming.accept(io, advertisement, limit, hold) {
            self.outcomes.extend(starts.then_some(Outcome::Started { resource, size }));
            return Ok(());
        }
        if self.refusals.len() >= MAX_REFUSALS {
            self.refusals.pop_front();
        }
        self.refusals.push_back((io.now.after(hold), hash));
        self.outcomes.push_back(Outcome::Lost { resource, purpose, reason: FailReason::Rejected });
        Err(DropReason::NotServed)
    }

    /// A part came in.
    pub(crate) fn handle_part(&mut self, io: &mut Io<'_>, part: &[u8]) -> Result<(), DropReason> {
        let progress = self.incoming.handle_part(io, part);
        self.follow_up(io, progress)
    }

    /// More of a map came in.
    pub(crate) fn handle_hashmap(&mut self, io: &mut Io<'_>, plaintext: &[u8]) -> Result<(), DropReason> {
        let (hash, content) = plaintext.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
        let progress = self.incoming.handle_hashmap(io, ResourceHash::from_bytes(*hash), content);
        self.follow_up(io, progress)
    }

    /// The peer asks for parts.
    pub(crate) fn handle_request(
        &mut self,
        io: &mut Io<'_>,
        packet: PacketHash,
        plaintext: &[u8],
    ) -> Result<(), DropReason> {
        let outgoing = self.outgoing.front_mut().ok_or(DropReason::OutOfOrder)?;
        if let Some(reason) = outgoing.handle_request(io, packet, plaintext)? {
            outgoing.cancel(io);
            self.fail_current(io, reason);
        }
        Ok(())
    }

    /// The peer proves a segment, or somebody pretends to.
    pub(crate) fn handle_proof(&mut self, io: &mut Io<'_>, payload: &[u8]) -> Result<(), DropReason> {
        let (hash, proof) = payload.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
        let outgoing = self.outgoing.front_mut().ok_or(DropReason::UnexpectedProof)?;
        if !outgoing.is_current(ResourceHash::from_bytes(*hash)) {
            return Err(DropReason::UnexpectedProof);
        }
        match outgoing.handle_proof(io, proof)? {
            Proved::Segment => {}
            Proved::Everything => {
                let (resource, purpose) = (outgoing.original, outgoing.purpose);
                self.outcomes.push_back(Outcome::Delivered { resource, purpose });
                self.start_next(io);
            }
        }
        Ok(())
    }

    /// The sender of an incoming Resource gives it up; the reference expects the cancellation back.
    pub(crate) fn handle_initiator_cancel(
        &mut self,
        io: &mut Io<'_>,
        plaintext: &[u8],
    ) -> Result<(), DropReason> {
        let hash = ResourceHash::from_slice(plaintext).ok_or(DropReason::Malformed)?;
        let (resource, purpose) = self.incoming.cancel(hash).ok_or(DropReason::OutOfOrder)?;
        io.send(Context::ResourceReceiverCancel, hash.as_bytes());
        self.outcomes.push_back(Outcome::Lost { resource, purpose, reason: FailReason::Cancelled });
        Ok(())
    }

    /// The receiver of an outgoing Resource refuses it or gives it up.
    pub(crate) fn handle_receiver_cancel(
        &mut self,
        io: &mut Io<'_>,
        plaintext: &[u8],
    ) -> Result<(), DropReason> {
        let hash = ResourceHash::from_slice(plaintext).ok_or(DropReason::Malformed)?;
        let outgoing = self.outgoing.front().filter(|outgoing| outgoing.is_current(hash));
        let begun = outgoing.ok_or(DropReason::OutOfOrder)?.has_begun();
        self.fail_current(io, if begun { FailReason::Cancelled } else { FailReason::Rejected });
        Ok(())
    }

    /// The peer misses a proof. Anybody can ask; nobody learns anything from the answer.
    pub(crate) fn handle_cache_request(&self, io: &mut Io<'_>, payload: &[u8]) -> Result<(), DropReason> {
        let packet = PacketHash::from_slice(payload).ok_or(DropReason::Malformed)?;
        let proof = self.proofs.by_packet(packet).ok_or(DropReason::NotServed)?;
        io.send_plain(PacketType::Proof, Context::ResourceProof, proof);
        Ok(())
    }

    /// The frame with the proof that was withheld for this segment, if any.
    pub(crate) fn prove(&mut self, session: &Session, resource: ResourceHash) -> Option<Vec<u8>> {
        let payload = self.proofs.release(session, resource)?;
        Some(session.frame(PacketType::Proof, Context::ResourceProof, &payload))
    }

    /// Rejects the Resource whose proof is withheld under this hash, so that its sender stops trying.
    pub(crate) fn refuse(&mut self, io: &mut Io<'_>, resource: ResourceHash) {
        if self.proofs.forget(resource) {
            io.send(Context::ResourceReceiverCancel, resource.as_bytes());
        }
    }

    /// Gives a Resource up, whichever way it goes; false if there is none of this name.
    pub(crate) fn cancel(&mut self, io: &mut Io<'_>, resource: ResourceHash) -> bool {
        let reason = FailReason::Cancelled;
        if let Some((arriving, purpose)) = self.incoming.give_up_whole(resource) {
            if let Some(segment) = arriving {
                io.send(Context::ResourceReceiverCancel, segment.as_bytes());
            }
            self.outcomes.push_back(Outcome::Lost { resource, purpose, reason });
            return true;
        }
        let position = self.outgoing.iter().position(|outgoing| outgoing.original == resource);
        match position {
            None => return false,
            Some(0) => {
                if let Some(outgoing) = self.outgoing.front() {
                    outgoing.cancel(io);
                }
                self.fail_current(io, reason);
            }
            Some(waiting) => {
                if let Some(outgoing) = self.outgoing.remove(waiting) {
                    let purpose = outgoing.purpose;
                    self.outcomes.push_back(Outcome::Failed { resource, purpose, reason });
                }
            }
        }
        true
    }

    /// How far each Resource has come, those on their way out first.
    pub(crate) fn statuses(&self) -> impl Iterator<Item = ResourceStatus> {
        self.outgoing.iter().map(Outgoing::status).chain(self.incoming.statuses())
    }

    /// Bytes of Resources in both directions.
    pub(crate) fn kept_bytes(&self) -> usize {
        let outgoing = self.outgoing.iter().map(Outgoing::kept_bytes);
        outgoing.fold(self.incoming.kept_bytes(), usize::saturating_add)
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        let outgoing = self.outgoing.front().and_then(Outgoing::deadline);
        let refusal = self.refusals.front().map(|(due, _)| *due);
        [outgoing, refusal, self.incoming.deadline()].into_iter().flatten().min()
    }

    pub(crate) fn handle_timeout(&mut self, io: &mut Io<'_>) {
        while let Some((_, hash)) = self.refusals.pop_front_if(|(due, _)| io.now >= *due) {
            io.send(Context::ResourceReceiverCancel, hash.as_bytes());
        }
        if let Some(outgoing) = self.outgoing.front_mut()
            && let Some(reason) = outgoing.handle_timeout(io)
        {
            outgoing.cancel(io);
            self.fail_current(io, reason);
        }
        while let Some(progress) = self.incoming.handle_timeout(io) {
            // What timed out is known, so there is nothing to count.
            let _ = self.follow_up(io, progress);
        }
    }

    /// The link is closed: everything of ours has failed.
    pub(crate) fn close(&mut self) {
        for outgoing in self.outgoing.drain(..) {
            self.outcomes.push_back(Outcome::Failed {
                resource: outgoing.original,
                purpose: outgoing.purpose,
                reason: FailReason::LinkClosed,
            });
        }
    }

    fn follow_up(&mut self, io: &mut Io<'_>, progress: Progress) -> Result<(), DropReason> {
        match progress {
            Progress::NotMine => return Err(DropReason::OutOfOrder),
            Progress::Going => {}
            Progress::GaveUp { hash, original: resource, purpose } => {
                io.send(Context::ResourceReceiverCancel, hash.as_bytes());
                self.outcomes.push_back(Outcome::Lost { resource, purpose, reason: FailReason::Timeout });
            }
            Progress::Finished(finished) => self.handle_finished(io, finished),
        }
        Ok(())
    }

    fn handle_finished(&mut self, io: &mut Io<'_>, finished: Finished) {
        match finished {
            Finished::Segment { hash, proof } => self.prove_now(io, hash, proof),
            Finished::Everything { hash, proof, purpose, data, metadata } => {
                match purpose {
                    Purpose::Plain => self.proofs.withhold(hash, proof),
                    Purpose::Request(_) | Purpose::Response(_) => self.prove_now(io, hash, proof),
                }
                self.outcomes.push_back(Outcome::Arrived { hash, purpose, data, metadata });
            }
            Finished::Damaged { hash, original: resource, purpose, damage } => {
                io.send(Context::ResourceReceiverCancel, hash.as_bytes());
                self.outcomes.push_back(Outcome::Lost { resource, purpose, reason: FailReason::Corrupt });
                if damage == Damage::Hostile {
                    self.outcomes.push_back(Outcome::Violation);
                }
            }
        }
    }

    fn prove_now(&mut self, io: &mut Io<'_>, hash: ResourceHash, proof: [u8; 32]) {
        let payload = self.proofs.keep(io.session, hash, proof);
        io.send_plain(PacketType::Proof, Context::ResourceProof, &payload);
    }

    fn fail_current(&mut self, io: &mut Io<'_>, reason: FailReason) {
        if let Some(outgoing) = self.outgoing.front() {
            let (resource, purpose) = (outgoing.original, outgoing.purpose);
            self.outcomes.push_back(Outcome::Failed { resource, purpose, reason });
        }
        self.start_next(io);
    }

    /// Drops the Resource that is done with and advertises the one behind it.
    fn start_next(&mut self, io: &mut Io<'_>) {
        self.outgoing.pop_front();
        if let Some(next) = self.outgoing.front_mut() {
            next.advertise(io);
        }
    }
}

/// Bits per second that are expected before anything was measured: what the handshake took.
fn fallback_rate(round_trip: Duration) -> f64 {
    ESTABLISHMENT_COST * 8.0 / round_trip.as_secs_f64().max(0.001)
}
