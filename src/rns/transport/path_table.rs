//! The path table: for each destination heard of, the interface and the next hop that lead there.
//! Not the keys to encrypt for it; those are in the known destinations.

use std::collections::VecDeque;
use std::time::Duration;

use super::announce_copy::AnnounceCopy;
use crate::rns::announce::RandomBlob;
use crate::rns::bounded::{Bounded, Standing};
use crate::rns::hash::{DestinationHash, IdentityHash, PacketHash};
use crate::rns::interface::InterfaceId;
use crate::rns::snapshot::PathRecord;
use crate::rns::time::{Instant, Now};

/// Most paths remembered; the least recently heard one that we never used goes first.
pub(crate) const MAX_PATHS: usize = 8192;
/// `Transport.MAX_RANDOM_BLOBS`: announces remembered per path, so that none counts twice.
const MAX_RANDOM_BLOBS: usize = 64;
/// `Transport.PERSIST_RANDOM_BLOBS`: so many of them are kept beyond this run.
const KEPT_RANDOM_BLOBS: usize = 32;
/// `Transport.DESTINATION_TIMEOUT`: a path that neither announces nor packets have used for so long is gone.
const PATH_LIFETIME: Duration = Duration::from_secs(604_800);

/// A way to a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    /// The transport node to name in the header; none if the destination itself was heard.
    pub(crate) next_hop: Option<IdentityHash>,
    /// How far it is: 1 for a neighbour.
    pub(crate) hops: u8,
    /// Where the announce came in, and where packets go out.
    pub(crate) interface: InterfaceId,
    /// The announce that told us.
    pub(crate) announce: PacketHash,
    /// That of the interface ([`crate::rns::policy::Policy::gravity`]).
    pub(crate) gravity: u32,
}

/// What an announce meant for the path table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The path is new or changed.
    Updated,
    /// Another announce of the same second: no better path, but not an old one either.
    SameEmission,
    /// Nothing that was not known.
    Stale,
}

#[derive(Debug)]
struct Entry {
    path: Path,
    blobs: VecDeque<RandomBlob>,
    refreshed: Instant,
    lifetime: Duration,
    /// What a transport node answers path requests with.
    copy: Option<AnnounceCopy>,
    standing: PathStanding,
}

/// `Transport.STATE_UNRESPONSIVE` and its siblings, as far as they matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PathStanding {
    Trusted,
    /// A link request along it was never answered.
    Unresponsive,
}

/// The table of paths.
#[derive(Debug)]
pub(crate) struct PathTable(Bounded<DestinationHash, Entry>);

impl PathTable {
    pub(crate) fn new() -> Self {
        Self(Bounded::new(MAX_PATHS))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, destination: DestinationHash) -> Option<&Path> {
        self.0.get(&destination).map(|entry| &entry.path)
    }

    /// The path to send along just now; sending keeps it alive.
    pub(crate) fn take_up(&mut self, now: Instant, destination: DestinationHash) -> Option<&Path> {
        self.0.touch(&destination, Standing::Used, now);
        let entry = self.0.get_mut(&destination)?;
        entry.refreshed = now;
        Some(&entry.path)
    }

    /// Decides whether a valid announce changes the path to `destination` (page 03 §3).
    pub(crate) fn offer(
        &mut self,
        now: Instant,
        destination: DestinationHash,
        path: Path,
        blob: RandomBlob,
    ) -> Verdict {
        let mut blobs = VecDeque::new();
        if let Some(entry) = self.0.get_mut(&destination) {
            let verdict = entry.judge(now, &path, blob);
            match verdict {
                Verdict::Stale => return verdict,
                Verdict::SameEmission => {
                    entry.note(blob);
                    return verdict;
                }
                Verdict::Updated => blobs = std::mem::take(&mut entry.blobs),
            }
        }
        let mut entry = Entry { blobs, ..Entry::new(path, now) };
        entry.note(blob);
        self.0.insert(destination, entry, Standing::Heard, now);
        Verdict::Updated
    }

    /// All paths, to be kept beyond this run, each with its interface; the record's own name of it is left empty.
    pub(crate) fn records(&self, now: Now) -> impl Iterator<Item = (PathRecord, InterfaceId)> {
        self.0.iter().map(move |(destination, entry, standing, touched)| {
            let record = PathRecord {
                destination: *destination,
                interface: String::new(),
                next_hop: entry.path.next_hop,
                hops: entry.path.hops,
                announce: entry.path.announce,
                blobs: entry.last_blobs(),
                touched: now.wall_time_of(touched),
                used: standing == Standing::Used,
                copy: entry.copy.as_ref().map(AnnounceCopy::record),
            };
            (record, entry.path.interface)
        })
    }

    /// Takes one of these back, leading over `interface`, whose paths last for `lifetime`; unless a newer or a shorter
    /// path is known.
    pub(crate) fn restore(
        &mut self,
        now: Now,
        interface: InterfaceId,
        lifetime: Duration,
        gravity: u32,
        record: PathRecord,
    ) {
        let (next_hop, hops, announce) = (record.next_hop, record.hops, record.announce);
        let destination = record.destination;
        let refreshed = now.instant_of(record.touched);
        let path = Path { next_hop, hops, interface, announce, gravity };
        let copy = record.copy.and_then(|copy| AnnounceCopy::restore(destination.into(), copy));
        let mut entry = Entry { lifetime, copy, ..Entry::new(path, refreshed) };
        record.blobs.into_iter().for_each(|blob| entry.note(blob));
        if self.0.get(&destination).is_some_and(|known| known.outdoes(now.instant, &entry)) {
            return;
        }
        let standing = if record.used { Standing::Used } else { Standing::Heard };
        self.0.insert(destination, entry, standing, refreshed);
    }

    /// A packet of others goes along the path; that keeps it alive, but does not make it one of ours.
    pub(crate) fn pass_along(&mut self, now: Instant, destination: DestinationHash) -> Option<&Path> {
        self.0.touch(&destination, Standing::Heard, now);
        let entry = self.0.get_mut(&destination)?;
        entry.refreshed = now;
        Some(&entry.path)
    }

    /// When a path was heard or used last, and how long it lasts from then on.
    pub(crate) fn age(&self, destination: DestinationHash) -> Option<(Instant, Duration)> {
        self.0.get(&destination).map(|entry| (entry.refreshed, entry.lifetime))
    }

    /// What is noted beside a path that is new or changed; the announce itself by a transport node only.
    pub(crate) fn keep_copy(
        &mut self,
        destination: DestinationHash,
        lifetime: Duration,
        copy: Option<AnnounceCopy>,
    ) {
        if let Some(entry) = self.0.get_mut(&destination) {
            entry.lifetime = lifetime;
            entry.copy = copy;
        }
    }

    /// The announce that told us of a path.
    pub(crate) fn copy(&self, destination: DestinationHash) -> Option<&AnnounceCopy> {
        self.0.get(&destination).and_then(|entry| entry.copy.as_ref())
    }

    /// A signed proof made another number of hops than we thought.
    pub(crate) fn correct_hops(&mut self, destination: DestinationHash, hops: u8) {
        if let Some(entry) = self.0.get_mut(&destination) {
            entry.path.hops = hops;
        }
    }

    /// A link request along the path was not answered: a longer way may replace it.
    pub(crate) fn mark_unresponsive(&mut self, destination: DestinationHash) {
        if let Some(entry) = self.0.get_mut(&destination) {
            entry.standing = PathStanding::Unresponsive;
        }
    }

    /// Forgets a path that proved dead.
    pub(crate) fn remove(&mut self, destination: DestinationHash) {
        self.0.remove(&destination);
    }

    /// All paths, each with when it was last used and when it is forgotten.
    pub(crate) fn survey(&self) -> impl Iterator<Item = (DestinationHash, &Path, Instant, Instant)> {
        self.0.iter().map(|(destination, entry, ..)| {
            (*destination, &entry.path, entry.refreshed, entry.refreshed.after(entry.lifetime))
        })
    }

    /// Forgets all paths by way of a transport node.
    pub(crate) fn remove_via(&mut self, next_hop: IdentityHash) {
        self.0.retain(|entry| entry.path.next_hop != Some(next_hop));
    }

    /// Forgets all paths over an interface that is gone.
    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        self.0.retain(|entry| entry.path.interface != interface);
    }

    /// Forgets paths that nobody used or announced for too long.
    pub(crate) fn expire(&mut self, now: Instant) {
        self.0.expire(now, |_| PATH_LIFETIME);
        self.0.retain(|entry| now.since(entry.refreshed) < entry.lifetime);
    }
}

impl Entry {
    fn new(path: Path, refreshed: Instant) -> Self {
        let (blobs, copy) = (VecDeque::new(), None);
        Self { path, blobs, refreshed, lifetime: PATH_LIFETIME, copy, standing: PathStanding::Trusted }
    }

    fn judge(&self, now: Instant, offered: &Path, blob: RandomBlob) -> Verdict {
        let drawn = offered.hops <= self.path.hops && offered.gravity > self.path.gravity;
        if drawn && blob.emission() == self.emission() {
            return Verdict::Updated;
        }
        if self.blobs.contains(&blob) {
            return Verdict::Stale;
        }
        let (known, expired) = (self.emission(), self.is_expired(now));
        let unresponsive = self.standing == PathStanding::Unresponsive && blob.emission() == known;
        if blob.emission() > known || (offered.hops > self.path.hops && (expired || unresponsive)) {
            Verdict::Updated
        } else if blob.emission() == known {
            Verdict::SameEmission
        } else {
            Verdict::Stale
        }
    }

    /// Is it to stay although `restored` was known earlier?
    fn outdoes(&self, now: Instant, restored: &Self) -> bool {
        self.emission() > restored.emission()
            || (self.path.hops < restored.path.hops && !self.is_expired(now))
    }

    /// When the newest announce left.
    fn emission(&self) -> u64 {
        self.blobs.iter().map(RandomBlob::emission).max().unwrap_or(0)
    }

    fn is_expired(&self, now: Instant) -> bool {
        now.since(self.refreshed) >= self.lifetime
    }

    fn last_blobs(&self) -> Vec<RandomBlob> {
        let skipped = self.blobs.len().saturating_sub(KEPT_RANDOM_BLOBS);
        self.blobs.iter().skip(skipped).copied().collect()
    }

    fn note(&mut self, blob: RandomBlob) {
        if self.blobs.len() >= MAX_RANDOM_BLOBS {
            self.blobs.pop_front();
        }
        self.blobs.push_back(blob);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::random::Random;

    const DESTINATION: DestinationHash = DestinationHash::from_bytes([1; 16]);

    fn path(hops: u8, interface: u64) -> Path {
        let announce = PacketHash::from_bytes([0; 32]);
        Path { next_hop: None, hops, interface: InterfaceId(interface), announce, gravity: 0 }
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    struct Fixture {
        table: PathTable,
        random: Random,
    }

    impl Fixture {
        fn new() -> Self {
            Self { table: PathTable::new(), random: Random::from_seed([1; 32]) }
        }

        fn offer(&mut self, now: u64, hops: u8, emission: u64) -> Verdict {
            let blob = RandomBlob::draw(emission, &mut self.random);
            self.table.offer(at(now), DESTINATION, path(hops, 0), blob)
        }
    }

    #[test]
    fn a_newer_announce_replaces_a_path_even_by_a_longer_one() {
        let mut fixture = Fixture::new();
        assert_eq!(fixture.offer(0, 2, 100), Verdict::Updated);
        assert_eq!(fixture.offer(1, 5, 101), Verdict::Updated);
        assert_eq!(fixture.table.get(DESTINATION).unwrap().hops, 5);
    }

    #[test]
    fn an_announce_of_the_same_second_or_older_does_not_move_a_path() {
        let mut fixture = Fixture::new();
        fixture.offer(0, 3, 100);
        assert_eq!(fixture.offer(1, 1, 100), Verdict::SameEmission);
        assert_eq!(fixture.offer(1, 1, 99), Verdict::Stale);
        assert_eq!(fixture.table.get(DESTINATION).unwrap().hops, 3);
    }

    #[test]
    fn the_same_announce_counts_again_over_an_interface_of_more_gravity_unless_it_is_further() {
        let mut fixture = Fixture::new();
        let blob = RandomBlob::draw(100, &mut fixture.random);
        let mut offer = |hops, gravity| {
            let path = Path { gravity, ..path(hops, gravity.into()) };
            fixture.table.offer(at(0), DESTINATION, path, blob)
        };
        assert_eq!(offer(3, 1), Verdict::Updated);
        assert_eq!(offer(3, 1), Verdict::Stale);
        assert_eq!(offer(4, 2), Verdict::Stale);
        assert_eq!(offer(3, 2), Verdict::Updated);
        assert_eq!(offer(2, 1), Verdict::Stale);
        assert_eq!(fixture.table.get(DESTINATION).unwrap().interface, InterfaceId(2));
    }

    #[test]
    fn the_same_announce_counts_once() {
        let mut fixture = Fixture::new();
        let blob = RandomBlob::draw(100, &mut fixture.random);
        let offer = |table: &mut PathTable, hops| table.offer(at(0), DESTINATION, path(hops, 0), blob);
        assert_eq!(offer(&mut fixture.table, 3), Verdict::Updated);
        assert_eq!(offer(&mut fixture.table, 1), Verdict::Stale);
        assert_eq!(offer(&mut fixture.table, 4), Verdict::Stale);
    }

    #[test]
    fn a_longer_way_with_an_older_announce_replaces_only_an_expired_path() {
        let mut fixture = Fixture::new();
        fixture.offer(0, 1, 100);
        assert_eq!(fixture.offer(604_799, 2, 50), Verdict::Stale);
        assert_eq!(fixture.offer(604_800, 2, 51), Verdict::Updated);
    }

    #[test]
    fn sending_keeps_a_path_alive_and_silence_ends_it() {
        let mut fixture = Fixture::new();
        fixture.offer(0, 1, 100);
        fixture.table.take_up(at(600_000), DESTINATION);
        fixture.table.expire(at(700_000));
        assert!(fixture.table.get(DESTINATION).is_some());
        fixture.table.expire(at(600_000 + 604_800));
        assert!(fixture.table.get(DESTINATION).is_none());
    }

    #[test]
    fn a_path_remembers_no_more_than_its_last_announces() {
        let mut fixture = Fixture::new();
        for emission in 0..1000 {
            fixture.offer(emission, 1, emission);
        }
        assert_eq!(fixture.table.0.get(&DESTINATION).unwrap().blobs.len(), MAX_RANDOM_BLOBS);
    }

    #[test]
    fn paths_go_with_their_interface() {
        let mut fixture = Fixture::new();
        fixture.offer(0, 1, 100);
        fixture.table.remove_interface(InterfaceId(1));
        assert!(fixture.table.get(DESTINATION).is_some());
        fixture.table.remove_interface(InterfaceId(0));
        assert!(fixture.table.get(DESTINATION).is_none());
    }
}
