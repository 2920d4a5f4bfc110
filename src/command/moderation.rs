//! `/kick`, `/ban`, `/unban`, `/bans`, `/mute`, `/unmute`, `/slow` and `/hold`: what staff does in chat.
//! Not who may; the rules decide that.

use super::{Span, Words, fit};
use crate::api::bans::{BansRequest, Barred, bans, mutes};
use crate::api::format::Style;
use crate::api::held::{HeldItem, HoldRequest, ReviewRequest, Verdict, hold, review};
use crate::api::members::{name_in_chat, shown_name};
use crate::api::moderation::{DoneAnswer, at, ban_found, kick_found, mute_found, unban_found, unmute_found};
use crate::api::person::{Found, resolve_text};
use crate::api::{Call, Failure};
use crate::group::date;
use crate::group::{Act, Permission, Refusal, RefusalCode, Remove};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Words that delete what a person has said when they are banned.
const PURGE: &[&str] = &["purge", "all", "alles"];
/// Words that publish what waits.
const PUBLISH: &[&str] = &["ok", "yes", "publish", "approve", "allow", "ja"];
/// Words that drop it.
const DROP: &[&str] = &["drop", "no", "deny", "delete", "nein"];
/// What stands behind a list that is too long.
const MORE: &str = "\n… /bans NAME for one.";
/// Longest line of a list.
const MAX_LINE: usize = 120;
/// More than any answer has room for.
const PAGE: u32 = 200;
/// Bytes of each message that waits, in a list of several.
const SNIPPET: usize = 60;

pub(super) fn kick(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = somebody(call, &mut words, "/kick NAME [REASON]")?;
    let name = found.name(call)?;
    let done = kick_found(call, &found, words.rest().to_owned())?;
    let said = match done.already {
        true => format!("{name} is no member."),
        false => format!("{name} is sent away, and may come again. /ban keeps out."),
    };
    Ok(noted(call, &said, &done))
}

pub(super) fn ban(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = somebody(call, &mut words, "/ban NAME [7d] [purge] [REASON]")?;
    let name = found.name(call)?;
    // In either order, for who remembers that there were two words.
    let purges = words.keyword(PURGE);
    let until = words.span().and_then(|span| span.until(call.now));
    let remove = if purges || words.keyword(PURGE) { Remove::All } else { Remove::Nothing };
    let done = ban_found(call, &found, (words.rest().to_owned(), until), remove)?;
    let mut said = stands(call, &name, "banned", &done)?;
    match done.removed {
        Some(1) => said += " One message is deleted.",
        Some(count) => said += &format!(" {count} messages are deleted."),
        None => {}
    }
    Ok(noted(call, &said, &done))
}

pub(super) fn unban(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let found = somebody(call, &mut Words::new(arguments), "/unban NAME")?;
    let name = found.name(call)?;
    let done = unban_found(call, &found)?;
    let said = match done.already {
        true => format!("{name} is not banned."),
        false => format!("{name} is not banned any more, and may join."),
    };
    Ok(noted(call, &said, &done))
}

pub(super) fn mute(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = somebody(call, &mut words, "/mute NAME [2h] [REASON]")?;
    let name = found.name(call)?;
    let until = words.span().and_then(|span| span.until(call.now));
    let done = mute_found(call, &found, (words.rest().to_owned(), until))?;
    let said = stands(call, &name, "muted", &done)?;
    Ok(noted(call, &said, &done))
}

pub(super) fn unmute(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let found = somebody(call, &mut Words::new(arguments), "/unmute NAME")?;
    let name = found.name(call)?;
    let done = unmute_found(call, &found)?;
    let said = match done.already {
        true => format!("{name} is not muted."),
        false => format!("{name} may write again."),
    };
    Ok(noted(call, &said, &done))
}

/// How long everybody waits between two messages: `/slow 30s`, `/slow off`.
pub(super) fn slow(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let secs = match (words.keyword(&["off", "aus", "0"]), words.span()) {
        (true, _) => 0,
        (false, Some(Span::For(span))) => u32::try_from(span.as_secs()).unwrap_or(u32::MAX),
        (false, Some(Span::Forever) | None) => {
            let what = "That is no time to wait between two messages.";
            return Err(Refusal::new(RefusalCode::BadRequest, what, "Send /slow 30s, or /slow off.").into());
        }
    };
    let mut settings = call.settings().clone();
    settings.moderation.slow = secs;
    call.act(Act::ChangeSettings(Box::new(settings)))?;
    Ok(match secs {
        0 => "Everybody may write as fast as they like.".to_owned(),
        secs => format!("Each member may write once in {}.", date::span_in_words(secs.into())),
    })
}

/// Who is kept out, and who may not write; or what is known of one of them.
pub(super) fn list(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    if let Some(name) = Words::new(arguments).person() {
        return one(call, name);
    }
    let request = BansRequest { limit: Some(PAGE), after: None, max_bytes: Some(1 << 20) };
    let banned = bans(call, request, Style::Named)?.people;
    let muted = mutes(call, request, Style::Named)?.people;
    let people = banned.iter().map(|person| (person, "banned"));
    let mut said = String::new();
    for (person, what) in people.chain(muted.iter().map(|person| (person, "muted"))) {
        let piece = line(call, person, what)?;
        if said.len() + piece.len() > call.room.saturating_sub(MORE.len()) {
            return Ok(said + MORE);
        }
        said = if said.is_empty() { piece } else { format!("{said}\n{piece}") };
    }
    Ok(if said.is_empty() { "Nobody is banned or muted.".to_owned() } else { said })
}

fn one(call: &mut Call<'_, '_>, name: &str) -> Result<String, Failure> {
    let found = resolve_text(call, name)?;
    let gid = call.group.facts.gid;
    let ban = call.store.ban(gid, found.identity)?.filter(|ban| ban.holds(call.now));
    let mute = call.store.mute(gid, found.identity)?.filter(|mute| mute.holds(call.now));
    let name = found.name(call)?;
    let (what, by, reason, until) = match (ban, mute) {
        (Some(ban), _) => ("banned", ban.by, ban.reason, ban.until),
        (None, Some(mute)) => ("muted", mute.by, mute.reason, mute.until),
        (None, None) => return Ok(format!("{name} is not banned and not muted.")),
    };
    let by = by_whom(call, by)?;
    Ok(fit(&ended(&format!("{name} is {what} by {by}, {}", how_long(until)), &reason), call.room))
}

/// One line of a list.
fn line(call: &Call<'_, '_>, person: &Barred, what: &str) -> Result<String, Failure> {
    let name = shown_name(person.nick.as_deref(), person.identity, false);
    let by = by_whom(call, person.by)?;
    let until = how_long(person.until.map(at));
    let said = ended(&format!("{name} {what} by {by}, {until}"), &person.reason);
    Ok(fit(&said, MAX_LINE))
}

/// Publishes or drops what waits, or says what does: `/hold`, `/hold 12`, `/hold 12 ok`, `/hold 12 drop REASON`.
pub(super) fn held(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let Some(number) = words.word() else { return waiting(call) };
    let seq = number.trim_start_matches('#').parse::<u64>().map_err(|_| how_to_hold())?;
    if words.is_empty() {
        return look(call, seq);
    }
    let verdict = match (words.keyword(PUBLISH), words.keyword(DROP)) {
        (true, _) => Verdict::Publish,
        (false, true) => Verdict::Drop,
        (false, false) => return Err(how_to_hold().into()),
    };
    let reason = Some(words.rest().to_owned()).filter(|_| verdict == Verdict::Drop);
    let done = review(call, ReviewRequest { seq, verdict, reason }, Style::Named)?;
    Ok(match (verdict, done.already, done.seq) {
        (Verdict::Publish, false, Some(seq)) => format!("It is published as number {seq}."),
        (Verdict::Drop, false, _) => "It is dropped, and its author is told.".to_owned(),
        (_, true, Some(seq)) => format!("Somebody has published it before, as number {seq}."),
        (_, _, None) => "Somebody has dropped it before.".to_owned(),
    })
}

fn waiting(call: &mut Call<'_, '_>) -> Result<String, Failure> {
    call.check(Permission::Review)?;
    let request = HoldRequest { limit: Some(PAGE), after: None, max_bytes: Some(1 << 20) };
    let found = hold(call, request, Style::Named)?;
    if found.held.is_empty() {
        return Ok("No message waits.".to_owned());
    }
    let how = "/hold N to read, /hold N ok, /hold N drop WHY.";
    let mut said = String::new();
    for item in &found.held {
        let piece = format!("{}\n", shown_held(call, item, SNIPPET)?);
        if said.len() + piece.len() + how.len() > call.room {
            break;
        }
        said += &piece;
    }
    Ok(said + how)
}

/// One that waits, as far as it fits.
fn look(call: &mut Call<'_, '_>, seq: u64) -> Result<String, Failure> {
    call.check(Permission::Review)?;
    let after = Some(seq.saturating_sub(1));
    let found = hold(call, HoldRequest { limit: Some(1), after, max_bytes: Some(1 << 20) }, Style::Named)?;
    match found.held.first().filter(|item| item.seq == seq) {
        Some(item) => Ok(fit(&shown_held(call, item, call.room)?, call.room)),
        None => {
            let what = format!("No message {seq} waits for somebody to look at it.");
            Err(Refusal::new(RefusalCode::NotFound, what, "See which ones do: /hold.").into())
        }
    }
}

fn shown_held(call: &Call<'_, '_>, item: &HeldItem, most: usize) -> Result<String, Failure> {
    let name = name_in_chat(call.store, call.group.facts.gid, item.author)?;
    let text = item.text.as_deref().unwrap_or("(sealed)");
    // A line break inside a message would look like somebody else's line.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(format!("{} {}, for {}: {}", item.seq, fit(&name, 40), fit(&item.why, 40), fit(&text, most)))
}

fn how_to_hold() -> Refusal {
    let then = "Send /hold, /hold 12, /hold 12 ok, or /hold 12 drop and why.";
    Refusal::new(RefusalCode::BadRequest, "That says nothing about a message that waits.", then)
}

fn somebody(call: &Call<'_, '_>, words: &mut Words<'_>, usage: &str) -> Result<Found, Failure> {
    match words.person() {
        Some(name) => resolve_text(call, name),
        None => {
            let what = "Nobody is named.";
            Err(Refusal::new(RefusalCode::BadRequest, what, format!("Send {usage}.")).into())
        }
    }
}

/// What holds about somebody now: by the caller, or already by somebody else.
fn stands(call: &Call<'_, '_>, name: &str, what: &str, done: &DoneAnswer) -> Result<String, Failure> {
    let until = how_long(done.until.map(at));
    if !done.already {
        return Ok(format!("{name} is {what} {until}."));
    }
    let by = by_whom(call, done.by)?;
    Ok(ended(
        &format!("{name} is {what} already, by {by}, {until}"),
        done.reason.as_deref().unwrap_or_default(),
    ))
}

fn ended(said: &str, reason: &str) -> String {
    if reason.is_empty() { format!("{said}.") } else { format!("{said}: {reason}") }
}

fn how_long(until: Option<UnixTime>) -> String {
    until.map_or_else(|| "for good".to_owned(), |until| format!("until {}", date::in_words(until)))
}

fn by_whom(call: &Call<'_, '_>, by: Option<IdentityHash>) -> Result<String, Failure> {
    match by {
        None => Ok("the operator".to_owned()),
        Some(by) => Ok(name_in_chat(call.store, call.group.facts.gid, by)?),
    }
}

/// With what should be known about the name that was given.
fn noted(call: &Call<'_, '_>, said: &str, done: &DoneAnswer) -> String {
    match &done.note {
        Some(note) => fit(&format!("{said} {note}"), call.room),
        None => fit(said, call.room),
    }
}
