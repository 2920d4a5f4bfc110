//! What waits for the server's thread, bounded in number and in bytes.
//! Never makes the node's task wait: what does not fit is lost, and the peer asks again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::Duration;

use crate::server::Input;

/// Most inputs that wait.
const MOST_INPUTS: usize = 1024;
/// Most bytes of requests and messages that wait: each may have come as a large Resource.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// An input that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too much waits.
    Full,
    /// The server's thread is gone.
    Closed,
}

/// The node's end.
#[derive(Debug)]
pub(super) struct InputQueue {
    inputs: SyncSender<Input>,
    bytes: Arc<AtomicUsize>,
}

/// The server's end.
#[derive(Debug)]
pub(super) struct InputSource {
    inputs: Receiver<Input>,
    bytes: Arc<AtomicUsize>,
}

pub(super) fn input_queue() -> (InputQueue, InputSource) {
    let (sender, receiver) = mpsc::sync_channel(MOST_INPUTS);
    let bytes = Arc::new(AtomicUsize::new(0));
    (InputQueue { inputs: sender, bytes: Arc::clone(&bytes) }, InputSource { inputs: receiver, bytes })
}

impl InputQueue {
    /// Queues an input, or refuses it at once. An empty queue takes an input of any size.
    pub(super) fn offer(&self, input: Input) -> Result<(), Refused> {
        let len = weight(&input);
        let waiting = self.bytes.load(Ordering::Relaxed);
        if waiting > 0 && waiting.saturating_add(len) > MOST_BYTES {
            return Err(Refused::Full);
        }
        self.bytes.fetch_add(len, Ordering::Relaxed);
        self.inputs.try_send(input).map_err(|error| {
            self.bytes.fetch_sub(len, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => Refused::Full,
                TrySendError::Disconnected(_) => Refused::Closed,
            }
        })
    }
}

impl InputSource {
    /// Waits for an input, at most for `patience`.
    pub(super) fn next(&self, patience: Option<Duration>) -> Result<Input, RecvTimeoutError> {
        let input = match patience {
            Some(patience) => self.inputs.recv_timeout(patience)?,
            None => self.inputs.recv().map_err(|_| RecvTimeoutError::Disconnected)?,
        };
        Ok(self.taken(input))
    }

    /// An input that waits already.
    pub(super) fn try_next(&self) -> Option<Input> {
        self.inputs.try_recv().ok().map(|input| self.taken(input))
    }

    fn taken(&self, input: Input) -> Input {
        self.bytes.fetch_sub(weight(&input), Ordering::Relaxed);
        input
    }
}

/// Bytes from a peer that an input holds. A message is there twice: packed and parsed.
fn weight(input: &Input) -> usize {
    match input {
        Input::Request(request) => request.data.len(),
        Input::Message { message, .. } => message.payload.len().saturating_mul(2),
        // No peer can make one longer.
        Input::Ratchet { .. } => 0,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::rns::event::InboundRequest;
    use crate::rns::hash::{DestinationHash, LinkId, PathHash, RequestId};
    use crate::rns::time::UnixTime;

    pub(in crate::daemon) fn request(number: u8, len: usize) -> Input {
        Input::Request(InboundRequest {
            link: LinkId::from_bytes([1; 16]),
            destination: DestinationHash::from_bytes([2; 16]),
            request_id: RequestId::from_bytes([number; 16]),
            path_hash: PathHash::from_bytes([3; 16]),
            data: vec![0xc0; len],
            requested_at: UnixTime::default(),
            caller: None,
            link_mdu: 431,
        })
    }

    #[test]
    fn a_full_queue_refuses_at_once_and_takes_again_when_there_is_room() {
        let (queue, source) = input_queue();
        for _ in 0..MOST_INPUTS {
            queue.offer(request(0, 1)).unwrap();
        }
        assert_eq!(queue.offer(request(0, 1)), Err(Refused::Full));
        source.next(None).unwrap();
        assert_eq!(queue.offer(request(0, 1)), Ok(()));
    }

    #[test]
    fn large_requests_fill_the_queue_long_before_their_number_does() {
        let (queue, source) = input_queue();
        let mut taken = 0;
        while queue.offer(request(0, 1024 * 1024)).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 32);
        source.try_next().unwrap();
        assert_eq!(queue.offer(request(0, 1024 * 1024)), Ok(()));
    }

    #[test]
    fn an_empty_queue_takes_even_the_largest_request() {
        let (queue, _source) = input_queue();
        assert_eq!(queue.offer(request(0, MOST_BYTES + 1)), Ok(()));
        assert_eq!(queue.offer(request(0, 1)), Err(Refused::Full));
    }

    #[test]
    fn a_queue_without_a_server_says_so() {
        let (queue, source) = input_queue();
        drop(source);
        assert_eq!(queue.offer(request(0, 1)), Err(Refused::Closed));
    }
}
