//! Broadcasts: what a member asks near a radio, answered once for all who are near; and the keys that they are encrypted
//! with, one after the other. Not how the packets look; that is `api::linkless`.

use std::time::Duration;

use super::Effect;
use super::batch::Batch;
use super::hosted::{FIRST_EPOCH, Hosted};
use super::keyring::Keyring;
use super::recent::Recent;
use crate::api::linkless::{self, BROADCAST_NAME, Broadcast, BroadcastQuery, Epoch, GroupTag, group_name};
use crate::api::{Call, Failure, Who};
use crate::group::{Caller, GroupEvent, GroupId};
use crate::rns::broadcast::GroupKey;
use crate::rns::budget::Budget;
use crate::rns::destination::{destination_hash, name_hash, plain_destination_hash};
use crate::rns::interface::InterfaceId;
use crate::rns::node::Audience;
use crate::rns::random::Random;
use crate::rns::time::Instant;
use crate::store::{KeyPurpose, KeyRow, StoreError, Transaction};

/// Cap of the table. The group that was answered least recently makes room, and then starts with a full budget.
const MAX_GROUPS: usize = 256;
/// Between two answers of a group: who asks in that time has just heard one.
const GAP: Duration = Duration::from_secs(15);
/// Answers of a group at once, and how long until one more.
const ANSWERS: (u32, Duration) = (20, Duration::from_secs(120));
/// The same for saying that a key is old: anybody can make a group say it.
const OLD_KEYS: (u32, Duration) = (2, Duration::from_secs(300));
/// In the public part of a key: somebody was given it.
const HANDED_OUT: &[u8] = &[1];
/// In the same place: nobody has it yet.
const NOBODYS: &[u8] = &[];

/// A question as it was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundBroadcast {
    /// On this radio.
    pub interface: InterfaceId,
    /// What the packet says.
    pub data: Vec<u8>,
}

/// What may still be answered.
#[derive(Debug)]
pub(super) struct Broadcasts(Recent<GroupId, Said>);

/// What a group has said lately.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    last: Option<Instant>,
    answers: Budget,
    old_keys: Budget,
}

impl Broadcasts {
    pub(super) const fn new() -> Self {
        Self(Recent::new(MAX_GROUPS))
    }

    /// May a group answer now? Counts it as answered if so.
    fn may_answer(&mut self, now: Instant, group: GroupId) -> bool {
        self.0.change(group, |said| {
            let is_soon = said.last.is_some_and(|last| now.since(last) < GAP);
            said.last = Some(now);
            !is_soon && said.answers.spend(now, ANSWERS.0, ANSWERS.1)
        })
    }

    /// May a group say now that a key is old? Counts it as said if so.
    fn may_correct(&mut self, now: Instant, group: GroupId) -> bool {
        self.0.change(group, |said| said.old_keys.spend(now, OLD_KEYS.0, OLD_KEYS.1))
    }
}

impl Batch<'_, '_> {
    /// Answers a question that all who are near have heard, or is silent.
    pub(super) fn broadcast_query(&mut self, inbound: &InboundBroadcast) -> Result<(), StoreError> {
        let before = self.done.effects.len();
        if let Some(query) = BroadcastQuery::parse(&inbound.data) {
            for hosted in self.groups.iter().filter(|hosted| GroupTag::of(hosted.group) == query.tag) {
                let effect = match self.broadcast(hosted, &query, inbound.interface) {
                    Err(Failure::Store(error)) => return Err(error),
                    Err(Failure::Refused(_)) => None,
                    Ok(effect) => effect,
                };
                self.done.effects.extend(effect);
            }
        }
        if self.done.effects.len() == before {
            self.done.unanswered += 1;
        }
        Ok(())
    }

    fn broadcast(
        &mut self,
        hosted: &Hosted,
        query: &BroadcastQuery,
        interface: InterfaceId,
    ) -> Result<Option<Effect>, Failure> {
        if !hosted.settings.may_broadcast() {
            return Ok(None);
        }
        let Some(epoch) = newest(self.store, self.keyring, hosted)? else { return Ok(None) };
        let (gid, now) = (hosted.gid, self.now);
        let [low, ..] = epoch.number.to_le_bytes();
        if low != query.epoch {
            let correction = Broadcast::OldKey { tag: query.tag, epoch: epoch.number };
            return Ok(self.broadcasts.may_correct(now.instant, gid).then(|| Effect::Broadcast {
                interface,
                audience: Audience::Everybody,
                destination: plain_destination_hash(name_hash(BROADCAST_NAME)),
                payload: correction.encode(),
            }));
        }
        if !query.is_made_with(&epoch.key) || !self.broadcasts.may_answer(now.instant, gid) {
            return Ok(None);
        }
        let Some(group) = self.store.group(gid)? else { return Ok(None) };
        // As nobody in particular: what is for one member alone is not for all who are near.
        let who = Who { caller: Caller::Host, key: None, asked_at: now.unix };
        let store = self.store;
        let mut lender = self.lender(hosted, None);
        let mut call = Call::new(store, &mut lender, group, who, now.unix, Broadcast::ROOM);
        let body = linkless::page(&mut call, (query.limit, query.since()), Broadcast::ROOM)?;
        let key = GroupKey::from_bytes(&epoch.key).expect("a key has 64 bytes");
        let payload = key.encrypt(&Broadcast::Messages(body).encode(), self.random);
        let (audience, destination) = (Audience::Group, epoch.destination);
        Ok(Some(Effect::Broadcast { interface, audience, destination, payload }))
    }

    /// Somebody may not read any more: what is said from now on is for another key, unless nobody has the present one.
    pub(super) fn change_key(&mut self, hosted: &Hosted, event: &GroupEvent) -> Result<(), StoreError> {
        let ends_reading = matches!(
            event,
            GroupEvent::MemberLeft(_)
                | GroupEvent::MemberKicked(_)
                | GroupEvent::IdentityBanned(_)
                | GroupEvent::RoleAssigned(_)
                | GroupEvent::RoleDefined(_)
                | GroupEvent::PermissionRevoked(_)
        );
        if !ends_reading {
            return Ok(());
        }
        match self.store.newest_key(hosted.gid, KeyPurpose::RadioGroup)? {
            Some(row) if row.public == HANDED_OUT => {
                let next = row.epoch.saturating_add(1);
                let key = self.random.bytes();
                put(self.store, self.keyring, hosted, &epoch(hosted, next, key), NOBODYS, self.random)?;
                self.store.forget_keys_before(hosted.gid, KeyPurpose::RadioGroup, next)
            }
            Some(_) | None => Ok(()),
        }
    }
}

/// The newest key of a group, and a first one if there is none; somebody is given it.
pub(super) fn hand_out(
    store: &Transaction<'_>,
    keyring: &Keyring,
    hosted: &Hosted,
    random: &mut Random,
) -> Result<Epoch, StoreError> {
    let row = store.newest_key(hosted.gid, KeyPurpose::RadioGroup)?;
    let opened = row.as_ref().and_then(|row| open(keyring, hosted, row));
    let next = row.as_ref().map_or(FIRST_EPOCH, |row| row.epoch.saturating_add(1));
    let given = opened.unwrap_or_else(|| epoch(hosted, next, random.bytes()));
    if !row.is_some_and(|row| row.epoch == given.number && row.public == HANDED_OUT) {
        put(store, keyring, hosted, &given, HANDED_OUT, random)?;
    }
    Ok(given)
}

fn newest(store: &Transaction<'_>, keyring: &Keyring, hosted: &Hosted) -> Result<Option<Epoch>, StoreError> {
    let row = store.newest_key(hosted.gid, KeyPurpose::RadioGroup)?;
    Ok(row.and_then(|row| open(keyring, hosted, &row)))
}

fn open(keyring: &Keyring, hosted: &Hosted, row: &KeyRow) -> Option<Epoch> {
    let secret = keyring.open(hosted.gid, row)?;
    let key = secret.as_slice().try_into().ok()?;
    Some(epoch(hosted, row.epoch, key))
}

fn put(
    store: &Transaction<'_>,
    keyring: &Keyring,
    hosted: &Hosted,
    epoch: &Epoch,
    public: &[u8],
    random: &mut Random,
) -> Result<(), StoreError> {
    let (gid, purpose) = (hosted.gid, KeyPurpose::RadioGroup);
    store.put_key(gid, &keyring.seal(gid, purpose, epoch.number, public.to_vec(), &epoch.key, random))
}

fn epoch(hosted: &Hosted, number: u64, key: [u8; 64]) -> Epoch {
    let destination = destination_hash(name_hash(&group_name(number)), hosted.identity.hash());
    Epoch { number, destination, key }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_answers_once_in_a_while_and_not_for_ever() {
        let (mut broadcasts, group) = (Broadcasts::new(), GroupId::from_bytes([1; 16]));
        let answered = |broadcasts: &mut Broadcasts, seconds: std::ops::Range<u64>| {
            let at = |second| Instant::ZERO.after(Duration::from_secs(second));
            seconds.filter(|second| broadcasts.may_answer(at(*second), group)).count()
        };
        assert_eq!(answered(&mut broadcasts, 0..60), 4);
        let in_an_hour = answered(&mut broadcasts, 60..3_600);
        assert!((40..=50).contains(&in_an_hour), "{in_an_hour}");
        let mut correct = || broadcasts.may_correct(Instant::ZERO, group);
        assert_eq!([correct(), correct(), correct()], [true, true, false]);
    }
}
