//! `/help`, `/info`, `/history` and `/status`: what can be read in chat.
//! Not the answers to programs, which say more.

use super::{COMMANDS, ONE_PACKET, fit, unquoted};
use crate::api::info::{DISCLOSURES, RETENTION};
use crate::api::messages::{Line, latest_lines};
use crate::api::status::{self, StatusAnswer, StatusRequest};
use crate::api::{Call, Failure, format::Style};
use crate::group::{Refusal, RefusalCode};

/// Most messages in one answer.
const MAX_HISTORY: u32 = 50;
/// Longest answer to who asks for a number of messages, and so for more than one packet.
const MAX_HISTORY_BYTES: usize = 8 * 1024;
/// Messages that are looked at for an answer of one packet.
const DEFAULT_HISTORY: u32 = 10;

pub(super) fn help(_: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let usages: Vec<_> = COMMANDS.iter().map(|command| command.usage).collect();
    Ok(format!("{}. Anything else is posted to the group if you are a member.", usages.join(", ")))
}

pub(super) fn info(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let facts = &call.group.facts;
    let name = fit(&facts.settings.name, 60);
    let members = match facts.member_count {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    };
    let disclosures = DISCLOSURES.join(" ");
    Ok(fit(&format!("{name}: {members}. {disclosures} {RETENTION} /join to take part."), ONE_PACKET))
}

pub(super) fn history(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let (limit, bytes) = match unquoted(arguments) {
        "" => (DEFAULT_HISTORY, ONE_PACKET),
        number => (wanted(number)?, MAX_HISTORY_BYTES),
    };
    let mut left = bytes;
    let mut first = true;
    let mut fits = |line: &mut Line| {
        let head = line.name.len() + 2;
        // A line break inside a message would look like somebody else's line.
        line.text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
        if std::mem::take(&mut first) {
            line.text = fit(&line.text, left.saturating_sub(head));
        }
        let cost = head + line.text.len() + 1;
        // The last line has no line break after it.
        let fits = cost <= left + 1;
        left = left.saturating_sub(cost);
        fits
    };
    let lines = latest_lines(call, limit, &mut fits)?;
    if lines.is_empty() {
        return Ok("Nothing has been said yet.".to_owned());
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
    let mut said = format!("Message {seq} is stored.");
    if copies > 0 {
        said += &format!(" {delivered} of {copies} members who are sent messages have it.");
    }
    for (count, what) in [
        (on_nodes, "on propagation nodes for others"),
        (waiting, "still to be delivered"),
        (given_up, "given up"),
    ] {
        if count > 0 {
            said += &format!(" {count} {what}.");
        }
    }
    if fetched > 0 {
        said += &format!(" Fetched by {fetched}.");
    }
    Ok(said)
}

fn no_number(text: &str) -> Refusal {
    let what = format!("\u{201c}{}\u{201d} is no number of a message.", fit(text, 20));
    Refusal::new(
        RefusalCode::BadRequest,
        what,
        "Send /status, or /status and the number of a message of yours.",
    )
}

fn wanted(number: &str) -> Result<u32, Refusal> {
    match number.parse::<u32>() {
        Ok(wanted @ 1..) => Ok(wanted.min(MAX_HISTORY)),
        _ => {
            let what = format!("\u{201c}{}\u{201d} is no number of messages.", fit(number, 20));
            Err(Refusal::new(RefusalCode::BadRequest, what, "Send /history 10."))
        }
    }
}
