//! `/join`, `/leave`, `/resume`, `/textonly` and `/pause`: being a member, and being sent what others say.
//! Not the rules; the acts are the same as the API's.

use super::{ONE_PACKET, fit, unquoted};
use crate::api::members::{self, JoinRequest};
use crate::api::{Call, Failure, format::Style};
use crate::group::{Act, Relay};

pub(super) fn join(call: &mut Call<'_, '_>, nick: &str) -> Result<String, Failure> {
    let nick = unquoted(nick);
    let nick = (!nick.is_empty()).then(|| nick.to_owned());
    let joined = members::join(call, JoinRequest { nick }, Style::Named)?;
    // Phones stay silent for contacts that are not trusted, so it has to be said.
    let rest = "What you write is posted and kept until removed: members can keep and share it, this server can read \
                it, its keeper can remove it or you. /resume sends you new messages, /history the last. \
                Trust this contact to be notified.";
    let name = fit(&joined.name, 30);
    Ok(fit(&format!("You are member {} of {name}. {rest}", joined.number), ONE_PACKET))
}

pub(super) fn leave(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::Leave)?;
    Ok("You are no member now, and nothing is sent to you. /join to come back.".to_owned())
}

pub(super) fn resume(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Everything))?;
    Ok("New messages are sent to you. /pause stops it.".to_owned())
}

pub(super) fn text_only(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Text))?;
    Ok("New messages are sent to you as text; files, pictures, sound and reactions stay here. /showall brings them, \
        /pause stops it."
        .to_owned())
}

pub(super) fn pause(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Off))?;
    Ok("Nothing is sent to you. /resume to go on, /history to look.".to_owned())
}
