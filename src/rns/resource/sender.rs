//! A Resource on its way out: advertised, sent part by part as the receiver asks, proved, segment after segment.
//! Not the queue of Resources; only one of a link is on its way at a time.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::super::error::DropReason;
use super::super::event::FailReason;
use super::super::hash::{PacketHash, ResourceHash};
use super::super::link::{Io, Session};
use super::super::node::Compression;
use super::super::packet::{Context, DestinationType, Packet, PacketType};
use super::super::random::Random;
use super::super::time::Instant;
use super::advertisement::{Advertisement, Encoding, Metadata, Purpose};
use super::content::Content;
use super::hashmap::{self, COLLISION_GUARD, HASHMAP_MAX_LEN, MAPHASH_LEN, MapHash};
use super::segment::Segment;
use super::status::{Direction, ResourceState, ResourceStatus};
use super::window::WINDOW_MAX_FAST;
use super::{HASHMAP_EXHAUSTED, HASHMAP_NOT_EXHAUSTED};

/// `Resource.MAX_EFFICIENT_SIZE`: plain bytes in one segment.
pub(crate) const SEGMENT_SIZE: usize = 1_048_575;
/// `Resource.AUTO_COMPRESS_MAX_SIZE`: larger Resources are not compressed.
pub(super) const COMPRESS_MAX: usize = 67_108_864;
/// `Resource.MAX_ADV_RETRIES`.
const MAX_ADVERTISEMENTS: u32 = 4;
/// `Resource.MAX_RETRIES` as it counts for a missing proof.
const MAX_CACHE_REQUESTS: u32 = 3;
/// Round trips before an advertisement is repeated (`Resource.PART_TIMEOUT_FACTOR` and its siblings, page 06 §9).
const ADVERTISED_ROUND_TRIPS: u32 = 6;
const ADVERTISED_GRACE: Duration = Duration::from_secs(1);
/// 6 round trips for each of the receiver's 16 retries, and the time that these add up to.
const TRANSFER_ROUND_TRIPS: u32 = 96;
const TRANSFER_GRACE: Duration = Duration::from_secs(78);
const PROOF_ROUND_TRIPS: u32 = 3;
const PROOF_GRACE: Duration = Duration::from_secs(10);
/// Part requests whose hash is remembered: a repeated copy of one must not be answered again.
const MAX_HANDLED: usize = 64;

/// One outgoing Resource.
#[derive(Debug)]
pub(crate) struct Outgoing {
    /// Names the Resource: the hash of its first segment.
    pub(crate) original: ResourceHash,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// The plain data, kept only while further segments must be made of it.
    data: Vec<u8>,
    /// Where the next segment begins.
    next_start: usize,
    total: usize,
    segments: usize,
    index: usize,
    compression: Compression,
    metadata: Metadata,
    current: Segment,
    progress: Progress,
    state: SendState,
}

/// `Resource.QUEUED` and its siblings, for the current segment.
#[derive(Debug)]
enum SendState {
    Queued,
    Advertised { at: Instant, deadline: Instant, sent: u32 },
    Transferring { deadline: Instant, round_trip: Duration },
    AwaitingProof { deadline: Instant, round_trip: Duration, asked: u32 },
}

/// What the receiver has asked for of the current segment.
#[derive(Debug)]
struct Progress {
    /// Positions that were never sent.
    unsent: BTreeSet<usize>,
    /// The receiver has everything before this.
    min_height: usize,
    map_requests: usize,
    handled: VecDeque<PacketHash>,
}

/// How a segment or the whole thing went on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proved {
    /// The next segment is advertised.
    Segment,
    /// That was the last one.
    Everything,
}

impl Outgoing {
    /// Packs the first segment of `content`; nothing is sent before [`Self::advertise`].
    pub(crate) fn new(
        content: Content,
        purpose: Purpose,
        compression: Compression,
        session: &Session,
        random: &mut Random,
    ) -> Self {
        let Content { bytes: data, metadata } = content;
        let total = data.len();
        let compression = if total > COMPRESS_MAX { Compression::Off } else { compression };
        let (first, rest) = data.split_at_checked(SEGMENT_SIZE).unwrap_or((&data, &[]));
        let current = Segment::build(first, compression, session, session.sdu(), random);
        let data = if rest.is_empty() { Vec::new() } else { data };
        Self {
            original: current.hash,
            purpose,
            data,
            next_start: SEGMENT_SIZE,
            total,
            segments: total.div_ceil(SEGMENT_SIZE).max(1),
            index: 1,
            compression,
            metadata,
            progress: Progress::new(&current),
            current,
            state: SendState::Queued,
        }
    }

    /// Plain bytes of the whole Resource.
    pub(crate) const fn size(&self) -> usize {
        self.total
    }

    /// Bytes that are kept of it.
    pub(crate) const fn kept_bytes(&self) -> usize {
        self.data.len().saturating_add(self.current.stream.len())
    }

    /// Does this hash name the segment that is on its way?
    pub(crate) fn is_current(&self, hash: ResourceHash) -> bool {
        self.current.hash == hash && !matches!(self.state, SendState::Queued)
    }

    /// The first advertisement of the current segment.
    pub(crate) fn advertise(&mut self, io: &mut Io<'_>) {
        self.send_advertisement(io);
        self.state = SendState::Advertised { at: io.now, deadline: advertised_until(io), sent: 1 };
    }

    /// Has the receiver asked for any part of the current segment?
    pub(crate) fn has_begun(&self) -> bool {
        matches!(self.state, SendState::Transferring { .. } | SendState::AwaitingProof { .. })
            || self.index > 1
    }

    /// The receiver asks for parts; `request` is the packet that asks. `Ok(Some(reason))` ends the Resource.
    pub(crate) fn handle_request(
        &mut self,
        io: &mut Io<'_>,
        request: PacketHash,
        plaintext: &[u8],
    ) -> Result<Option<FailReason>, DropReason> {
        let request = PartRequest::parse(request, plaintext)?;
        if !self.is_current(request.resource) || self.progress.handled.contains(&request.packet) {
            return Err(DropReason::OutOfOrder);
        }
        self.progress.remember(request.packet);
        let round_trip = match self.state {
            SendState::Queued => return Err(DropReason::OutOfOrder),
            SendState::Advertised { at, .. } => io.now.since(at),
            SendState::Transferring { round_trip, .. } | SendState::AwaitingProof { round_trip, .. } => {
                round_trip
            }
        };
        self.send_parts(io, &request.wanted);
        if let Some(last) = request.last_known
            && !self.send_hashmap(io, last)
        {
            return Ok(Some(FailReason::Cancelled));
        }
        self.state = if self.progress.unsent.is_empty() {
            let asked = match self.state {
                SendState::AwaitingProof { asked, .. } => asked,
                SendState::Queued | SendState::Advertised { .. } | SendState::Transferring { .. } => 0,
            };
            SendState::AwaitingProof { deadline: proof_until(io.now, round_trip), round_trip, asked }
        } else {
            let wait = round_trip.saturating_mul(TRANSFER_ROUND_TRIPS).saturating_add(TRANSFER_GRACE);
            SendState::Transferring { deadline: io.now.after(wait), round_trip }
        };
        Ok(None)
    }

    /// The receiver proves the current segment, or somebody pretends to.
    pub(crate) fn handle_proof(&mut self, io: &mut Io<'_>, proof: &[u8]) -> Result<Proved, DropReason> {
        if proof != self.current.proof {
            return Err(DropReason::BadSignature);
        }
        let rest = self.data.get(self.next_start..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(Proved::Everything);
        }
        let plain = rest.get(..SEGMENT_SIZE).unwrap_or(rest);
        self.current = Segment::build(plain, self.compression, io.session, io.session.sdu(), io.random);
        self.next_start = self.next_start.saturating_add(SEGMENT_SIZE);
        self.progress = Progress::new(&self.current);
        self.index = self.index.saturating_add(1);
        self.advertise(io);
        Ok(Proved::Segment)
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            SendState::Queued => None,
            SendState::Advertised { deadline, .. }
            | SendState::Transferring { deadline, .. }
            | SendState::AwaitingProof { deadline, .. } => Some(deadline),
        }
    }

    /// Repeats what may have been lost, or ends the Resource.
    pub(crate) fn handle_timeout(&mut self, io: &mut Io<'_>) -> Option<FailReason> {
        if self.deadline().is_none_or(|deadline| io.now < deadline) {
            return None;
        }
        match self.state {
            SendState::Advertised { sent, .. } if sent <= MAX_ADVERTISEMENTS => {
                self.send_advertisement(io);
                let sent = sent.saturating_add(1);
                self.state = SendState::Advertised { at: io.now, deadline: advertised_until(io), sent };
                None
            }
            SendState::AwaitingProof { round_trip, asked, .. } if asked < MAX_CACHE_REQUESTS => {
                let missing = proof_packet_hash(io.session, self.current.hash, &self.current.proof);
                io.send_plain(PacketType::Data, Context::CacheRequest, missing.as_bytes());
                self.state = SendState::AwaitingProof {
                    deadline: proof_until(io.now, round_trip),
                    round_trip,
                    asked: asked.saturating_add(1),
                };
                None
            }
            SendState::Queued => None,
            SendState::Advertised { .. }
            | SendState::Transferring { .. }
            | SendState::AwaitingProof { .. } => Some(FailReason::Timeout),
        }
    }

    pub(crate) fn status(&self) -> ResourceStatus {
        let parts = self.current.hashes.len();
        let map_requests = self.progress.map_requests;
        ResourceStatus {
            resource: self.original,
            segment_hash: self.current.hash,
            direction: Direction::Outgoing,
            state: match self.state {
                SendState::Queued => ResourceState::Queued,
                SendState::Advertised { .. } => ResourceState::Advertised,
                SendState::Transferring { .. } => ResourceState::Transferring,
                SendState::AwaitingProof { .. } => ResourceState::AwaitingProof,
            },
            size: self.total,
            transfer_size: self.current.stream.len(),
            segment: self.index,
            segments: self.segments,
            parts,
            parts_done: parts.saturating_sub(self.progress.unsent.len()),
            compressed: self.current.encoding == Encoding::Bzip2,
            has_metadata: self.metadata == Metadata::Prefixed,
            map_height: map_requests.saturating_add(1).saturating_mul(HASHMAP_MAX_LEN).min(parts),
            map_requests,
            map_updates: map_requests,
        }
    }

    /// Tells the receiver that nothing more will come.
    pub(crate) fn cancel(&self, io: &mut Io<'_>) {
        io.send(Context::ResourceInitiatorCancel, self.current.hash.as_bytes());
    }

    fn send_advertisement(&self, io: &mut Io<'_>) {
        let advertisement = Advertisement {
            transfer_size: self.current.stream.len(),
            data_size: self.total,
            parts: self.current.hashes.len(),
            hash: self.current.hash,
            random_hash: self.current.random_hash,
            original: self.original,
            segment: self.index,
            segments: self.segments,
            purpose: self.purpose,
            encoding: self.current.encoding,
            metadata: self.metadata,
            hashmap: hashmap::segment_bytes(&self.current.hashes, 0),
        };
        io.send(Context::ResourceAdvertisement, &advertisement.pack());
    }

    /// Sends what is asked for, in order of position, each once.
    fn send_parts(&mut self, io: &mut Io<'_>, wanted: &BTreeSet<MapHash>) {
        let scope = self.current.hashes.iter().enumerate().skip(self.progress.min_height);
        for (position, hash) in scope.take(COLLISION_GUARD) {
            if !wanted.contains(hash) {
                continue;
            }
            if let Some(part) = self.current.part(position, io.session.sdu()) {
                io.send_plain(PacketType::Data, Context::Resource, part);
                self.progress.unsent.remove(&position);
            }
        }
    }

    /// Sends the map segment behind `last`. False if the receiver is not where it can be.
    fn send_hashmap(&mut self, io: &mut Io<'_>, last: MapHash) -> bool {
        let mut scope = self.current.hashes.iter().enumerate().skip(self.progress.min_height);
        let Some((position, _)) = scope.by_ref().take(COLLISION_GUARD).find(|(_, hash)| **hash == last)
        else {
            return false;
        };
        self.progress.min_height = position.saturating_sub(WINDOW_MAX_FAST);
        let known = position.saturating_add(1);
        let segment = known.checked_div(HASHMAP_MAX_LEN).unwrap_or(0);
        let hashes = hashmap::segment_bytes(&self.current.hashes, segment);
        if !known.is_multiple_of(HASHMAP_MAX_LEN) || hashes.is_empty() {
            return false;
        }
        let mut content = self.current.hash.as_bytes().to_vec();
        content.extend_from_slice(&hashmap::pack_update(segment, &hashes));
        io.send(Context::ResourceHashmapUpdate, &content);
        self.progress.map_requests = self.progress.map_requests.saturating_add(1);
        true
    }
}

impl Progress {
    fn new(segment: &Segment) -> Self {
        let unsent = (0..segment.hashes.len()).collect();
        Self { unsent, min_height: 0, map_requests: 0, handled: VecDeque::new() }
    }

    fn remember(&mut self, request: PacketHash) {
        if self.handled.len() >= MAX_HANDLED {
            self.handled.pop_front();
        }
        self.handled.push_back(request);
    }
}

/// A receiver asks for parts.
struct PartRequest {
    packet: PacketHash,
    resource: ResourceHash,
    /// It knows the map only up to here.
    last_known: Option<MapHash>,
    wanted: BTreeSet<MapHash>,
}

impl PartRequest {
    fn parse(packet: PacketHash, plaintext: &[u8]) -> Result<Self, DropReason> {
        let (&status, rest) = plaintext.split_first().ok_or(DropReason::Malformed)?;
        let (last_known, rest) = match status {
            HASHMAP_NOT_EXHAUSTED => (None, rest),
            HASHMAP_EXHAUSTED => {
                let (last, rest) = rest.split_first_chunk::<MAPHASH_LEN>().ok_or(DropReason::Malformed)?;
                (hashmap::read(last).next(), rest)
            }
            _ => return Err(DropReason::Malformed),
        };
        let (resource, wanted) = rest.split_first_chunk::<32>().ok_or(DropReason::Malformed)?;
        Ok(Self {
            packet,
            resource: ResourceHash::from_bytes(*resource),
            last_known,
            // More than the search scope can't be found anyway.
            wanted: hashmap::read(wanted).take(COLLISION_GUARD).collect(),
        })
    }
}

/// The hash of the packet with which a receiver proves a segment.
pub(crate) fn proof_packet_hash(session: &Session, resource: ResourceHash, proof: &[u8; 32]) -> PacketHash {
    let payload = [resource.as_bytes().as_slice(), proof].concat();
    Packet::new(PacketType::Proof, DestinationType::Link, session.id(), Context::ResourceProof, &payload)
        .hash()
}

fn advertised_until(io: &Io<'_>) -> Instant {
    io.now.after(io.round_trip.saturating_mul(ADVERTISED_ROUND_TRIPS).saturating_add(ADVERTISED_GRACE))
}

fn proof_until(now: Instant, round_trip: Duration) -> Instant {
    now.after(round_trip.saturating_mul(PROOF_ROUND_TRIPS).saturating_add(PROOF_GRACE))
}
