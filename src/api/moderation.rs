//! `/api/v1/members/kick`, `ban`, `unban`, `mute` and `unmute`: what staff does about a person.
//! Not who is banned or muted; those lists are `bans`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::bytes::FixedBytes;
use super::format::Style;
use super::person::{Found, PersonRef, resolve};
use super::refusal::bad_field;
use super::{Call, Failure, Outcome};
use crate::group::rules::Already;
use crate::group::{Act, GroupEvent, Refusal, Remove};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

const MICROS_PER_SECOND: u64 = 1_000_000;

/// Sends a member away, who may come again.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct KickRequest {
    /// Whom.
    pub person: PersonRef,
    /// Why, in words for that person too.
    pub reason: Option<String>,
}

/// Keeps a person out, with every destination of theirs.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct BanRequest {
    /// Whom. A hash that nobody here knows is taken as an identity hash.
    pub person: PersonRef,
    /// Why, in words for that person too.
    pub reason: Option<String>,
    /// Until when, in seconds since 1970; for good if neither this nor `seconds` is there.
    pub until: Option<u64>,
    /// For how long from now.
    pub seconds: Option<u64>,
    /// Deletes what they have said since then, in seconds since 1970: 0 for all of it. Nothing is deleted unless this is
    /// there.
    pub remove: Option<u64>,
}

/// Lets a person in again.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct UnbanRequest {
    /// Whom.
    pub person: PersonRef,
}

/// Lets a person read and not write.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct MuteRequest {
    /// Whom.
    pub person: PersonRef,
    /// Why, in words for that person too.
    pub reason: Option<String>,
    /// Until when, in seconds since 1970; for good if neither this nor `seconds` is there.
    pub until: Option<u64>,
    /// For how long from now.
    pub seconds: Option<u64>,
}

/// Lets a person write again.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct UnmuteRequest {
    /// Whom.
    pub person: PersonRef,
}

/// What was done about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DoneAnswer {
    /// Who was meant.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// The number of the event that did it. Not there if it was so already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Nothing had to be done. The ban or mute that stands may be somebody else's; what follows is about that one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
    /// Until when it holds, in seconds since 1970; for good if it is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Who did it before; not there for the operator of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub by: Option<IdentityHash>,
    /// Why, in the words of whoever did it before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many messages and reactions were deleted with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub removed: Option<u64>,
    /// What should be known about the name that was given for the person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Serves `/api/v1/members/kick`.
pub fn kick(call: &mut Call<'_, '_>, request: KickRequest, _: Style) -> Result<DoneAnswer, Failure> {
    let found = resolve(call, &request.person)?;
    kick_found(call, &found, request.reason.unwrap_or_default())
}

/// Serves `/api/v1/members/ban`.
pub fn ban(call: &mut Call<'_, '_>, request: BanRequest, _: Style) -> Result<DoneAnswer, Failure> {
    let found = resolve(call, &request.person)?;
    let until = end(request.until, request.seconds, call.now)?;
    let remove = match request.remove {
        None => Remove::Nothing,
        Some(0) => Remove::All,
        Some(secs) => Remove::Since(at(secs)),
    };
    ban_found(call, &found, (request.reason.unwrap_or_default(), until), remove)
}

/// Serves `/api/v1/members/unban`.
pub fn unban(call: &mut Call<'_, '_>, request: UnbanRequest, _: Style) -> Result<DoneAnswer, Failure> {
    let UnbanRequest { person } = request;
    let found = resolve(call, &person)?;
    unban_found(call, &found)
}

/// Serves `/api/v1/members/mute`.
pub fn mute(call: &mut Call<'_, '_>, request: MuteRequest, _: Style) -> Result<DoneAnswer, Failure> {
    let found = resolve(call, &request.person)?;
    let until = end(request.until, request.seconds, call.now)?;
    mute_found(call, &found, (request.reason.unwrap_or_default(), until))
}

/// Serves `/api/v1/members/unmute`.
pub fn unmute(call: &mut Call<'_, '_>, request: UnmuteRequest, _: Style) -> Result<DoneAnswer, Failure> {
    let UnmuteRequest { person } = request;
    let found = resolve(call, &person)?;
    unmute_found(call, &found)
}

/// Sends somebody away.
pub fn kick_found(call: &mut Call<'_, '_>, found: &Found, reason: String) -> Result<DoneAnswer, Failure> {
    let outcome = call.act(Act::Kick { member: found.identity, reason })?;
    DoneAnswer::of(call, found, outcome)
}

/// Keeps somebody out, for a reason, until a time.
pub fn ban_found(
    call: &mut Call<'_, '_>,
    found: &Found,
    (reason, until): (String, Option<UnixTime>),
    remove: Remove,
) -> Result<DoneAnswer, Failure> {
    let identity = found.identity;
    let outcome = call.act(Act::Ban { identity, reason, until, remove })?;
    let mut answer = DoneAnswer::of(call, found, outcome)?;
    if outcome == Outcome::Already(Already::Banned)
        && let Some(ban) = call.store.ban(call.group.facts.gid, identity)?
    {
        answer.stands(ban.by, ban.reason, ban.until);
        return Ok(answer);
    }
    answer.until = until.map(UnixTime::as_secs);
    if let (Some(GroupEvent::IdentityBanned(event)), true) =
        (call.applied.last().map(|applied| &applied.event), remove != Remove::Nothing)
    {
        answer.removed = u64::try_from(event.removed.len()).ok();
    }
    Ok(answer)
}

/// Lets somebody in again.
pub fn unban_found(call: &mut Call<'_, '_>, found: &Found) -> Result<DoneAnswer, Failure> {
    let outcome = call.act(Act::Unban { identity: found.identity })?;
    DoneAnswer::of(call, found, outcome)
}

/// Gives somebody their voice back.
pub fn unmute_found(call: &mut Call<'_, '_>, found: &Found) -> Result<DoneAnswer, Failure> {
    let outcome = call.act(Act::Unmute { identity: found.identity })?;
    DoneAnswer::of(call, found, outcome)
}

/// Takes somebody's voice, for a reason, until a time.
pub fn mute_found(
    call: &mut Call<'_, '_>,
    found: &Found,
    (reason, until): (String, Option<UnixTime>),
) -> Result<DoneAnswer, Failure> {
    let identity = found.identity;
    let outcome = call.act(Act::Mute { identity, reason, until })?;
    let mut answer = DoneAnswer::of(call, found, outcome)?;
    if outcome == Outcome::Already(Already::Muted)
        && let Some(mute) = call.store.mute(call.group.facts.gid, identity)?
    {
        answer.stands(mute.by, mute.reason, mute.until);
        return Ok(answer);
    }
    answer.until = until.map(UnixTime::as_secs);
    Ok(answer)
}

impl DoneAnswer {
    fn of(call: &Call<'_, '_>, found: &Found, outcome: Outcome) -> Result<Self, Failure> {
        let (seq, already) = match outcome {
            Outcome::Happened(seq) => (Some(seq.0), false),
            Outcome::Already(_) => (None, true),
        };
        let note = found.note().map(|note| call.say(&[note])).transpose()?;
        let identity = found.identity;
        Ok(Self { identity, seq, already, until: None, by: None, reason: None, removed: None, note })
    }

    /// What stood before, so that whoever comes second knows it.
    fn stands(&mut self, by: Option<IdentityHash>, reason: String, until: Option<UnixTime>) {
        self.by = by;
        self.reason = Some(reason).filter(|reason| !reason.is_empty());
        self.until = until.map(UnixTime::as_secs);
    }
}

/// When something ends.
fn end(until: Option<u64>, seconds: Option<u64>, now: UnixTime) -> Result<Option<UnixTime>, Refusal> {
    match (until, seconds) {
        (None, None) => Ok(None),
        (Some(secs), None) => Ok(Some(at(secs))),
        (None, Some(secs)) => Ok(Some(now.after(Duration::from_secs(secs)))),
        (Some(_), Some(_)) => {
            let what = "`until` and `seconds` both say when it ends.";
            Err(bad_field("seconds", what, "Send one of them."))
        }
    }
}

/// Seconds since 1970 as a time.
pub(crate) fn at(secs: u64) -> UnixTime {
    UnixTime::from_micros(i64::try_from(secs.saturating_mul(MICROS_PER_SECOND)).unwrap_or(i64::MAX))
}
