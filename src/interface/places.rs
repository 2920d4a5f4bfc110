//! The places that a listener has for clients: how many there are, and what happens when all are taken.
//! Not the clients.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
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

/// Places for clients of one listener. When all are taken, the newcomer loses.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    limit: usize,
    listener: String,
    crowd: Crowd,
}

impl Places {
    /// So many places; `listener` is for people.
    pub(super) fn new(limit: usize, listener: String) -> Self {
        Self { free: Arc::new(Semaphore::new(limit)), limit, listener, crowd: Crowd::HasRoom }
    }

    /// A place for a client, free again when it is dropped.
    pub(super) fn take(&mut self, counters: &Counters) -> Option<OwnedSemaphorePermit> {
        let place = Arc::clone(&self.free).try_acquire_owned().ok();
        if place.is_some() {
            self.crowd = Crowd::HasRoom;
            return place;
        }
        counters.add(Loss::TooManyClients);
        if self.crowd == Crowd::HasRoom {
            warn!(listener = %self.listener, limit = self.limit, "all places are taken; turning clients away");
        }
        self.crowd = Crowd::Full;
        None
    }

    /// The system gave no connection.
    pub(super) async fn pause_after(&self, error: &std::io::Error) {
        warn!(listener = %self.listener, %error, "cannot accept a client; trying again in a second");
        sleep(ACCEPT_PAUSE).await;
    }
}
