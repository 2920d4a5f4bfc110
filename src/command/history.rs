//! `/delete`, `/edit`, `/pin`, `/unpin`, `/pins`, `/search`, `/react` and `/msg`: what was said, and to whom.
//! Not the rules; the acts are the same as the API's.

use super::{Words, fit, unquoted};
use crate::api::messages::{self, DeleteRequest, Line, MessageRef, PinRequest, ReactRequest, Which, lines};
use crate::api::person::resolve_text;
use crate::api::post::said_in_command;
use crate::api::{Call, Failure, format::Style};
use crate::group::{Act, Refusal, RefusalCode, Sentence};

/// Most messages that a search shows.
const MOST_FOUND: u32 = 20;
/// Longest beginning of a message that is shown where several are.
const MAX_SHOWN: usize = 80;

pub(super) fn delete(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let seq = match words.word() {
        Some(word) => number(word, Sentence::SendDelete)?,
        None => own_latest(call)?,
    };
    let reason = words.rest().to_owned();
    let id = Some(MessageRef::Seq(seq));
    messages::delete(call, DeleteRequest { id, reason, ..DeleteRequest::default() }, Style::Named)?;
    call.say(&[Sentence::Deleted { seq }])
}

pub(super) fn edit(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let seq = number(words.word().unwrap_or_default(), Sentence::SendEdit)?;
    let message = MessageRef::Seq(seq).find(call)?;
    let post = said_in_command(call, words.rest())?;
    call.act(Act::Edit { target: message.id, post })?;
    call.say(&[Sentence::Changed { seq }])
}

pub(super) fn pin(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let seq = number(unquoted(arguments), Sentence::SendPin)?;
    messages::pin(call, PinRequest { id: MessageRef::Seq(seq), remove: false }, Style::Named)?;
    call.say(&[Sentence::Pinned { seq }])
}

pub(super) fn unpin(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let seq = number(unquoted(arguments), Sentence::SendUnpin)?;
    messages::pin(call, PinRequest { id: MessageRef::Seq(seq), remove: true }, Style::Named)?;
    call.say(&[Sentence::NotPinned { seq }])
}

pub(super) fn pins(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let shown = numbered_lines(call, &Which::Pinned)?;
    if shown.is_empty() { call.say(&[Sentence::NothingPinned]) } else { Ok(shown) }
}

pub(super) fn search(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let wanted = messages::words_to_find(arguments)?;
    let shown = numbered_lines(call, &Which::With(wanted))?;
    if shown.is_empty() { call.say(&[Sentence::NothingFound]) } else { Ok(shown) }
}

pub(super) fn react(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let seq = number(words.word().unwrap_or_default(), Sentence::SendReact)?;
    let reaction = words.rest().to_owned();
    let request = ReactRequest { id: MessageRef::Seq(seq), reaction, remove: false };
    messages::react(call, request, Style::Named)?;
    call.say(&[Sentence::Reacted { seq }])
}

pub(super) fn message(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = resolve_text(call, words.person().unwrap_or_default())?;
    let name = found.name(call)?;
    let post = said_in_command(call, words.rest())?;
    call.act(Act::Direct { to: found.identity, post })?;
    call.say(&[Sentence::ShownOnlyTo { name: fit(&name, 60) }])
}

/// The number of the caller's latest message.
fn own_latest(call: &Call<'_, '_>) -> Result<u64, Failure> {
    let latest = match call.who.caller.identity() {
        Some(caller) => call.store.latest_by(call.group.facts.gid, caller)?,
        None => None,
    };
    let none = || Refusal::new(RefusalCode::NotFound, Sentence::NoneIsYours, Sentence::SendDelete);
    Ok(latest.ok_or_else(none)?.0)
}

fn number(word: &str, usage: Sentence) -> Result<u64, Refusal> {
    word.trim_start_matches('#').parse().map_err(|_| {
        let what = match word {
            "" => Sentence::NumberMissing,
            word => Sentence::NoNumberOfAMessage { text: fit(word, 20) },
        };
        Refusal::new(RefusalCode::BadRequest, what, usage)
    })
}

/// Messages with their numbers, the beginning of each, as many as fit.
fn numbered_lines(call: &Call<'_, '_>, which: &Which) -> Result<String, Failure> {
    let mut left = call.room;
    let mut fits = |line: &mut Line| {
        line.shorten(MAX_SHOWN);
        let cost = line.numbered().len() + 1;
        // The last line has no line break after it.
        let fits = cost <= left + 1;
        left = left.saturating_sub(cost);
        fits
    };
    let lines = lines(call, which, MOST_FOUND, &mut fits)?;
    Ok(lines.iter().map(Line::numbered).collect::<Vec<_>>().join("\n"))
}
