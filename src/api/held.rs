//! `/api/v1/messages/hold` and `/api/v1/messages/review`: posts that somebody has to look at before others see them.
//! Not what is held; the group's settings say that.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::refusal::bad_field;
use super::{Call, Failure, Outcome};
use crate::group::moderation::{HeldPost, held_for};
use crate::group::rules::Already;
use crate::group::{Act, Body, Language, Permission, Refusal, RefusalCode, Sentence, Seq};
use crate::rns::hash::IdentityHash;

/// Fewest bytes that one takes in a list.
const LEAST: usize = 40;
/// Bytes of a text that are shown when the whole does not fit.
const LEAST_TEXT: usize = 40;

/// Asks for posts that wait, oldest first.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct HoldRequest {
    /// Most posts in the answer: 20 unless said otherwise, 10,000 at most.
    pub limit: Option<u32>,
    /// Only posts behind this number: `next` of the page before.
    pub after: Option<u64>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Some of the posts that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HoldAnswer {
    /// The posts.
    pub held: Vec<HeldItem>,
    /// Are there more?
    pub more: bool,
    /// For `after` of the next page.
    pub next: u64,
}

/// A post that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct HeldItem {
    /// Its number while it waits. When it is published it gets another one.
    pub seq: u64,
    /// Who has written it.
    #[schemars(with = "FixedBytes<16>")]
    pub author: IdentityHash,
    /// Since when it waits, in seconds since 1970.
    pub at: u64,
    /// What it is held for.
    pub why: String,
    /// Its title and text, or the beginning; not there if this server can't read it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// There is more text than this.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Bytes of all of it: title, text and fields.
    pub size: u64,
}

/// Publishes a post that waits, or drops it.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct ReviewRequest {
    /// Its number while it waits.
    pub seq: u64,
    /// `publish` or `drop`.
    pub verdict: Verdict,
    /// Why it is dropped, in words for its author too.
    pub reason: Option<String>,
}

/// What becomes of a post that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, schemars::JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Verdict {
    /// Others see it.
    Publish,
    /// Nobody does.
    Drop,
}

impl<'de> Deserialize<'de> for Verdict {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "publish" => Ok(Self::Publish),
            "drop" => Ok(Self::Drop),
            _ => Err(serde::de::Error::custom("expected `publish` or `drop`")),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ReviewAnswer {
    /// The number of the event that did it: if it was published, the number that the message has now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Somebody had done it before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already: bool,
}

/// Serves `/api/v1/messages/hold`.
pub fn hold(call: &mut Call<'_, '_>, request: HoldRequest, style: Style) -> Result<HoldAnswer, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    let fits = u32::try_from(max_bytes / LEAST).unwrap_or(u32::MAX);
    let limit = budget::limit(request.limit).min(fits);
    let after = request.after.unwrap_or(0);
    let frame = HoldAnswer { held: Vec::new(), more: false, next: u64::MAX };
    let mut budget = Budget::new(style, max_bytes, &frame);
    let mut answer = HoldAnswer { next: after, ..frame };
    let language = call.language()?;
    let page = call.store.held_page(call.group.facts.gid, Seq(after), limit.saturating_add(1))?;
    for (count, held) in (0..).zip(page) {
        let item = fitting(&mut budget, style, HeldItem::of(&held, language), count == 0);
        match item.filter(|_| count < limit) {
            Some(item) => {
                answer.next = item.seq;
                answer.held.push(item);
            }
            None => {
                answer.more = true;
                break;
            }
        }
    }
    Ok(answer)
}

/// Serves `/api/v1/messages/review`.
pub fn review(call: &mut Call<'_, '_>, request: ReviewRequest, _: Style) -> Result<ReviewAnswer, Failure> {
    if request.verdict == Verdict::Publish && request.reason.is_some() {
        let what = "A message that is published needs no reason.";
        return Err(bad_field("reason", what, "Leave it out.").into());
    }
    // Without this, numbers could be tried out by who may not see what waits.
    call.check(Permission::Review)?;
    let post =
        call.store.held_id(call.group.facts.gid, Seq(request.seq))?.ok_or_else(|| not_held(request.seq))?;
    let act = match request.verdict {
        Verdict::Publish => Act::Publish(post),
        Verdict::Drop => Act::Drop { post, reason: request.reason.unwrap_or_default() },
    };
    Ok(match call.act(act)? {
        Outcome::Happened(seq) => ReviewAnswer { seq: Some(seq.0), already: false },
        Outcome::Already(Already::Posted(seq)) => ReviewAnswer { seq: Some(seq.0), already: true },
        Outcome::Already(_) => ReviewAnswer { seq: None, already: true },
    })
}

fn not_held(seq: u64) -> Refusal {
    Refusal::new(RefusalCode::NotFound, Sentence::NotHeldAs { seq }, Sentence::SeeWhatWaits).in_field("seq")
}

impl HeldItem {
    fn of(held: &HeldPost, language: Language) -> Self {
        let HeldPost { seq, since, post, why } = held;
        let size = u64::try_from(post.body.len()).unwrap_or(u64::MAX);
        let text = said(&post.body);
        Self {
            seq: seq.0,
            author: post.author,
            at: since.as_secs(),
            why: held_for(why).said_in(language),
            text,
            cut: false,
            size,
        }
    }
}

/// Title and text as one.
fn said(body: &Body) -> Option<String> {
    let Body::Plain { title, text, .. } = body else { return None };
    let (title, text) = (String::from_utf8_lossy(title), String::from_utf8_lossy(text));
    Some(if title.is_empty() { text.into_owned() } else { format!("{title}\n{text}") })
}

/// The item as far as there is room. The first one always has some.
fn fitting(budget: &mut Budget, style: Style, item: HeldItem, is_first: bool) -> Option<HeldItem> {
    if budget.take(Budget::cost(style, &item)) {
        return Some(item);
    }
    let text = item.text.as_deref().unwrap_or_default();
    let bare = HeldItem { text: Some(String::new()), cut: true, ..item.clone() };
    let room = budget.left().saturating_sub(Budget::cost(style, &bare));
    let shown = budget.cut(text, room.max(if is_first { LEAST_TEXT } else { 0 })).to_owned();
    if !is_first && shown.len() < LEAST_TEXT {
        return None;
    }
    let item = HeldItem { text: Some(shown), ..bare };
    let fits = budget.take(Budget::cost(style, &item));
    (fits || is_first).then_some(item)
}
