//! `/api/v1/messages/status`: what became of a message, for who wrote it.
//! Not who has it: only how many.

use serde::{Deserialize, Serialize};

use super::format::Style;
use super::refusal::wrong_field;
use super::{Call, Failure};
use crate::group::{Permission, Refusal, RefusalCode, Sentence, Seq};
use crate::rns::hash::IdentityHash;
use crate::store::{Content, CopyCounts};

/// Asks about a message.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct StatusRequest {
    /// Its number; the caller's latest unless said.
    pub seq: Option<u64>,
}

/// The message is stored, and this is where it has gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct StatusAnswer {
    /// Its number.
    pub seq: u64,
    /// When it arrived, by the server's clock, in seconds since 1970.
    pub received: u64,
    /// How many members were to be sent a copy. What became of copies is forgotten after some thousand messages.
    pub copies: u32,
    /// How many of those copies were proved by their recipients.
    pub delivered: u32,
    /// How many are on a propagation node, where their recipients may fetch them.
    pub on_nodes: u32,
    /// How many are still tried.
    pub waiting: u32,
    /// How many are not tried any more.
    pub given_up: u32,
    /// How many members have fetched this message or a later one by request, as far as is known.
    pub fetched: u32,
}

/// Serves `/api/v1/messages/status`. The author may ask, and who may see the state of all messages.
pub fn status(call: &mut Call<'_, '_>, request: StatusRequest, _: Style) -> Result<StatusAnswer, Failure> {
    let gid = call.group.facts.gid;
    let asks = call.who.caller.identity();
    let seq = match request.seq {
        Some(seq) => Seq(seq),
        None => latest(call, asks)?,
    };
    let message = call.store.message_at(gid, asks, seq)?.ok_or_else(|| no_message(seq))?;
    let author = match &message.content {
        Content::Post(post) => post.author,
        Content::Wiped => return Err(no_message(seq).into()),
    };
    if asks != Some(author) {
        call.check(Permission::ReadStatus)?;
    }
    call.host.write_fetches(call.store)?;
    let CopyCounts { delivered, stored, waiting, given_up } = call.store.copy_counts(gid, seq)?;
    Ok(StatusAnswer {
        seq: seq.0,
        received: message.host_time.as_secs(),
        copies: delivered.saturating_add(stored).saturating_add(waiting).saturating_add(given_up),
        delivered,
        on_nodes: stored,
        waiting,
        given_up,
        fetched: call.store.fetched_by(gid, seq, author)?,
    })
}

fn latest(call: &Call<'_, '_>, author: Option<IdentityHash>) -> Result<Seq, Failure> {
    let latest = match author {
        Some(author) => call.store.latest_by(call.group.facts.gid, author)?,
        None => None,
    };
    let none = || wrong_field("seq", Sentence::NoneIsYours, Sentence::SayTheNumber).into();
    latest.ok_or_else(none)
}

fn no_message(seq: Seq) -> Refusal {
    let what = Sentence::NoMessage { seq: seq.0 };
    Refusal::new(RefusalCode::NotFound, what, Sentence::AskAboutYours).in_field("seq")
}
