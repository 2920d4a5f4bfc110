//! Frames that wait to be written to one connection, bounded in bytes.
//! Not the writing; that is the connection's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;

use super::{Bus, Counters, Loss, TCP_HW_MTU};

/// `Interface.tx_hwm`: most bytes that wait for one connection. A window of a Resource, 75 parts of
/// [`super::TCP_HW_MTU`], has to fit.
const MOST_PER_CONNECTION: usize = 4 * 1024 * 1024;

/// Most bytes that wait for all connections together: slow readers are many, memory is not.
const MOST_TOGETHER: usize = 64 * 1024 * 1024;

/// What a connection may always have waiting, even when others have used up [`MOST_TOGETHER`].
const SHARE: usize = 64 * 1024;

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offered {
    /// It waits.
    Queued,
    /// It is lost: the peer reads too slowly. Counted as [`Loss::SlowPeer`].
    Dropped,
    /// It is lost: the connection is gone.
    Closed,
}

/// The near end: takes frames without ever waiting.
#[derive(Debug)]
pub struct TransmitQueue {
    frames: mpsc::UnboundedSender<Vec<u8>>,
    load: Load,
    counters: Arc<Counters>,
}

/// The far end: gives them to the connection's writer.
#[derive(Debug)]
pub(super) struct TransmitSource {
    frames: mpsc::UnboundedReceiver<Vec<u8>>,
    load: Load,
    /// Bytes taken and not yet written.
    taken: usize,
}

/// Bytes that wait: here, and everywhere.
#[derive(Debug, Clone)]
struct Load {
    own: Arc<AtomicUsize>,
    together: Arc<AtomicUsize>,
}

/// A queue for one connection.
pub(super) fn transmit_queue(bus: &Bus) -> (TransmitQueue, TransmitSource) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let load = Load { own: Arc::default(), together: Arc::clone(&bus.waiting) };
    (
        TransmitQueue { frames: sender, load: load.clone(), counters: bus.counters() },
        TransmitSource { frames: receiver, load, taken: 0 },
    )
}

impl TransmitQueue {
    /// Bytes that wait.
    pub fn waiting(&self) -> usize {
        self.load.own.load(Ordering::Relaxed)
    }

    /// Would a frame of the largest kind be dropped now?
    pub fn is_full(&self) -> bool {
        !self.load.has_room(TCP_HW_MTU)
    }

    /// Queues a frame, or drops it when too much waits already.
    pub fn offer(&self, frame: Vec<u8>) -> Offered {
        let len = frame.len();
        if !self.load.has_room(len) {
            self.counters.add(Loss::SlowPeer);
            return Offered::Dropped;
        }
        self.load.add(len);
        if self.frames.send(frame).is_err() {
            self.load.remove(len);
            return Offered::Closed;
        }
        Offered::Queued
    }
}

impl TransmitSource {
    /// Waits for a frame; `None` when the queue was dropped and is empty.
    pub(super) async fn next(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.recv().await?;
        self.taken = self.taken.saturating_add(frame.len());
        Some(frame)
    }

    /// A frame that waits already.
    pub(super) fn try_next(&mut self) -> Option<Vec<u8>> {
        let frame = self.frames.try_recv().ok()?;
        self.taken = self.taken.saturating_add(frame.len());
        Some(frame)
    }

    /// Everything that was taken is written.
    pub(super) fn written(&mut self) {
        self.load.remove(std::mem::take(&mut self.taken));
    }
}

impl Drop for TransmitSource {
    fn drop(&mut self) {
        self.frames.close();
        while self.try_next().is_some() {}
        self.written();
    }
}

impl Load {
    fn has_room(&self, len: usize) -> bool {
        let own = self.own.load(Ordering::Relaxed).saturating_add(len);
        let together = self.together.load(Ordering::Relaxed).saturating_add(len);
        own <= SHARE || (own <= MOST_PER_CONNECTION && together <= MOST_TOGETHER)
    }

    fn add(&self, len: usize) {
        self.own.fetch_add(len, Ordering::Relaxed);
        self.together.fetch_add(len, Ordering::Relaxed);
    }

    fn remove(&self, len: usize) {
        self.own.fetch_sub(len, Ordering::Relaxed);
        self.together.fetch_sub(len, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(queue: &TransmitQueue, frame: usize) -> usize {
        let mut queued = 0;
        while queue.offer(vec![0; frame]) == Offered::Queued {
            queued += frame;
        }
        queued
    }

    #[test]
    fn frames_beyond_the_limit_are_dropped_and_counted() {
        let (bus, _events) = Bus::new();
        let (queue, _source) = transmit_queue(&bus);
        assert_eq!(fill(&queue, 16_384), MOST_PER_CONNECTION);
        assert_eq!(bus.counters.get(Loss::SlowPeer), 1);
    }

    #[test]
    fn what_is_written_makes_room_again() {
        let (bus, _events) = Bus::new();
        let (queue, mut source) = transmit_queue(&bus);
        fill(&queue, 16_384);
        source.try_next().unwrap();
        assert_eq!(queue.offer(vec![0; 16_384]), Offered::Dropped, "taken is not yet written");
        source.written();
        assert_eq!(queue.offer(vec![0; 16_384]), Offered::Queued);
    }

    #[test]
    fn a_connection_keeps_its_share_when_others_have_used_up_the_memory() {
        let (bus, _events) = Bus::new();
        let slow: Vec<_> = (0..20).map(|_| transmit_queue(&bus)).collect();
        let waiting: usize = slow.iter().map(|(queue, _)| fill(queue, 16_384)).sum();
        assert!(waiting <= MOST_TOGETHER + 20 * SHARE);
        let (queue, _source) = transmit_queue(&bus);
        assert_eq!(fill(&queue, 1024), SHARE);
    }

    #[test]
    fn a_connection_that_ends_gives_its_memory_back() {
        let (bus, _events) = Bus::new();
        let (queue, mut source) = transmit_queue(&bus);
        fill(&queue, 1000);
        source.try_next().unwrap();
        drop(source);
        assert_eq!(queue.offer(vec![0; 10]), Offered::Closed);
        assert_eq!(bus.waiting.load(Ordering::Relaxed), 0);
    }
}
