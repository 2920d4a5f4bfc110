//! Known destinations: the keys, app data and ratchets that announces told us, and our own.
//! Not how to get there; that is the path table.

use std::time::Duration;

use super::announce::Announce;
use super::bounded::{Bounded, Standing};
use super::destination::KnownDestination;
use super::error::DropReason;
use super::hash::{DestinationHash, IdentityHash};
use super::identity::PublicIdentity;
use super::snapshot::{DestinationRecord, RatchetRecord};
use super::time::{Instant, Now};

/// Most destinations remembered; the least recently heard one that we never used goes first.
const MAX_KNOWN_DESTINATIONS: usize = 8192;
/// How long a key is kept that we never used: as long as a path.
const HEARD_LIFETIME: Duration = Duration::from_secs(7 * 86_400);
/// How long one is kept that we used: 1.25 times that.
const USED_LIFETIME: Duration = Duration::from_secs(7 * 86_400 * 5 / 4);
/// `Identity.RATCHET_EXPIRY`: packets are not encrypted with a ratchet heard longer ago.
const RATCHET_EXPIRY: Duration = Duration::from_secs(30 * 86_400);

#[derive(Debug)]
struct Entry {
    known: KnownDestination,
    emission: u64,
    ratchet_heard: Instant,
}

/// The table of known destinations.
#[derive(Debug)]
pub(crate) struct KnownDestinations(Bounded<DestinationHash, Entry>);

impl KnownDestinations {
    pub(crate) fn new() -> Self {
        Self(Bounded::new(MAX_KNOWN_DESTINATIONS))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, destination: DestinationHash) -> Option<&KnownDestination> {
        self.0.get(&destination).map(|entry| &entry.known)
    }

    /// Any destination of an identity: the one that was announced last, if there are several.
    pub(crate) fn of_identity(&self, identity: IdentityHash) -> Option<&KnownDestination> {
        let theirs = self.0.iter().filter(|(_, entry, _, _)| entry.known.identity.hash() == identity);
        theirs.max_by_key(|(_, entry, _, _)| entry.emission).map(|(_, entry, _, _)| &entry.known)
    }

    /// Enters one of our own, which is never forgotten.
    pub(crate) fn insert_own(&mut self, destination: DestinationHash, known: KnownDestination) {
        let entry = Entry { known, emission: 0, ratchet_heard: Instant::ZERO };
        self.0.insert(destination, entry, Standing::Ours, Instant::ZERO);
    }

    /// A destination has one key for ever: it is part of its hash. Another one is refused.
    pub(crate) fn check_key(&self, announce: &Announce) -> Result<(), DropReason> {
        match self.get(announce.destination) {
            Some(known) if known.identity != announce.identity => Err(DropReason::KeyChanged),
            Some(_) | None => Ok(()),
        }
    }

    /// Remembers what an announce says, unless a newer one has said something else.
    pub(crate) fn remember(&mut self, now: Instant, announce: &Announce) {
        let emission = announce.random_blob.emission();
        let mut known = KnownDestination {
            identity: announce.identity.clone(),
            app_data: announce.app_data.clone(),
            ratchet: announce.ratchet,
        };
        let mut ratchet_heard = now;
        if let Some(old) = self.0.get(&announce.destination) {
            if emission < old.emission {
                return;
            }
            // An announce without a ratchet does not take back an earlier one.
            if known.ratchet.is_none() {
                known.ratchet = old.ratchet_at(now);
                ratchet_heard = old.ratchet_heard;
            }
        }
        let entry = Entry { known, emission, ratchet_heard };
        self.0.insert(announce.destination, entry, Standing::Heard, now);
    }

    /// Remembers a key that no announce has told. What an announce told, of now or later, says more.
    pub(crate) fn learn(&mut self, now: Instant, destination: DestinationHash, identity: &PublicIdentity) {
        if self.0.get(&destination).is_none() {
            let known = KnownDestination { identity: identity.clone(), app_data: None, ratchet: None };
            let entry = Entry { known, emission: 0, ratchet_heard: now };
            self.0.insert(destination, entry, Standing::Heard, now);
        }
    }

    /// What to encrypt a packet with, besides the identity's own key. The entry counts as used.
    pub(crate) fn take_up(
        &mut self,
        now: Instant,
        destination: DestinationHash,
    ) -> Option<(&KnownDestination, Option<[u8; 32]>)> {
        self.0.touch(&destination, Standing::Used, now);
        self.0.get(&destination).map(|entry| (&entry.known, entry.ratchet_at(now)))
    }

    /// Everything but our own, to be kept beyond this run. A ratchet that has expired is left out.
    pub(crate) fn records(&self, now: Now) -> impl Iterator<Item = DestinationRecord> {
        let others = self.0.iter().filter(|(_, _, standing, _)| *standing != Standing::Ours);
        others.map(move |(destination, entry, standing, touched)| DestinationRecord {
            destination: *destination,
            public_key: *entry.known.identity.as_bytes(),
            app_data: entry.known.app_data.clone(),
            emission: entry.emission,
            ratchet: entry
                .ratchet_at(now.instant)
                .map(|public| RatchetRecord { public, heard: now.wall_time_of(entry.ratchet_heard) }),
            touched: now.wall_time_of(touched),
            used: standing == Standing::Used,
        })
    }

    /// Takes one of these back, unless the destination is known already.
    pub(crate) fn restore(&mut self, now: Now, record: DestinationRecord) {
        if self.get(record.destination).is_some() {
            return;
        }
        let touched = now.instant_of(record.touched);
        let known = KnownDestination {
            identity: PublicIdentity::from_bytes(record.public_key),
            app_data: record.app_data,
            ratchet: record.ratchet.as_ref().map(|ratchet| ratchet.public),
        };
        let ratchet_heard = record.ratchet.map_or(touched, |ratchet| now.instant_of(ratchet.heard));
        let entry = Entry { known, emission: record.emission, ratchet_heard };
        let standing = if record.used { Standing::Used } else { Standing::Heard };
        self.0.insert(record.destination, entry, standing, touched);
    }

    /// Forgets what nobody spoke of for too long.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.0.expire(now, |standing| match standing {
            Standing::Heard => HEARD_LIFETIME,
            Standing::Used | Standing::Ours => USED_LIFETIME,
        });
    }
}

impl Entry {
    fn ratchet_at(&self, now: Instant) -> Option<[u8; 32]> {
        self.known.ratchet.filter(|_| now.since(self.ratchet_heard) < RATCHET_EXPIRY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::announce::RandomBlob;
    use crate::rns::destination::name_hash;
    use crate::rns::identity::Identity;
    use crate::rns::random::Random;

    fn announce(emission: u64, app_data: &str, ratchet: Option<[u8; 32]>) -> Announce {
        let identity = Identity::from_private_bytes(&[7; 64]).public().clone();
        Announce {
            destination: DestinationHash::from_bytes([1; 16]),
            identity,
            name_hash: name_hash("lxmf.delivery"),
            random_blob: RandomBlob::draw(emission, &mut Random::from_seed([1; 32])),
            ratchet,
            app_data: Some(app_data.as_bytes().to_vec()),
        }
    }

    fn day(days: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(days * 86_400))
    }

    #[test]
    fn another_key_for_a_known_destination_is_refused() {
        let mut table = KnownDestinations::new();
        let honest = announce(10, "honest", None);
        assert_eq!(table.check_key(&honest), Ok(()));
        table.remember(day(0), &honest);
        let mut forged = announce(11, "forged", None);
        forged.identity = PublicIdentity::from_bytes([9; 64]);
        assert_eq!(table.check_key(&forged), Err(DropReason::KeyChanged));
        assert_eq!(table.check_key(&announce(11, "honest", None)), Ok(()));
    }

    #[test]
    fn an_older_announce_takes_nothing_back() {
        let mut table = KnownDestinations::new();
        table.remember(day(0), &announce(10, "new", Some([5; 32])));
        table.remember(day(0), &announce(9, "old", Some([4; 32])));
        let known = table.get(DestinationHash::from_bytes([1; 16])).unwrap();
        assert_eq!(known.app_data.as_deref(), Some(&b"new"[..]));
        assert_eq!(known.ratchet, Some([5; 32]));
        table.remember(day(0), &announce(10, "same second", None));
        let known = table.get(DestinationHash::from_bytes([1; 16])).unwrap();
        assert_eq!(known.app_data.as_deref(), Some(&b"same second"[..]));
        assert_eq!(known.ratchet, Some([5; 32]));
    }

    #[test]
    fn a_key_that_was_learned_takes_nothing_from_an_announce() {
        let mut table = KnownDestinations::new();
        let heard = announce(10, "heard", None);
        table.learn(day(0), heard.destination, &heard.identity);
        assert_eq!(table.get(heard.destination).unwrap().identity, heard.identity);
        table.remember(day(0), &heard);
        table.learn(day(0), heard.destination, &heard.identity);
        assert_eq!(table.get(heard.destination).unwrap().app_data.as_deref(), Some(&b"heard"[..]));
    }

    #[test]
    fn a_ratchet_is_not_used_longer_than_thirty_days() {
        let mut table = KnownDestinations::new();
        let destination = DestinationHash::from_bytes([1; 16]);
        table.remember(day(0), &announce(10, "", Some([5; 32])));
        for days in 1..30 {
            table.remember(day(days), &announce(10 + days, "", None));
        }
        assert_eq!(table.take_up(day(29), destination).unwrap().1, Some([5; 32]));
        assert_eq!(table.take_up(day(30), destination).unwrap().1, None);
    }

    #[test]
    fn a_used_key_is_kept_longer_than_one_only_heard() {
        let mut table = KnownDestinations::new();
        let destination = DestinationHash::from_bytes([1; 16]);
        table.remember(day(0), &announce(10, "", None));
        table.take_up(day(0), destination);
        table.expire(day(8));
        assert!(table.get(destination).is_some());
        table.expire(day(9));
        assert!(table.get(destination).is_none());
    }
}
