//! The router's jobs: which part's turn it is, and who gets what came of one.
//! Not the jobs themselves, and not the queues that they wait in.

use super::Router;
use crate::lxmf::job::{Job, JobArea, JobClass, JobDone};
use crate::rns::Node;
use crate::rns::time::Now;

impl Router {
    /// The next job of a class. It is to be done elsewhere, for it takes long.
    pub fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        // However many members there are to send to, an upload gets its stamp soon.
        let turns = JobArea::ALL.into_iter().cycle().skip(self.turn).take(JobArea::ALL.len());
        for (turn, area) in turns.enumerate() {
            let job = match area {
                JobArea::Delivery => self.delivery.poll_job(class),
                JobArea::Outbox => self.outbox.poll_job(class),
                JobArea::Upload => self.propagation.poll_job(class),
                JobArea::PropagationNode => {
                    self.propagation_node.as_mut().and_then(|node| node.poll_job(class))
                }
            };
            if job.is_some() {
                let next = self.turn.wrapping_add(turn).wrapping_add(1);
                self.turn = next.checked_rem(JobArea::ALL.len()).unwrap_or(0);
                return job;
            }
        }
        None
    }

    /// A job is done.
    pub fn handle_job_done(&mut self, now: Now, node: &mut Node, done: JobDone) {
        match done.area() {
            JobArea::Delivery => self.delivery.handle_job_done(now, done),
            JobArea::Outbox => self.outbox.handle_job_done(now, node, done),
            JobArea::Upload => self.propagation.handle_job_done(now, node, done),
            JobArea::PropagationNode => {
                if let Some(propagation_node) = &mut self.propagation_node {
                    propagation_node.handle_job_done(now, node, done);
                }
            }
        }
        self.settle(now, node);
    }

    /// Does all jobs that wait, here and now.
    pub fn run_jobs(&mut self, now: Now, node: &mut Node) {
        while let Some(job) =
            [JobClass::Check, JobClass::Search].into_iter().find_map(|class| self.poll_job(class))
        {
            self.handle_job_done(now, node, job.run());
        }
    }
}
