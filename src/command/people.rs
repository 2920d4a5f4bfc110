//! `/members`, `/whoami` and `/nick`: who is in the group, who somebody is, and who one is oneself.
//! Not what can be done about them.

use super::{Words, fit, unquoted};
use crate::api::me::{MeRequest, me};
use crate::api::members::{MembersRequest, members, shown_name};
use crate::api::person::{Found, resolve_text};
use crate::api::{Call, Failure, format::Style};
use crate::group::Sentence;

/// Bytes of the answer that are kept for how to go on.
const ROOM_TO_GO_ON: usize = 40;
/// More than any answer has room for.
const PAGE: u32 = 1_000;

pub(super) fn list(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let mut words = Words::new(arguments);
    match words.person() {
        None => page(call, 0),
        Some(word) => match word.strip_suffix('+').and_then(|number| number.parse().ok()) {
            Some(after) => page(call, after),
            None => one(call, word),
        },
    }
}

/// Members with a number above `after`, as many as fit.
fn page(call: &mut Call<'_, '_>, after: u32) -> Result<String, Failure> {
    let request = MembersRequest { limit: Some(PAGE), after: Some(after), max_bytes: Some(1 << 20), q: None };
    let found = members(call, request, Style::Named)?;
    let mut said = call.say(&[Sentence::MemberCount { count: call.group.facts.member_count }])? + ":";
    let room = call.room.saturating_sub(ROOM_TO_GO_ON);
    let (mut last, mut left_out) = (after, found.more);
    for person in found.people {
        let name = shown_name(person.nick.as_deref(), person.identity, false);
        let piece = format!(" {} {},", person.number, fit(&name, 40));
        if said.len() + piece.len() > room {
            left_out = true;
            break;
        }
        said += &piece;
        last = person.number.0;
    }
    let said = said.trim_end_matches([',', ':']);
    if !left_out {
        return Ok(format!("{said}."));
    }
    Ok(format!("{said}. {}", call.say(&[Sentence::MoreMembers { after: last }])?))
}

/// Who that is.
fn one(call: &mut Call<'_, '_>, name: &str) -> Result<String, Failure> {
    let found = resolve_text(call, name)?;
    let Found { identity, member, .. } = &found;
    let identity = *identity;
    let who = match member {
        Some(member) => Sentence::WhoIs { name: found.name(call)?, number: member.number.0, identity },
        None => Sentence::IsNoMember { identity },
    };
    call.say(&[who].into_iter().chain(found.note()).collect::<Vec<_>>())
}

/// `/nick`, `/nick NAME`
pub(super) fn nick(call: &mut Call<'_, '_>, arguments: &str) -> Result<String, Failure> {
    let wanted = unquoted(arguments);
    let nick = (!wanted.is_empty()).then(|| wanted.to_owned());
    let me = me(call, MeRequest { nick }, Style::Named)?;
    call.say(&[match me.nick {
        Some(nick) if wanted.is_empty() => Sentence::CalledHere { nick },
        Some(nick) => Sentence::CalledNow { nick },
        None => Sentence::NoNickHere,
    }])
}

/// `/whoami`
pub(super) fn whoami(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    let me = me(call, MeRequest::default(), Style::Named)?;
    let (Some(number), Some(role)) = (me.number, me.role) else {
        return call.say(&[Sentence::YouAreNoMember { identity: me.identity }]);
    };
    let nick = me.nick.map(|nick| fit(&nick, 64)).unwrap_or_default().into();
    let you = Sentence::YouAre { nick, number, role, identity: me.identity.into() };
    let sent = me.relay.map(|relay| Sentence::YouAreSent { relay });
    call.say(&[you].into_iter().chain(sent).collect::<Vec<_>>())
}
