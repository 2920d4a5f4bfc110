//! `/api/v1/bans` and `/api/v1/mutes`: who is kept out now, and who may not write.
//! Not what was done before; that is the audit log.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::{Call, Failure};
use crate::group::{Ban, MemberNumber, Mute};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Fewest bytes that one takes in a list: the identity hash alone has 18.
const LEAST: usize = 18;
/// What the header of a text grows by when the text is no longer short (str 16).
const REASON_HEADER: usize = 2;

/// Asks for bans or mutes, page by page.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct BansRequest {
    /// Most people in the answer: 20 unless said otherwise, 10,000 at most.
    pub limit: Option<u32>,
    /// Only people behind this one: `next` of the page before.
    pub after: Option<FixedBytes<16>>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Some of the people, in the order of their identity hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct BansAnswer {
    /// The people.
    pub people: Vec<Barred>,
    /// Are there more?
    pub more: bool,
    /// For `after` of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub next: Option<IdentityHash>,
}

/// Somebody who is kept out, or may not write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Barred {
    /// Who.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// Their number as a member, now or when it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub number: Option<MemberNumber>,
    /// What they are, or were called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Who did it; not there for the operator of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub by: Option<IdentityHash>,
    /// When, in seconds since 1970.
    pub at: u64,
    /// Until when, in seconds since 1970; for good if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

impl From<Ban> for Barred {
    fn from(ban: Ban) -> Self {
        let Ban { identity, number, nick, reason, by, since, until } = ban;
        let until = until.map(UnixTime::as_secs);
        Self { identity, number, nick, reason, by, at: since.as_secs(), until }
    }
}

/// Serves `/api/v1/bans`.
pub fn bans(call: &mut Call<'_, '_>, request: BansRequest, style: Style) -> Result<BansAnswer, Failure> {
    page(call, request, style, |call, after, limit| {
        let bans = call.store.bans_page(call.group.facts.gid, after, limit, call.now)?;
        Ok(bans.into_iter().map(Barred::from).collect())
    })
}

/// Serves `/api/v1/mutes`.
pub fn mutes(call: &mut Call<'_, '_>, request: BansRequest, style: Style) -> Result<BansAnswer, Failure> {
    page(call, request, style, |call, after, limit| {
        let mutes = call.store.mutes_page(call.group.facts.gid, after, limit, call.now)?;
        mutes.into_iter().map(|mute| barred(call, mute)).collect()
    })
}

fn barred(call: &Call<'_, '_>, mute: Mute) -> Result<Barred, Failure> {
    let Mute { identity, reason, by, since, until } = mute;
    let member = call.store.member(call.group.facts.gid, identity)?;
    let number = member.as_ref().map(|member| member.number);
    let (nick, until) = (member.and_then(|member| member.nick), until.map(UnixTime::as_secs));
    Ok(Barred { identity, number, nick, reason, by, at: since.as_secs(), until })
}

fn page(
    call: &Call<'_, '_>,
    request: BansRequest,
    style: Style,
    read: impl FnOnce(&Call<'_, '_>, Option<IdentityHash>, u32) -> Result<Vec<Barred>, Failure>,
) -> Result<BansAnswer, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    // Rows that cannot fit need not be read.
    let fits = u32::try_from(max_bytes / LEAST).unwrap_or(u32::MAX);
    let limit = budget::limit(request.limit).min(fits);
    let after = request.after.map(|FixedBytes(bytes)| IdentityHash::from_bytes(bytes));
    let frame = BansAnswer { people: Vec::new(), more: false, next: Some(IdentityHash::from_bytes([0; 16])) };
    let mut budget = Budget::new(style, max_bytes, &frame);
    let mut answer = BansAnswer { next: after, ..frame };
    // One more than asked for shows whether there are more.
    for (count, person) in (0..).zip(read(call, after, limit.saturating_add(1))?) {
        // The first one always goes, if need be with half of the reason: a page without anybody would be the last one.
        let person = if count == 0 { shortened(&budget, style, person) } else { person };
        if count == limit || !budget.take(Budget::cost(style, &person)) {
            answer.more = true;
            break;
        }
        answer.next = Some(person.identity);
        answer.people.push(person);
    }
    Ok(answer)
}

/// Somebody with as much of the reason as there is room for.
fn shortened(budget: &Budget, style: Style, person: Barred) -> Barred {
    if Budget::cost(style, &person) <= budget.left() {
        return person;
    }
    let room = Budget::cost(style, &Barred { reason: "…".into(), ..person.clone() });
    let reason = budget.cut(&person.reason, budget.left().saturating_sub(room + REASON_HEADER)).to_owned();
    Barred { reason: format!("{reason}…"), ..person }
}
