//! A job queue: what one part of the router wants found or checked, until it is done, and for whom.
//! Not the work; a [`Job`] is done elsewhere.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::job::{Job, JobArea, JobClass, JobDone, JobId, Outcome, Task};

/// Jobs in the order in which they came. `O` says for whom a job is.
#[derive(Debug)]
pub(super) struct JobQueue<O> {
    area: JobArea,
    cap: usize,
    entries: BTreeMap<JobId, Entry<O>>,
    /// Those that were not handed out yet.
    waiting: VecDeque<JobId>,
    jobs: u64,
}

#[derive(Debug)]
struct Entry<O> {
    owner: O,
    /// What is to be done, until it is handed out.
    task: Option<Task>,
    /// A job that is under way ends when this goes.
    wanted: Arc<()>,
}

impl<O> JobQueue<O> {
    /// An empty queue, for `cap` jobs at most, those under way included. When it is full, the newcomer is turned away:
    /// whoever asked asks again.
    pub(super) const fn new(area: JobArea, cap: usize) -> Self {
        Self { area, cap, entries: BTreeMap::new(), waiting: VecDeque::new(), jobs: 0 }
    }

    /// Queues `task` for `owner`; hands the owner back if there is no room.
    pub(super) fn submit(&mut self, owner: O, task: Task) -> Result<JobId, O> {
        if self.entries.len() >= self.cap {
            return Err(owner);
        }
        let id = JobId { area: self.area, number: self.jobs };
        self.jobs = self.jobs.saturating_add(1);
        self.entries.insert(id, Entry { owner, task: Some(task), wanted: Arc::default() });
        self.waiting.push_back(id);
        Ok(id)
    }

    /// The next job of a class.
    pub(super) fn poll(&mut self, class: JobClass) -> Option<Job> {
        let is_next = |id: &JobId| {
            let task = self.entries.get(id).and_then(|entry| entry.task.as_ref());
            task.is_some_and(|task| task.class() == class)
        };
        let at = self.waiting.iter().position(is_next)?;
        let id = self.waiting.remove(at)?;
        let entry = self.entries.get_mut(&id)?;
        Some(Job::new(id, entry.task.take()?, Arc::downgrade(&entry.wanted)))
    }

    /// Nobody wants the outcome any more.
    pub(super) fn cancel(&mut self, id: JobId) {
        if self.entries.remove(&id).is_some_and(|entry| entry.task.is_some()) {
            self.waiting.retain(|other| *other != id);
        }
    }

    /// For whom a job was, and what came of it; `None` if nobody wants it any more.
    pub(super) fn finish(&mut self, done: JobDone) -> Option<(O, Outcome)> {
        let entry = self.entries.remove(&done.id)?;
        Some((entry.owner, done.outcome))
    }

    /// For whom jobs wait or are under way.
    pub(super) fn owners_mut(&mut self) -> impl Iterator<Item = &mut O> {
        self.entries.values_mut().map(|entry| &mut entry.owner)
    }

    /// How many wait or are under way.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests {
    use super::super::job::{Claim, Step};
    use super::super::stamp::{Purpose, Workblock};
    use super::*;

    fn queue<O>() -> JobQueue<O> {
        JobQueue::new(JobArea::Outbox, 8)
    }

    fn find(cost: u8) -> Task {
        Task::Find { material: vec![cost; 32], purpose: Purpose::Peering, cost }
    }

    fn check(stamps: &[&[u8]]) -> Task {
        let claim = |stamp: &&[u8]| Claim { material: vec![8; 32], stamp: stamp.to_vec() };
        Task::Check { stamps: stamps.iter().map(claim).collect(), purpose: Purpose::Peering, cost: 8 }
    }

    #[test]
    fn a_stamp_that_was_found_passes_the_check() {
        let mut queue = queue();
        queue.submit("mine", find(8)).unwrap();
        assert!(queue.poll(JobClass::Check).is_none());
        let done = queue.poll(JobClass::Search).unwrap().run();
        let Some(("mine", Outcome::Found(stamp))) = queue.finish(done) else { panic!("nothing found") };
        assert!(Workblock::new(&[8; 32], Purpose::Peering).value(&stamp) >= 8);

        queue.submit("before", find(200)).unwrap();
        queue.submit("theirs", check(&[&stamp, &[0; 32], &[]])).unwrap();
        let done = queue.poll(JobClass::Check).unwrap().run();
        let Some(("theirs", Outcome::Checked(values))) = queue.finish(done) else { panic!("not checked") };
        assert!(matches!(values[..], [Some(8..), None, None]), "{values:?}");
        assert_eq!(queue.len(), 1);
    }

    #[test]
    fn a_search_that_nobody_waits_for_ends_at_its_next_step() {
        let mut queue = queue();
        let id = queue.submit((), find(200)).unwrap();
        let Step::Goes(job) = queue.poll(JobClass::Search).unwrap().advance() else { panic!("found") };
        let Step::Goes(job) = job.advance() else { panic!("found") };
        assert_eq!(job.percent(), Some(0));
        queue.cancel(id);
        let Step::Done(done) = job.advance() else { panic!("it goes on") };
        assert_eq!(done.outcome, Outcome::Cancelled);
        assert!(queue.finish(done).is_none());
    }

    #[test]
    fn a_search_whose_queue_is_gone_ends_at_its_next_step() {
        let mut queue = queue();
        queue.submit((), find(200)).unwrap();
        let job = queue.poll(JobClass::Search).unwrap();
        drop(queue);
        assert!(matches!(job.advance(), Step::Done(JobDone { outcome: Outcome::Cancelled, .. })));
    }

    #[test]
    fn a_job_that_is_cancelled_in_the_line_is_not_handed_out() {
        let mut queue = queue();
        let first = queue.submit(1, find(1)).unwrap();
        queue.submit(2, find(2)).unwrap();
        queue.cancel(first);
        let done = queue.poll(JobClass::Search).unwrap().run();
        assert_eq!(queue.finish(done).unwrap().0, 2);
        assert!(queue.poll(JobClass::Search).is_none());
    }

    #[test]
    fn a_full_queue_turns_newcomers_away() {
        let mut queue = queue();
        let ids: Vec<_> = (0..1000).map_while(|n| queue.submit(n, find(9)).ok()).collect();
        assert_eq!((ids.len(), queue.submit(99, find(9))), (8, Err(99)));
        ids.into_iter().for_each(|id| queue.cancel(id));
        assert_eq!((queue.len(), queue.waiting.len()), (0, 0));
        assert!(queue.submit(99, find(9)).is_ok());
    }
}
