//! Ratchets: short-lived keys that packets to a destination of ours are encrypted with, and when a new one comes.
//! Not the ratchets of others, which are in the known destinations; and not where ours are kept, which is the
//! caller's business.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::crypto::TokenError;
use super::error::DropReason;
use super::hash::truncated_sha256;
use super::identity::{Identity, exchange_key};
use super::interface::InterfaceId;
use super::random::Random;
use super::time::{Instant, Now, UnixTime};
use crate::hash_type;

/// `Destination.RATCHET_COUNT`: announced ratchets that still decrypt; the oldest goes first.
pub const RATCHET_COUNT: usize = 512;
/// `Destination.RATCHET_INTERVAL`: the reference takes no new ratchet within this time.
pub const RATCHET_INTERVAL: Duration = Duration::from_secs(1800);
/// Ratchets that every packet is tried with, before the identity's own key. The one from before the last rotation is
/// among them: whoever has not heard the newest announce uses that.
const RECENT: usize = 2;
/// A ratchet that nobody says is stored is told again, but not more often.
const RETELL_INTERVAL: Duration = Duration::from_secs(60);

hash_type! {
    /// Names a ratchet: the first 10 bytes of SHA-256 of its public key.
    RatchetId, 10
}

impl RatchetId {
    /// The name of the ratchet with this public key.
    pub fn of(public: &[u8; 32]) -> Self {
        Self::from_bytes(truncated_sha256(&[public]))
    }
}

/// One ratchet of ours: an X25519 key pair. The private half is wiped on drop.
#[derive(Clone)]
pub struct Ratchet {
    private: Zeroizing<[u8; 32]>,
    drawn: UnixTime,
}

impl Ratchet {
    /// A new one.
    pub fn draw(now: UnixTime, random: &mut Random) -> Self {
        Self { private: Zeroizing::new(random.bytes()), drawn: now }
    }

    /// One that was stored.
    pub fn from_private_bytes(private: Zeroizing<[u8; 32]>, drawn: UnixTime) -> Self {
        Self { private, drawn }
    }

    /// What [`Self::from_private_bytes`] wants back.
    pub fn private_bytes(&self) -> &Zeroizing<[u8; 32]> {
        &self.private
    }

    /// When it was drawn.
    pub const fn drawn(&self) -> UnixTime {
        self.drawn
    }

    /// What announces carry.
    pub fn public(&self) -> [u8; 32] {
        exchange_key(&self.private)
    }

    /// Its name.
    pub fn id(&self) -> RatchetId {
        RatchetId::of(&self.public())
    }
}

impl std::fmt::Debug for Ratchet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ratchet(…)")
    }
}

impl PartialEq for Ratchet {
    fn eq(&self, other: &Self) -> bool {
        self.drawn == other.drawn && bool::from(self.private.ct_eq(&*other.private))
    }
}

/// Has a destination of ours ratchets?
#[derive(Debug, Clone)]
pub enum Ratchets {
    /// No: packets to it are encrypted with the identity's key.
    Off,
    /// Yes, on these terms.
    On(RatchetTerms),
}

/// How a destination uses its ratchets.
#[derive(Debug, Clone)]
pub struct RatchetTerms {
    /// The ratchets that are stored, newest first. With none, the first announces carry none: a caller who wants one
    /// from the start draws it, stores it, and gives it here.
    pub stored: Vec<Ratchet>,
    /// Time between two rotations, at least. [`RATCHET_COUNT`] times this is how long a message may be under way.
    pub interval: Duration,
    /// What becomes of packets that use no ratchet.
    pub base_key: BaseKey,
}

/// Is the identity's own key good for packets to a destination that has ratchets?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BaseKey {
    /// Yes: somebody may have our key from elsewhere.
    Accepted,
    /// No: ratchets are enforced.
    Refused,
}

/// The ratchet after the announced one. It is announced only when it is stored: a crash must not leave messages behind
/// that nobody can read.
#[derive(Debug)]
enum Next {
    /// The caller was told to store it.
    Told(Ratchet, Instant),
    /// The caller has stored it.
    Stored(Ratchet),
}

impl Next {
    const fn ratchet(&self) -> &Ratchet {
        match self {
            Self::Told(ratchet, _) | Self::Stored(ratchet) => ratchet,
        }
    }
}

/// All ratchets of one destination: at most [`RATCHET_COUNT`] announced ones and the next.
#[derive(Debug)]
pub(crate) struct Ring {
    interval: Duration,
    base_key: BaseKey,
    /// Newest first.
    announced: VecDeque<Ratchet>,
    next: Option<Next>,
    rotated: Option<Instant>,
    to_store: Option<Ratchet>,
}

impl Ring {
    /// The newest of the stored ones was drawn when the one before it was announced first, so it is still to come.
    pub(crate) fn new(terms: RatchetTerms) -> Self {
        let mut announced = VecDeque::from(terms.stored);
        let next = announced.pop_front().map(Next::Stored);
        announced.truncate(RATCHET_COUNT);
        let (interval, base_key) = (terms.interval, terms.base_key);
        Self { interval, base_key, announced, next, rotated: None, to_store: None }
    }

    /// Registered once more: new terms, but what was announced since the start stays.
    pub(crate) const fn set_terms_of(&mut self, newer: &Self) {
        (self.interval, self.base_key) = (newer.interval, newer.base_key);
    }

    /// The public key for an announce that leaves now. Announcing is the only time at which it changes.
    pub(crate) fn turn(&mut self, now: Now, random: &mut Random) -> Option<[u8; 32]> {
        if self.is_due(now) {
            self.next = Some(match self.next.take() {
                Some(Next::Stored(ratchet)) => {
                    self.announced.push_front(ratchet);
                    self.announced.truncate(RATCHET_COUNT);
                    self.rotated = Some(now.instant);
                    self.draw(now, random)
                }
                Some(Next::Told(ratchet, told)) if now.instant.since(told) >= RETELL_INTERVAL => {
                    self.to_store = Some(ratchet.clone());
                    Next::Told(ratchet, now.instant)
                }
                Some(told) => told,
                None => self.draw(now, random),
            });
        }
        self.announced.front().map(Ratchet::public)
    }

    /// The ratchet that the caller is to store.
    pub(crate) fn poll_to_store(&mut self) -> Option<Ratchet> {
        self.to_store.take()
    }

    /// The caller has stored it: the next rotation may use it.
    pub(crate) fn note_stored(&mut self, id: RatchetId) {
        self.next = self.next.take().map(|next| match next {
            Next::Told(ratchet, _) if ratchet.id() == id => Next::Stored(ratchet),
            other => other,
        });
    }

    /// Decrypts with whichever key it was encrypted for. Old ratchets are tried as far as `budget` allows.
    pub(crate) fn decrypt(
        &self,
        now: Instant,
        interface: InterfaceId,
        identity: &Identity,
        payload: &[u8],
        budget: &mut SearchBudget,
    ) -> Result<Vec<u8>, DropReason> {
        if let Some(outcome) = self.by_usual_key(identity, payload) {
            return outcome;
        }
        let old = self.old();
        let count = old.clone().count();
        let granted = budget.take(now, interface, count);
        match first_fitting(old.take(granted), identity, payload) {
            Some(outcome) => outcome,
            None if granted < count => Err(DropReason::SearchBudget),
            None => Err(DropReason::Undecryptable),
        }
    }

    /// As [`Self::decrypt`], whatever it costs.
    pub(crate) fn unseal(&self, identity: &Identity, sealed: &[u8]) -> Result<Vec<u8>, DropReason> {
        self.by_usual_key(identity, sealed)
            .or_else(|| first_fitting(self.old(), identity, sealed))
            .unwrap_or(Err(DropReason::Undecryptable))
    }

    /// What a recent ratchet, or the key of the identity, makes of `payload`; `None` if it is for neither.
    fn by_usual_key(&self, identity: &Identity, payload: &[u8]) -> Option<Result<Vec<u8>, DropReason>> {
        let recent = self.announced.iter().take(RECENT);
        if let Some(outcome) = first_fitting(recent, identity, payload) {
            return Some(outcome);
        }
        if self.base_key == BaseKey::Refused {
            return None;
        }
        match identity.decrypt(payload, &[], false) {
            Err(TokenError::Forged) => None,
            outcome => Some(outcome.map_err(|_| DropReason::Undecryptable)),
        }
    }

    /// The other ratchets. The next one too: before a crash it may have been announced.
    fn old(&self) -> impl Iterator<Item = &Ratchet> + Clone {
        self.announced.iter().skip(RECENT).chain(self.next.as_ref().map(Next::ratchet))
    }

    fn draw(&mut self, now: Now, random: &mut Random) -> Next {
        let ratchet = Ratchet::draw(now.unix, random);
        self.to_store = Some(ratchet.clone());
        Next::Told(ratchet, now.instant)
    }

    fn is_due(&self, now: Now) -> bool {
        if self.announced.is_empty() {
            return true;
        }
        if let Some(rotated) = self.rotated {
            return now.instant.since(rotated) >= self.interval;
        }
        // The first time after a start, when only the wall clock knows. A server that starts again and again must not
        // use up the ratchets that messages under way need. A time ahead of the clock says nothing.
        let last = self.next.as_ref().map(Next::ratchet).or(self.announced.front()).map(Ratchet::drawn);
        let age = last.and_then(|drawn| now.unix.as_secs().checked_sub(drawn.as_secs()));
        age.is_none_or(|age| age >= self.interval.as_secs())
    }
}

/// What the first ratchet makes of `payload` that fits it; `None` if none fits.
fn first_fitting<'a>(
    ratchets: impl Iterator<Item = &'a Ratchet>,
    identity: &Identity,
    payload: &[u8],
) -> Option<Result<Vec<u8>, DropReason>> {
    for ratchet in ratchets {
        match identity.decrypt_with(&ratchet.private, payload) {
            Err(TokenError::Forged) => {}
            outcome => return Some(outcome.map_err(|_| DropReason::Undecryptable)),
        }
    }
    None
}

/// A rate of tries, and how many may come at once.
#[derive(Debug, Clone, Copy)]
struct Rate {
    per_second: u64,
    burst: usize,
}

/// What one interface may cost us: 2.5 % of a processor.
const PER_INTERFACE: Rate = Rate { per_second: 512, burst: 1024 };
/// What all of them may cost us together: 10 %.
const TOGETHER: Rate = Rate { per_second: 2048, burst: 2048 };

/// How many tries with old ratchets packets may cost. Each takes some 50 µs, so a packet of garbage would cost 25 ms,
/// and anybody can send garbage. While an interface has used up its share, packets from there that need an old ratchet
/// are dropped, and their senders try again. One entry per interface.
#[derive(Debug)]
pub(crate) struct SearchBudget {
    together: Bucket,
    interfaces: BTreeMap<InterfaceId, Bucket>,
}

impl SearchBudget {
    pub(crate) const fn new() -> Self {
        Self { together: Bucket::full(TOGETHER), interfaces: BTreeMap::new() }
    }

    /// Takes up to `wanted` tries, and says how many.
    fn take(&mut self, now: Instant, interface: InterfaceId, wanted: usize) -> usize {
        let own = self.interfaces.entry(interface).or_insert(Bucket::full(PER_INTERFACE));
        let granted = wanted.min(own.level(now)).min(self.together.level(now));
        own.left = own.left.saturating_sub(granted);
        self.together.left = self.together.left.saturating_sub(granted);
        granted
    }

    /// The interface is gone.
    pub(crate) fn forget(&mut self, interface: InterfaceId) {
        self.interfaces.remove(&interface);
    }
}

#[derive(Debug)]
struct Bucket {
    rate: Rate,
    left: usize,
    filled: Instant,
}

impl Bucket {
    const fn full(rate: Rate) -> Self {
        Self { rate, left: rate.burst, filled: Instant::ZERO }
    }

    fn level(&mut self, now: Instant) -> usize {
        let micros = u64::try_from(now.since(self.filled).as_micros()).unwrap_or(u64::MAX);
        let gained = micros.saturating_mul(self.rate.per_second).checked_div(1_000_000).unwrap_or(0);
        if gained > 0 {
            let gained = usize::try_from(gained).unwrap_or(usize::MAX);
            self.left = self.left.saturating_add(gained).min(self.rate.burst);
            self.filled = now;
        }
        self.left
    }
}

#[cfg(test)]
mod tests;
