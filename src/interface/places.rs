//! The places that a listener has for clients: how many there are, and what happens when all are taken.
//! Not the clients.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;
use tracing::warn;

use super::{Counters, Loss};

/// How long to wait when the system has no more sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Whether clients are being turned away: one line in the log when it begins, not one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Crowd {
    HasRoom,
    Full,
}

/// The place of one client, free again when nobody holds it any more.
#[derive(Debug, Default)]
pub(super) struct Place {
    used: AtomicBool,
    needed: Notify,
}

impl Place {
    /// A frame came from the client: others can't take its place any more.
    pub(super) fn note_frame(&self) {
        self.used.store(true, Ordering::Relaxed);
    }

    /// Waits until somebody else takes it.
    pub(super) async fn taken_over(&self) {
        self.needed.notified().await;
    }
}

/// What happens to a newcomer when all places are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// It loses.
    TurnAway,
    /// It takes the place of the one that has been there the longest without a single frame; if there is none, it
    /// loses. So a crowd that only holds its connections open keeps nobody out.
    TakeOver,
}

/// Places for clients of one listener.
#[derive(Debug)]
pub(super) struct Places {
    /// The longest taken first.
    taken: Vec<Weak<Place>>,
    limit: usize,
    when_full: WhenFull,
    listener: String,
    crowd: Crowd,
}

impl Places {
    /// So many places; `listener` is for people.
    pub(super) fn new(limit: usize, when_full: WhenFull, listener: String) -> Self {
        Self { taken: Vec::new(), limit, when_full, listener, crowd: Crowd::HasRoom }
    }

    /// A place for a client.
    pub(super) fn take(&mut self, counters: &Counters) -> Option<Arc<Place>> {
        self.taken.retain(|place| place.strong_count() > 0);
        if self.taken.len() >= self.limit {
            counters.add(Loss::TooManyClients);
            if self.crowd == Crowd::HasRoom {
                warn!(listener = %self.listener, limit = self.limit, "all places are taken; turning clients away");
            }
            self.crowd = Crowd::Full;
            self.take_over()?;
        } else {
            self.crowd = Crowd::HasRoom;
        }
        let place = Arc::new(Place::default());
        self.taken.push(Arc::downgrade(&place));
        Some(place)
    }

    /// Sends the longest unused client away, if there is one.
    fn take_over(&mut self) -> Option<()> {
        let unused =
            |place: &Weak<Place>| place.upgrade().is_some_and(|place| !place.used.load(Ordering::Relaxed));
        let at = match self.when_full {
            WhenFull::TakeOver => self.taken.iter().position(unused)?,
            WhenFull::TurnAway => return None,
        };
        if let Some(place) = self.taken.remove(at).upgrade() {
            place.needed.notify_one();
        }
        Some(())
    }

    /// The system gave no connection.
    pub(super) async fn pause_after(&self, error: &std::io::Error) {
        warn!(listener = %self.listener, %error, "cannot accept a client; trying again in a second");
        sleep(ACCEPT_PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(when_full: WhenFull) -> (Places, Counters) {
        (Places::new(2, when_full, "here".to_owned()), Counters::default())
    }

    #[test]
    fn a_newcomer_takes_the_place_of_the_longest_unused_and_of_no_other() {
        let (mut places, counters) = places(WhenFull::TakeOver);
        let [busy, idle] = [(); 2].map(|()| places.take(&counters).unwrap());
        busy.note_frame();
        let newcomer = places.take(&counters).unwrap();
        newcomer.note_frame();
        assert!(places.take(&counters).is_none(), "those that are there are used");
        assert_eq!(counters.get(Loss::TooManyClients), 2);
        drop((busy, idle));
        assert!(places.take(&counters).is_some(), "one has left");
    }

    #[test]
    fn where_newcomers_are_turned_away_nobody_loses_a_place() {
        let (mut places, counters) = places(WhenFull::TurnAway);
        let _idle = [(); 2].map(|()| places.take(&counters).unwrap());
        assert!(places.take(&counters).is_none());
    }
}
