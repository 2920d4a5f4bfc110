//! The work that joining may cost: a hash with leading zero bits, over the group, the person and the day.
//! Not the stamps of messages, which are LXMF's; those are costly to check, and this is not.

use super::id::GroupId;
use crate::rns::hash::{IdentityHash, sha256};
use crate::rns::time::UnixTime;

/// What is hashed first, so that no other hash of ours is work.
const LABEL: &[u8] = b"roost-join1";
/// Most bytes that the worker may choose.
pub const MAX_WORK: usize = 32;
/// A day, in seconds.
const DAY: u64 = 86_400;

/// What somebody brings to pay the price of joining.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// Bytes that give a hash with leading zero bits.
    Nonce(Vec<u8>),
    /// The value of the stamp of the LXMF message that asks, which was checked when it came.
    Stamp(u16),
}

impl Work {
    /// Leading zero bits that it is worth to `person` in `gid`, now. Work of today counts and of yesterday: so none can
    /// be stored up for long, whoever works over midnight loses nothing, and the worker needs no clock but the server's.
    pub fn value(&self, gid: GroupId, person: IdentityHash, now: UnixTime) -> u16 {
        match self {
            Self::Stamp(value) => *value,
            Self::Nonce(nonce) if nonce.len() > MAX_WORK => 0,
            Self::Nonce(nonce) => {
                let today = day(now);
                let value = |day| leading_zeros(&proof(gid, person, day, nonce));
                value(today).max(value(today.saturating_sub(1)))
            }
        }
    }
}

/// The search for work that is worth a price.
#[derive(Debug, Clone)]
pub struct Search {
    gid: GroupId,
    person: IdentityHash,
    day: u32,
    price: u8,
}

impl Search {
    /// For work of `person` for `gid`, on this day of the server's.
    pub const fn new(gid: GroupId, person: IdentityHash, day: u32, price: u8) -> Self {
        Self { gid, person, day, price }
    }

    /// The work. It takes twice as long for each bit more.
    pub fn find(&self) -> Vec<u8> {
        let is_worth = |nonce: &[u8; 8]| {
            leading_zeros(&proof(self.gid, self.person, self.day, nonce)) >= u16::from(self.price)
        };
        let found = (0..=u64::MAX).map(u64::to_be_bytes).find(is_worth);
        found.map(Vec::from).unwrap_or_default()
    }
}

/// The day that work is bound to: days since 1970, by the server's clock.
pub fn day(now: UnixTime) -> u32 {
    u32::try_from(now.as_secs() / DAY).unwrap_or(u32::MAX)
}

/// SHA-256(label ‖ gid ‖ identity hash ‖ day, 4 bytes, big-endian ‖ nonce).
fn proof(gid: GroupId, person: IdentityHash, day: u32, nonce: &[u8]) -> [u8; 32] {
    sha256(&[LABEL, gid.as_bytes(), person.as_bytes(), &day.to_be_bytes(), nonce])
}

fn leading_zeros(hash: &[u8; 32]) -> u16 {
    let mut zeros = 0;
    for byte in hash {
        zeros += u16::try_from(byte.leading_zeros()).unwrap_or(0);
        if *byte != 0 {
            break;
        }
    }
    zeros
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: GroupId = GroupId::from_bytes([1; 16]);
    const ANNA: IdentityHash = IdentityHash::from_bytes([2; 16]);

    fn on_day(day: i64) -> UnixTime {
        UnixTime::from_micros(day * 86_400_000_000 + 7)
    }

    fn found(bits: u8) -> Work {
        Work::Nonce(Search::new(GROUP, ANNA, 20_000, bits).find())
    }

    #[test]
    fn work_is_worth_something_to_one_person_in_one_group_for_a_day_and_the_next() {
        let work = found(12);
        assert!(work.value(GROUP, ANNA, on_day(20_001)) >= 12);
        assert!(work.value(GROUP, ANNA, on_day(20_002)) < 12);
        assert!(work.value(GROUP, ANNA, on_day(19_998)) < 12);
        assert!(work.value(GroupId::from_bytes([3; 16]), ANNA, on_day(20_000)) < 12);
        assert!(work.value(GROUP, IdentityHash::from_bytes([3; 16]), on_day(20_000)) < 12);
    }

    #[test]
    fn the_way_to_hash_never_changes() {
        // Python: next(n for n in range(10**6) if int.from_bytes(hashlib.sha256(b"roost-join1" + b"\1" * 16
        //   + b"\2" * 16 + (20000).to_bytes(4, "big") + n.to_bytes(8, "big")).digest(), "big") >> 240 == 0)
        assert_eq!(found(16), Work::Nonce(GOLDEN.to_be_bytes().to_vec()));
    }

    const GOLDEN: u64 = 42_890;

    #[test]
    fn long_work_is_worth_nothing_and_a_clock_before_1970_is_no_trap() {
        assert_eq!(Work::Nonce(vec![0; MAX_WORK + 1]).value(GROUP, ANNA, on_day(20_000)), 0);
        assert_eq!((day(UnixTime::from_micros(-5)), day(on_day(20_000))), (0, 20_000));
        assert_eq!(leading_zeros(&[0; 32]), 256);
    }
}
