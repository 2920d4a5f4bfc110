//! The announce table: announces of others that wait to be passed on, the first time or the second.
//! Not answers to path requests, and not the limit on how many go out on an interface.

use std::collections::BTreeSet;
use std::time::Duration;

use super::announce_copy::AnnounceCopy;
use super::fair::Fair;
use crate::rns::hash::{DestinationHash, PacketHash};
use crate::rns::interface::InterfaceId;
use crate::rns::random::Random;
use crate::rns::time::Instant;

/// Most announces that wait.
const MAX_ENTRIES: usize = 4096;
/// `Transport.PATHFINDER_RW`: nodes that heard an announce together pass it on at different times within this.
const RANDOM_WINDOW: Duration = Duration::from_millis(500);
/// Announces go out at multiples of this, so that those that are due at about one time go out together: one wake of the
/// node and one write to each interface for all of them. The reference looks once a second.
const GRID: Duration = Duration::from_millis(50);
/// `Transport.PATHFINDER_G` and `PATHFINDER_RW`: from the first time to the second.
const RETRY_AFTER: Duration = Duration::from_millis(5500);
/// `Transport.LOCAL_REBROADCASTS_MAX`: so many neighbours as far away as we are make the second time needless.
const ENOUGH_NEIGHBOURS: u8 = 2;

/// An announce to pass on now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rebroadcast {
    /// Whose.
    pub(crate) destination: DestinationHash,
    /// Where it was heard.
    pub(crate) from: InterfaceId,
    /// How far away it is.
    pub(crate) hops: u8,
    /// When it left, by its sender's clock.
    pub(crate) emission: u64,
    /// What it was.
    pub(crate) copy: AnnounceCopy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    First,
    Second { neighbours: u8 },
}

#[derive(Debug)]
struct Entry {
    announce: PacketHash,
    rebroadcast: Rebroadcast,
    stage: Stage,
    due: Instant,
}

/// What waits, by destination.
#[derive(Debug)]
pub(crate) struct AnnounceTable {
    entries: Fair<DestinationHash, Entry>,
    deadlines: BTreeSet<(Instant, DestinationHash)>,
}

impl AnnounceTable {
    pub(crate) fn new() -> Self {
        Self { entries: Fair::new(MAX_ENTRIES), deadlines: BTreeSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// An announce changed a path: it is to be passed on. An older one of the same destination is not any more.
    pub(crate) fn insert(
        &mut self,
        now: Instant,
        announce: PacketHash,
        rebroadcast: Rebroadcast,
        random: &mut Random,
    ) {
        let wait = u64::try_from(RANDOM_WINDOW.saturating_sub(GRID).as_micros()).unwrap_or(0);
        let due = on_grid(now.after(Duration::from_micros(random.below(wait))));
        let entry = Entry { announce, rebroadcast, stage: Stage::First, due };
        self.put(now, entry);
    }

    /// A copy of an announce came in from another transport node, with `wire_hops` in its header.
    pub(crate) fn note_passed_on(
        &mut self,
        destination: DestinationHash,
        announce: PacketHash,
        wire_hops: u8,
    ) {
        let Some(entry) = self.entries.get_mut(&destination).filter(|entry| entry.announce == announce)
        else {
            return;
        };
        let Stage::Second { neighbours } = &mut entry.stage else { return };
        let ours = entry.rebroadcast.hops;
        if wire_hops == ours {
            *neighbours = neighbours.saturating_add(1);
        }
        // Somebody further out has passed on what we sent, or enough others have sent it as well.
        if wire_hops == ours.saturating_add(1) || *neighbours >= ENOUGH_NEIGHBOURS {
            self.remove(destination);
        }
    }

    /// What is to be passed on now, nearest first.
    pub(crate) fn poll_due(&mut self, now: Instant) -> Vec<Rebroadcast> {
        let mut due = Vec::new();
        while let Some((_, destination)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            let Some(entry) = self.remove(destination) else { continue };
            due.push(entry.rebroadcast.clone());
            if entry.stage == Stage::First {
                let due = on_grid(now.after(RETRY_AFTER));
                self.put(now, Entry { stage: Stage::Second { neighbours: 0 }, due, ..entry });
            }
        }
        due.sort_by_key(|rebroadcast| rebroadcast.hops);
        due
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(due, _)| *due)
    }

    pub(crate) fn remove_interface(&mut self, interface: InterfaceId) {
        for (destination, entry) in self.entries.extract(|entry| entry.rebroadcast.from == interface) {
            self.deadlines.remove(&(entry.due, destination));
        }
    }

    fn put(&mut self, now: Instant, entry: Entry) {
        let (destination, from, due) = (entry.rebroadcast.destination, entry.rebroadcast.from, entry.due);
        self.remove(destination);
        if let Some((crowded_out, old)) = self.entries.insert(now, from, destination, entry) {
            self.deadlines.remove(&(old.due, crowded_out));
        }
        self.deadlines.insert((due, destination));
    }

    fn remove(&mut self, destination: DestinationHash) -> Option<Entry> {
        let entry = self.entries.remove(&destination)?;
        self.deadlines.remove(&(entry.due, destination));
        Some(entry)
    }
}

/// The next multiple of the grid.
fn on_grid(due: Instant) -> Instant {
    let grid = u64::try_from(GRID.as_micros()).unwrap_or(1);
    Instant::from_micros(due.as_micros().checked_next_multiple_of(grid).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::packet::{Context, DestinationType, Packet, PacketType};

    const HASH: PacketHash = PacketHash::from_bytes([9; 32]);

    fn at(millis: u64) -> Instant {
        Instant::ZERO.after(Duration::from_millis(millis))
    }

    fn destination(n: u16) -> DestinationHash {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        DestinationHash::from_bytes(bytes)
    }

    fn rebroadcast(n: u16, hops: u8) -> Rebroadcast {
        let (announce, single) = (PacketType::Announce, DestinationType::Single);
        let copy = AnnounceCopy::of(&Packet::new(announce, single, destination(n), Context::None, b"x"));
        Rebroadcast {
            destination: destination(n),
            from: InterfaceId(0),
            hops,
            emission: 1,
            copy: copy.unwrap(),
        }
    }

    fn table(entries: &[(u16, u8)]) -> AnnounceTable {
        let (mut table, mut random) = (AnnounceTable::new(), Random::from_seed([1; 32]));
        for (n, hops) in entries {
            table.insert(at(0), HASH, rebroadcast(*n, *hops), &mut random);
        }
        table
    }

    #[test]
    fn an_announce_goes_out_twice_nearest_first() {
        let mut table = table(&[(1, 3), (2, 1), (3, 2)]);
        let hops = |due: Vec<Rebroadcast>| due.iter().map(|one| one.hops).collect::<Vec<_>>();
        assert_eq!(hops(table.poll_due(at(500))), [1, 2, 3]);
        assert!(table.poll_due(at(5999)).is_empty());
        assert_eq!(hops(table.poll_due(at(6000))), [1, 2, 3]);
        assert_eq!((table.len(), table.poll_timeout()), (0, None));
    }

    #[test]
    fn announces_that_come_one_by_one_go_out_together() {
        let (mut table, mut random) = (AnnounceTable::new(), Random::from_seed([1; 32]));
        let mut dues = BTreeSet::new();
        for n in 0..400 {
            table.insert(at(u64::from(n)), HASH, rebroadcast(n, 1), &mut random);
        }
        while let Some(due) = table.poll_timeout() {
            dues.insert(due);
            table.poll_due(due);
        }
        // 0.4 s of arrivals and a window of 0.5 s, twice.
        assert!(dues.len() <= 2 * 18, "{dues:?}");
    }

    #[test]
    fn the_second_time_is_spared_when_others_have_passed_it_on() {
        for (heard, second) in [(&[2][..], 1), (&[2, 2], 0), (&[3], 0), (&[1, 4], 1)] {
            let mut table = table(&[(1, 2)]);
            assert_eq!(table.poll_due(at(500)).len(), 1);
            for wire_hops in heard {
                table.note_passed_on(destination(1), HASH, *wire_hops);
            }
            assert_eq!(table.poll_due(at(6000)).len(), second, "{heard:?}");
        }
    }

    #[test]
    fn what_others_pass_on_before_we_have_does_not_silence_us() {
        let mut table = table(&[(1, 2)]);
        table.note_passed_on(destination(1), HASH, 3);
        table.note_passed_on(destination(1), PacketHash::from_bytes([8; 32]), 3);
        assert_eq!(table.poll_due(at(500)).len(), 1);
    }

    #[test]
    fn the_table_has_a_cap_and_no_deadline_outlives_its_entry() {
        let many: Vec<_> = (0..5000).map(|n| (n, 1)).collect();
        let mut table = table(&many);
        assert_eq!((table.len(), table.deadlines.len()), (MAX_ENTRIES, MAX_ENTRIES));
        table.remove_interface(InterfaceId(0));
        assert_eq!((table.len(), table.deadlines.len()), (0, 0));
    }
}
