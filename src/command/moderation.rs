//! `/kick`, `/ban`, `/unban`, `/bans`, `/mute`, `/unmute`, `/slow` and `/hold`: what staff does in chat.
//! Not who may; the rules decide that.

use super::{Span, Words, fit, named};
use crate::api::bans::{BansRequest, Barred, bans, mutes};
use crate::api::format::Style;
use crate::api::held::{HeldItem, HoldRequest, ReviewRequest, Verdict, hold, review};
use crate::api::members::{name_in_chat, shown_name};
use crate::api::moderation::{DoneAnswer, at, ban_found, kick_found, mute_found, unban_found, unmute_found};
use crate::api::person::{Found, resolve_text};
use crate::api::{Call, Failure};
use crate::group::sentence::Bar;
use crate::group::{Act, Permission, Refusal, RefusalCode, Remove, Sentence};
use crate::rns::hash::IdentityHash;

/// Words that delete what a person has said when they are banned.
const PURGE: &[&str] = &["purge", "all", "alles"];
/// Words that publish what waits.
const PUBLISH: &[&str] = &["ok", "yes", "publish", "approve", "allow", "ja"];
/// Words that drop it.
const DROP: &[&str] = &["drop", "no", "deny", "delete", "nein"];
/// Longest line of a list.
const MAX_LINE: usize = 120;
/// More than any answer has room for.
const PAGE: u32 = 200;
/// Bytes of each message that waits, in a list of several.
const SNIPPET: usize = 60;

pub(super) fn kick(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = somebody(call, &mut words, "kick")?;
    let name = found.name(call)?;
    let done = kick_found(call, &found, words.rest().to_owned())?;
    let said = match done.already {
        true => Sentence::WasNoMember { name },
        false => Sentence::SentAway { name },
    };
    noted(call, vec![said], &done)
}

pub(super) fn ban(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = somebody(call, &mut words, "ban")?;
    let name = found.name(call)?;
    // In either order, for who remembers that there were two words.
    let purges = words.keyword(PURGE);
    let until = words.span().and_then(|span| span.until(call.now));
    let remove = if purges || words.keyword(PURGE) { Remove::All } else { Remove::Nothing };
    let done = ban_found(call, &found, (words.rest().to_owned(), until), remove)?;
    let mut said = vec![stands(call, name, Barrier::Ban, &done)?];
    said.extend(done.removed.map(|count| Sentence::MessagesDeleted { count }));
    noted(call, said, &done)
}

pub(super) fn unban(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let found = somebody(call, &mut Words::new(arguments), "unban")?;
    let name = found.name(call)?;
    let done = unban_found(call, &found)?;
    let said = match done.already {
        true => Sentence::NotBanned { name },
        false => Sentence::BannedNoMore { name },
    };
    noted(call, vec![said], &done)
}

pub(super) fn mute(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let found = somebody(call, &mut words, "mute")?;
    let name = found.name(call)?;
    let until = words.span().and_then(|span| span.until(call.now));
    let done = mute_found(call, &found, (words.rest().to_owned(), until))?;
    let said = stands(call, name, Barrier::Mute, &done)?;
    noted(call, vec![said], &done)
}

pub(super) fn unmute(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let found = somebody(call, &mut Words::new(arguments), "unmute")?;
    let name = found.name(call)?;
    let done = unmute_found(call, &found)?;
    let said = match done.already {
        true => Sentence::NotMuted { name },
        false => Sentence::MutedNoMore { name },
    };
    noted(call, vec![said], &done)
}

/// How long everybody waits between two messages: `/slow 30s`, `/slow off`.
pub(super) fn slow(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let secs = match (words.keyword(&["off", "aus", "0"]), words.span()) {
        (true, _) => 0,
        (false, Some(Span::For(span))) => u32::try_from(span.as_secs()).unwrap_or(u32::MAX),
        (false, Some(Span::Forever) | None) => {
            let (what, then) = (Sentence::NoTimeToWait, Sentence::SendSlow);
            return Err(Refusal::new(RefusalCode::BadRequest, what, then).into());
        }
    };
    let mut settings = call.settings().clone();
    settings.moderation.slow = secs;
    call.act(Act::ChangeSettings(Box::new(settings)))?;
    call.say(&[match secs {
        0 => Sentence::AsFastAsTheyLike,
        secs => Sentence::SlowNow { secs: secs.into() },
    }])
}

/// Who is kept out, and who may not write; or what is known of one of them.
pub(super) fn list(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    if let Some(name) = Words::new(arguments).person() {
        return one(call, name);
    }
    let request = BansRequest { limit: Some(PAGE), after: None, max_bytes: Some(1 << 20) };
    let banned = bans(call, request, Style::Named)?.people;
    let muted = mutes(call, request, Style::Named)?.people;
    let people = banned.iter().map(|person| (person, Barrier::Ban));
    let more = format!("\n{}", call.say(&[Sentence::MoreBarred])?);
    let mut said = String::new();
    for (person, barrier) in people.chain(muted.iter().map(|person| (person, Barrier::Mute))) {
        let piece = fit(&call.say(&[line(call, person, barrier)?])?, MAX_LINE);
        if said.len() + piece.len() > call.room.saturating_sub(more.len()) {
            return Ok(said + &more);
        }
        said = if said.is_empty() { piece } else { format!("{said}\n{piece}") };
    }
    if said.is_empty() { call.say(&[Sentence::NobodyIsBarred]) } else { Ok(said) }
}

fn one(call: &mut Call<'_, '_>, name: &str) -> Result<String, Failure> {
    let found = resolve_text(call, name)?;
    let gid = call.group.facts.gid;
    let ban = call.store.ban(gid, found.identity)?.filter(|ban| ban.holds(call.now));
    let mute = call.store.mute(gid, found.identity)?.filter(|mute| mute.holds(call.now));
    let name = found.name(call)?;
    let (barrier, by, reason, until) = match (ban, mute) {
        (Some(ban), _) => (Barrier::Ban, ban.by, ban.reason, ban.until),
        (None, Some(mute)) => (Barrier::Mute, mute.by, mute.reason, mute.until),
        (None, None) => return call.say(&[Sentence::NotBarred { name }]),
    };
    let by = by_whom(call, by)?;
    let said = call.say(&[barrier.is(Bar { name, by, until, reason })])?;
    Ok(fit(&said, call.room))
}

/// One line of a list.
fn line(call: &Call<'_, '_>, person: &Barred, barrier: Barrier) -> Result<Sentence, Failure> {
    let name = shown_name(person.nick.as_deref(), person.identity, false);
    let (by, until) = (by_whom(call, person.by)?, person.until.map(at));
    Ok(barrier.is(Bar { name, by, until, reason: person.reason.clone() }))
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
    call.say(&[match (verdict, done.already, done.seq) {
        (Verdict::Publish, false, Some(seq)) => Sentence::ReviewPublished { seq },
        (Verdict::Drop, false, _) => Sentence::ReviewDropped,
        (_, true, Some(seq)) => Sentence::PublishedBefore { seq },
        (_, _, None) => Sentence::DroppedBefore,
    }])
}

fn waiting(call: &mut Call<'_, '_>) -> Result<String, Failure> {
    call.check(Permission::Review)?;
    let request = HoldRequest { limit: Some(PAGE), after: None, max_bytes: Some(1 << 20) };
    let found = hold(call, request, Style::Named)?;
    if found.held.is_empty() {
        return call.say(&[Sentence::NoMessageWaits]);
    }
    let how = call.say(&[Sentence::HowToReview])?;
    let mut said = String::new();
    for item in &found.held {
        let piece = format!("{}\n", shown_held(call, item, SNIPPET)?);
        if said.len() + piece.len() + how.len() > call.room {
            break;
        }
        said += &piece;
    }
    Ok(said + &how)
}

/// One that waits, as far as it fits.
fn look(call: &mut Call<'_, '_>, seq: u64) -> Result<String, Failure> {
    call.check(Permission::Review)?;
    let after = Some(seq.saturating_sub(1));
    let found = hold(call, HoldRequest { limit: Some(1), after, max_bytes: Some(1 << 20) }, Style::Named)?;
    match found.held.first().filter(|item| item.seq == seq) {
        Some(item) => Ok(fit(&shown_held(call, item, call.room)?, call.room)),
        None => {
            let (what, then) = (Sentence::NotHeldAs { seq }, Sentence::SeeWhichDo);
            Err(Refusal::new(RefusalCode::NotFound, what, then).into())
        }
    }
}

fn shown_held(call: &Call<'_, '_>, item: &HeldItem, most: usize) -> Result<String, Failure> {
    let name = name_in_chat(call.store, call.group.facts.gid, item.author)?;
    let sealed = Sentence::SealedHere.said_in(call.language()?);
    let text = item.text.as_deref().unwrap_or(&sealed);
    // A line break inside a message would look like somebody else's line.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let why = Box::new(Sentence::text(fit(&item.why, 40)));
    let is = Sentence::HeldIs { name: fit(&name, 40).into(), seq: item.seq, why };
    Ok(format!("{}: {}", call.say(&[is])?, fit(&text, most)))
}

fn how_to_hold() -> Refusal {
    Refusal::new(RefusalCode::BadRequest, Sentence::NothingAboutHeld, Sentence::HowToHold)
}

fn somebody(call: &Call<'_, '_>, words: &mut Words<'_>, word: &str) -> Result<Found, Failure> {
    match words.person() {
        Some(name) => resolve_text(call, name),
        None => {
            let usage = named(word, "NAME").map_or("", |command| command.usage);
            let (what, then) = (Sentence::NobodyNamed, Sentence::SendThis { usage });
            Err(Refusal::new(RefusalCode::BadRequest, what, then).into())
        }
    }
}

/// What keeps somebody out, or from writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Barrier {
    Ban,
    Mute,
}

impl Barrier {
    /// That it stands.
    fn is(self, bar: Bar) -> Sentence {
        let bar = Box::new(bar);
        match self {
            Self::Ban => Sentence::IsBanned { bar },
            Self::Mute => Sentence::IsMuted { bar },
        }
    }
}

/// What holds about somebody now: by the caller, or already by somebody else.
fn stands(
    call: &Call<'_, '_>,
    name: String,
    barrier: Barrier,
    done: &DoneAnswer,
) -> Result<Sentence, Failure> {
    let until = done.until.map(at);
    if !done.already {
        let name = name.into();
        return Ok(match barrier {
            Barrier::Ban => Sentence::BannedNow { name, until },
            Barrier::Mute => Sentence::MutedNow { name, until },
        });
    }
    let (by, reason) = (by_whom(call, done.by)?, done.reason.clone().unwrap_or_default());
    let bar = Box::new(Bar { name, by, until, reason });
    Ok(match barrier {
        Barrier::Ban => Sentence::BannedBefore { bar },
        Barrier::Mute => Sentence::MutedBefore { bar },
    })
}

/// The name of who did it; `None` is the operator.
fn by_whom(call: &Call<'_, '_>, by: Option<IdentityHash>) -> Result<Option<String>, Failure> {
    Ok(by.map(|by| name_in_chat(call.store, call.group.facts.gid, by)).transpose()?)
}

/// With what should be known about the name that was given.
fn noted(call: &Call<'_, '_>, mut said: Vec<Sentence>, done: &DoneAnswer) -> Result<String, Failure> {
    said.extend(done.note.as_ref().map(Sentence::text));
    Ok(fit(&call.say(&said)?, call.room))
}
