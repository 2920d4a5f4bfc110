//! When to announce a single group between the scheduled announces: it is new, or what it says has changed.
//! Not the schedule; that is the announcer's.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rns::hash::DestinationHash;
use crate::rns::random::Random;
use crate::rns::time::Instant;
use crate::server::Addresses;

/// After a change: whoever changes one thing often changes another.
const SETTLE: Duration = Duration::from_millis(500);
/// Groups that change at the same time don't announce at the same time.
const JITTER: Duration = Duration::from_millis(1_500);
/// Between two of these announces of a group: the radio is shared, and transport nodes hold back who announces often.
/// Scheduled ones don't count, for there are few of them.
const SPACING: Duration = Duration::from_mins(1);

/// Knows which groups are to be announced, and when.
#[derive(Debug)]
pub(super) struct Reannouncer {
    /// No more than there are groups on this host.
    waiting: BTreeMap<DestinationHash, (Instant, Addresses)>,
    last: BTreeMap<DestinationHash, Instant>,
    random: Random,
}

impl Reannouncer {
    pub(super) const fn new(random: Random) -> Self {
        Self { waiting: BTreeMap::new(), last: BTreeMap::new(), random }
    }

    /// A group has something to say. Said twice, it is announced once.
    pub(super) fn soon(&mut self, now: Instant, group: Addresses) {
        let micros = u64::try_from(JITTER.as_micros()).unwrap_or(0);
        let apart = Duration::from_micros(self.random.below(micros));
        let settled = now.after(SETTLE);
        let earliest = self.last.get(&group.group).map_or(settled, |last| settled.max(last.after(SPACING)));
        self.waiting.entry(group.group).or_insert((earliest.after(apart), group));
    }

    /// A group is not announced any more.
    pub(super) fn silence(&mut self, group: Addresses) {
        self.waiting.remove(&group.group);
    }

    /// A group was announced with the others.
    pub(super) fn announced(&mut self, destination: DestinationHash) {
        self.waiting.remove(&destination);
    }

    /// When the next one is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.waiting.values().map(|(due, _)| *due).min()
    }

    /// One that is due; whoever takes it announces it.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Addresses> {
        let (_, group) = self.waiting.values().find(|(due, _)| *due <= now).copied()?;
        self.waiting.remove(&group.group);
        self.last.insert(group.group, now);
        Some(group)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(number: u8) -> Addresses {
        let [group, delivery] = [number, number | 0x80].map(|byte| DestinationHash::from_bytes([byte; 16]));
        Addresses { group, delivery }
    }

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1_000)
    }

    fn reannouncer() -> Reannouncer {
        Reannouncer::new(Random::from_seed([5; 32]))
    }

    #[test]
    fn a_change_is_announced_within_two_seconds_and_only_once() {
        let mut groups = reannouncer();
        assert_eq!(groups.due(), None);
        groups.soon(at(10_000), group(1));
        groups.soon(at(10_100), group(1));
        let due = groups.due().unwrap();
        assert!(due >= at(10_500) && due < at(12_000));
        assert_eq!(groups.take_due(at(10_499)), None);
        assert_eq!(groups.take_due(due), Some(group(1)));
        assert_eq!((groups.take_due(due), groups.due()), (None, None));
    }

    #[test]
    fn whoever_changes_all_the_time_is_announced_once_a_minute() {
        let mut groups = reannouncer();
        let mut announced = 0;
        for second in 0..600 {
            groups.soon(at(second * 1_000), group(1));
            announced += usize::from(groups.take_due(at(second * 1_000)).is_some());
        }
        assert!((8..=10).contains(&announced), "{announced}");
    }

    #[test]
    fn groups_wait_each_for_itself_and_a_scheduled_announce_says_it_too() {
        let mut groups = reannouncer();
        groups.soon(at(0), group(1));
        assert_eq!(groups.take_due(at(2_000)), Some(group(1)));
        groups.soon(at(2_500), group(1));
        groups.soon(at(2_500), group(2));
        assert_eq!(groups.take_due(at(5_000)), Some(group(2)));
        assert_eq!(groups.take_due(at(61_000)), None);
        assert_eq!(groups.take_due(at(64_000)), Some(group(1)));
        groups.soon(at(64_000), group(2));
        groups.announced(group(2).group);
        assert_eq!(groups.due(), None, "it was said with the others");
    }

    #[test]
    fn a_group_that_falls_silent_is_not_announced() {
        let mut groups = reannouncer();
        groups.soon(at(0), group(1));
        groups.silence(group(1));
        assert_eq!(groups.due(), None);
    }
}
