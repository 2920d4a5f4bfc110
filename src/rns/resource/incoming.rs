//! Resources on their way in: segments are received one after the other and put together.
//! Not the parts of a segment; those are the receiver's business.

use std::time::Duration;

use super::super::hash::ResourceHash;
use super::super::link::{Io, ResourceLimit};
use super::super::time::Instant;
use super::advertisement::{Advertisement, Encoding, Metadata, Purpose};
use super::content::split_metadata;
use super::receiver::{Experience, Receiver, Step};
use super::segment::{self, Damage};
use super::status::ResourceStatus;

/// Incoming Resources per link; the newcomer is refused. The reference sends one at a time.
const MAX_INCOMING: usize = 4;
/// How long the next segment may take to be advertised: longer than its sender's search for the last proof.
const BETWEEN_SEGMENTS: Duration = Duration::from_secs(60);
const BETWEEN_ROUND_TRIPS: u32 = 12;

/// The incoming Resources of one link.
#[derive(Debug, Default)]
pub(super) struct Incoming {
    table: Vec<Assembly>,
    experience: Experience,
}

/// One incoming Resource: what its finished segments held, and the segment that is arriving.
#[derive(Debug)]
pub(super) struct Assembly {
    original: ResourceHash,
    pub(super) purpose: Purpose,
    data_size: usize,
    /// Most that a compressed segment may become.
    unpacked: usize,
    segments: usize,
    /// The segment that is arriving, or comes next.
    segment: usize,
    /// Plain bytes of finished segments, metadata included.
    consumed: usize,
    data: Vec<u8>,
    metadata: Option<Vec<u8>>,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Receiving(Box<Receiver>),
    /// With how the segment before stood in the end.
    Between {
        deadline: Instant,
        before: Box<ResourceStatus>,
    },
}

/// A segment or everything has arrived.
#[derive(Debug)]
pub(super) enum Finished {
    /// More segments follow.
    Segment { hash: ResourceHash, proof: [u8; 32] },
    /// That was the last one.
    Everything {
        hash: ResourceHash,
        proof: [u8; 32],
        purpose: Purpose,
        data: Vec<u8>,
        metadata: Option<Vec<u8>>,
    },
    /// It was worth nothing.
    Damaged { hash: ResourceHash, original: ResourceHash, purpose: Purpose, damage: Damage },
}

/// What an input to the table led to.
#[derive(Debug)]
pub(super) enum Progress {
    /// It was for none of them.
    NotMine,
    /// Whatever was needed has been sent.
    Going,
    /// A segment is complete.
    Finished(Finished),
    /// The transfer leads nowhere.
    GaveUp { hash: ResourceHash, original: ResourceHash, purpose: Purpose },
}

impl Incoming {
    /// Is this segment arriving?
    pub(super) fn is_receiving(&self, hash: ResourceHash) -> bool {
        self.table.iter().any(|assembly| assembly.arriving() == Some(hash))
    }

    /// A segment that is arriving was advertised again. False if that changes nothing.
    pub(super) fn advertised_again(&mut self, hash: ResourceHash, due: Instant) -> bool {
        let arriving = self.table.iter_mut().find(|assembly| assembly.arriving() == Some(hash));
        arriving.and_then(Assembly::receiver).is_some_and(|receiver| receiver.advertised_again(due))
    }

    /// Takes an advertised segment, if it is within `limit` and continues what is there. The first part request
    /// leaves after `hold`. False refuses it.
    pub(super) fn accept(
        &mut self,
        io: &Io<'_>,
        advertisement: Advertisement,
        limit: ResourceLimit,
        hold: Duration,
    ) -> bool {
        let ResourceLimit::UpTo { size, unpacked } = limit else { return false };
        if advertisement.data_size > size {
            return false;
        }
        let first = advertisement.segment == 1;
        let slot = self.table.iter().position(|assembly| assembly.original == advertisement.original);
        let receiver = |advertisement: Advertisement, experience: &Experience| {
            let (sdu, fallback) = (io.session.sdu(), super::fallback_rate(io.round_trip));
            Box::new(Receiver::new(advertisement, sdu, experience, fallback, io.now.after(hold)))
        };
        if let Some(assembly) = slot.and_then(|slot| self.table.get_mut(slot)) {
            if !assembly.continues_with(&advertisement) {
                return false;
            }
            assembly.phase = Phase::Receiving(receiver(advertisement, &self.experience));
            return true;
        }
        if !first || advertisement.original != advertisement.hash || self.table.len() >= MAX_INCOMING {
            return false;
        }
        self.table.push(Assembly {
            original: advertisement.original,
            purpose: advertisement.purpose,
            data_size: advertisement.data_size,
            unpacked,
            segments: advertisement.segments,
            segment: 1,
            consumed: 0,
            data: Vec::new(),
            metadata: None,
            phase: Phase::Receiving(receiver(advertisement, &self.experience)),
        });
        true
    }

    /// A part came in. It doesn't say of which Resource, so each of them looks at it.
    pub(super) fn handle_part(&mut self, io: &mut Io<'_>, part: &[u8]) -> Progress {
        for index in 0..self.table.len() {
            let receiver = self.table.get_mut(index).and_then(Assembly::receiver);
            let Some(receiver) = receiver else { continue };
            let step = receiver.handle_part(io.now, part);
            if step != Step::NotMine {
                return self.carry_out(io, index, step);
            }
        }
        Progress::NotMine
    }

    /// More of a map came in.
    pub(super) fn handle_hashmap(&mut self, io: &mut Io<'_>, hash: ResourceHash, content: &[u8]) -> Progress {
        let Some(index) = self.index_of(hash) else { return Progress::NotMine };
        let receiver = self.table.get_mut(index).and_then(Assembly::receiver);
        let step = receiver.map_or(Step::NotMine, |receiver| receiver.handle_hashmap(io.now, content));
        self.carry_out(io, index, step)
    }

    /// The sender gave up: what it was, if it is known here.
    pub(super) fn cancel(&mut self, hash: ResourceHash) -> Option<(ResourceHash, Purpose)> {
        let index = self.index_of(hash)?;
        let assembly = self.table.swap_remove(index);
        Some((assembly.original, assembly.purpose))
    }

    /// We give up: the segment to name to the sender, if one is arriving, and what it was.
    pub(super) fn give_up_whole(
        &mut self,
        original: ResourceHash,
    ) -> Option<(Option<ResourceHash>, Purpose)> {
        let index = self.table.iter().position(|assembly| assembly.original == original)?;
        let assembly = self.table.swap_remove(index);
        Some((assembly.arriving(), assembly.purpose))
    }

    pub(super) fn statuses(&self) -> impl Iterator<Item = ResourceStatus> {
        self.table.iter().map(|assembly| match &assembly.phase {
            Phase::Receiving(receiver) => receiver.status(),
            Phase::Between { before, .. } => (**before).clone(),
        })
    }

    pub(super) fn kept_bytes(&self) -> usize {
        self.table.iter().map(Assembly::kept_bytes).fold(0, usize::saturating_add)
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.table.iter().map(Assembly::deadline).min()
    }

    /// Handles one deadline that has passed; `None` if there is none.
    pub(super) fn handle_timeout(&mut self, io: &mut Io<'_>) -> Option<Progress> {
        let index = self.table.iter().position(|assembly| io.now >= assembly.deadline())?;
        let assembly = self.table.get_mut(index)?;
        let Some(receiver) = assembly.receiver() else {
            let assembly = self.table.swap_remove(index);
            let Assembly { original, purpose, .. } = assembly;
            return Some(Progress::GaveUp { hash: original, original, purpose });
        };
        let step = receiver.handle_timeout(io.now);
        Some(self.carry_out(io, index, step))
    }

    fn index_of(&self, hash: ResourceHash) -> Option<usize> {
        self.table.iter().position(|assembly| assembly.arriving() == Some(hash))
    }

    fn carry_out(&mut self, io: &mut Io<'_>, index: usize, step: Step) -> Progress {
        match step {
            Step::NotMine => Progress::NotMine,
            Step::Wait => Progress::Going,
            Step::Complete => self.finish(io, index),
            Step::GiveUp => self.give_up(index),
            Step::Ask => {
                let receiver = self.table.get_mut(index).and_then(Assembly::receiver);
                match receiver.and_then(|receiver| receiver.next_request(io.now)) {
                    Some(request) => {
                        io.send(super::Context::ResourceRequest, &request);
                        Progress::Going
                    }
                    None => self.give_up(index),
                }
            }
        }
    }

    fn give_up(&mut self, index: usize) -> Progress {
        let hash = self.table.get(index).and_then(Assembly::arriving);
        let Some(hash) = hash else { return Progress::NotMine };
        let Assembly { original, purpose, .. } = self.table.swap_remove(index);
        Progress::GaveUp { hash, original, purpose }
    }

    /// Unpacks a complete segment.
    fn finish(&mut self, io: &Io<'_>, index: usize) -> Progress {
        let mut assembly = self.table.swap_remove(index);
        let patience = BETWEEN_SEGMENTS.saturating_add(io.round_trip.saturating_mul(BETWEEN_ROUND_TRIPS));
        let Some(receiver) = assembly.receiver() else { return Progress::NotMine };
        let before = Box::new(receiver.status());
        let between = Phase::Between { deadline: io.now.after(patience), before };
        let Phase::Receiving(receiver) = std::mem::replace(&mut assembly.phase, between) else {
            return Progress::NotMine;
        };
        let (advertisement, stream, experience) = receiver.finish();
        self.experience = experience;
        let (hash, original, purpose) = (advertisement.hash, assembly.original, assembly.purpose);
        let room = assembly.room(advertisement.encoding);
        let proof = match segment::unpack(io.session, &advertisement, &stream, room)
            .and_then(|(plain, proof)| assembly.take(&advertisement, plain).map(|()| proof))
        {
            Ok(proof) => proof,
            Err(damage) => return Progress::Finished(Finished::Damaged { hash, original, purpose, damage }),
        };
        if assembly.segment < assembly.segments {
            assembly.segment = assembly.segment.saturating_add(1);
            self.table.push(assembly);
            return Progress::Finished(Finished::Segment { hash, proof });
        }
        let (data, metadata) = (assembly.data, assembly.metadata);
        Progress::Finished(Finished::Everything { hash, proof, purpose, data, metadata })
    }
}

impl Assembly {
    fn receiver(&mut self) -> Option<&mut Receiver> {
        match &mut self.phase {
            Phase::Receiving(receiver) => Some(receiver),
            Phase::Between { .. } => None,
        }
    }

    fn kept_bytes(&self) -> usize {
        let arriving = match &self.phase {
            Phase::Receiving(receiver) => receiver.kept_bytes(),
            Phase::Between { .. } => 0,
        };
        self.data.len().saturating_add(arriving)
    }

    /// Hash of the segment that is arriving.
    fn arriving(&self) -> Option<ResourceHash> {
        match &self.phase {
            Phase::Receiving(receiver) => Some(receiver.advertisement.hash),
            Phase::Between { .. } => None,
        }
    }

    fn deadline(&self) -> Instant {
        match &self.phase {
            Phase::Receiving(receiver) => receiver.deadline(),
            Phase::Between { deadline, .. } => *deadline,
        }
    }

    /// Most plain bytes of the segment that is arriving.
    fn room(&self, encoding: Encoding) -> usize {
        let advertised = self.data_size.saturating_sub(self.consumed);
        match encoding {
            Encoding::Stored => advertised,
            Encoding::Bzip2 => advertised.min(self.unpacked),
        }
    }

    fn continues_with(&self, advertisement: &Advertisement) -> bool {
        matches!(self.phase, Phase::Between { .. })
            && advertisement.segment == self.segment
            && advertisement.segments == self.segments
            && advertisement.data_size == self.data_size
            && advertisement.purpose == self.purpose
    }

    /// Appends a segment's plain data; the first one may have metadata in front.
    fn take(&mut self, advertisement: &Advertisement, mut plain: Vec<u8>) -> Result<(), Damage> {
        self.consumed = self.consumed.saturating_add(plain.len());
        if advertisement.segment == 1 && advertisement.metadata == Metadata::Prefixed {
            self.metadata = Some(split_metadata(&mut plain).ok_or(Damage::Corrupt)?);
        }
        if self.data.is_empty() {
            self.data = plain;
        } else {
            self.data.extend_from_slice(&plain);
        }
        Ok(())
    }
}
