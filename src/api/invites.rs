//! `/api/v1/invites`, `invites/create` and `invites/revoke`: codes that let people in.
//! Not using one; that is joining.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::{Call, Failure, Outcome};
use crate::group::{Act, Invite, InviteCode, Seq};
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// Fewest bytes that an invite takes in the list.
const LEAST_INVITE: usize = 8;

/// Makes an invite.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct InviteRequest {
    /// How many people it lets in: one unless said otherwise, 10,000 at most.
    pub uses: Option<u32>,
    /// Until when, in seconds since 1970; for good unless said otherwise.
    pub until: Option<u64>,
}

/// The invite. Its code is told here and never again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct InviteAnswer {
    /// Its number, to take it back by.
    pub invite: u64,
    /// What to hand on.
    pub code: String,
    /// The same as a link that says where to go, too.
    pub link: String,
}

/// Asks which invites stand, page by page.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
pub struct InvitesRequest {
    /// Most invites in the answer: 20 unless said otherwise.
    pub limit: Option<u32>,
    /// Only invites with a higher number than this: `next` of the page before.
    pub after: Option<u64>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Some of the invites, in the order in which they were made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct InvitesAnswer {
    /// The invites.
    pub invites: Vec<Standing>,
    /// Are there more?
    pub more: bool,
    /// For `after` of the next page.
    pub next: u64,
}

/// An invite that stands. One whose time is over stays in the list until it is taken back or another needs the place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Standing {
    /// Its number.
    pub invite: u64,
    /// How many it lets in.
    pub uses: u32,
    /// How many it has let in.
    pub used: u32,
    /// Until when, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
    /// Who made it; absent for the operator of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub by: Option<IdentityHash>,
}

/// Takes an invite back.
#[derive(Debug, Clone, Copy, Deserialize, schemars::JsonSchema)]
pub struct RevokeInviteRequest {
    /// Its number.
    pub invite: u64,
}

/// It is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RevokeInviteAnswer {
    /// Its number.
    pub invite: u64,
}

/// Serves `/api/v1/invites/create`.
pub fn create(call: &mut Call<'_, '_>, request: InviteRequest, _: Style) -> Result<InviteAnswer, Failure> {
    let code = InviteCode::from_random(call.host.random());
    let until = request.until.map(|secs| {
        let micros = i64::try_from(secs).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        UnixTime::from_micros(micros)
    });
    let id = code.id(call.group.facts.gid);
    let outcome = call.act(Act::Invite { id, uses: request.uses.unwrap_or(1), until })?;
    let invite = match outcome {
        Outcome::Happened(seq) => seq.0,
        Outcome::Already(_) => call.group.head.seq.0,
    };
    let name = call.group.facts.settings.public_name();
    let link = code.link(call.host.group(), call.host.delivery(), name);
    Ok(InviteAnswer { invite, code: code.to_string(), link })
}

/// Serves `/api/v1/invites`.
pub fn list(
    call: &mut Call<'_, '_>,
    request: InvitesRequest,
    style: Style,
) -> Result<InvitesAnswer, Failure> {
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    // Rows that cannot fit need not be read.
    let fits = u32::try_from(max_bytes / LEAST_INVITE).unwrap_or(u32::MAX);
    let limit = budget::limit(request.limit).min(fits);
    let after = request.after.unwrap_or(0);
    let mut answer = InvitesAnswer { invites: Vec::new(), more: false, next: u64::MAX };
    let mut budget = Budget::new(style, max_bytes, &answer);
    answer.next = after;
    // One more than asked for shows whether there are more.
    let page = call.store.invites_page(call.group.facts.gid, Seq(after), limit.saturating_add(1))?;
    for (count, invite) in (0..).zip(page) {
        let invite = Standing::from(invite);
        if count == limit || !budget.take(Budget::cost(style, &invite)) {
            answer.more = true;
            break;
        }
        answer.next = invite.invite;
        answer.invites.push(invite);
    }
    Ok(answer)
}

/// Serves `/api/v1/invites/revoke`.
pub fn revoke(
    call: &mut Call<'_, '_>,
    request: RevokeInviteRequest,
    _: Style,
) -> Result<RevokeInviteAnswer, Failure> {
    call.act(Act::RevokeInvite { made: Seq(request.invite) })?;
    Ok(RevokeInviteAnswer { invite: request.invite })
}

impl From<Invite> for Standing {
    fn from(invite: Invite) -> Self {
        let Invite { id: _, made, by, uses, used, until } = invite;
        Self { invite: made.0, uses, used, until: until.map(UnixTime::as_secs), by }
    }
}
