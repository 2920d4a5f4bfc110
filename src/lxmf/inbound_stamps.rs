//! What is asked of those who send to us, and the check of what they bring: a ticket, work, or nothing.
//! Not what becomes of a message that brings too little; whoever stores messages decides that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::job::{Claim, Job, JobArea, JobClass, JobDone, Outcome, Task};
use super::job_queue::JobQueue;
use super::message::{MessageHash, SignedMessage};
use super::road::{DeliveryToken, Road};
use super::stamp::Purpose;
use super::ticket::TICKET_LEN;
use crate::rns::bounded::{Bounded, Standing};
use crate::rns::budget::Budget;
use crate::rns::error::DropReason;
use crate::rns::hash::{DestinationHash, sha256};
use crate::rns::identity::PublicIdentity;
use crate::rns::time::{Instant, Now};

/// Most messages whose stamps are being checked. The newcomer is turned away: its sender repeats it.
const MAX_CHECKS: usize = 64;
/// Most bytes of those messages, with the same rule.
const MAX_CHECK_BYTES: usize = 16 * 1024 * 1024;
/// Most verdicts that are remembered, so that repeats cost nothing. The oldest makes room.
const MAX_VERDICTS: usize = 1024;
/// Most authors whose stamps are counted. Whoever sent least recently makes room, and then has a whole budget.
const MAX_AUTHORS: usize = 1024;
/// Stamps of one author that are checked at once, each of which is some ten milliseconds of work for us.
const AUTHOR_BURST: u32 = 8;
/// How long until one more is.
const AUTHOR_GAP: Duration = Duration::from_secs(2);

/// What a message has brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampState {
    /// Nothing was asked for.
    NotAsked,
    /// The stamp of a ticket, if its author was given the ticket that makes it; whoever keeps the tickets tells.
    Ticket([u8; TICKET_LEN]),
    /// Work of that value, which is enough.
    Valid(u16),
    /// Nothing.
    Missing,
    /// Too little work.
    Invalid,
}

/// A message with a good signature, and who is to be told that it is stored.
#[derive(Debug)]
pub(super) struct Arrived {
    pub(super) message: SignedMessage,
    pub(super) author: PublicIdentity,
    pub(super) token: DeliveryToken,
}

/// A message and the stamp beside it, which anybody on the way could have changed.
type Stamped = (MessageHash, [u8; 32]);

/// The stamps of messages for us.
#[derive(Debug)]
pub(super) struct InboundStamps {
    /// `None` if none is asked for.
    cost: Option<u8>,
    /// Of single destinations of ours that ask for their own.
    costs: BTreeMap<DestinationHash, u8>,
    checks: JobQueue<Arrived>,
    bytes: usize,
    verdicts: Bounded<Stamped, StampState>,
    authors: Bounded<DestinationHash, Budget>,
}

impl Default for InboundStamps {
    fn default() -> Self {
        Self {
            cost: None,
            costs: BTreeMap::new(),
            checks: JobQueue::new(JobArea::Delivery, MAX_CHECKS),
            bytes: 0,
            verdicts: Bounded::new(MAX_VERDICTS),
            authors: Bounded::new(MAX_AUTHORS),
        }
    }
}

impl InboundStamps {
    /// From now on stamps of that cost are asked for.
    pub(super) const fn ask_for(&mut self, cost: u8) {
        self.cost = Some(cost);
    }

    /// From now on stamps of that cost are asked for at one destination of ours, or none beyond what is asked everywhere.
    pub(super) fn ask_for_at(&mut self, destination: DestinationHash, cost: Option<u8>) {
        match cost {
            Some(cost) => self.costs.insert(destination, cost),
            None => self.costs.remove(&destination),
        };
    }

    /// What is asked for at a destination of ours.
    pub(super) fn cost_at(&self, destination: DestinationHash) -> Option<u8> {
        self.cost.max(self.costs.get(&destination).copied())
    }

    /// What a message has brought; `None` if that is being checked, and an error if it can't be, now.
    pub(super) fn judge(
        &mut self,
        now: Now,
        arrived: Arrived,
    ) -> Result<Option<(Arrived, StampState)>, DropReason> {
        let Some(cost) = self.cost_at(arrived.message.destination) else {
            return Ok(Some((arrived, StampState::NotAsked)));
        };
        // Whoever carried a message here on paper has worked enough.
        if Road::from(&arrived.token) == Road::Paper {
            return Ok(Some((arrived, StampState::NotAsked)));
        }
        let Some(stamp) = arrived.message.stamp.clone() else {
            return Ok(Some((arrived, StampState::Missing)));
        };
        // Nobody makes work of that length, and a ticket needs none to be checked.
        if let Ok(stamp) = stamp.as_slice().try_into() {
            return Ok(Some((arrived, StampState::Ticket(stamp))));
        }
        if let Some(verdict) = self.verdicts.get(&stamped(&arrived.message)) {
            return Ok(Some((arrived, *verdict)));
        }
        self.check(now.instant, arrived, stamp, cost).map(|()| None)
    }

    pub(super) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.checks.poll(class)
    }

    /// A stamp was checked.
    pub(super) fn handle_job_done(&mut self, now: Instant, done: JobDone) -> Option<(Arrived, StampState)> {
        let (arrived, outcome) = self.checks.finish(done)?;
        self.bytes = self.bytes.saturating_sub(arrived.message.payload.len());
        let Outcome::Checked(values) = outcome else { return None };
        let value = values.first().copied().flatten();
        let verdict = value.map_or(StampState::Invalid, StampState::Valid);
        self.verdicts.insert(stamped(&arrived.message), verdict, Standing::Heard, now);
        Some((arrived, verdict))
    }

    /// How many messages wait for their check.
    pub(super) fn len(&self) -> usize {
        self.checks.len()
    }

    fn check(&mut self, now: Instant, arrived: Arrived, stamp: Vec<u8>, cost: u8) -> Result<(), DropReason> {
        let message = &arrived.message;
        let same =
            |other: &&mut Arrived| other.message.hash == message.hash && other.message.stamp == message.stamp;
        if let Some(before) = self.checks.owners_mut().find(same) {
            // The older token may belong to a link that is gone.
            before.token = arrived.token;
            return Ok(());
        }
        let (source, length) = (message.source, message.payload.len());
        if self.bytes.saturating_add(length) > MAX_CHECK_BYTES {
            return Err(DropReason::TableFull);
        }
        let mut budget = self.authors.get(&source).copied().unwrap_or_default();
        if !budget.spend(now, AUTHOR_BURST, AUTHOR_GAP) {
            return Err(DropReason::StampBudget);
        }
        let claim = Claim { material: message.hash.as_bytes().to_vec(), stamp };
        let task = Task::Check { stamps: vec![claim], purpose: Purpose::Delivery, cost };
        self.checks.submit(arrived, task).map_err(|_| DropReason::TableFull)?;
        self.bytes = self.bytes.saturating_add(length);
        self.authors.insert(source, budget, Standing::Heard, now);
        Ok(())
    }
}

fn stamped(message: &SignedMessage) -> Stamped {
    (message.hash, sha256(&[message.stamp.as_deref().unwrap_or_default()]))
}

#[cfg(test)]
mod tests {
    use super::super::message::{Message, delivery_destination};
    use super::super::stamp::Search;
    use super::*;
    use crate::lxmf::propagation::TransientId;
    use crate::rns::event::ProofToken;
    use crate::rns::hash::{LinkId, PacketHash};
    use crate::rns::identity::Identity;
    use crate::rns::random::Random;
    use crate::rns::time::UnixTime;

    const COST: u8 = 4;

    fn stamps() -> InboundStamps {
        let mut stamps = InboundStamps::default();
        stamps.ask_for(COST);
        stamps
    }

    fn at(secs: u64) -> Now {
        Now { instant: Instant::ZERO.after(Duration::from_secs(secs)), unix: UnixTime::default() }
    }

    fn arrived(author: u8, text: &str, stamp: Option<Vec<u8>>, token: u8) -> Arrived {
        let identity = Identity::generate(&mut Random::from_seed([author; 32]));
        let message = Message {
            time: UnixTime::default(),
            title: Vec::new(),
            content: text.as_bytes().to_vec(),
            fields: Vec::new(),
        };
        let mut message = SignedMessage::sign(message, delivery_destination(identity.hash()), &identity);
        message.stamp = stamp;
        let (link, packet) = (LinkId::from_bytes([token; 16]), PacketHash::from_bytes([token; 32]));
        Arrived {
            message,
            author: identity.public().clone(),
            token: ProofToken::LinkPacket { link, packet }.into(),
        }
    }

    fn good_stamp(text: &str) -> Vec<u8> {
        let message = arrived(1, text, None, 1).message;
        let mut search = Search::new(message.hash.as_bytes(), Purpose::Delivery, COST);
        search.advance(100_000).unwrap().to_vec()
    }

    /// The verdict, after the check if there has to be one.
    fn verdict(stamps: &mut InboundStamps, arrived: Arrived) -> StampState {
        match stamps.judge(at(0), arrived).unwrap() {
            Some((_, state)) => state,
            None => {
                let done = stamps.poll_job(JobClass::Check).unwrap().run();
                stamps.handle_job_done(at(0).instant, done).unwrap().1
            }
        }
    }

    #[test]
    fn each_thing_that_a_message_can_bring_has_its_verdict() {
        let mut stamps = stamps();
        let good = good_stamp("hello");
        assert!(matches!(
            verdict(&mut stamps, arrived(1, "hello", Some(good.clone()), 1)),
            StampState::Valid(4..)
        ));
        assert_eq!(verdict(&mut stamps, arrived(1, "hello", None, 1)), StampState::Missing);
        assert_eq!(
            verdict(&mut stamps, arrived(1, "hello", Some(vec![7; 16]), 1)),
            StampState::Ticket([7; 16])
        );
        assert_eq!(verdict(&mut stamps, arrived(1, "hello", Some(vec![7; 32]), 1)), StampState::Invalid);
        assert_eq!(verdict(&mut stamps, arrived(1, "other", Some(good.clone()), 1)), StampState::Invalid);
        let on_paper = Arrived {
            token: DeliveryToken::Paper(TransientId::from_bytes([1; 32])),
            ..arrived(1, "hello", None, 1)
        };
        assert_eq!(verdict(&mut stamps, on_paper), StampState::NotAsked);
        let mut lenient = InboundStamps::default();
        assert_eq!(verdict(&mut lenient, arrived(1, "hello", Some(good), 1)), StampState::NotAsked);
    }

    #[test]
    fn a_repeat_is_not_checked_again_and_a_forged_stamp_does_not_stand_for_the_real_one() {
        let mut stamps = stamps();
        let good = good_stamp("hello");
        assert_eq!(verdict(&mut stamps, arrived(1, "hello", Some(vec![7; 32]), 1)), StampState::Invalid);
        assert!(matches!(
            verdict(&mut stamps, arrived(1, "hello", Some(good.clone()), 1)),
            StampState::Valid(4..)
        ));
        for stamp in [vec![7; 32], good] {
            let again = stamps.judge(at(0), arrived(1, "hello", Some(stamp), 2)).unwrap();
            assert!(again.is_some(), "no check is needed");
        }
    }

    #[test]
    fn a_repeat_during_the_check_waits_with_the_first_and_its_newer_token_counts() {
        let mut stamps = stamps();
        let good = good_stamp("hello");
        for token in 1..=3 {
            assert!(stamps.judge(at(0), arrived(1, "hello", Some(good.clone()), token)).unwrap().is_none());
        }
        assert_eq!(stamps.len(), 1);
        let done = stamps.poll_job(JobClass::Check).unwrap().run();
        let (judged, _) = stamps.handle_job_done(at(0).instant, done).unwrap();
        assert_eq!(judged.token, arrived(1, "hello", None, 3).token);
        assert_eq!((stamps.len(), stamps.bytes), (0, 0));
    }

    #[test]
    fn one_author_gets_few_checks_and_a_crowd_no_more_than_fit() {
        let mut stamps = stamps();
        let mut judge = |author, text: String| {
            let outcome = stamps.judge(at(0), arrived(author, &text, Some(vec![7; 32]), 1));
            outcome.map(|judged| assert!(judged.is_none()))
        };
        let taken = (0..100).filter(|n| judge(1, n.to_string()).is_ok()).count();
        assert_eq!(taken, 8);
        assert_eq!(judge(1, "more".to_owned()), Err(DropReason::StampBudget));
        let taken = (2..200).filter(|author| judge(*author, "hello".to_owned()).is_ok()).count();
        assert_eq!(taken, MAX_CHECKS - 8);
        assert_eq!(judge(201, "hello".to_owned()), Err(DropReason::TableFull));
    }

    #[test]
    fn one_destination_may_ask_for_more_than_the_others() {
        let mut stamps = InboundStamps::default();
        let (here, there) = (DestinationHash::from_bytes([1; 16]), DestinationHash::from_bytes([2; 16]));
        stamps.ask_for_at(here, Some(9));
        assert_eq!((stamps.cost_at(here), stamps.cost_at(there)), (Some(9), None));
        stamps.ask_for(COST);
        assert_eq!((stamps.cost_at(here), stamps.cost_at(there)), (Some(9), Some(COST)));
        stamps.ask_for_at(here, Some(COST - 1));
        assert_eq!(stamps.cost_at(here), Some(COST));
        stamps.ask_for_at(here, None);
        assert_eq!(stamps.cost_at(here), Some(COST));
    }
}
