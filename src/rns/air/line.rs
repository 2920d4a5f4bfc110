//! The line for the air of one radio: those who were told to come again with a notice, and since when they have waited. Who came
//! first goes first, whether their notice waits here or elsewhere.
//! Not the frames; those wait in the queue, each with its own time.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rns::hash::Address;
use crate::rns::time::Instant;

/// Most who stand in it; nobody can who comes when it is full, and is let through when there is air.
const MAX_IN_LINE: usize = 1024;
/// Who was told to come again, and has not come so long after that, is not waited for.
const GRACE: Duration = Duration::from_secs(5);
/// So long a place is kept for who comes again: what has waited for long is put back where it is durable, and handed out anew.
const KEPT: Duration = Duration::from_mins(2);
/// Who finds somebody before them looks again so long after that one is to come.
const AFTER: Duration = Duration::from_secs(1);

/// By destination.
#[derive(Debug, Default)]
pub(super) struct Line {
    places: BTreeMap<Address, Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    since: Instant,
    /// When they come again; nothing if they were let through.
    back: Option<Instant>,
    seen: Instant,
}

impl Line {
    /// Since when somebody waits who comes now.
    pub(super) fn since(&self, now: Instant, who: Address) -> Instant {
        self.places.get(&who).filter(|place| place.is_kept(now)).map_or(now, |place| place.since)
    }

    /// Somebody comes, and is told to come again, or is let through.
    pub(super) fn note(&mut self, now: Instant, who: Address, back: Option<Instant>) {
        let since = self.since(now, who);
        if !self.places.contains_key(&who) && self.places.len() >= MAX_IN_LINE {
            self.places.retain(|_, place| place.is_kept(now));
            if self.places.len() >= MAX_IN_LINE {
                return;
            }
        }
        self.places.insert(who, Place { since, back, seen: now });
    }

    /// Somebody's notice is there: since when they have waited. They leave the line.
    pub(super) fn leave(&mut self, now: Instant, who: Address) -> Instant {
        let since = self.since(now, who);
        self.places.remove(&who);
        since
    }

    /// If somebody is to come who has waited longer than `who`: when that one is not waited for any more.
    pub(super) fn is_held(&self, now: Instant, who: (Instant, Address)) -> Option<Instant> {
        self.first_before(now, who).map(|back| back.after(GRACE))
    }

    /// If somebody is to come who has waited longer than `who`: when to look whether they have.
    pub(super) fn look_again(&self, now: Instant, who: (Instant, Address)) -> Option<Instant> {
        self.first_before(now, who).map(|back| back.max(now).after(AFTER))
    }

    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// When the first comes who is before `who`.
    fn first_before(&self, now: Instant, who: (Instant, Address)) -> Option<Instant> {
        let expected = |(address, place): (&Address, &Place)| {
            let back = place.back.filter(|back| back.after(GRACE) > now)?;
            Some(((place.since, *address), back))
        };
        let first = self.places.iter().filter_map(expected).min()?;
        (first.0 < who).then_some(first.1)
    }
}

impl Place {
    fn is_kept(&self, now: Instant) -> bool {
        self.back.unwrap_or(self.seen).max(self.seen).after(KEPT) > now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::from_micros(secs * 1_000_000)
    }

    fn who(number: u16) -> Address {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        Address::from_bytes(bytes)
    }

    #[test]
    fn who_came_first_is_waited_for_but_not_for_longer_than_they_said() {
        let mut line = Line::default();
        line.note(at(10), who(2), Some(at(100)));
        line.note(at(20), who(1), Some(at(60)));
        // Who came later is told to come after the first.
        assert_eq!(line.look_again(at(60), (at(20), who(1))), Some(at(101)));
        assert_eq!(line.is_held(at(60), (at(30), who(9))), Some(at(105)));
        assert_eq!(line.look_again(at(60), (at(10), who(2))), None);
        assert_eq!(line.look_again(at(105), (at(20), who(1))), None, "the first has not come");
        // Whose notice is sent is not waited for any more.
        line.note(at(105), who(2), Some(at(200)));
        assert_eq!(line.look_again(at(106), (at(20), who(1))), Some(at(201)));
        assert_eq!(line.leave(at(107), who(2)), at(10));
        assert_eq!(line.look_again(at(107), (at(20), who(1))), None);
    }

    #[test]
    fn a_place_is_kept_for_who_comes_again_soon() {
        let mut line = Line::default();
        line.note(at(10), who(1), Some(at(50)));
        line.note(at(150), who(1), None);
        assert_eq!(
            (line.since(at(160), who(1)), line.look_again(at(160), (at(155), who(2)))),
            (at(10), None)
        );
        assert_eq!(line.since(at(270), who(1)), at(270));
    }

    #[test]
    fn a_line_has_an_end() {
        let mut line = Line::default();
        (0..5_000).for_each(|number| line.note(at(10), who(number), Some(at(50))));
        assert_eq!(line.len(), MAX_IN_LINE);
        line.note(at(300), who(5_000), Some(at(310)));
        assert_eq!(line.len(), 1);
    }
}
