//! Stamps: proof of work over a message, an entry of a propagation node, or a pair of nodes.
//! Not when one is asked for, and not tickets, which stand in for work.

use sha2::{Digest, Sha256};

use crate::rns::crypto::derive;
use crate::rns::hash::{sha256, truncated_sha256};
use crate::rns::msgpack;

/// `STAMP_SIZE`: bytes of a stamp that work has found.
pub const STAMP_LEN: usize = 32;
/// Bytes that each round adds to a workblock.
const ROUND_LEN: usize = 256;
/// Bytes of a candidate that stay the same in one search; the others count.
const PREFIX_LEN: usize = 24;

/// A stamp that work has found.
pub type Stamp = [u8; STAMP_LEN];

/// What a stamp is for. It decides how large the workblock is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Over a message's hash, for its recipient.
    Delivery,
    /// Over a transient id, for the propagation node that is to keep the entry.
    Propagation,
    /// Over the identity hashes of two propagation nodes, so that one syncs with the other.
    Peering,
}

impl Purpose {
    /// Rounds of the workblock.
    const fn rounds(self) -> u32 {
        match self {
            // `WORKBLOCK_EXPAND_ROUNDS`
            Self::Delivery => 3000,
            // `WORKBLOCK_EXPAND_ROUNDS_PN`
            Self::Propagation => 1000,
            // `WORKBLOCK_EXPAND_ROUNDS_PEERING`
            Self::Peering => 25,
        }
    }

    /// The highest cost that we pay. Each bit doubles the work: 22 bits are a second on a desktop computer and several on
    /// a small one, and whoever gets every message would have that spent for each of them.
    pub const fn max_cost(self) -> u8 {
        match self {
            Self::Delivery => 22,
            Self::Propagation => 24,
            // `MAX_PEERING_COST`; one key holds for as long as both nodes keep their identities.
            Self::Peering => 26,
        }
    }
}

/// What stamps of one material are tried against. Hundreds of kilobytes are boiled down to the state of the hash after
/// them, so each trial costs one compression.
#[derive(Clone)]
pub struct Workblock(Sha256);

impl Workblock {
    /// The workblock of `material`. Takes some ten milliseconds for a delivery stamp, whatever the cost.
    pub fn new(material: &[u8], purpose: Purpose) -> Self {
        let mut state = Sha256::new();
        for round in 0..purpose.rounds() {
            let salt = sha256(&[material, &msgpack::encode(&round.into())]);
            state.update(derive(material, &salt, ROUND_LEN));
        }
        Self(state)
    }

    /// The value of a stamp: leading zero bits of its proof.
    pub fn value(&self, stamp: &[u8]) -> u16 {
        leading_zeros(&self.proof(stamp))
    }

    /// Is a stamp worth `cost`? Everything is worth nothing.
    pub fn accepts(&self, stamp: &[u8], cost: u8) -> bool {
        is_worth(&self.proof(stamp), cost)
    }

    fn proof(&self, stamp: &[u8]) -> [u8; 32] {
        self.0.clone().chain_update(stamp).finalize().into()
    }
}

impl std::fmt::Debug for Workblock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Workblock(…)")
    }
}

/// Is the proof at most 2^(256 − cost)? That bound is the one number with a bit less in front that counts.
fn is_worth(proof: &[u8; 32], cost: u8) -> bool {
    let (value, cost) = (leading_zeros(proof), u16::from(cost));
    let is_power = || proof.iter().map(|byte| byte.count_ones()).sum::<u32>() == 1;
    value >= cost || (value.saturating_add(1) == cost && is_power())
}

fn leading_zeros(proof: &[u8; 32]) -> u16 {
    let mut zeros = 0u16;
    for byte in proof {
        let here = byte.leading_zeros();
        zeros = zeros.saturating_add(u16::try_from(here).unwrap_or(0));
        if here < 8 {
            break;
        }
    }
    zeros
}

/// The search for a stamp, in slices: whoever runs it decides how long it goes on.
#[derive(Debug, Clone)]
pub struct Search {
    workblock: Workblock,
    cost: u8,
    prefix: [u8; PREFIX_LEN],
    tried: u64,
}

impl Search {
    /// A search for a stamp worth `cost`. It needs no randomness: every material is a lottery of its own, and a search
    /// that is made again after a crash finds the same stamp.
    pub fn new(material: &[u8], purpose: Purpose, cost: u8) -> Self {
        let workblock = Workblock::new(material, purpose);
        Self { workblock, cost, prefix: truncated_sha256(&[b"roost-stamp1", material]), tried: 0 }
    }

    /// Tries so many more candidates.
    pub fn advance(&mut self, trials: u32) -> Option<Stamp> {
        for _ in 0..trials {
            let mut stamp = [0; STAMP_LEN];
            let candidate = self.prefix.into_iter().chain(self.tried.to_be_bytes());
            stamp.iter_mut().zip(candidate).for_each(|(to, from)| *to = from);
            self.tried = self.tried.saturating_add(1);
            if self.workblock.accepts(&stamp, self.cost) {
                return Some(stamp);
            }
        }
        None
    }

    /// How many candidates were tried.
    pub const fn tried(&self) -> u64 {
        self.tried
    }

    /// How many it takes on average.
    pub fn expected(&self) -> u64 {
        1u64.checked_shl(self.cost.into()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_itself_is_worth_the_cost_and_its_neighbour_is_not() {
        let mut proof = [0; 32];
        proof[1] = 0x80;
        assert_eq!(leading_zeros(&proof), 8);
        assert!(is_worth(&proof, 8) && is_worth(&proof, 9) && !is_worth(&proof, 10));
        proof[31] = 1;
        assert!(is_worth(&proof, 8) && !is_worth(&proof, 9));
        assert!(is_worth(&[0; 32], 254) && is_worth(&[0xff; 32], 0) && !is_worth(&[0xff; 32], 1));
    }

    #[test]
    fn a_search_in_slices_finds_what_a_search_in_one_go_finds() {
        let search = |trials: u32| {
            let mut search = Search::new(b"material", Purpose::Peering, 9);
            loop {
                if let Some(stamp) = search.advance(trials) {
                    return (stamp, search.tried());
                }
            }
        };
        let (stamp, tried) = search(100_000);
        assert_eq!(search(7), (stamp, tried));
        let workblock = Workblock::new(b"material", Purpose::Peering);
        assert!(workblock.value(&stamp) >= 9 && workblock.accepts(&stamp, 9));
        assert!(!Workblock::new(b"other", Purpose::Peering).accepts(&stamp, 9));
        assert!(!Workblock::new(b"material", Purpose::Propagation).accepts(&stamp, 9));
    }

    #[test]
    fn everything_is_worth_nothing() {
        let workblock = Workblock::new(b"material", Purpose::Peering);
        assert!([&b""[..], &[0; 16], &[7; 100]].iter().all(|stamp| workblock.accepts(stamp, 0)));
        assert!(!workblock.accepts(&[7; 32], 254));
    }

    #[test]
    fn a_cost_that_cannot_be_paid_is_more_work_than_can_be_counted() {
        let expected = |cost| Search::new(b"material", Purpose::Peering, cost).expected();
        assert_eq!((expected(0), expected(22), expected(254)), (1, 1 << 22, u64::MAX));
    }
}
