//! `/api/v1/info`: what a group is, what it costs and what its readers and keepers can do. Open to all.
//! Not the announce, which says less.

use serde::{Deserialize, Serialize};

use super::budget::{MAX_BYTES, MAX_LIMIT};
use super::format::Style;
use super::{Call, Failure, MAX_REQUEST, PROTOCOL_EMITS, PROTOCOL_MAX, PROTOCOL_MIN};
use crate::group::rules::MAX_SEALED_MEMBERS;
use crate::group::{Caller, GroupAccess, GroupId, Head, JoinMode, JoinTerms, Retention, Sentence, work};
use crate::rns::hash::DestinationHash;
use crate::rns::time::UnixTime;

use super::bytes::FixedBytes;

/// What everybody should know before they write here.
pub const DISCLOSURES: [Sentence; 3] =
    [Sentence::MembersShare, Sentence::ServerReads, Sentence::KeeperRemoves];
/// What this server understands beyond the first protocol's necessities.
pub const FEATURES: &[&str] = &["json", "signed", "sealed"];

/// Asks what a group is.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct InfoRequest {
    /// Whether to answer description and rules as well, which may not fit one packet.
    #[serde(default)]
    pub details: bool,
}

/// What a group is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct InfoAnswer {
    /// The group's id, which stays when its address changes.
    #[schemars(with = "FixedBytes<16>")]
    pub gid: GroupId,
    /// Its public name.
    pub name: String,
    /// The name that only members are told, where it differs; for members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_name: Option<String>,
    /// `private` if the group is for people who know each other; absent if it is public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<&'static str>,
    /// It is left out of lists of groups.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unlisted: bool,
    /// With `details`: what it is about. Of a private group, for members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// With `details`: what people should keep to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<String>,
    /// How many members it has.
    pub members: u32,
    /// Version of the server.
    pub version: &'static str,
    /// Which protocols are spoken.
    pub proto: Protocols,
    /// What is understood beyond that.
    pub features: &'static [&'static str],
    /// The most of everything.
    pub limits: Limits,
    /// What everybody should know before they write here.
    pub disclosures: [String; 3],
    /// How long messages are kept.
    pub retention: String,
    /// What it takes to become a member.
    pub joining: Joining,
    /// The same as numbers; a bound that is not set is not there.
    #[serde(skip_serializing_if = "KeepInfo::is_unbounded")]
    pub keep: KeepInfo,
    /// Where LXMF messages to the group go.
    #[schemars(with = "FixedBytes<16>")]
    pub lxmf: DestinationHash,
    /// Where the group's log of events stands.
    pub head: ShortHead,
    /// Whether the caller is a member; absent if the link has not proved who that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<bool>,
}

/// What is kept of what was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct KeepInfo {
    /// Messages that arrived in so many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// The latest so many messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The latest so many bytes of messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

impl KeepInfo {
    pub(super) const fn is_unbounded(&self) -> bool {
        self.days.is_none() && self.count.is_none() && self.bytes.is_none()
    }
}

impl From<&Retention> for KeepInfo {
    fn from(kept: &Retention) -> Self {
        Self { days: kept.days, count: kept.messages, bytes: kept.bytes }
    }
}

/// What it takes to become a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Joining {
    /// `open`, `approval`, `invite` or `closed`.
    #[schemars(with = "String")]
    pub mode: JoinMode,
    /// Bits of work that it costs; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price: Option<u8>,
    /// The day that work is bound to: days since 1970, by the server's clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<u32>,
    /// Seconds for which somebody new may less than others; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probation: Option<u32>,
}

impl Joining {
    fn of(terms: &JoinTerms, now: UnixTime) -> Self {
        let price = Some(terms.price).filter(|price| *price > 0);
        Self {
            mode: terms.mode,
            price,
            day: price.map(|_| work::day(now)),
            probation: Some(terms.probation).filter(|seconds| *seconds > 0),
        }
    }
}

/// Versions of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Protocols {
    /// The oldest that is served.
    pub min: u32,
    /// The newest that is understood.
    pub max: u32,
    /// The one that answers are written in.
    pub emits: u32,
}

/// The most of everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Limits {
    /// Longest post: title, text and fields together.
    pub text_bytes: u32,
    /// Largest answer.
    pub answer_bytes: usize,
    /// Longest request.
    pub request_bytes: usize,
    /// Most items in one answer.
    pub page: u32,
    /// A group with more members than this takes no sealed messages.
    pub sealed_members: u32,
}

/// A head for clients: the number of the last event and the first six bytes of its hash. A client that finds another
/// hash under a number that it knows has a cursor into a past that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ShortHead(pub u64, pub FixedBytes<6>);

impl From<&Head> for ShortHead {
    fn from(head: &Head) -> Self {
        Self(head.seq.0, FixedBytes(head.short_hash()))
    }
}

/// Serves `/api/v1/info`.
pub fn info(call: &mut Call<'_, '_>, request: InfoRequest, _: Style) -> Result<InfoAnswer, Failure> {
    let member = is_member(call)?;
    let is_inside = member == Some(true) || matches!(call.who.caller, Caller::Operator | Caller::Host);
    let facts = &call.group.facts;
    let settings = &facts.settings;
    let is_private = settings.access == GroupAccess::Private;
    let asked = |text: &String| (request.details && !text.is_empty()).then(|| text.clone());
    Ok(InfoAnswer {
        gid: facts.gid,
        name: settings.name.clone(),
        private_name: settings.private_name.clone().filter(|_| is_inside),
        access: is_private.then(|| settings.access.name()),
        unlisted: settings.unlisted,
        description: asked(&settings.description).filter(|_| is_inside || !is_private),
        rules: asked(&settings.rules),
        members: facts.member_count,
        version: env!("CARGO_PKG_VERSION"),
        proto: Protocols { min: PROTOCOL_MIN, max: PROTOCOL_MAX, emits: PROTOCOL_EMITS },
        features: FEATURES,
        limits: Limits {
            text_bytes: facts.settings.max_text,
            answer_bytes: MAX_BYTES,
            request_bytes: MAX_REQUEST,
            page: MAX_LIMIT,
            sealed_members: MAX_SEALED_MEMBERS,
        },
        disclosures: disclosures(call)?,
        joining: Joining::of(&facts.settings.joining, call.now),
        retention: facts.settings.retention.sentence().said_in(call.language()?),
        keep: KeepInfo::from(&facts.settings.retention),
        lxmf: call.host.delivery(),
        head: ShortHead::from(&call.group.head),
        member,
    })
}

/// [`DISCLOSURES`] in the caller's language.
pub(super) fn disclosures(call: &Call<'_, '_>) -> Result<[String; 3], Failure> {
    let language = call.language()?;
    Ok(DISCLOSURES.map(|sentence| sentence.said_in(language)))
}

fn is_member(call: &Call<'_, '_>) -> Result<Option<bool>, Failure> {
    match call.who.caller.identity() {
        Some(identity) => Ok(Some(call.store.member(call.group.facts.gid, identity)?.is_some())),
        None => Ok(None),
    }
}
