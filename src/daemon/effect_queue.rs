//! What waits for the node's task, bounded in number and in bytes.
//! Makes the server's thread wait: nothing that it has decided is lost.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::lxmf::propagation::storage::StoreNews;
use crate::server::Effect;

/// Most bytes of answers that wait. Each may have eight megabytes.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The node's task doesn't take effects any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NodeGone;

/// The server's end.
#[derive(Debug)]
pub(super) struct EffectSender {
    effects: mpsc::Sender<Effect>,
    gauge: Arc<Gauge>,
}

/// The node's end.
#[derive(Debug)]
pub(super) struct EffectReceiver {
    effects: mpsc::Receiver<Effect>,
    gauge: Arc<Gauge>,
}

/// Bytes that wait; `None` when nobody takes them.
#[derive(Debug)]
struct Gauge {
    bytes: Mutex<Option<usize>>,
    lowered: Condvar,
}

/// A queue of at most `most` effects.
pub(super) fn effect_queue(most: usize) -> (EffectSender, EffectReceiver) {
    let (sender, receiver) = mpsc::channel(most);
    let gauge = Arc::new(Gauge { bytes: Mutex::new(Some(0)), lowered: Condvar::new() });
    let effects = EffectSender { effects: sender, gauge: Arc::clone(&gauge) };
    (effects, EffectReceiver { effects: receiver, gauge })
}

impl EffectSender {
    /// Queues an effect when there is room. An empty queue takes an effect of any size.
    pub(super) fn send(&self, effect: Effect) -> Result<(), NodeGone> {
        let len = weight(&effect);
        let full = |bytes: &mut Option<usize>| {
            bytes.is_some_and(|bytes| bytes > 0 && bytes.saturating_add(len) > MOST_BYTES)
        };
        let bytes = self.gauge.lowered.wait_while(self.gauge.bytes(), full);
        let mut bytes = bytes.unwrap_or_else(PoisonError::into_inner);
        *bytes = Some(bytes.ok_or(NodeGone)?.saturating_add(len));
        drop(bytes);
        self.effects.blocking_send(effect).map_err(|_| NodeGone)
    }
}

impl EffectReceiver {
    /// Waits for an effect; `None` when the server's thread has ended.
    pub(super) async fn recv(&mut self) -> Option<Effect> {
        let effect = self.effects.recv().await?;
        self.gauge.lower(weight(&effect));
        Some(effect)
    }

    /// Waits for an effect and takes up to `limit` that wait already; 0 when the server's thread has ended.
    pub(super) async fn recv_many(&mut self, batch: &mut Vec<Effect>, limit: usize) -> usize {
        let before = batch.len();
        let taken = self.effects.recv_many(batch, limit).await;
        self.gauge.lower(batch.iter().skip(before).map(weight).sum());
        taken
    }

    #[cfg(test)]
    pub(super) fn blocking_recv(&mut self) -> Option<Effect> {
        let effect = self.effects.blocking_recv()?;
        self.gauge.lower(weight(&effect));
        Some(effect)
    }

    #[cfg(test)]
    pub(super) fn try_recv(&mut self) -> Result<Effect, mpsc::error::TryRecvError> {
        let effect = self.effects.try_recv()?;
        self.gauge.lower(weight(&effect));
        Ok(effect)
    }
}

impl Drop for EffectReceiver {
    fn drop(&mut self) {
        *self.gauge.bytes() = None;
        self.gauge.lowered.notify_all();
    }
}

impl Gauge {
    /// A number is whole whatever happens, so a poisoned lock does not matter.
    fn bytes(&self) -> MutexGuard<'_, Option<usize>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lower(&self, by: usize) {
        if by > 0 {
            let mut bytes = self.bytes();
            *bytes = bytes.map(|bytes| bytes.saturating_sub(by));
            drop(bytes);
            self.lowered.notify_one();
        }
    }
}

/// Bytes of an answer, or of entries of our propagation node. Everything else is small.
fn weight(effect: &Effect) -> usize {
    match effect {
        Effect::Respond { data, .. } => data.len(),
        Effect::Answer(answer) => answer.text.len(),
        Effect::Propagation(StoreNews::Loaded { entries, .. }) => entries.iter().map(Vec::len).sum(),
        Effect::Propagation(StoreNews::Local { entry, .. }) => entry.len(),
        Effect::Accept(_)
        | Effect::Refuse(_)
        | Effect::Send(_)
        | Effect::Addressees { .. }
        | Effect::Ping { .. }
        | Effect::Reply { .. }
        | Effect::Met(_)
        | Effect::Broadcast { .. }
        | Effect::RatchetStored { .. }
        | Effect::CloseLinks { .. }
        | Effect::Propagation(_)
        | Effect::Host { .. }
        | Effect::Reannounce { .. } => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::{LinkId, RequestId};
    use crate::rns::node::Compression;

    fn answer(len: usize) -> Effect {
        let (link, request_id) = (LinkId::from_bytes([1; 16]), RequestId::from_bytes([2; 16]));
        Effect::Respond { link, request_id, data: vec![0; len], compress: Compression::Off }
    }

    #[test]
    fn large_answers_wait_for_those_before_them_and_none_is_lost() {
        let (sender, mut receiver) = effect_queue(256);
        let gauge = Arc::clone(&sender.gauge);
        let thread = std::thread::spawn(move || {
            for _ in 0..20 {
                sender.send(answer(8 << 20)).unwrap();
            }
        });
        for _ in 0..20 {
            assert!(receiver.blocking_recv().is_some());
            assert!(gauge.bytes().unwrap() <= MOST_BYTES);
        }
        thread.join().unwrap();
        assert!(receiver.blocking_recv().is_none());
        assert_eq!(*gauge.bytes(), Some(0));
    }

    #[test]
    fn an_answer_larger_than_the_queue_still_leaves() {
        let (sender, mut receiver) = effect_queue(4);
        sender.send(answer(MOST_BYTES + 1)).unwrap();
        assert!(receiver.try_recv().is_ok());
    }

    #[test]
    fn who_waits_for_room_is_told_when_nobody_takes_effects_any_more() {
        let (sender, receiver) = effect_queue(4);
        sender.send(answer(MOST_BYTES)).unwrap();
        let thread = std::thread::spawn(move || sender.send(answer(1)));
        drop(receiver);
        assert_eq!(thread.join().unwrap(), Err(NodeGone));
    }
}
