//! Jobs: work that a node hands out, because it takes longer than all else and needs nothing of the node.
//! Not the order in which they are done; that is the job queue's.

use super::crypto::{SignatureCheck, check_all};
use super::hash::PacketHash;
use super::packet::Packet;

/// Tells an announce from all others. Its hash alone does not: the context flag is not part of it, though it decides
/// what of the payload is signed, and whoever passes an announce on could flip it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AnnounceId {
    hash: PacketHash,
    context_flag: bool,
}

impl AnnounceId {
    pub(super) fn of(packet: &Packet<'_>) -> Self {
        Self { hash: packet.hash(), context_flag: packet.context_flag }
    }
}

/// The check of one announce's signature. Can be done anywhere; the outcome goes to
/// [`Node::handle_job_done`](super::Node::handle_job_done).
#[derive(Debug)]
pub struct Job {
    pub(super) announce: AnnounceId,
    pub(super) check: SignatureCheck,
}

/// What came of a [`Job`].
#[derive(Debug)]
pub struct JobDone {
    pub(super) announce: AnnounceId,
    pub(super) outcome: Outcome,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Genuine,
    Forged,
}

impl Job {
    /// How many to do together: beyond this many, each is hardly cheaper, and the first has to wait for the last.
    pub const BATCH: usize = 128;

    /// Does jobs together.
    pub fn run_all(jobs: &[Self]) -> Vec<JobDone> {
        let outcomes = check_all(jobs.iter().map(|job| &job.check));
        let done = jobs.iter().zip(outcomes).map(|(job, passes)| JobDone {
            announce: job.announce,
            outcome: if passes { Outcome::Genuine } else { Outcome::Forged },
        });
        done.collect()
    }
}
