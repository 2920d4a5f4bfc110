//! The plain thread that does the node's jobs, a batch at a time: whatever waited while it did the one before.
//! Not their order, and not a queue: what it can't take yet waits in the node. And not for very few of them.

use std::io;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::Builder;

use tokio::sync::mpsc;
use tracing::error;

use crate::rns::Node;
use crate::rns::job::{Job, JobDone};
use crate::rns::time::Now;

/// So few are done at once, without the thread: to wake it and to be woken by it costs as much as they do. Whoever owns
/// the node is kept from other work so long, and no longer: where more wait than that, it is the thread's.
const FEW: usize = 2;

/// The thread, as the owner of the node sees it. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct JobThread {
    /// `None` if the thread is gone.
    batches: Option<SyncSender<Vec<Job>>>,
    done: mpsc::Receiver<Vec<JobDone>>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Busy,
}

impl JobThread {
    pub(super) fn spawn() -> io::Result<Self> {
        let (batches, source) = sync_channel::<Vec<Job>>(1);
        let (sender, done) = mpsc::channel(1);
        Builder::new().name("jobs".to_owned()).spawn(move || {
            while let Ok(jobs) = source.recv() {
                if sender.blocking_send(Job::run_all(&jobs)).is_err() {
                    return;
                }
            }
        })?;
        Ok(Self { batches: Some(batches), done, state: State::Idle })
    }

    /// Gives the thread what waits in the node, if it has nothing to do and it is worth it.
    pub(super) fn feed(&mut self, now: Now, node: &mut Node) {
        let Some(batches) = &self.batches else { return node.run_jobs(now) };
        if self.state == State::Busy {
            return;
        }
        let jobs: Vec<_> = std::iter::from_fn(|| node.poll_job()).take(Job::BATCH).collect();
        if jobs.len() <= FEW {
            Job::run_all(&jobs).iter().for_each(|done| node.handle_job_done(now, done));
        } else {
            self.state = State::Busy;
            // A thread that is gone shows where its answers are awaited.
            let _ = batches.send(jobs);
        }
    }

    /// Waits until a batch is done. Nothing is lost when the wait is given up.
    pub(super) async fn done(&mut self) -> Vec<JobDone> {
        if self.state == State::Idle {
            return std::future::pending().await;
        }
        let done = self.done.recv().await;
        self.state = State::Idle;
        done.unwrap_or_else(|| {
            error!("the thread that checks announces has failed; Roost goes on without it, but slower");
            self.batches = None;
            Vec::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::announce::{Announce, AnnounceKind, RandomBlob};
    use crate::rns::destination::name_hash;
    use crate::rns::identity::Identity;
    use crate::rns::interface::InterfaceSpec;
    use crate::rns::random::Random;

    fn node_with_announces(count: usize) -> Node {
        let mut node = Node::new([1; 32]);
        let interface = node.add_interface(Now::default(), InterfaceSpec::wire());
        let mut random = Random::from_seed([2; 32]);
        for _ in 0..count {
            let identity = Identity::generate(&mut random);
            let blob = RandomBlob::draw(1, &mut random);
            let name = name_hash("lxmf.delivery");
            let frame = Announce::sign(&identity, name, blob, None, b"", AnnounceKind::Live).unwrap();
            node.handle_frame(Now::default(), interface, &frame);
        }
        node
    }

    async fn settle(thread: &mut JobThread, node: &mut Node) -> usize {
        let mut batches = 0;
        loop {
            thread.feed(Now::default(), node);
            if thread.state == State::Idle {
                return batches;
            }
            for done in thread.done().await {
                node.handle_job_done(Now::default(), &done);
            }
            batches += 1;
        }
    }

    #[tokio::test]
    async fn few_announces_are_checked_at_once_and_many_share_a_batch() {
        let mut thread = JobThread::spawn().unwrap();
        for (announces, batches) in [(0, 0), (1, 0), (2, 0), (3, 1), (128, 1), (300, 3)] {
            let mut node = node_with_announces(announces);
            assert_eq!(settle(&mut thread, &mut node).await, batches, "{announces}");
            let sizes = node.table_sizes();
            assert_eq!((sizes.known_destinations, sizes.jobs), (announces, 0));
        }
    }

    #[tokio::test]
    async fn without_its_thread_the_jobs_are_done_all_the_same() {
        let (batches, source) = sync_channel(1);
        let (sender, done) = mpsc::channel(1);
        let mut thread = JobThread { batches: Some(batches), done, state: State::Idle };
        drop((source, sender));
        let mut node = node_with_announces(300);
        assert_eq!(settle(&mut thread, &mut node).await, 1);
        // The batch that it had taken is lost, as packets on the way would be.
        assert_eq!(node.table_sizes().known_destinations, 300 - Job::BATCH);
    }
}
