//! What is known of a radio while it works: how it is set, whether it is still there, and whether it has room.
//! Not what is written to it; the device does that.

use super::super::HW_MTU;
use super::super::guard::{Guard, Reckoning};
use super::super::parameters::Parameters;
use super::super::setup::Setup;
use super::super::timing::Timing;
use super::Orders;
use crate::rns::time::Instant;

#[derive(Debug)]
pub(super) struct Online {
    pub(super) setup: Setup,
    pub(super) guard: Guard,
    pub(super) flow: Flow,
    /// When it said something last.
    pub(super) heard: Instant,
    /// Has it been asked whether it is still there, since it was heard last?
    pub(super) is_asked: bool,
    pub(super) beacon_due: Option<Instant>,
}

/// Whether the radio has said that its queue has room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// It is not asked.
    Off,
    /// It has.
    Free,
    /// It was asked first at `since`, and will be again at `again`; it says something else or nothing.
    Asked { since: Instant, again: Instant },
}

impl Online {
    /// Of a radio that has just been set.
    pub(super) fn new(now: Instant, setup: Setup, orders: &Orders) -> Self {
        let Parameters { modulation, limits, .. } = orders.parameters;
        let (flow, reckoning) = match orders.flow_control {
            true => (Flow::Free, Reckoning::Longest),
            false => (Flow::Off, Reckoning::Mean),
        };
        let guard = Guard::new(modulation, limits, reckoning);
        Self { setup, guard, flow, heard: now, is_asked: false, beacon_due: None }
    }

    /// When something is due, or [`Self::has_room`] may say something else than before; something was written last at
    /// `written`.
    pub(super) fn due(&self, timing: Timing, written: Instant) -> Option<Instant> {
        let poll = match self.flow {
            Flow::Asked { again, .. } => Some(again),
            Flow::Off | Flow::Free => None,
        };
        let due = [
            Some(self.silence(timing)),
            timing.keepalive.map(|wait| written.after(wait)),
            poll,
            self.beacon_due,
            self.guard.next_room(),
            self.guard.next_question(),
        ];
        due.into_iter().flatten().min()
    }

    /// May it be given a packet, of whatever size?
    pub(super) fn has_room(&mut self, now: Instant) -> bool {
        match self.flow {
            Flow::Off => self.guard.has_room(now, HW_MTU),
            // "Has room" means a byte of it, so what it had before must be gone.
            Flow::Free => self.guard.outstanding(now) == 0,
            Flow::Asked { .. } => false,
        }
    }

    /// When its silence is to be asked about, or is too long. It can't speak while it transmits.
    pub(super) fn silence(&self, timing: Timing) -> Instant {
        let half = timing.silence.checked_div(2).unwrap_or_default();
        let quiet = if self.is_asked { timing.silence } else { half };
        // What it holds back keeps it from nothing.
        let sent = self.guard.next_room().and(self.guard.all_gone()).unwrap_or(self.heard);
        self.heard.max(sent).after(quiet)
    }
}
