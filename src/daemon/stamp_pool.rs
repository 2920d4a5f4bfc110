//! The threads that do the router's jobs: stamps to find and stamps to check, in small steps that take turns.
//! Not their queue: what the threads can't take yet waits in the router, which cancels what nobody needs any more.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{Builder, available_parallelism};
use std::time::Duration;

use tokio::sync::mpsc;
use tracing::{error, info};

use super::clock::Clock;
use crate::lxmf::Router;
use crate::lxmf::job::{Job, JobClass, JobDone, Step};
use crate::rns::time::Instant;

/// Searches that one thread works on: two would both be done when the second is.
const SEARCHES: usize = 1;
/// Checks that one thread works on beside it. Each waits for a step of every other at most, some fifty milliseconds.
const CHECKS: usize = 4;
/// A search that goes on for so long is worth a line in the log, and another one each time that the time has doubled.
const LONG: Duration = Duration::from_secs(2);

/// The threads, as the owner of the router sees them. They end within a step when this is dropped.
#[derive(Debug)]
pub(super) struct StampPool {
    threads: Vec<Thread>,
    done: mpsc::Receiver<Finished>,
}

#[derive(Debug)]
struct Thread {
    jobs: Sender<Job>,
    searches: usize,
    checks: usize,
}

/// A job that a thread has done.
struct Finished {
    thread: usize,
    class: JobClass,
    done: JobDone,
}

impl StampPool {
    /// One thread for each processor but one, which is left to everything else.
    pub(super) fn spawn(clock: Clock) -> io::Result<Self> {
        let count = available_parallelism().map_or(1, |count| count.get().saturating_sub(1).max(1));
        let (sender, done) = mpsc::channel(count.saturating_mul(SEARCHES + CHECKS));
        let mut threads = Vec::new();
        for number in 0..count {
            let (jobs, source) = channel();
            let sender = sender.clone();
            let name = format!("stamps {number}");
            Builder::new().name(name).spawn(move || work(number, &source, &sender, clock))?;
            threads.push(Thread { jobs, searches: 0, checks: 0 });
        }
        Ok(Self { threads, done })
    }

    /// Gives the threads what waits in the router, as far as they have room.
    pub(super) fn feed(&mut self, router: &mut Router) {
        for class in [JobClass::Check, JobClass::Search] {
            while let Some(thread) = self.idlest(class)
                && let Some(job) = router.poll_job(class)
            {
                *thread.count(class) += 1;
                // A thread that is gone shows where its answers are awaited.
                let _ = thread.jobs.send(job);
            }
        }
    }

    /// Waits until a job is done. Nothing is lost when the wait is given up.
    pub(super) async fn done(&mut self) -> JobDone {
        if self.threads.iter().all(|thread| thread.searches + thread.checks == 0) {
            return std::future::pending().await;
        }
        match self.done.recv().await {
            Some(Finished { thread, class, done }) => {
                if let Some(thread) = self.threads.get_mut(thread) {
                    *thread.count(class) -= 1;
                }
                done
            }
            None => {
                error!(
                    "the threads that compute stamps have failed; messages that need one are not sent until \
                     Roost is started again"
                );
                self.threads.clear();
                std::future::pending().await
            }
        }
    }

    /// The thread that has least to do, if it has room for one more.
    fn idlest(&mut self, class: JobClass) -> Option<&mut Thread> {
        let most = match class {
            JobClass::Check => CHECKS,
            JobClass::Search => SEARCHES,
        };
        let free = self.threads.iter_mut().filter_map(|thread| {
            let count = *thread.count(class);
            (count < most).then_some((count, thread))
        });
        free.min_by_key(|(count, _)| *count).map(|(_, thread)| thread)
    }
}

impl Thread {
    const fn count(&mut self, class: JobClass) -> &mut usize {
        match class {
            JobClass::Check => &mut self.checks,
            JobClass::Search => &mut self.searches,
        }
    }
}

/// A job that a thread works on, and when it has something to say about it.
struct Running {
    job: Job,
    since: Instant,
    report_after: Duration,
}

/// What a thread does until nobody gives or takes jobs any more.
fn work(thread: usize, jobs: &Receiver<Job>, finished: &mpsc::Sender<Finished>, clock: Clock) {
    let mut running = VecDeque::new();
    loop {
        let next = if running.is_empty() { jobs.recv().map_err(TryRecvError::from) } else { jobs.try_recv() };
        match next {
            Ok(job) => {
                running.push_back(Running { job, since: clock.now().instant, report_after: LONG });
                continue;
            }
            Err(TryRecvError::Empty) => {}
            Err(TryRecvError::Disconnected) => return,
        }
        let Some(Running { job, since, report_after }) = running.pop_front() else { continue };
        let class = job.class();
        match job.advance() {
            Step::Goes(job) => {
                let report_after = report(&job, clock.now().instant.since(since), report_after);
                running.push_back(Running { job, since, report_after });
            }
            Step::Done(done) => {
                if finished.blocking_send(Finished { thread, class, done }).is_err() {
                    return;
                }
            }
        }
    }
}

/// Tells how a long search is doing, and returns when to tell it again.
fn report(job: &Job, elapsed: Duration, report_after: Duration) -> Duration {
    let Some(percent) = job.percent().filter(|_| elapsed >= report_after) else { return report_after };
    info!(seconds = elapsed.as_secs(), "computing a stamp: {percent} % of the work that it takes on average");
    report_after.saturating_mul(2)
}
#[cfg(test)]
mod tests {
    use super::*;
    use crate::lxmf::{DeliveryAnnounce, Event, Message, OutboundMessage, SignedMessage, StampState};
    use crate::rns::Node;
    use crate::rns::announce::{Announce, AnnounceKind, RandomBlob};
    use crate::rns::destination::name_hash;
    use crate::rns::event::{Event as NodeEvent, ProofToken};
    use crate::rns::hash::{DestinationHash, LinkId, PacketHash};
    use crate::rns::identity::Identity;
    use crate::rns::interface::InterfaceSpec;
    use crate::rns::random::Random;
    use crate::rns::time::{Now, UnixTime};

    /// We ask for stamps, and know somebody who does so too.
    struct Us {
        node: Node,
        router: Router,
        ours: DestinationHash,
        them: Identity,
    }

    fn of(identity: &Identity) -> DestinationHash {
        crate::lxmf::delivery_destination(identity.hash())
    }

    fn us(their_cost: u8) -> Us {
        let mut random = Random::from_seed([2; 32]);
        let (mut node, mut router) = (Node::new([1; 32]), Router::new());
        let interface = node.add_interface(Now::default(), InterfaceSpec::wire());
        router.ask_for_stamps(8);
        let ours = router.register(&mut node, Identity::generate(&mut random), "We", Vec::new());
        let them = Identity::generate(&mut random);
        let said =
            DeliveryAnnounce { stamp_cost: Some(their_cost), ..DeliveryAnnounce::named("They") }.encode();
        let (name, blob) = (name_hash("lxmf.delivery"), RandomBlob::draw(1, &mut random));
        let frame = Announce::sign(&them, name, blob, None, &said, AnnounceKind::Live).unwrap();
        node.handle_frame(Now::default(), interface, &frame);
        node.run_jobs(Now::default());
        while node.poll_event().is_some() {}
        Us { node, router, ours, them }
    }

    fn text(text: &str) -> Message {
        Message {
            time: UnixTime::default(),
            title: Vec::new(),
            content: text.as_bytes().to_vec(),
            fields: Vec::new(),
        }
    }

    impl Us {
        fn send(&mut self) {
            let message = OutboundMessage::new(self.ours, of(&self.them), &text("hello"));
            self.router.send(Now::default(), &mut self.node, &message);
        }

        fn receive(&mut self, content: &str) {
            let mut message = SignedMessage::sign(text(content), self.ours, &self.them);
            message.stamp = Some(vec![7; 32]);
            let (link, packet) = (LinkId::from_bytes([1; 16]), PacketHash::from_bytes([2; 32]));
            let event = NodeEvent::LinkPacket {
                link,
                destination: self.ours,
                data: message.pack(),
                proof: ProofToken::LinkPacket { link, packet },
            };
            assert!(self.router.handle_event(Now::default(), &mut self.node, event).is_none());
        }

        async fn next_done(&mut self, pool: &mut StampPool) {
            let done = pool.done().await;
            self.router.handle_job_done(Now::default(), &mut self.node, done);
        }
    }

    #[tokio::test]
    async fn a_message_leaves_when_a_thread_has_found_its_stamp() {
        let (mut us, mut pool) = (us(8), StampPool::spawn(Clock::start()).unwrap());
        us.send();
        while us.node.poll_transmit().is_some() {}
        pool.feed(&mut us.router);
        us.next_done(&mut pool).await;
        assert!(us.node.poll_transmit().is_some());
        assert_eq!(us.router.table_sizes().jobs, 0);
    }

    #[tokio::test]
    async fn checks_do_not_wait_for_a_long_search() {
        let (mut us, mut pool) = (us(22), StampPool::spawn(Clock::start()).unwrap());
        us.send();
        pool.feed(&mut us.router);
        let contents = ["1", "2", "3", "4", "5", "6", "7"];
        contents.iter().for_each(|content| us.receive(content));
        for _ in contents {
            pool.feed(&mut us.router);
            us.next_done(&mut pool).await;
            let Some(Event::Received { stamp, .. }) = us.router.poll_event() else { panic!("not received") };
            assert_eq!(stamp, StampState::Invalid);
        }
        assert_eq!(us.router.table_sizes().jobs, 1, "the search goes on");
    }

    #[tokio::test]
    async fn the_threads_end_with_the_pool_whatever_they_do() {
        let (mut us, mut pool) = (us(22), StampPool::spawn(Clock::start()).unwrap());
        us.send();
        pool.feed(&mut us.router);
        let StampPool { threads, mut done } = pool;
        drop(threads);
        assert!(done.recv().await.is_none());
    }
}
