//! `/api/v1/messages/edit`, `delete`, `pin` and `react`: changing what was said.
//! Not what is allowed; the rules decide that.

use rmpv::Value;
use serde::{Deserialize, Serialize};

use super::MessageRef;
use crate::api::bytes::{Bytes, FixedBytes};
use crate::api::format::Style;
use crate::api::person::{self, PersonRef};
use crate::api::post::{Wording, drawn_id, reader_of};
use crate::api::refusal::{bad_field, wrong_field};
use crate::api::{Call, Failure, Outcome};
use crate::group::fields::id;
use crate::group::rules::MAX_PURGE;
use crate::group::{Act, Authorship, Body, Post, RefusalCode, Sentence};
use crate::rns::msgpack;
use crate::rns::time::UnixTime;

/// Says something else in the place of an own message: `text` and what belongs to it, or `payload` and `signature`.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct EditRequest {
    /// The message.
    pub id: MessageRef,
    /// What is said now.
    pub text: Option<String>,
    /// A title.
    pub title: Option<String>,
    /// LXMF fields: one packed MessagePack map.
    pub fields: Option<Bytes>,
    /// The signed form: an LXMF payload (array of time, title, text and fields, without stamp) from the caller's
    /// `lxmf.delivery` to the group's. That it stands for this message, the server vouches for.
    pub payload: Option<Bytes>,
    /// Ed25519 over destination ‖ source ‖ payload ‖ SHA-256 of these three.
    pub signature: Option<FixedBytes<64>>,
}

/// The message says what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ChangedAnswer {
    /// The number of the message, which stays.
    pub seq: u64,
}

/// Deletes one message, or with `author` or times many of them.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct DeleteRequest {
    /// The message.
    pub id: Option<MessageRef>,
    /// Messages of this person, and what they have reacted with.
    pub author: Option<PersonRef>,
    /// Only messages that arrived after this, in seconds since 1970.
    pub from: Option<u64>,
    /// Only messages that arrived before this, in seconds since 1970.
    pub until: Option<u64>,
    /// Why, for the log and for the author.
    #[serde(default)]
    pub reason: String,
}

/// What was asked for is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DeleteAnswer {
    /// How many messages and reactions that were.
    pub count: u32,
    /// Are there more? Ask again.
    pub more: bool,
}

/// Pins a message, or not any more.
#[derive(Debug, Clone, Copy, Deserialize, schemars::JsonSchema)]
pub struct PinRequest {
    /// The message.
    pub id: MessageRef,
    /// Whether to unpin it.
    #[serde(default)]
    pub remove: bool,
}

/// The message is as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PinAnswer {
    /// Its number.
    pub seq: u64,
    /// Whether it is pinned.
    pub pinned: bool,
}

/// Reacts to a message, or takes that back.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct ReactRequest {
    /// The message.
    pub id: MessageRef,
    /// With what: most often one emoji, 64 bytes at most.
    pub reaction: String,
    /// Whether to take it back.
    #[serde(default)]
    pub remove: bool,
}

/// Serves `/api/v1/messages/edit`.
pub fn edit(call: &mut Call<'_, '_>, request: EditRequest, _: Style) -> Result<ChangedAnswer, Failure> {
    let message = request.id.find(call)?;
    let EditRequest { id: _, text, title, fields, payload, signature } = request;
    let post = Wording { text, title, fields, id: None, payload, signature, ..Wording::default() }
        .into_post(call)?;
    call.act(Act::Edit { target: message.id, post })?;
    Ok(ChangedAnswer { seq: message.seq.0 })
}

/// Serves `/api/v1/messages/delete`.
pub fn delete(call: &mut Call<'_, '_>, request: DeleteRequest, _: Style) -> Result<DeleteAnswer, Failure> {
    let DeleteRequest { id, author, from, until, reason } = request;
    if let Some(id) = id {
        if author.is_some() || from.is_some() || until.is_some() {
            let what = "`id` stands beside `author` or times.";
            return Err(bad_field("id", what, "Send one or the other.").into());
        }
        let target = id.find(call)?.id;
        call.act(Act::Delete { target, reason })?;
        return Ok(DeleteAnswer { count: 1, more: false });
    }
    if author.is_none() && from.is_none() && until.is_none() {
        let what = "It is not said what to delete.";
        return Err(bad_field("id", what, "Send `id`, `author`, `from` or `until`.").into());
    }
    let of = author.as_ref().map(|author| person::resolve(call, author)).transpose()?;
    let of = of.map(|found| found.identity);
    purge(call, of, (from.map(seconds), until.map(seconds)), reason)
}

/// Deletes many messages, as many as may be at once, and says whether there are more.
pub fn purge(
    call: &mut Call<'_, '_>,
    of: Option<crate::rns::hash::IdentityHash>,
    (since, before): (Option<UnixTime>, Option<UnixTime>),
    reason: String,
) -> Result<DeleteAnswer, Failure> {
    match call.act(Act::Purge { of, since, before, reason })? {
        Outcome::Happened(_) => {
            let count = call.applied.last().map_or(0, |applied| match &applied.event {
                crate::group::GroupEvent::MessagesPurged(purged) => purged.seqs().count(),
                _ => 0,
            });
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            Ok(DeleteAnswer { count, more: count >= MAX_PURGE })
        }
        Outcome::Already(_) => Ok(DeleteAnswer { count: 0, more: false }),
    }
}

/// Serves `/api/v1/messages/pin`.
pub fn pin(call: &mut Call<'_, '_>, request: PinRequest, _: Style) -> Result<PinAnswer, Failure> {
    let message = request.id.find(call)?;
    let act = if request.remove { Act::Unpin(message.id) } else { Act::Pin(message.id) };
    call.act(act)?;
    Ok(PinAnswer { seq: message.seq.0, pinned: !request.remove })
}

/// Serves `/api/v1/messages/react`.
pub fn react(call: &mut Call<'_, '_>, request: ReactRequest, _: Style) -> Result<ChangedAnswer, Failure> {
    let author = reader_of(call)?;
    let ReactRequest { id: named, reaction, remove } = request;
    let message = named.find(call)?;
    let gid = call.group.facts.gid;
    let done = ChangedAnswer { seq: message.seq.0 };
    if remove {
        let reaction = call.store.reaction_of(gid, message.id, &reaction, author)?;
        if let Some((_, target)) = reaction {
            call.act(Act::Delete { target, reason: String::new() })?;
        }
        return Ok(done);
    }
    let said = Value::Map(vec![(1.into(), reaction.into())]);
    let fields = msgpack::encode(&Value::Map(vec![(id::REACTION.into(), said)]));
    let body = Body::Plain { title: Vec::new(), text: Vec::new(), fields };
    if !body.is_reaction() {
        return Err(wrong_field("reaction", Sentence::NoReaction, Sentence::SendAnEmoji).into());
    }
    let authorship = Authorship::Link { client_id: drawn_id(call) };
    let post = Post::new(gid, author, call.who.asked_at, body, authorship);
    match call.act(Act::Post(Post { about: Some(message.id), ..post })) {
        // What is there can't be reacted to only if it went in between.
        Err(Failure::Refused(refusal)) if refusal.code == RefusalCode::NotFound => {
            Err(super::not_there(&named.to_string()).into())
        }
        outcome => outcome.map(|_| done),
    }
}

fn seconds(seconds: u64) -> UnixTime {
    UnixTime::from_micros(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000))
}
