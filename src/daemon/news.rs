//! What the server is told, collected: how its messages ended, and whose address and which groups were announced.
//! Not messages of others, which it gets one by one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::lxmf::MessageHash;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::time::Instant;
use crate::server::{HeardAnnounce, Input, SendOutcome, Sent};

/// Most people who are collected. Who is heard beyond that is told of after another announce.
const MAX_HEARD: usize = 1_024;
/// Between two lists of people: a flood of announces costs the server one input each.
const HEARD_EVERY: Duration = Duration::from_secs(1);

/// Most groups that are collected, each of at most an announce.
const MAX_GROUPS: usize = 256;

/// How long the server is left alone when it takes nothing.
const PATIENCE: Duration = Duration::from_millis(100);

/// What is not told yet.
#[derive(Debug, Default)]
pub(super) struct News {
    /// No more than the server has messages on their way.
    ends: Vec<Sent>,
    tell_ends: Instant,
    heard: BTreeSet<IdentityHash>,
    groups: BTreeMap<DestinationHash, HeardAnnounce>,
    tell_heard: Instant,
}

impl News {
    pub(super) fn ended(&mut self, hash: MessageHash, outcome: SendOutcome) {
        self.ends.push(Sent { hash, outcome });
    }

    pub(super) fn heard(&mut self, person: IdentityHash) {
        if self.heard.len() < MAX_HEARD {
            self.heard.insert(person);
        }
    }

    /// A group was announced; only its latest announce counts.
    pub(super) fn group_heard(&mut self, announce: HeardAnnounce) {
        if self.groups.len() < MAX_GROUPS || self.groups.contains_key(&announce.destination) {
            self.groups.insert(announce.destination, announce);
        }
    }

    /// When there is something to tell.
    pub(super) fn due(&self) -> Option<Instant> {
        let ends = (!self.ends.is_empty()).then_some(self.tell_ends);
        let heard = (!self.heard.is_empty() || !self.groups.is_empty()).then_some(self.tell_heard);
        ends.into_iter().chain(heard).min()
    }

    /// Tells what there is. What is not taken is told the next time, and `tell` says so with `false`.
    pub(super) fn tell(&mut self, now: Instant, mut tell: impl FnMut(Input) -> bool) {
        if !self.ends.is_empty() && self.tell_ends <= now {
            if tell(Input::Sent(self.ends.clone())) {
                self.ends.clear();
            } else {
                self.tell_ends = now.after(PATIENCE);
            }
        }
        if (self.heard.is_empty() && self.groups.is_empty()) || self.tell_heard > now {
            return;
        }
        self.tell_heard = now.after(HEARD_EVERY);
        if !self.heard.is_empty() && tell(Input::Heard(self.heard.iter().copied().collect())) {
            self.heard.clear();
        }
        if !self.groups.is_empty() && tell(Input::GroupsHeard(self.groups.values().cloned().collect())) {
            self.groups.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_micros(millis * 1_000)
    }

    fn person(number: u32) -> IdentityHash {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        IdentityHash::from_bytes(bytes)
    }

    /// How many ends and people are told of.
    fn told(news: &mut News, now: Instant, takes: bool) -> (usize, usize) {
        let mut told = (0, 0);
        news.tell(now, |input| {
            match input {
                Input::Sent(ends) => told.0 += ends.len(),
                Input::Heard(people) => told.1 += people.len(),
                Input::GroupsHeard(groups) => told.1 += groups.len(),
                other => panic!("{other:?}"),
            }
            takes
        });
        told
    }

    #[test]
    fn ends_are_told_at_once_and_again_until_they_are_taken() {
        let mut news = News::default();
        assert_eq!(news.due(), None);
        news.ended(MessageHash::from_bytes([1; 32]), SendOutcome::Delivered);
        assert_eq!(news.due(), Some(at(0)));
        assert_eq!(told(&mut news, at(5), false), (1, 0));
        news.ended(MessageHash::from_bytes([2; 32]), SendOutcome::Delivered);
        assert_eq!((told(&mut news, at(104), true), news.due()), ((0, 0), Some(at(105))));
        assert_eq!((told(&mut news, at(105), true), news.due()), ((2, 0), None));
    }

    #[test]
    fn a_flood_of_announces_is_one_input_a_second_and_takes_little_memory() {
        let mut news = News::default();
        (0..10_000).for_each(|number| news.heard(person(number)));
        assert_eq!(told(&mut news, at(5_000), true), (0, MAX_HEARD));
        (0..10).for_each(|_| news.heard(person(1)));
        assert_eq!((told(&mut news, at(5_999), true), news.due()), ((0, 0), Some(at(6_000))));
        assert_eq!(told(&mut news, at(6_000), false), (0, 1));
        assert_eq!((told(&mut news, at(6_000), true), news.due()), ((0, 0), Some(at(7_000))));
        assert_eq!(told(&mut news, at(7_000), true), (0, 1));
    }

    #[test]
    fn of_a_group_only_the_latest_announce_is_told_and_a_flood_takes_little_memory() {
        let mut news = News::default();
        let announce = |number: u32, hops| HeardAnnounce {
            destination: DestinationHash::from_bytes(*person(number).as_bytes()),
            identity: person(number),
            app_data: Vec::new(),
            hops,
        };
        (0..10_000).for_each(|number| news.group_heard(announce(number, 1)));
        news.group_heard(announce(7, 2));
        assert_eq!(news.groups[&announce(7, 0).destination].hops, 2);
        assert_eq!(told(&mut news, at(5_000), true), (0, MAX_GROUPS));
        assert_eq!(news.due(), None);
    }
}
