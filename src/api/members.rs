//! `/api/v1/members`: who is a member, and what they are called.
//! Not becoming one.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::{Call, Failure};
use crate::group::rules;
use crate::group::{GroupId, Member, MemberNumber, Role};
use crate::rns::hash::IdentityHash;
use crate::store::{StoreError, Transaction};

/// Fewest bytes that a member takes in a list: the identity hash alone has 18.
const LEAST_PERSON: usize = 18;

/// Asks who is a member, page by page.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
pub struct MembersRequest {
    /// Most members in the answer: 20 unless said otherwise, 10,000 at most.
    pub limit: Option<u32>,
    /// Only members with a higher number than this: `next` of the page before.
    pub after: Option<u32>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
    /// Only members with this in their nick, or whose identity hash begins so in hex.
    pub q: Option<String>,
}

/// Some of the members, in the order of joining.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct MembersAnswer {
    /// The members.
    pub people: Vec<Person>,
    /// Are there more?
    pub more: bool,
    /// For `after` of the next page.
    pub next: u32,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Person {
    /// Their number in this group.
    #[schemars(with = "u32")]
    pub number: MemberNumber,
    /// Who.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// What they want to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// What they are to the group, where that is not `member`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// When they joined, in seconds since 1970.
    pub joined: u64,
}

impl Person {
    fn new(member: Member, role: Role) -> Self {
        Self {
            number: member.number,
            identity: member.identity,
            nick: member.nick,
            role: (role != Role::Member).then(|| role.name()),
            joined: member.joined.as_secs(),
        }
    }
}

/// Serves `/api/v1/members`.
pub fn members(
    call: &mut Call<'_, '_>,
    request: MembersRequest,
    style: Style,
) -> Result<MembersAnswer, Failure> {
    let MembersRequest { limit, after, max_bytes, q } = request;
    let max_bytes = budget::max_bytes(call, max_bytes)?;
    // Rows that cannot fit need not be read.
    let fits = u32::try_from(max_bytes / LEAST_PERSON).unwrap_or(u32::MAX);
    let limit = budget::limit(limit).min(fits);
    let mut answer =
        MembersAnswer { people: Vec::new(), more: false, next: call.group.facts.next_member_number.0 };
    let mut budget = Budget::new(style, max_bytes, &answer);
    answer.next = after.unwrap_or(0);
    let after = after.map(MemberNumber);
    // One more than asked for shows whether there are more.
    let (gid, most) = (call.group.facts.gid, limit.saturating_add(1));
    let page = match q.as_deref().map(str::trim).filter(|q| !q.is_empty()) {
        None => call.store.members_page(gid, after, most)?,
        Some(q) => call.store.members_like(gid, after, most, q)?,
    };
    for (count, member) in (0..).zip(page) {
        let role = rules::role_of(&call.group.facts, &member, call.now);
        let person = Person::new(member, role);
        if count == limit || !budget.take(Budget::cost(style, &person)) {
            answer.more = true;
            break;
        }
        answer.next = person.number.0;
        answer.people.push(person);
    }
    Ok(answer)
}

/// What a person is called in a chat: their nick, or the beginning of their identity hash, or both when several members
/// have that nick.
pub fn name_in_chat(
    store: &Transaction<'_>,
    gid: GroupId,
    identity: IdentityHash,
) -> Result<String, StoreError> {
    let nick = store.member(gid, identity)?.and_then(|member| member.nick);
    let shared = nick.as_ref().map_or(Ok(false), |nick| store.nick_is_shared(gid, nick))?;
    Ok(shown_name(nick.as_deref(), identity, shared))
}

/// Nothing in it can be taken for the end of the name, and nothing hides, also where an event from elsewhere has brought
/// a nick that the rules would refuse: some clients leave out what stands in brackets.
pub fn shown_name(nick: Option<&str>, identity: IdentityHash, shared: bool) -> String {
    let short = identity.short();
    let nick: String = nick.unwrap_or_default().chars().filter(|c| rules::may_be_in_a_nick(*c)).collect();
    match nick.trim() {
        "" => short,
        nick if shared => format!("{nick} ({short})"),
        nick => nick.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shown_name_cannot_end_early_or_hide() {
        let identity = IdentityHash::from_bytes([0xab; 16]);
        assert_eq!(shown_name(Some("Anna"), identity, false), "Anna");
        assert_eq!(shown_name(Some("Anna"), identity, true), "Anna (abababab)");
        assert_eq!(shown_name(Some("[x] Anna: hi>\n\u{202e}"), identity, false), "x Anna hi");
        assert_eq!(shown_name(Some(" :: "), identity, true), "abababab");
        assert_eq!(shown_name(None, identity, false), "abababab");
    }
}
