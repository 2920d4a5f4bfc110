//! `/api/v1/members/approve`, `deny`, `add` and `/api/v1/pending`: letting people in, and who waits for it.
//! Not asking to come in; that is `joining`.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::person::{self, PersonRef};
use super::{Call, Failure};
use crate::group::{Act, Applicant, MemberNumber, Seq};
use crate::rns::hash::IdentityHash;

/// Fewest bytes that somebody takes in the list: the identity hash alone has 18.
const LEAST_APPLICANT: usize = 18;

/// Lets somebody in who waits; who does not may come in as soon as they ask.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct ApproveRequest {
    /// Whom.
    pub person: PersonRef,
}

/// They are let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ApproveAnswer {
    /// Who.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// Are they a member now? If not, they will be when they ask.
    pub member: bool,
    /// Their number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub number: Option<MemberNumber>,
    /// What the name turned out to be, where it was not what it seemed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Does not let somebody in who waits, or takes back an approval in advance.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct DenyRequest {
    /// Whom.
    pub person: PersonRef,
    /// Why; they are told. 200 bytes at most.
    pub reason: Option<String>,
}

/// They are not let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct DenyAnswer {
    /// Who.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// Always false.
    pub member: bool,
}

/// Makes somebody a member who has not asked.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct AddRequest {
    /// Whom.
    pub person: PersonRef,
    /// What they are called, until they say otherwise.
    pub nick: Option<String>,
}

/// Asks who waits for approval, page by page.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct PendingRequest {
    /// Most people in the answer: 20 unless said otherwise.
    pub limit: Option<u32>,
    /// Only people who asked after this: `next` of the page before.
    pub after: Option<u64>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Some of those who wait, who has waited longest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct PendingAnswer {
    /// Who.
    pub applicants: Vec<Waiting>,
    /// Are there more?
    pub more: bool,
    /// For `after` of the next page.
    pub next: u64,
}

/// Somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Waiting {
    /// Who.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// What they want to be called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// What they say.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Since when, in seconds since 1970.
    pub asked: u64,
}

/// Serves `/api/v1/members/approve`.
pub fn approve(call: &mut Call<'_, '_>, request: ApproveRequest, _: Style) -> Result<ApproveAnswer, Failure> {
    let ApproveRequest { person } = request;
    let found = person::resolve(call, &person)?;
    call.act(Act::Approve { identity: found.identity })?;
    let member = call.store.member(call.group.facts.gid, found.identity)?;
    let number = member.map(|member| member.number);
    let note = found.note().filter(|_| number.is_none()).map(|note| call.say(&[note])).transpose()?;
    Ok(ApproveAnswer { identity: found.identity, member: number.is_some(), number, note })
}

/// Serves `/api/v1/members/deny`.
pub fn deny(call: &mut Call<'_, '_>, request: DenyRequest, _: Style) -> Result<DenyAnswer, Failure> {
    let identity = person::resolve(call, &request.person)?.identity;
    call.act(Act::Deny { identity, reason: request.reason.unwrap_or_default() })?;
    Ok(DenyAnswer { identity, member: false })
}

/// Serves `/api/v1/members/add`.
pub fn add(call: &mut Call<'_, '_>, request: AddRequest, _: Style) -> Result<ApproveAnswer, Failure> {
    let found = person::resolve(call, &request.person)?;
    let identity = found.identity;
    let note = found.note().map(|note| call.say(&[note])).transpose()?;
    call.act(Act::Add { identity, nick: request.nick })?;
    let number = call.store.member(call.group.facts.gid, identity)?.map(|member| member.number);
    Ok(ApproveAnswer { identity, member: number.is_some(), number, note })
}

/// Serves `/api/v1/pending`.
pub fn pending(
    call: &mut Call<'_, '_>,
    request: PendingRequest,
    style: Style,
) -> Result<PendingAnswer, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    // Rows that cannot fit need not be read.
    let fits = u32::try_from(max_bytes / LEAST_APPLICANT).unwrap_or(u32::MAX);
    let limit = budget::limit(request.limit).min(fits);
    let after = request.after.unwrap_or(0);
    let mut answer = PendingAnswer { applicants: Vec::new(), more: false, next: u64::MAX };
    let mut budget = Budget::new(style, max_bytes, &answer);
    answer.next = after;
    // One more than asked for shows whether there are more.
    let page = call.store.applicants_page(call.group.facts.gid, Seq(after), limit.saturating_add(1))?;
    for (count, applicant) in (0..).zip(page) {
        let asked = applicant.asked.0;
        let mut waiting = Waiting::from(applicant);
        if count == 0 && Budget::cost(style, &waiting) > budget.left() {
            // The first one must fit, or nobody would ever get past it.
            let bare = Budget::cost(style, &Waiting { text: "…".into(), ..waiting.clone() });
            waiting.text = budget.cut(&waiting.text, budget.left().saturating_sub(bare)).to_owned() + "…";
        }
        if count == limit || !budget.take(Budget::cost(style, &waiting)) {
            answer.more = true;
            break;
        }
        answer.next = asked;
        answer.applicants.push(waiting);
    }
    Ok(answer)
}

impl From<Applicant> for Waiting {
    fn from(applicant: Applicant) -> Self {
        let Applicant { identity, nick, text, asked: _, since } = applicant;
        Self { identity, nick, text, asked: since.as_secs() }
    }
}
