//! `/api/v1/audit`: who has done what to whom, when and why.
//! Never what was said: what is removed must be gone here, too.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::members::name_in_chat;
use super::{Call, Failure};
use crate::api::refusal::bad_field;
use crate::group::encoding::Decoded;
use crate::group::event::{Deed, EventKind};
use crate::group::{Sentence, Seq};
use crate::rns::hash::IdentityHash;
use crate::store::{AuditEntry, AuditWindow, StoreError};

/// Asks for entries: the newest, unless `since` is said.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct AuditRequest {
    /// Most entries in the answer: 20 unless said otherwise.
    pub limit: Option<u32>,
    /// Only entries below this number: `next` of the page before.
    pub before: Option<u64>,
    /// Entries after this number, oldest first.
    pub since: Option<u64>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Some of the entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AuditAnswer {
    /// The entries; newest first, or oldest first after `since`.
    pub entries: Vec<Entry>,
    /// Are there more?
    pub more: bool,
    /// For `before`, or for `since` where that was asked.
    pub next: u64,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Entry {
    /// The event's number.
    pub seq: u64,
    /// When, by the server's clock, in seconds since 1970.
    pub time: u64,
    /// What sort of event it is.
    pub kind: &'static str,
    /// Who did it; absent for the operator, and where it is no longer kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub by: Option<IdentityHash>,
    /// To whom, where it was somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub whom: Option<IdentityHash>,
    /// Why, where somebody said so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// Until when, where it ends, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// All of it in a sentence.
    pub text: String,
}

/// Serves `/api/v1/audit`.
pub fn audit(call: &mut Call<'_, '_>, request: AuditRequest, style: Style) -> Result<AuditAnswer, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    let window = match (request.since, request.before) {
        (Some(_), Some(_)) => {
            let what = "Both `since` and `before` are there.";
            return Err(bad_field("before", what, "Send one of them.").into());
        }
        (Some(since), None) => AuditWindow::Since(Seq(since)),
        (None, Some(before)) => AuditWindow::Before(Seq(before)),
        (None, None) => AuditWindow::Before(call.group.head.seq.next()),
    };
    let limit = budget::limit(request.limit);
    // One more than asked for shows whether there are more.
    let found = call.store.audit(call.group.facts.gid, window, limit.saturating_add(1))?;
    let (AuditWindow::Before(start) | AuditWindow::Since(start)) = window;
    let mut answer = AuditAnswer { entries: Vec::new(), more: false, next: call.group.head.seq.0 };
    let mut budget = Budget::new(style, max_bytes, &answer);
    answer.next = start.0;
    for (count, found) in (0..).zip(&found) {
        let entry = entry(call, found)?;
        // The first one goes out in any case: a reason has at most 500 bytes.
        if count == limit || !(budget.take(Budget::cost(style, &entry)) || answer.entries.is_empty()) {
            answer.more = true;
            break;
        }
        answer.next = entry.seq;
        answer.entries.push(entry);
    }
    Ok(answer)
}

fn entry(call: &Call<'_, '_>, found: &AuditEntry) -> Result<Entry, Failure> {
    let text = in_words(call, found)?;
    let deed = deed(found);
    let language = call.language()?;
    Ok(Entry {
        seq: found.header.seq.0,
        time: found.header.time.as_secs(),
        kind: EventKind::from_number(found.header.kind).map_or("Unknown", EventKind::name),
        by: deed.as_ref().and_then(|deed| deed.by.person()),
        whom: deed.as_ref().and_then(|deed| deed.whom),
        until: deed.as_ref().and_then(|deed| deed.until).map(|until| until.as_secs()),
        reason: deed.map(|deed| deed.reason.said_in(language)).unwrap_or_default(),
        text,
    })
}

fn deed(found: &AuditEntry) -> Option<Deed> {
    match &found.what {
        Decoded::Event(event) => Some(event.deed()),
        Decoded::Wiped(_) | Decoded::Unknown(_) => None,
    }
}

/// An entry as a sentence.
pub fn in_words(call: &Call<'_, '_>, found: &AuditEntry) -> Result<String, StoreError> {
    let language = call.language()?;
    let deed = match &found.what {
        Decoded::Event(event) => event.deed(),
        Decoded::Wiped(_) => return Ok(Sentence::NoLongerKept.said_in(language)),
        Decoded::Unknown(_) => return Ok(Sentence::NotKnownWhat.said_in(language)),
    };
    let gid = call.group.facts.gid;
    let mut names = Vec::new();
    for person in deed.whom.into_iter().chain(deed.by.person()) {
        names.push((person, name_in_chat(call.store, gid, person)?));
    }
    let name = |who: IdentityHash| {
        names
            .iter()
            .find(|(person, _)| *person == who)
            .map_or_else(|| who.to_string(), |(_, name)| name.clone())
    };
    Ok(deed.in_words(language, &name))
}
