//! Randomness as an argument: one generator, seeded by the caller.
//! Not a source of entropy; `daemon::clock` draws the seed.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A cryptographic generator whose whole future follows from its 32-byte seed.
pub struct Random(ChaCha20Rng);

impl Random {
    /// A generator; keys are drawn from it, so a real seed must be secret and never used twice.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha20Rng::from_seed(seed))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0u8; N];
        self.0.fill_bytes(&mut out);
        out
    }

    /// A number below `bound`, nearly uniform; zero if `bound` is zero.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0.next_u64().checked_rem(bound).unwrap_or(0)
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random(…)")
    }
}
