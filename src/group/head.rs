//! The head of a group's chain of events: where it stands, in a form that the group's identity signs.
//! Not the signing; keys are the server's.

use super::id::{GroupId, Seq};
use crate::rns::time::UnixTime;

/// What a signature over a head starts with.
const LABEL: &[u8] = b"roost-head1";

/// The last event of a group, and the term it was ordered in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// From 1; rises on restore from a backup, on import and on takeover, so that no (term, seq) has two hashes.
    pub term: u32,
    /// The last event's number.
    pub seq: Seq,
    /// The last event's time.
    pub time: UnixTime,
    /// The last event's hash, which covers all before it.
    pub hash: [u8; 32],
}

impl Head {
    /// The term of a new group.
    pub const FIRST_TERM: u32 = 1;

    /// The bytes that the identity of group `gid` signs: label ‖ gid ‖ term ‖ seq ‖ time ‖ hash, big-endian.
    pub fn to_sign(&self, gid: GroupId) -> Vec<u8> {
        [
            LABEL,
            gid.as_bytes(),
            &self.term.to_be_bytes(),
            &self.seq.0.to_be_bytes(),
            &self.time.as_micros().to_be_bytes(),
            &self.hash,
        ]
        .concat()
    }

    /// The first six bytes of the hash, for a cursor that notices a changed past.
    pub fn short_hash(&self) -> [u8; 6] {
        let mut out = [0; 6];
        out.iter_mut().zip(self.hash).for_each(|(to, from)| *to = from);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_a_head_changes_what_is_signed() {
        let gid = GroupId::from_bytes([1; 16]);
        let head = Head { term: 1, seq: Seq(2), time: UnixTime::from_micros(3), hash: [4; 32] };
        let others = [
            Head { term: 2, ..head }.to_sign(gid),
            Head { seq: Seq(3), ..head }.to_sign(gid),
            Head { time: UnixTime::from_micros(4), ..head }.to_sign(gid),
            Head { hash: [5; 32], ..head }.to_sign(gid),
            head.to_sign(GroupId::from_bytes([2; 16])),
        ];
        assert!(others.iter().all(|other| *other != head.to_sign(gid)));
        assert_eq!(head.to_sign(gid).len(), 11 + 16 + 4 + 8 + 8 + 32);
    }
}
