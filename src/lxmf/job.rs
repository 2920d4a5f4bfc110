//! Jobs: work that the router hands out because it takes long: finding stamps, and checking them.
//! Not the order in which they are done; that is the job queue's. They need nothing of the router.

use std::sync::Weak;

use super::stamp::{Purpose, Search, Stamp, Workblock};

/// Candidates that are tried in one step of a search: a few milliseconds' worth.
const TRIALS: u32 = 16_384;

/// Which part of the router wants a job done; each has a queue of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum JobArea {
    /// Messages of ours, whose recipients ask for a stamp.
    Outbox,
    /// Messages for us, if we ask for one.
    Delivery,
    /// Messages of ours that go to a propagation node.
    Upload,
    /// What is brought to our propagation node, and keys for its peers.
    PropagationNode,
}

impl JobArea {
    /// All of them. They take turns.
    pub(super) const ALL: [Self; 4] = [Self::Outbox, Self::Delivery, Self::Upload, Self::PropagationNode];
}

/// Which job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct JobId {
    pub(super) area: JobArea,
    /// Counts those of one area.
    pub(super) number: u64,
}

/// How long a job takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobClass {
    /// Stamps to be checked: milliseconds, and somebody waits for the proof of a delivery.
    Check,
    /// A stamp to be found: anything from milliseconds to a minute.
    Search,
}

/// What is to be done.
#[derive(Debug, Clone)]
pub(super) enum Task {
    /// Find a stamp over `material` that is worth `cost`.
    Find { material: Vec<u8>, purpose: Purpose, cost: u8 },
    /// Tell which of these are worth `cost`.
    Check { stamps: Vec<Claim>, purpose: Purpose, cost: u8 },
}

/// A stamp that somebody has sent, and what it is said to be over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) material: Vec<u8>,
    pub(super) stamp: Vec<u8>,
}

impl Task {
    pub(super) const fn class(&self) -> JobClass {
        match self {
            Self::Find { .. } => JobClass::Search,
            Self::Check { .. } => JobClass::Check,
        }
    }
}

/// A job, to be advanced step by step wherever there is time for it. Its outcome goes to
/// [`Router::handle_job_done`](super::Router::handle_job_done).
#[derive(Debug)]
pub struct Job {
    id: JobId,
    work: Work,
    /// Gone when nobody wants the outcome any more.
    wanted: Weak<()>,
}

#[derive(Debug)]
enum Work {
    Start(Task),
    Find(Search),
    Check { left: std::vec::IntoIter<Claim>, values: Vec<Option<u16>>, purpose: Purpose, cost: u8 },
}

/// What came of a step.
#[derive(Debug)]
pub enum Step {
    /// There is more to do.
    Goes(Job),
    /// It is done, or nobody wants it any more.
    Done(JobDone),
}

/// What came of a [`Job`].
#[derive(Debug)]
pub struct JobDone {
    pub(super) id: JobId,
    pub(super) outcome: Outcome,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Found(Stamp),
    /// For each stamp its value, or `None` if it is worth too little.
    Checked(Vec<Option<u16>>),
    Cancelled,
}

impl JobDone {
    pub(super) const fn area(&self) -> JobArea {
        self.id.area
    }
}

impl Job {
    pub(super) const fn new(id: JobId, task: Task, wanted: Weak<()>) -> Self {
        Self { id, work: Work::Start(task), wanted }
    }

    /// How long it takes.
    pub const fn class(&self) -> JobClass {
        match &self.work {
            Work::Start(task) => task.class(),
            Work::Find(_) => JobClass::Search,
            Work::Check { .. } => JobClass::Check,
        }
    }

    /// How far a search has come, in percent of what it takes on average: half of all take longer than seventy, and some
    /// take several hundred.
    pub fn percent(&self) -> Option<u64> {
        match &self.work {
            Work::Find(search) => search.tried().saturating_mul(100).checked_div(search.expected()),
            Work::Start(_) | Work::Check { .. } => None,
        }
    }

    /// Does one step: some ten milliseconds.
    pub fn advance(self) -> Step {
        let Self { id, work, wanted } = self;
        let done = |outcome| Step::Done(JobDone { id, outcome });
        if wanted.strong_count() == 0 {
            return done(Outcome::Cancelled);
        }
        match work.advance() {
            Ok(work) => Step::Goes(Self { id, work, wanted }),
            Err(outcome) => done(outcome),
        }
    }

    /// Does all of it.
    pub fn run(self) -> JobDone {
        let mut step = Step::Goes(self);
        loop {
            match step {
                Step::Goes(job) => step = job.advance(),
                Step::Done(done) => return done,
            }
        }
    }
}

impl Work {
    /// The work that is left, or else what came of it.
    fn advance(self) -> Result<Self, Outcome> {
        match self {
            Self::Start(Task::Find { material, purpose, cost }) => {
                Ok(Self::Find(Search::new(&material, purpose, cost)))
            }
            Self::Start(Task::Check { stamps, purpose, cost }) => {
                let values = Vec::with_capacity(stamps.len());
                Self::Check { left: stamps.into_iter(), values, purpose, cost }.advance()
            }
            Self::Find(mut search) => match search.advance(TRIALS) {
                Some(stamp) => Err(Outcome::Found(stamp)),
                None => Ok(Self::Find(search)),
            },
            Self::Check { mut left, mut values, purpose, cost } => {
                if let Some(Claim { material, stamp }) = left.next() {
                    let workblock = Workblock::new(&material, purpose);
                    values.push(workblock.accepts(&stamp, cost).then(|| workblock.value(&stamp)));
                }
                if left.len() == 0 {
                    return Err(Outcome::Checked(values));
                }
                Ok(Self::Check { left, values, purpose, cost })
            }
        }
    }
}
