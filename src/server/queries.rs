//! Questions that come in one packet without a link, and when they are answered: rarely enough that nobody makes this
//! server talk, and only to who may read what is said.
//! Not what is asked and answered; that is `api::linkless`.

use std::time::Duration;

use super::Effect;
use super::batch::Batch;
use super::recent::Recent;
use crate::api::linkless::{self, CLIENT_NAME, Knock, Query, QueryId, Reply};
use crate::api::{Call, Failure, Who};
use crate::group::{Caller, GroupId, Permission, rules};
use crate::rns::budget::Budget;
use crate::rns::destination::name_hash;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::identity::PublicIdentity;
use crate::rns::node::{Came, Recipient};
use crate::rns::time::Instant;
use crate::store::StoreError;

/// Cap of the table. Whoever was answered least recently makes room, and then starts with a full budget; what all
/// together get is bounded all the same.
const MAX_PEOPLE: usize = 1_024;
/// Questions of one person whose ids are remembered: a packet that is played again is not answered again.
const MOST_IDS: usize = 8;
/// Answers that one person may get at once, and how long until one more. Anybody can ask in anybody's name.
const PERSON: (u32, Duration) = (8, Duration::from_secs(30));
/// The same for everybody who is no member, together: identities cost nothing, and an answer costs air.
const STRANGERS: (u32, Duration) = (10, Duration::from_secs(30));
/// The same for everybody together.
const EVERYBODY: (u32, Duration) = (60, Duration::from_secs(10));

/// A question as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundQuery {
    /// The `meshchat.group` that it went to.
    pub destination: DestinationHash,
    /// How.
    pub came: Came,
    /// What the packet says.
    pub data: Vec<u8>,
}

/// What may still be answered.
#[derive(Debug)]
pub(super) struct Queries {
    people: Recent<(GroupId, IdentityHash), Asked>,
    strangers: Budget,
    everybody: Budget,
}

/// What somebody has asked lately.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    budget: Budget,
    ids: [Option<QueryId>; MOST_IDS],
}

impl Queries {
    pub(super) fn new() -> Self {
        Self { people: Recent::new(MAX_PEOPLE), strangers: Budget::default(), everybody: Budget::default() }
    }

    /// May this be answered now? Counts it as answered if so.
    pub(super) fn allow(
        &mut self,
        now: Instant,
        person: (GroupId, IdentityHash),
        is_member: bool,
        id: QueryId,
    ) -> bool {
        self.people.change(person, |asked| {
            let allowed = !asked.ids.contains(&Some(id))
                && asked.budget.has_one(now, PERSON.0, PERSON.1)
                && self.everybody.has_one(now, EVERYBODY.0, EVERYBODY.1)
                && (is_member || self.strangers.spend(now, STRANGERS.0, STRANGERS.1));
            if allowed {
                asked.budget.spend(now, PERSON.0, PERSON.1);
                self.everybody.spend(now, EVERYBODY.0, EVERYBODY.1);
                asked.ids.rotate_right(1);
                asked.ids[0] = Some(id);
            }
            allowed
        })
    }
}

impl Batch<'_, '_> {
    /// Answers a question, or is silent: to say no would cost air, too.
    pub(super) fn query(&mut self, inbound: &InboundQuery) -> Result<(), StoreError> {
        let effect = match self.reply_to(inbound) {
            Ok(effect) => effect,
            Err(Failure::Refused(refusal)) => {
                tracing::debug!(%refusal, "a question without a link is not answered");
                None
            }
            Err(Failure::Store(error)) => return Err(error),
        };
        match effect {
            Some(effect) => self.done.effects.push(effect),
            None => self.done.unanswered += 1,
        }
        Ok(())
    }

    fn reply_to(&mut self, inbound: &InboundQuery) -> Result<Option<Effect>, Failure> {
        let groups = self.groups;
        let Some(hosted) = groups.iter().find(|hosted| hosted.group == inbound.destination) else {
            return Ok(None);
        };
        if let Some(query) = Knock::parse(&inbound.data) {
            return self.knock(hosted, inbound.came, &query);
        }
        let Some(query) = Query::parse(&inbound.data) else { return Ok(None) };
        let Some(group) = self.store.group(hosted.gid)? else { return Ok(None) };
        let person = query.who.identity();
        let (caller, now) = (Caller::Identified(person), self.now);
        let standing = self.store.standing(&group.facts, caller, None)?;
        rules::may(&group.facts, caller, &standing, Permission::ReadMessages, now.unix)?;
        if !self.queries.allow(now.instant, (hosted.gid, person), standing.member.is_some(), query.id) {
            return Ok(None);
        }
        let key = match query.who {
            linkless::Who::Key(key) => Some(key),
            linkless::Who::Known(identity) => self.store.identity_key(identity)?,
        };
        // Nobody has proved who this is. But nobody else can read the answer.
        let who = Who { caller, key: None, asked_at: now.unix };
        let store = self.store;
        let mut lender = self.lender(hosted, None);
        let mut call = Call::new(store, &mut lender, group, who, now.unix, query.room());
        let body = linkless::page(&mut call, (query.limit, query.since.clone()), query.room())?;
        let to = Recipient { person, key: key.map(PublicIdentity::from_bytes), name: name_hash(CLIENT_NAME) };
        let data = Reply { id: query.id, body }.encode();
        Ok(Some(Effect::Reply { came: inbound.came, to, data }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: GroupId = GroupId::from_bytes([1; 16]);

    fn person(number: u32) -> (GroupId, IdentityHash) {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        (GROUP, IdentityHash::from_bytes(bytes))
    }

    fn id(number: u32) -> QueryId {
        QueryId::from_bytes(number.to_be_bytes())
    }

    #[test]
    fn a_crowd_of_strangers_leaves_answers_for_members_and_takes_little_memory() {
        let mut queries = Queries::new();
        let mut allow = |n, is_member| queries.allow(Instant::ZERO, person(n), is_member, id(n));
        assert_eq!((0..10_000).filter(|n| allow(*n, false)).count(), 10);
        assert_eq!((0..10_000).filter(|n| allow(20_000 + *n, true)).count(), 50);
        assert!(queries.people.len() <= MAX_PEOPLE);
    }

    #[test]
    fn one_person_gets_so_many_answers_and_none_twice_for_one_question() {
        let mut queries = Queries::new();
        let mut allow = |secs, n| {
            let now = Instant::ZERO.after(Duration::from_secs(secs));
            queries.allow(now, person(1), true, id(n))
        };
        assert!(allow(0, 1) && !allow(0, 1) && !allow(1_000, 1));
        assert_eq!((2..100).filter(|n| allow(1_000, *n)).count(), 8);
        assert_eq!((100..200).filter(|n| allow(1_060, *n)).count(), 2);
    }
}
