//! `/api/v1/notify`: what a member is told of without being sent it, and how.
//! Not the telling.

use serde::{Deserialize, Serialize};

use super::bytes::FixedBytes;
use super::format::Style;
use super::{Call, Failure};
use crate::group::{Act, NotifyChoice, NotifyMode, NotifyWay, Permission, Refusal, RefusalCode, Sentence};
use crate::rns::hash::DestinationHash;

/// Asks what the caller is told of, or chooses it.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct NotifyRequest {
    /// `off`, `mentions`, `all` or `digest`. Without it nothing changes.
    pub notify: Option<String>,
    /// A destination of the caller's, which must have been announced: it gets one packet for each notice, with the
    /// group's id, how many messages are new (4 bytes) and the number of the last (8 bytes).
    pub ping: Option<FixedBytes<16>>,
    /// Tell it in a message that a person reads. Otherwise, and without `ping`, it is a message with nothing but the
    /// custom fields: type `roost-notice`, and the same 28 bytes.
    #[serde(default)]
    pub readable: bool,
}

/// What the caller is told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct NotifyAnswer {
    /// `off`, `mentions`, `all` or `digest`.
    pub notify: &'static str,
    /// The destination that is pinged.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub ping: Option<DestinationHash>,
    /// It is told in a message that a person reads.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub readable: bool,
}

/// Serves `/api/v1/notify`.
pub fn notify(call: &mut Call<'_, '_>, request: NotifyRequest, _: Style) -> Result<NotifyAnswer, Failure> {
    if let Some(text) = request.notify {
        let Some(mode) = NotifyMode::from_name(&text) else {
            let (what, then) = (Sentence::NoSuchNotify, Sentence::SayWhichNotify);
            return Err(Refusal::new(RefusalCode::BadRequest, what, then).in_field("notify").into());
        };
        let way = match (request.ping, request.readable) {
            (Some(FixedBytes(bytes)), _) => NotifyWay::Ping(DestinationHash::from_bytes(bytes)),
            (None, true) => NotifyWay::Text,
            (None, false) => NotifyWay::Silent,
        };
        call.act(Act::ChooseNotify(NotifyChoice { mode, way }))?;
    }
    call.check(Permission::SwitchRelay)?;
    let chosen = match call.who.caller.identity() {
        Some(identity) => call.store.notify_choice(call.group.facts.gid, identity)?,
        None => NotifyChoice::OFF,
    };
    let is_on = chosen.mode != NotifyMode::Off;
    Ok(NotifyAnswer {
        notify: chosen.mode.name(),
        ping: match chosen.way {
            NotifyWay::Ping(destination) => Some(destination),
            NotifyWay::Text | NotifyWay::Silent => None,
        },
        readable: is_on && chosen.way == NotifyWay::Text,
    })
}
