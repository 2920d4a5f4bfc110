//! How messages have ended, written into the store; and what is too old.
//! Not the handing out; what is due is looked up afterwards.

use std::time::Duration;

use super::nodes::NodeHealth;
use super::window::Flight;
use super::{Outbox, Round, patience};
use crate::lxmf::ticket::Grant;
use crate::lxmf::{Method, SendFailure};
use crate::rns::time::{Now, UnixTime};
use crate::server::{SendOutcome, Sent};
use crate::store::{CopyKey, CopyState, OutboxSize, Priority, Reach, StoreError, Transaction};

/// How long to remember that somebody was out of reach when nothing waits for them any more.
const REMEMBERED: Duration = Duration::from_hours(1);
/// Between two looks for what is too old.
const SWEEP: Duration = Duration::from_hours(1);
/// If there was something.
const SWEEP_ON: Duration = Duration::from_secs(1);

/// How long a copy is worth sending.
const fn lifetime(priority: Priority) -> Duration {
    match priority {
        // Who has waited for a day asks again; and of news there is one notice, which is replaced by newer ones.
        Priority::Answer | Priority::Notice => Duration::from_hours(24),
        // Older ones are read with a request.
        Priority::Relay => Duration::from_hours(7 * 24),
    }
}

impl Outbox {
    /// Writes the ends that are known, and takes back what the router has forgotten.
    pub(super) fn settle(
        &mut self,
        store: &Transaction<'_>,
        now: Now,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        for index in 0..round.settled {
            let Some(Sent { hash, outcome }) = self.ends.get(index).copied() else { break };
            if let Some(flight) = self.window.remove(&hash) {
                round.changes.ended.push((hash, flight));
                self.end(store, now, &flight, outcome, round)?;
            }
        }
        for hash in self.window.lost(now.instant) {
            if let Some(flight) = self.window.remove(&hash) {
                round.changes.ended.push((hash, flight));
                self.end(store, now, &flight, SendOutcome::Failed(SendFailure::Full), round)?;
            }
        }
        if self.sweep <= now.instant {
            round.sweep = now.instant.after(sweep(store, now.unix, self.given_up)?);
        }
        Ok(())
    }

    fn end(
        &mut self,
        store: &Transaction<'_>,
        now: Now,
        flight: &Flight,
        outcome: SendOutcome,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let CopyKey { gid, recipient, .. } = flight.key;
        let (failure, uploaded) = match outcome {
            SendOutcome::Delivered => {
                store.end_copy(&flight.key, CopyState::Delivered)?;
                return store.reached(gid, recipient, now.unix);
            }
            SendOutcome::Stored => {
                store.end_copy(&flight.key, CopyState::Stored)?;
                round.nodes = NodeHealth::default();
                let reach = Reach { failures: flight.failures, remembered: now.unix.after(REMEMBERED) };
                return store.set_due(gid, recipient, now.unix, reach);
            }
            SendOutcome::Failed(failure) => (failure, flight.method == Method::Propagated),
        };
        match failure {
            SendFailure::Rejected if !uploaded => {
                store.end_copy(&flight.key, CopyState::GivenUp)?;
                store.reached(gid, recipient, now.unix)
            }
            SendFailure::NoPath | SendFailure::NoAnswer if !uploaded => {
                if !round.nodes.are_usable(now.instant) {
                    return self.defer(store, now, flight, failure, both_failed(flight.failures));
                }
                // Perhaps a propagation node keeps it for them.
                let failures = both_failed(flight.failures).saturating_sub(1);
                let reach = Reach { failures, remembered: now.unix.after(REMEMBERED) };
                store.set_due(gid, recipient, now.unix, reach)
            }
            SendFailure::NoAnswer | SendFailure::NoNode | SendFailure::Rejected => {
                round.nodes.have_failed(now.instant);
                self.defer(store, now, flight, SendFailure::NoNode, both_failed(flight.failures))
            }
            // What is encrypted for them needs their key.
            SendFailure::NoPath | SendFailure::StampTooCostly => {
                self.defer(store, now, flight, failure, both_failed(flight.failures))
            }
            SendFailure::Full | SendFailure::NoAir | SendFailure::NotOurs => {
                self.defer(store, now, flight, failure, flight.failures)
            }
        }
    }

    fn defer(
        &mut self,
        store: &Transaction<'_>,
        now: Now,
        flight: &Flight,
        failure: SendFailure,
        failures: u32,
    ) -> Result<(), StoreError> {
        let due = now.unix.after(patience::wait(failure, failures / 2, &mut self.random));
        let reach = Reach { failures, remembered: due };
        store.set_due(flight.key.gid, flight.key.recipient, due, reach)
    }
}

/// Failures when both ways have failed once more.
const fn both_failed(failures: u32) -> u32 {
    (failures / 2).saturating_add(1).saturating_mul(2)
}

/// Gives up what is too old, a page of each kind at a time, and forgets tickets that have ended. Says when to look again.
fn sweep(store: &Transaction<'_>, now: UnixTime, pushed_out: u64) -> Result<Duration, StoreError> {
    let mut too_old = 0;
    for priority in Priority::ALL {
        too_old += store.give_up_older(priority, earlier(now, lifetime(priority)))?;
    }
    store.forget_tickets_before(Grant::forgotten_before(now))?;
    store.wake_after(now.after(patience::LONGEST.saturating_mul(2)), now)?;
    let size = store.outbox_size()?;
    if size != OutboxSize::default() || too_old > 0 {
        let OutboxSize { copies, bytes } = size;
        tracing::info!(copies, bytes, too_old, pushed_out, "messages wait to be sent");
    }
    Ok(if too_old > 0 { SWEEP_ON } else { SWEEP })
}

fn earlier(time: UnixTime, by: Duration) -> UnixTime {
    UnixTime::from_micros(time.as_micros().saturating_sub(micros(by)))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
