//! The wire API: typed request handlers in one table, [`ENDPOINTS`], and the runner that calls them.
//! Not the transport: requests come as bytes with a caller, answers go as bytes.

mod airtime;
pub mod approval;
pub mod audit;
pub mod bans;
pub mod body;
pub(crate) mod budget;
pub mod bytes;
pub mod call;
pub mod compact;
pub(crate) mod deflate;
pub mod fields;
pub mod format;
pub mod founding;
pub mod groups;
pub mod held;
pub mod identities;
pub mod info;
pub mod invites;
pub mod joining;
pub mod language;
pub mod linkless;
pub mod me;
pub mod members;
pub mod messages;
pub mod moderation;
pub mod notify;
pub mod person;
pub mod post;
pub mod refusal;
pub mod roles;
pub mod schema;
pub mod settings;
pub mod status;
mod varint;

pub use call::{Applied, Call, CheckedMessage, Host, HostedAs, Outcome, Who};
pub use refusal::{Failure, RefusalAnswer};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::group::{Language, Permission, Refusal, RefusalCode};
use crate::rns::hash::PathHash;
use crate::store::StoreError;
use body::Body;
use format::Style;

/// The oldest protocol of a client that is served.
pub const PROTOCOL_MIN: u32 = 1;
/// The newest protocol that is understood.
pub const PROTOCOL_MAX: u32 = 1;
/// The protocol that answers are written in.
pub const PROTOCOL_EMITS: u32 = 1;

/// Bytes of a packed answer that are not the answer: an array of two and the 16-byte id of the request.
pub const ENVELOPE: usize = 19;

/// Longest request that carries no text.
const SMALL_REQUEST: usize = 1_024;
/// Longest request with a list of people, names or settings in it.
const LIST_REQUEST: usize = 16 * 1_024;
/// Longest request that posts: the longest post, and room for the other fields.
pub const MAX_REQUEST: usize = crate::group::Settings::DEFAULT_MAX_TEXT as usize + 4_096;

/// Who may call, and where that is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads; the runner checks before the handler.
    Read(Permission),
    /// Acts; the rules check it with the rest of what they decide, so that every road meets the same check.
    Act(Permission),
}

/// One path and what serves it.
#[derive(Debug)]
pub struct Endpoint {
    /// What is asked for.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
    /// Longest request data in bytes.
    pub max_request: usize,
    handler: fn(&mut Call<'_, '_>, Body, Style) -> Result<Vec<u8>, Failure>,
}

/// Every path that is served.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/audit",
        access: Access::Read(Permission::ReadAudit),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, audit::audit),
    },
    Endpoint {
        path: "/api/v1/broadcast",
        access: Access::Read(Permission::ReadMessages),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, linkless::broadcast),
    },
    Endpoint {
        path: "/api/v1/display-name/update",
        access: Access::Act(Permission::RenameGroup),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, settings::display_name),
    },
    Endpoint {
        path: "/api/v1/identities",
        access: Access::Read(Permission::ReadMessages),
        max_request: LIST_REQUEST,
        handler: |call, body, style| typed(call, body, style, identities::identities),
    },
    Endpoint {
        path: "/api/v1/groups",
        access: Access::Read(Permission::ReadInfo),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, groups::groups),
    },
    Endpoint {
        path: "/api/v1/groups/create",
        access: Access::Act(Permission::Found),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, founding::create),
    },
    Endpoint {
        path: "/api/v1/info",
        access: Access::Read(Permission::ReadInfo),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, info::info),
    },
    Endpoint {
        path: "/api/v1/join",
        access: Access::Act(Permission::Join),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, joining::join),
    },
    Endpoint {
        path: "/api/v1/leave",
        access: Access::Act(Permission::Leave),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, joining::leave),
    },
    Endpoint {
        path: "/api/v1/notify",
        access: Access::Act(Permission::SwitchRelay),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, notify::notify),
    },
    Endpoint {
        path: "/api/v1/me",
        access: Access::Read(Permission::ReadInfo),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, me::me),
    },
    Endpoint {
        path: "/api/v1/members/role",
        access: Access::Act(Permission::ChangeRoles),
        max_request: LIST_REQUEST,
        handler: |call, body, style| typed(call, body, style, roles::role),
    },
    Endpoint {
        path: "/api/v1/settings",
        access: Access::Act(Permission::ChangeSettings),
        max_request: LIST_REQUEST,
        handler: |call, body, style| typed(call, body, style, settings::settings),
    },
    Endpoint {
        path: "/api/v1/me/language",
        access: Access::Act(Permission::SwitchRelay),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, language::language),
    },
    Endpoint {
        path: "/api/v1/members",
        access: Access::Read(Permission::ReadMembers),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, members::members),
    },
    Endpoint {
        path: "/api/v1/members/approve",
        access: Access::Act(Permission::Approve),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, approval::approve),
    },
    Endpoint {
        path: "/api/v1/members/deny",
        access: Access::Act(Permission::Approve),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, approval::deny),
    },
    Endpoint {
        path: "/api/v1/members/add",
        access: Access::Act(Permission::Approve),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, approval::add),
    },
    Endpoint {
        path: "/api/v1/pending",
        access: Access::Read(Permission::Approve),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, approval::pending),
    },
    Endpoint {
        path: "/api/v1/invites",
        access: Access::Read(Permission::Invite),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, invites::list),
    },
    Endpoint {
        path: "/api/v1/invites/create",
        access: Access::Act(Permission::Invite),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, invites::create),
    },
    Endpoint {
        path: "/api/v1/invites/revoke",
        access: Access::Act(Permission::Invite),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, invites::revoke),
    },
    Endpoint {
        path: "/api/v1/members/kick",
        access: Access::Act(Permission::Kick),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, moderation::kick),
    },
    Endpoint {
        path: "/api/v1/members/ban",
        access: Access::Act(Permission::Ban),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, moderation::ban),
    },
    Endpoint {
        path: "/api/v1/members/unban",
        access: Access::Act(Permission::Unban),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, moderation::unban),
    },
    Endpoint {
        path: "/api/v1/members/mute",
        access: Access::Act(Permission::Mute),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, moderation::mute),
    },
    Endpoint {
        path: "/api/v1/members/unmute",
        access: Access::Act(Permission::Mute),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, moderation::unmute),
    },
    Endpoint {
        path: "/api/v1/bans",
        access: Access::Read(Permission::ReadBans),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, bans::bans),
    },
    Endpoint {
        path: "/api/v1/mutes",
        access: Access::Read(Permission::ReadBans),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, bans::mutes),
    },
    Endpoint {
        path: "/api/v1/messages/hold",
        access: Access::Read(Permission::Review),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, held::hold),
    },
    Endpoint {
        path: "/api/v1/messages/review",
        access: Access::Act(Permission::Review),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, held::review),
    },
    Endpoint {
        path: "/api/v1/messages",
        access: Access::Read(Permission::ReadMessages),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| messages::answer(call, &body.parse()?, style),
    },
    Endpoint {
        path: "/api/v1/messages/attachment",
        access: Access::Read(Permission::ReadMessages),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, messages::attachment),
    },
    Endpoint {
        path: "/api/v1/messages/delete",
        access: Access::Act(Permission::DeleteOwn),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, messages::delete),
    },
    Endpoint {
        path: "/api/v1/messages/edit",
        access: Access::Act(Permission::EditOwn),
        max_request: MAX_REQUEST,
        handler: |call, body, style| typed(call, body, style, messages::edit),
    },
    Endpoint {
        path: "/api/v1/messages/pin",
        access: Access::Act(Permission::Pin),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, messages::pin),
    },
    Endpoint {
        path: "/api/v1/messages/post",
        access: Access::Act(Permission::Post),
        max_request: MAX_REQUEST,
        handler: |call, body, style| typed(call, body, style, post::post),
    },
    Endpoint {
        path: "/api/v1/messages/react",
        access: Access::Act(Permission::React),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, messages::react),
    },
    Endpoint {
        path: "/api/v1/messages/status",
        access: Access::Read(Permission::ReadMessages),
        max_request: SMALL_REQUEST,
        handler: |call, body, style| typed(call, body, style, status::status),
    },
];

/// The endpoint that a request's path hash names.
pub fn endpoint(path: PathHash) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| PathHash::of(endpoint.path) == path)
}

/// Answers one request: a packed answer or a packed refusal. Fails only when the transaction cannot be kept.
pub fn answer(endpoint: &Endpoint, call: &mut Call<'_, '_>, data: &[u8]) -> Result<Vec<u8>, StoreError> {
    if data.len() > endpoint.max_request {
        let what = format!("This request has {} bytes; {} is the most.", data.len(), endpoint.max_request);
        let refusal = refusal::malformed(RefusalCode::TooLarge, what, "Send less at once.");
        return Ok(refused(Style::Named, &refusal, call.language()?));
    }
    let body = Body::read(data);
    let (common, style) = body.common();
    let outcome = match common {
        Ok(common) => {
            call.spoken = common.lang.as_deref().and_then(Language::meant);
            call.format = common.format.unwrap_or_default();
            run(endpoint, call, body, &common, style)
        }
        Err(refusal) => Err(refusal.into()),
    };
    match outcome {
        Ok(packed) if call.format.is_small() => Ok(format::smaller(packed)),
        Ok(packed) => Ok(packed),
        Err(Failure::Refused(refusal)) => Ok(refused(style, &refusal, call.language()?)),
        Err(Failure::Store(error)) => Err(error),
    }
}

/// The answer to a request whose transaction could not be kept.
pub fn answer_unavailable(data: &[u8]) -> Vec<u8> {
    let (_, style) = Body::read(data).common();
    refused(style, &refusal::unavailable(), Language::English)
}

/// The answer to a request that nobody has looked at, because too many wait: so it doesn't take the request's style.
pub fn answer_slow_down() -> Vec<u8> {
    let what = "This server has too many requests waiting.";
    let refusal = refusal::malformed(RefusalCode::SlowDown, what, "Ask again in a while.");
    refused(Style::Named, &refusal, Language::English)
}

fn run(
    endpoint: &Endpoint,
    call: &mut Call<'_, '_>,
    body: Body,
    common: &body::Common,
    style: Style,
) -> Result<Vec<u8>, Failure> {
    if common.v.is_some_and(|v| v < PROTOCOL_MIN) {
        let what = format!("This server serves protocol {PROTOCOL_MIN} and later.");
        let refusal = refusal::malformed(RefusalCode::UpgradeRequired, what, "Use a newer client.");
        return Err(refusal.in_field("v").into());
    }
    if let Some(millis) = common.max_ms {
        call.most = Some(airtime::bytes_within(call.air, millis, call.room)?);
    }
    match endpoint.access {
        Access::Read(permission) => call.check(permission)?,
        Access::Act(_) => {}
    }
    (endpoint.handler)(call, body, style)
}

fn typed<Q: DeserializeOwned, A: Serialize>(
    call: &mut Call<'_, '_>,
    body: Body,
    style: Style,
    handler: fn(&mut Call<'_, '_>, Q, Style) -> Result<A, Failure>,
) -> Result<Vec<u8>, Failure> {
    let request = body.parse()?;
    let answer = handler(call, request, style)?;
    Ok(format::pack(style, &answer))
}

fn refused(style: Style, refusal: &Refusal, language: Language) -> Vec<u8> {
    format::pack(style, &RefusalAnswer::new(refusal, language))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_finds_no_room_is_told_so_in_one_packet() {
        let answer = crate::rns::msgpack::decode(&answer_slow_down()).unwrap();
        let fields = answer.as_map().unwrap();
        assert!(fields.contains(&("error".into(), "slow_down".into())));
        assert!(answer_slow_down().len() + ENVELOPE <= 431);
    }
}
