//! `/join`, `/leave`, `/resume`, `/textonly` and `/pause`: being a member, and being sent what others say.
//! Not the rules; the acts are the same as the API's.

use super::{fit, unquoted};
use crate::api::members::{self, JoinRequest};
use crate::api::{Call, Failure, format::Style};
use crate::group::{Act, Relay, Sentence};

pub(super) fn join(call: &mut Call<'_, '_>, nick: &str) -> Result<String, Failure> {
    let nick = unquoted(nick);
    let nick = (!nick.is_empty()).then(|| nick.to_owned());
    let joined = members::join(call, JoinRequest { nick }, Style::Named)?;
    // Phones stay silent for contacts that are not trusted, so it has to be said.
    let you_are = Sentence::Joined { number: joined.number.0, name: fit(&joined.name, 30) };
    Ok(fit(&call.say(&[you_are, Sentence::JoinedMore])?, call.room))
}

pub(super) fn leave(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::Leave)?;
    call.say(&[Sentence::Left])
}

pub(super) fn resume(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Everything))?;
    call.say(&[Sentence::SendsAll])
}

pub(super) fn text_only(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Text))?;
    call.say(&[Sentence::SendsText])
}

pub(super) fn pause(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Off))?;
    call.say(&[Sentence::SendsNothing])
}
