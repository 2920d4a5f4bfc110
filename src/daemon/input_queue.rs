//! What waits for the server's thread, bounded in number and in bytes. Interfaces take turns.
//! Never makes the node's task wait: what does not fit is lost, and the peer asks again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::lxmf::propagation::storage::StoreTask;
use crate::rns::interface::InterfaceId;
use crate::server::Input;

/// Most inputs that wait. One interface gets at most as many as are still free, so that a flood on it leaves half of
/// the room to others, two floods a third, and so on.
const MOST_INPUTS: usize = 2048;
/// Most bytes of requests and messages that wait, shared in the same way: each may have come as a large Resource.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// An input that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Too much waits.
    Full,
    /// The server's thread is gone.
    Closed,
}

/// Where an input came in; `None` if that is gone already.
pub(super) type Origin = Option<InterfaceId>;

/// The node's end.
#[derive(Debug)]
pub(super) struct InputQueue(Arc<Shared>);

/// The server's end.
#[derive(Debug)]
pub(super) struct InputSource(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    lines: Mutex<Lines>,
    news: Condvar,
}

/// A line for each interface that has something waiting.
#[derive(Debug, Default)]
struct Lines {
    lines: BTreeMap<Origin, Line>,
    turns: VecDeque<Origin>,
    inputs: usize,
    bytes: usize,
    ends: Ends,
}

#[derive(Debug, Default)]
struct Line {
    inputs: VecDeque<Input>,
    bytes: usize,
}

/// Who is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Ends {
    #[default]
    Both,
    NoQueue,
    NoSource,
}

pub(super) fn input_queue() -> (InputQueue, InputSource) {
    let shared = Arc::<Shared>::default();
    (InputQueue(Arc::clone(&shared)), InputSource(shared))
}

impl InputQueue {
    /// Queues an input, or refuses it at once. An empty queue takes an input of any size.
    pub(super) fn offer(&self, origin: Origin, input: Input) -> Result<(), Refused> {
        self.0.lines().offer(origin, input)
    }

    /// Wakes the other end if something waits. Called once for many, so that it takes them all together.
    pub(super) fn wake(&self) {
        if self.0.lines().inputs > 0 {
            self.0.news.notify_one();
        }
    }
}

impl Drop for InputQueue {
    fn drop(&mut self) {
        self.0.lines().ends = Ends::NoQueue;
        self.0.news.notify_one();
    }
}

impl InputSource {
    /// Waits for an input, at most for `patience`.
    pub(super) fn next(&self, patience: Option<Duration>) -> Result<Input, RecvTimeoutError> {
        let idle = |lines: &mut Lines| lines.inputs == 0 && lines.ends == Ends::Both;
        let lines = self.0.lines();
        let mut lines = match patience {
            None => self.0.news.wait_while(lines, idle).unwrap_or_else(PoisonError::into_inner),
            Some(patience) => {
                let waited = self.0.news.wait_timeout_while(lines, patience, idle);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        lines.take().ok_or(match lines.ends {
            Ends::Both => RecvTimeoutError::Timeout,
            Ends::NoQueue | Ends::NoSource => RecvTimeoutError::Disconnected,
        })
    }

    /// An input that waits already.
    pub(super) fn try_next(&self) -> Option<Input> {
        self.0.lines().take()
    }
}

impl Drop for InputSource {
    fn drop(&mut self) {
        self.0.lines().ends = Ends::NoSource;
    }
}

impl Shared {
    /// Nothing between taking and giving back panics, so a poisoned lock still guards what is whole.
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn offer(&mut self, origin: Origin, input: Input) -> Result<(), Refused> {
        if self.ends == Ends::NoSource {
            return Err(Refused::Closed);
        }
        let len = weight(&input);
        let (inputs, bytes) = self.lines.get(&origin).map_or((0, 0), |line| (line.inputs.len(), line.bytes));
        let fits = inputs < MOST_INPUTS.saturating_sub(self.inputs)
            && bytes.saturating_add(len) <= MOST_BYTES.saturating_sub(self.bytes);
        if self.inputs > 0 && !fits {
            return Err(Refused::Full);
        }
        if inputs == 0 {
            self.turns.push_back(origin);
        }
        let line = self.lines.entry(origin).or_default();
        line.inputs.push_back(input);
        line.bytes = line.bytes.saturating_add(len);
        self.inputs = self.inputs.saturating_add(1);
        self.bytes = self.bytes.saturating_add(len);
        Ok(())
    }

    /// The first input of the interface whose turn it is.
    fn take(&mut self) -> Option<Input> {
        let origin = self.turns.pop_front()?;
        let line = self.lines.get_mut(&origin)?;
        let input = line.inputs.pop_front()?;
        let len = weight(&input);
        line.bytes = line.bytes.saturating_sub(len);
        self.inputs = self.inputs.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(len);
        if line.inputs.is_empty() {
            self.lines.remove(&origin);
        } else {
            self.turns.push_back(origin);
        }
        Some(input)
    }
}

/// Bytes from a peer that an input holds. A message is there twice: packed and parsed.
fn weight(input: &Input) -> usize {
    match input {
        Input::Request(request) => request.data.len(),
        Input::Query(query) => query.data.len(),
        Input::Broadcast(query) => query.data.len(),
        Input::Command(command) => command.arguments.len(),
        Input::Message { message, .. } => message.payload.len().saturating_mul(2),
        Input::Propagation(StoreTask::Deposit(deposit)) => {
            deposit.entries.iter().map(|(entry, _)| entry.bytes().len()).sum()
        }
        Input::Propagation(StoreTask::KeepOwn { entry, .. }) => entry.bytes().len(),
        // A few thousand ids at most.
        Input::Propagation(_) => 0,
        // No peer can make one longer than its table is.
        Input::Ratchet { .. }
        | Input::Emissions { .. }
        | Input::NameAddressees { .. }
        | Input::Sent(_)
        | Input::Heard(_) => 0,
        Input::GroupsHeard(announces) => announces.iter().map(|announce| announce.app_data.len()).sum(),
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
            air: None,
        })
    }

    const FLOOD: Origin = Some(InterfaceId(1));
    const OTHER: Origin = Some(InterfaceId(2));

    fn fill(queue: &InputQueue, origin: Origin, len: usize) -> usize {
        std::iter::repeat_with(|| queue.offer(origin, request(0, len))).take_while(Result::is_ok).count()
    }

    fn next(source: &InputSource) -> RequestId {
        let Input::Request(request) = source.next(None).unwrap() else { panic!("no request") };
        request.request_id
    }

    #[test]
    fn a_full_queue_refuses_at_once_and_takes_again_when_there_is_room() {
        let (queue, source) = input_queue();
        assert_eq!(fill(&queue, FLOOD, 1), MOST_INPUTS / 2);
        assert_eq!(queue.offer(FLOOD, request(0, 1)), Err(Refused::Full));
        source.next(None).unwrap();
        assert_eq!(queue.offer(FLOOD, request(0, 1)), Ok(()));
    }

    #[test]
    fn large_requests_fill_the_queue_long_before_their_number_does() {
        let (queue, source) = input_queue();
        assert_eq!(fill(&queue, FLOOD, 1024 * 1024), 16);
        source.try_next().unwrap();
        assert_eq!(queue.offer(FLOOD, request(0, 1024 * 1024)), Ok(()));
    }

    #[test]
    fn a_flood_on_one_connection_leaves_room_and_the_next_turn_to_another() {
        let (queue, source) = input_queue();
        fill(&queue, FLOOD, 1);
        fill(&queue, FLOOD, 1024 * 1024);
        assert_eq!(queue.offer(OTHER, request(7, 4 * 1024 * 1024)), Ok(()));
        assert_eq!(queue.offer(OTHER, request(8, 1)), Ok(()));
        let first: Vec<_> = (0..4).map(|_| next(&source)).collect();
        let expected = [0, 7, 0, 8].map(|number| RequestId::from_bytes([number; 16]));
        assert_eq!(first, expected);
        assert_eq!(next(&source), RequestId::from_bytes([0; 16]));
    }

    #[test]
    fn floods_on_many_connections_share_the_room() {
        let (queue, source) = input_queue();
        let taken: usize = (0..1000).map(|n| fill(&queue, Some(InterfaceId(n)), 1)).sum();
        assert!(taken <= MOST_INPUTS, "{taken}");
        assert_eq!(std::iter::from_fn(|| source.try_next()).count(), taken);
        assert_eq!(fill(&queue, FLOOD, 1), MOST_INPUTS / 2, "nothing is left over in the books");
    }

    #[test]
    fn an_empty_queue_takes_even_the_largest_request() {
        let (queue, _source) = input_queue();
        assert_eq!(queue.offer(FLOOD, request(0, MOST_BYTES + 1)), Ok(()));
        assert_eq!(queue.offer(FLOOD, request(0, 1)), Err(Refused::Full));
    }

    #[test]
    fn a_queue_without_a_server_says_so() {
        let (queue, source) = input_queue();
        drop(source);
        assert_eq!(queue.offer(FLOOD, request(0, 1)), Err(Refused::Closed));
    }

    #[test]
    fn what_waits_is_still_handed_out_when_the_node_is_gone() {
        let (queue, source) = input_queue();
        queue.offer(FLOOD, request(5, 1)).unwrap();
        assert!(matches!(source.next(Some(Duration::ZERO)), Ok(Input::Request(_))));
        assert_eq!(source.next(Some(Duration::ZERO)).err(), Some(RecvTimeoutError::Timeout));
        queue.offer(FLOOD, request(5, 1)).unwrap();
        drop(queue);
        assert_eq!(next(&source), RequestId::from_bytes([5; 16]));
        assert_eq!(source.next(None).err(), Some(RecvTimeoutError::Disconnected));
    }
}
