//! `/approve`, `/deny`, `/add`, `/pending` and the words about invites: letting people in.
//! Not the rules; the acts are the same as the API's.

use super::time::Span;
use super::{Words, fit};
use crate::api::approval::{
    self, AddRequest, ApproveAnswer, ApproveRequest, DenyRequest, PendingRequest, Waiting,
};
use crate::api::invites::{self, InviteRequest, InvitesRequest, RevokeInviteRequest};
use crate::api::members::{name_in_chat, shown_name};
use crate::api::person::{PersonRef, resolve_text};
use crate::api::refusal::wrong_field;
use crate::api::{Call, Failure, format::Style};
use crate::group::date::in_words;
use crate::group::{Refusal, RefusalCode, Sentence};
use crate::rns::time::UnixTime;

/// More than any answer has room for.
const PAGE: u32 = 1_000;
/// Bytes that an answer in chat may be made of.
const MAX_READ: u32 = 1 << 20;
/// Longest piece of what an applicant says in the list.
const MAX_TEXT: usize = 60;
/// How long an invite holds that was made in chat, unless it says otherwise.
const WEEK: Span = Span::For(std::time::Duration::from_hours(7 * 24));

pub(super) fn approve(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let Some(person) = words.person() else { return pending(call, "") };
    let person = PersonRef::Text(person.to_owned());
    let answer = approval::approve(call, ApproveRequest { person }, Style::Named)?;
    let name = name_in_chat(call.store, call.group.facts.gid, answer.identity)?;
    let said = match answer.number {
        Some(number) => Sentence::IsMember { name, number: number.0 },
        None => Sentence::MayComeIn { name },
    };
    with_note(call, said, &answer)
}

pub(super) fn deny(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let Some(person) = words.person() else { return Err(nobody().into()) };
    let found = resolve_text(call, person)?;
    let name = found.name(call)?;
    let person = PersonRef::Hash(*found.identity.as_bytes());
    let reason = Some(words.rest().to_owned());
    approval::deny(call, DenyRequest { person, reason }, Style::Named)?;
    call.say(&[Sentence::IsNotLetIn { name }])
}

pub(super) fn add(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let Some(person) = words.person() else { return Err(nobody().into()) };
    let person = PersonRef::Text(person.to_owned());
    let nick = Some(words.rest().to_owned()).filter(|nick| !nick.is_empty());
    let answer = approval::add(call, AddRequest { person, nick }, Style::Named)?;
    let name = name_in_chat(call.store, call.group.facts.gid, answer.identity)?;
    let number = answer.number.map_or(0, |number| number.0);
    with_note(call, Sentence::IsMember { name, number }, &answer)
}

pub(super) fn pending(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let all = PendingRequest { limit: Some(PAGE), after: None, max_bytes: Some(MAX_READ) };
    let waiting = approval::pending(call, all, Style::Named)?.applicants;
    if waiting.is_empty() {
        return call.say(&[Sentence::NobodyWaits]);
    }
    let head = Sentence::PeopleWaiting { count: waiting.len() };
    listed(call, &head, waiting.iter().map(applicant), &Sentence::ApproveOrDeny)
}

pub(super) fn invite(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    let (mut uses, mut span) = (1, WEEK);
    while !words.is_empty() {
        if let Some(given) = words.span() {
            span = given;
        } else if let Some(number) = words.word().and_then(|word| word.parse().ok()) {
            uses = number;
        } else {
            let (what, then) = (Sentence::NoUsesNorTime, Sentence::SendInvite);
            return Err(Refusal::new(RefusalCode::BadRequest, what, then).into());
        }
    }
    let until = span.until(call.now);
    let request = InviteRequest { uses: Some(uses), until: until.map(UnixTime::as_secs) };
    let made = invites::create(call, request, Style::Named)?;
    let is = Sentence::InviteIs { invite: made.invite, uses, until, code: made.code.into() };
    let whole = call.say(&[is.clone(), Sentence::HandInviteOn { link: made.link }])?;
    if whole.len() <= call.room { Ok(whole) } else { call.say(&[is]) }
}

pub(super) fn list(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let all = InvitesRequest { limit: Some(PAGE), after: None, max_bytes: Some(MAX_READ) };
    let invites = invites::list(call, all, Style::Named)?.invites;
    if invites.is_empty() {
        return call.say(&[Sentence::NoInvites]);
    }
    let mut pieces = Vec::new();
    for invite in &invites {
        let by = match invite.by {
            Some(by) => name_in_chat(call.store, call.group.facts.gid, by)?,
            None => "-".to_owned(),
        };
        let until = invite.until.and_then(|secs| i64::try_from(secs).ok()).map_or_else(String::new, |secs| {
            format!(" < {}", in_words(UnixTime::from_micros(secs.saturating_mul(1_000_000))))
        });
        pieces.push(format!("{}: {}/{}{until} ({by})", invite.invite, invite.used, invite.uses));
    }
    let head = Sentence::InvitesStand { count: invites.len() };
    listed(call, &head, pieces.into_iter(), &Sentence::TakeInviteBack)
}

pub(super) fn revoke(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let number =
        arguments.trim().trim_start_matches('#').parse().map_err(|_| {
            Refusal::new(RefusalCode::BadRequest, Sentence::NoInviteNumber, Sentence::SeeInvites)
        })?;
    invites::revoke(call, RevokeInviteRequest { invite: number }, Style::Named)?;
    call.say(&[Sentence::InviteGone { invite: number }])
}

/// As many pieces as fit, and what can be done about them.
fn listed(
    call: &Call<'_, '_>,
    head: &Sentence,
    pieces: impl Iterator<Item = String>,
    then: &Sentence,
) -> Result<String, Failure> {
    const MORE: &str = " …";
    let language = call.language()?;
    let (mut said, then) = (head.said_in(language), then.said_in(language));
    for piece in pieces {
        if said.len() + piece.len() + then.len() + MORE.len() + 3 > call.room {
            said += MORE;
            break;
        }
        said = format!("{said} {piece}.");
    }
    Ok(fit(&format!("{said} {then}"), call.room))
}

fn applicant(waiting: &Waiting) -> String {
    let name = shown_name(waiting.nick.as_deref(), waiting.identity, true);
    match waiting.text.as_str() {
        "" => name,
        text => format!("{name}: {}", fit(text, MAX_TEXT)),
    }
}

fn with_note(call: &Call<'_, '_>, said: Sentence, answer: &ApproveAnswer) -> Result<String, Failure> {
    let said = call.say(&[said])?;
    Ok(match &answer.note {
        Some(note) => format!("{said} {note}"),
        None => said,
    })
}

fn nobody() -> Refusal {
    wrong_field("person", Sentence::NobodyNamed, Sentence::GiveAName)
}
