//! Inbound delivery: from bytes that a packet, a link or a Resource brought to a message with a known author.
//! Never a proof: whoever stores the message decides when it is proved.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::event::Event;
use super::held::HeldMessages;
use super::inbound_stamps::{Arrived, InboundStamps, StampState};
use super::intake::Intake;
use super::job::{Job, JobClass, JobDone};
use super::message::{UnverifiedMessage, delivery_destination};
use super::propagation::client::Settled;
use super::road::{DeliveryToken, Road};
use crate::rns::Node;
use crate::rns::budget::Budget;
use crate::rns::crypto::check_all;
use crate::rns::error::{DropCounts, DropReason};
use crate::rns::event::ProofToken;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::PublicIdentity;
use crate::rns::time::{Instant, Now};

/// Path requests for unknown authors that may go out at once. Anybody can invent authors, and each request is heard
/// by the whole network.
const PATH_REQUEST_BURST: u32 = 10;
/// How long until another one may.
const PATH_REQUEST_GAP: Duration = Duration::from_secs(1);

/// Most signatures that are checked together. More save little, and so many bad ones may pass the budgets of [`Intake`]
/// before it hears of them.
const MOST_AT_ONCE: usize = 16;

/// A message whose signature is to be checked.
#[derive(Debug)]
struct Unchecked {
    message: UnverifiedMessage,
    author: PublicIdentity,
    token: DeliveryToken,
}

/// Messages on their way in.
#[derive(Debug, Default)]
pub(super) struct Delivery {
    intake: Intake,
    held: HeldMessages,
    stamps: InboundStamps,
    /// What has an author whose signature is to be checked: before the router's owner hears anything.
    unchecked: Vec<Unchecked>,
    /// For path requests.
    requests: Budget,
    /// Authors whose path is still to be asked for: no more than messages are held.
    unasked: BTreeSet<DestinationHash>,
    ask_at: Option<Instant>,
    events: VecDeque<Event>,
    /// Entries from propagation nodes that came to nothing.
    lost: VecDeque<(DeliveryToken, Settled)>,
    /// Deliveries that are no good and never will be: their senders are to be told.
    refused: VecDeque<ProofToken>,
    drops: DropCounts,
}

impl Delivery {
    /// A complete packed message arrived. `is_ours` tells which destinations are served, `peer` is who the link it
    /// came on has proved to be.
    pub(super) fn handle_message(
        &mut self,
        now: Now,
        node: &mut Node,
        packed: Vec<u8>,
        is_ours: impl Fn(DestinationHash) -> bool,
        peer: Option<&PublicIdentity>,
        proof: DeliveryToken,
    ) {
        if !self.intake.reads_from(now.instant, &proof) {
            return self.lose(now, &proof, DropReason::TooMuchBad);
        }
        let message = match UnverifiedMessage::unpack(&packed) {
            Ok(message) if is_ours(message.destination()) => message,
            Ok(_) => return self.lose(now, &proof, DropReason::NotForUs),
            Err(reason) => return self.lose(now, &proof, reason),
        };
        let source = message.source();
        let author = node
            .recall(source)
            .map(|known| known.identity.clone())
            .or_else(|| peer.filter(|peer| delivery_destination(peer.hash()) == source).cloned());
        if let Some(author) = author {
            return self.verify(now, message, author, proof);
        }

        for evicted in self.held.hold(now.instant, source, packed, proof) {
            self.lose(now, &evicted.proof, DropReason::TableFull);
        }
        self.unasked.insert(source);
        self.ask(now, node);
    }

    /// The key of `author` has become known.
    pub(super) fn handle_identity(&mut self, now: Now, author: &PublicIdentity) {
        for held in self.held.take(delivery_destination(author.hash())) {
            match UnverifiedMessage::unpack(&held.packed) {
                Ok(message) => self.verify(now, message, author.clone(), held.proof),
                Err(reason) => self.lose(now, &held.proof, reason),
            }
        }
    }

    /// Drops what has waited too long, and asks for paths to authors.
    pub(super) fn handle_timeout(&mut self, now: Now, node: &mut Node) {
        for expired in self.held.expire(now.instant) {
            self.lose(now, &expired.proof, DropReason::KeyUnknown);
        }
        if self.ask_at.is_some_and(|at| at <= now.instant) {
            self.ask(now, node);
        }
    }

    /// An entry of a propagation node that has come to nothing, for now or for ever.
    pub(super) fn poll_lost(&mut self) -> Option<(DeliveryToken, Settled)> {
        self.lost.pop_front()
    }

    /// A delivery whose sender is to be told that it is no good.
    pub(super) fn poll_refused(&mut self) -> Option<ProofToken> {
        self.refused.pop_front()
    }

    pub(super) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.held.next_expiry().into_iter().chain(self.ask_at).min()
    }

    pub(super) fn drops(&self) -> &DropCounts {
        &self.drops
    }

    /// Something was dropped before it got here.
    pub(super) fn count(&mut self, reason: DropReason) {
        self.drops.add(reason);
    }

    /// How much is taken in.
    pub(super) const fn intake(&self) -> &Intake {
        &self.intake
    }

    /// What is asked of those who send to us.
    pub(super) const fn stamps(&self) -> &InboundStamps {
        &self.stamps
    }

    pub(super) const fn stamps_mut(&mut self) -> &mut InboundStamps {
        &mut self.stamps
    }

    /// The next stamp to check.
    pub(super) fn poll_job(&mut self, class: JobClass) -> Option<Job> {
        self.stamps.poll_job(class)
    }

    /// A stamp was checked.
    pub(super) fn handle_job_done(&mut self, now: Now, done: JobDone) {
        if let Some((arrived, stamp)) = self.stamps.handle_job_done(now.instant, done) {
            self.received(arrived, stamp);
        }
    }

    /// The signature comes first: what it costs is little beside a stamp, and less when several are checked together.
    fn verify(&mut self, now: Now, message: UnverifiedMessage, author: PublicIdentity, token: DeliveryToken) {
        if !self.intake.checks(now.instant, &token, message.source()) {
            return self.lose(now, &token, DropReason::TooMuchBad);
        }
        self.unchecked.push(Unchecked { message, author, token });
        if self.unchecked.len() >= MOST_AT_ONCE {
            self.check(now);
        }
    }

    /// Checks the signatures that wait for it.
    pub(super) fn check(&mut self, now: Now) {
        let unchecked = std::mem::take(&mut self.unchecked);
        let checks: Vec<_> = unchecked.iter().map(|one| one.message.signature_check(&one.author)).collect();
        for (Unchecked { message, author, token }, passed) in unchecked.into_iter().zip(check_all(&checks)) {
            match message.read_by(&author, passed) {
                Ok(message) => self.take(now, Arrived { message, author, token }),
                Err(reason) => self.lose(now, &token, reason),
            }
        }
    }

    /// A message of its author's. Whether it is handed up depends on how many there were, and on its stamp.
    fn take(&mut self, now: Now, arrived: Arrived) {
        let token = arrived.token.clone();
        if !self.intake.takes_from(now.instant, &token, arrived.message.source) {
            return self.lose(now, &token, DropReason::AuthorBudget);
        }
        match self.stamps.judge(now, arrived) {
            Ok(Some((arrived, stamp))) => self.received(arrived, stamp),
            Ok(None) => {}
            Err(reason) => self.lose(now, &token, reason),
        }
    }

    fn received(&mut self, Arrived { message, author, token: proof }: Arrived, stamp: StampState) {
        let road = Road::from(&proof);
        self.events.push_back(Event::Received { message, author, road, stamp, proof });
    }

    /// Asks for the paths to authors of held messages, as many as may be asked for now.
    fn ask(&mut self, now: Now, node: &mut Node) {
        self.unasked.retain(|source| self.held.is_by(*source));
        while !self.unasked.is_empty()
            && self.requests.spend(now.instant, PATH_REQUEST_BURST, PATH_REQUEST_GAP)
        {
            if let Some(source) = self.unasked.pop_first() {
                node.request_path(now, source);
            }
        }
        self.ask_at = (!self.unasked.is_empty()).then(|| now.instant.after(PATH_REQUEST_GAP));
    }

    /// A message comes to nothing, for now or for ever. What came by way of a propagation node stays there if it may be
    /// better later.
    fn lose(&mut self, now: Now, token: &DeliveryToken, reason: DropReason) {
        self.drops.add(reason);
        let later = matches!(
            reason,
            DropReason::KeyUnknown
                | DropReason::TableFull
                | DropReason::StampBudget
                | DropReason::AuthorBudget
                | DropReason::TooMuchBad
        );
        if !later {
            self.intake.note_bad(now.instant, token);
        }
        match token {
            DeliveryToken::Entry(_) | DeliveryToken::Kept(_) => {
                let outcome = if later { Settled::Later } else { Settled::Refused };
                self.lost.push_back((token.clone(), outcome));
            }
            DeliveryToken::Proof(proof) if !later => self.refused.push_back(proof.clone()),
            DeliveryToken::Proof(_) | DeliveryToken::Paper(_) => {}
        }
    }
}
