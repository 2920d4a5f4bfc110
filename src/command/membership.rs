//! `/resume`, `/textonly` and `/pause`: being sent what others say.
//! Not the rules; the acts are the same as the API's.

use crate::api::{Call, Failure};
use crate::group::{Act, Relay, Sentence};

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

pub(super) fn short(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Short))?;
    call.say(&[Sentence::SendsShort])
}

pub(super) fn mentions(call: &mut Call<'_, '_>, _: &str) -> Result<String, Failure> {
    call.act(Act::SwitchRelay(Relay::Mentions))?;
    call.say(&[Sentence::SendsMentions])
}
