//! Whose turn it is: which node is asked when for the mail of which destination of ours.
//! Not the asking.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rns::hash::{DestinationHash, sha256};
use crate::rns::time::Instant;

/// Between fetches where nobody says otherwise.
pub(super) const DEFAULT_INTERVAL: Duration = Duration::from_secs(3_600);
/// From the start, or from when a node is new, to the first fetch: connections come up meanwhile.
const SETTLE: Duration = Duration::from_secs(2);
/// After a node could not be reached, or broke off. Twice as long each further time, up to the interval.
const FIRST_RETRY: Duration = Duration::from_secs(30);
/// After a node has said no, which it seldom takes back. Twice as long each further time.
const FIRST_APPEAL: Duration = Duration::from_secs(3_600);
/// And at most.
const LAST_APPEAL: Duration = Duration::from_secs(86_400);

/// One node, asked for the mail of one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Turn {
    /// Its `lxmf.propagation`.
    pub(super) node: DestinationHash,
    /// Our `lxmf.delivery`.
    pub(super) ours: DestinationHash,
}

#[derive(Debug)]
struct State {
    due: Instant,
    tried: Option<Instant>,
    failures: u32,
    mood: Mood,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Willing,
    /// It says that it doesn't serve us.
    Refusing,
}

/// All turns: each chosen node with each destination of ours.
#[derive(Debug)]
pub(super) struct Turns {
    interval: Duration,
    states: BTreeMap<Turn, State>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { interval: DEFAULT_INTERVAL, states: BTreeMap::new() }
    }
}

impl Turns {
    pub(super) const fn set_interval(&mut self, interval: Duration) {
        self.interval = interval;
    }

    /// These nodes are asked for the mail of these destinations. What is known of turns that stay is kept.
    pub(super) fn set(&mut self, now: Instant, nodes: &[DestinationHash], ours: &[DestinationHash]) {
        let turns = nodes.iter().flat_map(|node| ours.iter().map(|ours| Turn { node: *node, ours: *ours }));
        let mut before = std::mem::take(&mut self.states);
        for turn in turns {
            let due = now.after(SETTLE);
            let fresh = State { due, tried: None, failures: 0, mood: Mood::Willing };
            self.states.insert(turn, before.remove(&turn).unwrap_or(fresh));
        }
    }

    /// When the next is due, and which.
    pub(super) fn next(&self) -> Option<(Instant, Turn)> {
        self.states.iter().map(|(turn, state)| (state.due, *turn)).min()
    }

    /// All are due, and how many that are.
    pub(super) fn all_now(&mut self, now: Instant) -> usize {
        self.states.values_mut().for_each(|state| state.due = now);
        self.states.len()
    }

    /// It went well.
    pub(super) fn done(&mut self, now: Instant, turn: Turn) {
        let wait = jittered(self.interval, turn, now);
        if let Some(state) = self.states.get_mut(&turn) {
            *state = State { due: now.after(wait), tried: Some(now), failures: 0, mood: Mood::Willing };
        }
    }

    /// It went well, and there was more than one turn takes.
    pub(super) fn not_finished(&mut self, now: Instant, turn: Turn) {
        self.done(now, turn);
        if let Some(state) = self.states.get_mut(&turn) {
            state.due = now;
        }
    }

    /// The node was not reached, broke off, or answered nonsense. It isn't tried for another destination at once, either.
    pub(super) fn failed(&mut self, now: Instant, turn: Turn) {
        let due = self.put_off(now, turn, FIRST_RETRY, self.interval, Mood::Willing);
        for (other, state) in &mut self.states {
            if other.node == turn.node {
                state.due = state.due.max(due);
            }
        }
    }

    /// The node does not serve this destination.
    pub(super) fn refused(&mut self, now: Instant, turn: Turn) {
        self.put_off(now, turn, FIRST_APPEAL, LAST_APPEAL, Mood::Refusing);
    }

    /// A node was heard: one that could not be reached is back, it seems.
    pub(super) fn heard(&mut self, now: Instant, node: DestinationHash) {
        for (_, state) in self.states.iter_mut().filter(|(turn, _)| turn.node == node) {
            if state.failures > 0 && state.mood == Mood::Willing {
                let earliest = state.tried.map_or(now, |tried| tried.after(FIRST_RETRY));
                state.due = state.due.min(earliest.max(now.after(SETTLE)));
            }
        }
    }

    fn put_off(&mut self, now: Instant, turn: Turn, first: Duration, most: Duration, mood: Mood) -> Instant {
        let Some(state) = self.states.get_mut(&turn) else { return now };
        let wait = first.saturating_mul(1_u32.checked_shl(state.failures).unwrap_or(u32::MAX));
        state.failures = state.failures.saturating_add(1);
        (state.mood, state.tried) = (mood, Some(now));
        state.due = now.after(jittered(wait.min(most), turn, now));
        state.due
    }
}

/// Up to a tenth less or more, so that servers that were started together don't fetch together for ever.
fn jittered(wait: Duration, turn: Turn, now: Instant) -> Duration {
    let digest = sha256(&[turn.node.as_bytes(), turn.ours.as_bytes(), &now.as_micros().to_be_bytes()]);
    let part = u32::from(digest.first().copied().unwrap_or(0));
    let tenth = wait.checked_div(10).unwrap_or_default();
    let less = wait.saturating_sub(tenth);
    less.saturating_add(tenth.saturating_mul(2).saturating_mul(part).checked_div(255).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(n: u8) -> DestinationHash {
        DestinationHash::from_bytes([n; 16])
    }

    fn at(secs: u64) -> Instant {
        Instant::ZERO.after(Duration::from_secs(secs))
    }

    fn turns(nodes: u8, ours: u8) -> Turns {
        let mut turns = Turns::default();
        let hashes = |from: u8, count: u8| (0..count).map(|n| hash(from + n)).collect::<Vec<_>>();
        turns.set(at(0), &hashes(1, nodes), &hashes(101, ours));
        turns
    }

    const TURN: Turn =
        Turn { node: DestinationHash::from_bytes([1; 16]), ours: DestinationHash::from_bytes([101; 16]) };

    #[test]
    fn each_node_is_asked_once_an_hour_or_so_for_each_destination() {
        let mut turns = turns(2, 2);
        let mut asked = Vec::new();
        for _ in 0..40 {
            let (due, turn) = turns.next().unwrap();
            turns.done(due, turn);
            asked.push((due, turn));
        }
        for first in asked.iter().take(4) {
            let times: Vec<_> =
                asked.iter().filter(|(_, turn)| *turn == first.1).map(|(due, _)| *due).collect();
            assert!((9..=11).contains(&times.len()), "{}", times.len());
            for pair in times.windows(2) {
                let minutes = pair[1].since(pair[0]).as_secs() / 60;
                assert!((54..=66).contains(&minutes), "{minutes}");
            }
        }
    }

    #[test]
    fn a_node_that_fails_is_tried_less_and_less_but_as_often_as_others_at_last() {
        let mut turns = turns(1, 1);
        let mut waits = Vec::new();
        for _ in 0..10 {
            let (due, turn) = turns.next().unwrap();
            turns.failed(due, turn);
            waits.push(turns.next().unwrap().0.since(due).as_secs());
        }
        let expected = [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600];
        for (wait, expected) in waits.iter().zip(expected) {
            assert!(wait.abs_diff(expected) <= expected / 10, "{wait} s instead of {expected}");
        }
        turns.done(at(100_000), TURN);
        turns.failed(at(200_000), TURN);
        assert!(turns.next().unwrap().0 <= at(200_033), "what went well is not forgotten");
    }

    #[test]
    fn a_node_that_fails_for_one_destination_is_left_alone_with_all_and_others_go_on() {
        let mut turns = turns(2, 2);
        turns.failed(at(2), TURN);
        let states = &turns.states;
        for (turn, state) in states {
            assert_eq!(state.due > at(20), turn.node == TURN.node, "{turn:?}");
        }
    }

    #[test]
    fn a_node_that_failed_is_tried_when_it_is_heard_but_not_in_a_loop() {
        let mut turns = turns(1, 1);
        for n in 0..6 {
            turns.failed(at(1_000 * n), TURN);
        }
        turns.heard(at(5_100), TURN.node);
        assert_eq!(turns.next(), Some((at(5_102), TURN)));
        turns.failed(at(5_102), TURN);
        turns.heard(at(5_103), TURN.node);
        assert_eq!(turns.next(), Some((at(5_132), TURN)), "thirty seconds after the last time");
        turns.done(at(6_000), TURN);
        turns.heard(at(6_001), TURN.node);
        assert!(turns.next().unwrap().0 > at(9_000), "an announce alone is no reason");
    }

    #[test]
    fn a_node_that_refuses_is_asked_again_hours_later_whatever_it_announces() {
        let mut turns = turns(1, 1);
        turns.refused(at(0), TURN);
        turns.heard(at(100), TURN.node);
        assert!(turns.next().unwrap().0 >= at(3_240));
        for _ in 0..10 {
            turns.refused(at(10_000), TURN);
        }
        let wait = turns.next().unwrap().0.since(at(10_000)).as_secs();
        assert!(wait.abs_diff(86_400) <= 8_640, "{wait}");
        assert_eq!(turns.all_now(at(20_000)), 1);
        assert_eq!(turns.next(), Some((at(20_000), TURN)), "unless a person asks for it");
    }

    #[test]
    fn what_is_not_chosen_any_more_is_not_asked() {
        let mut turns = turns(2, 1);
        turns.done(at(2), TURN);
        turns.set(at(3), &[TURN.node], &[TURN.ours]);
        assert!(turns.next().unwrap().0 > at(3_000), "and the others keep their turn");
        turns.set(at(3), &[], &[TURN.ours]);
        assert_eq!(turns.next(), None);
    }
}
