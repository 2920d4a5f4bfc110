//! `/info`, `/history` and `/status`: what can be read in chat.
//! Not the answers to programs, which say more.

use super::{fit, unquoted};
use crate::api::info::DISCLOSURES;
use crate::api::messages::{Line, Which, lines};
use crate::api::status::{self, StatusAnswer, StatusRequest};
use crate::api::{Call, Failure, format::Style};
use crate::group::{Permission, Refusal, RefusalCode, Sentence};

/// Most messages in one answer.
const MAX_HISTORY: u32 = 50;
/// Longest answer to who asks for a number of messages, and so for more than one packet.
const MAX_HISTORY_BYTES: usize = 8 * 1024;
/// Messages that are looked at for an answer of one packet.
const DEFAULT_HISTORY: u32 = 10;

pub(super) fn info(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let facts = &call.group.facts;
    let name = fit(&facts.settings.name, 60);
    let members = call.say(&[Sentence::MemberCount { count: facts.member_count }])?;
    let [share, reads, removes] = DISCLOSURES;
    let kept = facts.settings.retention.sentence();
    let more = call.say(&[share, reads, removes, kept, Sentence::JoinToTakePart])?;
    Ok(fit(&format!("{name}: {members}. {more}"), call.room))
}

pub(super) fn history(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (limit, bytes) = match unquoted(arguments) {
        "" => (DEFAULT_HISTORY, call.room.min(MAX_HISTORY_BYTES)),
        number => (wanted(number)?, MAX_HISTORY_BYTES),
    };
    // Who may delete any of them needs their numbers.
    let numbered = call.check(Permission::DeleteAny).is_ok();
    let mut left = bytes;
    let mut first = true;
    let mut fits = |line: &mut Line| {
        if numbered {
            line.name = format!("#{} {}", line.seq, line.name);
        }
        let head = line.name.len() + 2;
        line.flatten();
        if std::mem::take(&mut first) {
            line.text = fit(&line.text, left.saturating_sub(head));
        }
        let cost = head + line.text.len() + 1;
        // The last line has no line break after it.
        let fits = cost <= left + 1;
        left = left.saturating_sub(cost);
        fits
    };
    let lines = lines(call, &Which::Latest, limit, &mut fits)?;
    if lines.is_empty() {
        return call.say(&[Sentence::NothingSaidYet]);
    }
    let shown: Vec<_> = lines.iter().map(|line| format!("{}: {}", line.name, line.text)).collect();
    Ok(shown.join("\n"))
}

pub(super) fn status(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let seq = match unquoted(arguments) {
        "" => None,
        number => Some(number.parse().map_err(|_| no_number(number))?),
    };
    let state = status::status(call, StatusRequest { seq }, Style::Named)?;
    let StatusAnswer { seq, copies, delivered, on_nodes, waiting, given_up, fetched, .. } = state;
    let mut said = vec![Sentence::Stored { seq }];
    if copies > 0 {
        said.push(Sentence::HaveIt { delivered, copies });
    }
    let counts = [
        (on_nodes, Sentence::OnNodes { count: on_nodes }),
        (waiting, Sentence::StillWaiting { count: waiting }),
        (given_up, Sentence::GivenUp { count: given_up }),
        (fetched, Sentence::FetchedBy { count: fetched }),
    ];
    said.extend(counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, sentence)| sentence));
    call.say(&said)
}

fn no_number(text: &str) -> Refusal {
    let what = Sentence::NoNumberOfAMessage { text: fit(text, 20) };
    Refusal::new(RefusalCode::BadRequest, what, Sentence::SendStatus)
}

fn wanted(number: &str) -> Result<u32, Refusal> {
    match number.parse::<u32>() {
        Ok(wanted @ 1..) => Ok(wanted.min(MAX_HISTORY)),
        _ => {
            let what = Sentence::NoNumberOfMessages { text: fit(number, 20) };
            Err(Refusal::new(RefusalCode::BadRequest, what, Sentence::SendHistory))
        }
    }
}
