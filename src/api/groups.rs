//! `/api/v1/groups`: which groups there are, on this server and as far as announces come.
//! Not what can be said and done in them.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::{Bytes, FixedBytes};
use super::call::HostedAs;
use super::format::Style;
use super::refusal::bad_field;
use super::{Call, Failure, PROTOCOL_EMITS};
use crate::group::heard::HeardGroup;
use crate::group::{Announcement, Caller, Flags, Refusal};
use crate::rns::hash::DestinationHash;
use crate::store::{GroupRow, HeardPlace, StoreError};

/// Longest text that is searched for.
const MAX_SOUGHT: usize = 64;

/// Asks which groups there are, page by page.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
pub struct GroupsRequest {
    /// Only groups whose name has this in it, or whose destination begins with it in hex.
    pub q: Option<String>,
    /// Most groups in the answer: 20 unless said otherwise, 10,000 at most.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub place: Option<Bytes>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Some of the groups: those of this server first, then the others from the nearest on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct GroupsAnswer {
    /// The groups.
    pub groups: Vec<ListedGroup>,
    /// Are there more?
    pub more: bool,
    /// For `place` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Bytes>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ListedGroup {
    /// Its `meshchat.group`.
    #[schemars(with = "FixedBytes<16>")]
    pub destination: DestinationHash,
    /// Its `lxmf.delivery`.
    #[schemars(with = "FixedBytes<16>")]
    pub lxmf: DestinationHash,
    /// What it is called; the caller is told the inner name of their own.
    pub name: String,
    /// A sum: 1 anybody may join, 2 anybody may read messages, 4 anybody may ask to join, 8 who is invited may join, 16 it
    /// is not meant for lists.
    pub flags: u32,
    /// Bits of work that joining costs; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<u8>,
    /// What it is, if it is no group of people and messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// How many members it has; only of this server's groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<u32>,
    /// Whether the caller is a member; only of this server's groups, and if the link has proved who the caller is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<bool>,
    /// How far away it is; only of groups of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hops: Option<u8>,
    /// When it was heard last, in seconds since 1970; only of groups of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heard: Option<u64>,
}

/// Serves `/api/v1/groups`.
pub fn groups(
    call: &mut Call<'_, '_>,
    request: GroupsRequest,
    style: Style,
) -> Result<GroupsAnswer, Failure> {
    let limit = usize::try_from(budget::limit(request.limit)).unwrap_or(usize::MAX);
    let longest = Bytes(Place::of(&DestinationHash::from_bytes([0xff; 16]), u8::MAX).bytes().to_vec());
    let mut answer = GroupsAnswer { groups: Vec::new(), more: false, next: Some(longest) };
    let mut budget = Budget::new(style, budget::max_bytes(call, request.max_bytes)?, &answer);
    answer.next = request.place.clone();
    let place = request.place.map(|place| Place::read(&place)).transpose()?;
    visit(call, &sought(request.q)?, place, &mut |group, place| {
        if answer.groups.len() == limit || !budget.take(Budget::cost(style, &group)) {
            answer.more = true;
            return false;
        }
        answer.next = Some(Bytes(place.bytes().to_vec()));
        answer.groups.push(group);
        true
    })?;
    Ok(answer)
}

/// The text that is searched for, for comparing.
fn sought(q: Option<String>) -> Result<String, Refusal> {
    let q = q.unwrap_or_default().trim().to_lowercase();
    if q.len() > MAX_SOUGHT {
        let what = format!("{} bytes are too many to search for.", q.len());
        return Err(bad_field("q", what, format!("{MAX_SOUGHT} is the most.")));
    }
    Ok(q)
}

/// Shows groups that the caller may know of and that have `sought` in their name, those behind `after`, until `visit` says
/// that it is enough.
pub(crate) fn visit(
    call: &mut Call<'_, '_>,
    sought: &str,
    after: Option<Place>,
    visit: &mut dyn FnMut(ListedGroup, Place) -> bool,
) -> Result<(), StoreError> {
    let is_sought = |group: &ListedGroup| {
        group.name.to_lowercase().contains(sought) || group.destination.to_string().starts_with(sought)
    };
    let is_next = |place: &Place| after.is_none_or(|after| *place > after);
    let mut hosted = call.host.hosted();
    hosted.sort_by_key(|hosted| hosted.destination);
    for hosted in hosted {
        let place = Place::of(&hosted.destination, Place::HERE);
        if !is_next(&place) {
            continue;
        }
        let Some(row) = call.store.group(hosted.gid)? else { continue };
        let Some(group) = ours(call, hosted, &row)?.filter(is_sought) else { continue };
        if !visit(group, place) {
            return Ok(());
        }
    }
    if !call.host.directory(call.store, call.now)? {
        return Ok(());
    }
    let host = &*call.host;
    let from = after.map(|place| HeardPlace { hops: place.hops, destination: place.destination });
    call.store.heard_groups(from, &mut |group| {
        let place = Place::of(&group.destination, group.hops);
        let delivery = host.delivery_of(group.identity);
        let group = others(group, delivery);
        !is_sought(&group) || visit(group, place)
    })
}

/// A group of this server, if the caller may know of it.
fn ours(call: &Call<'_, '_>, hosted: HostedAs, row: &GroupRow) -> Result<Option<ListedGroup>, StoreError> {
    let settings = &row.facts.settings;
    let said = Announcement::of(settings, PROTOCOL_EMITS);
    let member = match call.who.caller.identity() {
        Some(identity) => Some(call.store.member(hosted.gid, identity)?.is_some()),
        None => None,
    };
    let is_inside = member == Some(true) || matches!(call.who.caller, Caller::Host | Caller::Operator);
    if !is_inside && said.flags.has(Flags::UNLISTED) {
        return Ok(None);
    }
    Ok(Some(ListedGroup {
        destination: hosted.destination,
        lxmf: hosted.delivery,
        name: if is_inside { settings.inner_name().to_owned() } else { said.name },
        flags: said.flags.0,
        price: (said.price > 0).then_some(said.price),
        kind: said.kind,
        members: Some(row.facts.member_count),
        member,
        hops: None,
        heard: None,
    }))
}

/// A group of others.
fn others(group: HeardGroup, lxmf: DestinationHash) -> ListedGroup {
    let said = group.announcement;
    ListedGroup {
        destination: group.destination,
        lxmf,
        name: said.name,
        flags: said.flags.0,
        price: (said.price > 0).then_some(said.price),
        kind: said.kind,
        members: None,
        member: None,
        hops: Some(group.hops),
        heard: Some(group.heard.as_secs()),
    }
}

/// A place in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    hops: u8,
    destination: DestinationHash,
}

impl Place {
    /// How far away this server's own groups are; no other is so near.
    const HERE: u8 = 0;

    const fn of(destination: &DestinationHash, hops: u8) -> Self {
        Self { hops, destination: *destination }
    }

    fn bytes(&self) -> [u8; 17] {
        let mut bytes = [self.hops; 17];
        let (_, rest) = bytes.split_at_mut(1);
        rest.copy_from_slice(self.destination.as_bytes());
        bytes
    }

    fn read(bytes: &Bytes) -> Result<Self, Refusal> {
        let (hops, destination) = bytes
            .0
            .split_first()
            .and_then(|(hops, rest)| Some((*hops, DestinationHash::from_slice(rest)?)))
            .ok_or_else(|| bad_field("place", "This is no place in the list.", "Leave it out."))?;
        Ok(Self { hops, destination })
    }
}
