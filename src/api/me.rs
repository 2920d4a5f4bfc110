//! `/api/v1/me`: who the caller is to the group, what they may, and being called something else.
//! Not other people; `members` tells those.

use serde::{Deserialize, Serialize};

use super::bytes::FixedBytes;
use super::format::Style;
use super::{Call, Failure};
use crate::group::{Act, Relay, rules};
use crate::rns::hash::IdentityHash;

/// Asks about the caller.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct MeRequest {
    /// What the caller wants to be called from now on; empty for nothing but their hash.
    pub nick: Option<String>,
}

/// Who the caller is to the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct MeAnswer {
    /// Who.
    #[schemars(with = "FixedBytes<16>")]
    pub identity: IdentityHash,
    /// Whether they are a member.
    pub member: bool,
    /// Their number in this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    /// What they are called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nick: Option<String>,
    /// What they are to the group now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<&'static str>,
    /// What is sent to them, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relay: Option<&'static str>,
    /// All that they may, in the names of permissions.
    pub permissions: Vec<&'static str>,
}

/// Serves `/api/v1/me`.
pub fn me(call: &mut Call<'_, '_>, request: MeRequest, _: Style) -> Result<MeAnswer, Failure> {
    if let Some(nick) = request.nick {
        call.act(Act::ChangeNick((!nick.is_empty()).then_some(nick)))?;
    }
    let Some(identity) = call.who.caller.identity() else {
        return Err(rules::identify().into());
    };
    let (group, caller) = (&call.group.facts, call.who.caller);
    let standing = call.store.standing(group, caller, None)?;
    let permissions = rules::permissions(group, caller, &standing, call.now);
    let member = standing.member.as_ref();
    Ok(MeAnswer {
        identity,
        member: member.is_some(),
        number: member.map(|member| member.number.0),
        nick: member.and_then(|member| member.nick.clone()),
        role: member.map(|member| rules::role_of(group, member, call.now).name()),
        relay: member.map(|member| member.relay).filter(|relay| *relay != Relay::Off).map(Relay::name),
        permissions: permissions.iter().map(|permission| permission.name()).collect(),
    })
}
