//! `/api/v1/groups/create`: making another group on this server.
//! Not who may; the rules and the operator of the server say that.

use serde::{Deserialize, Serialize};

use super::bytes::FixedBytes;
use super::format::Style;
use super::refusal::wrong_field;
use super::{Call, Failure};
use crate::group::founding::Plan;
use crate::group::{GroupId, MemberNumber, Preset, Refusal, Sentence};
use crate::rns::hash::DestinationHash;

/// Asks for another group, whose first member and owner the caller is.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct CreateRequest {
    /// What it is to be called.
    pub name: Option<String>,
    /// How it is set up: public, family, announcements or unmoderated; public unless said otherwise.
    pub preset: Option<String>,
    /// What the caller wants to be called in it.
    pub nick: Option<String>,
}

/// The group is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct CreateAnswer {
    /// Its id.
    #[schemars(with = "FixedBytes<16>")]
    pub gid: GroupId,
    /// Its `meshchat.group`. It is announced within seconds.
    #[schemars(with = "FixedBytes<16>")]
    pub destination: DestinationHash,
    /// Its `lxmf.delivery`.
    #[schemars(with = "FixedBytes<16>")]
    pub lxmf: DestinationHash,
    /// The caller's number in it; absent if the server's operator has made it, who is no member.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub number: Option<MemberNumber>,
}

/// Serves `/api/v1/groups/create`.
pub fn create(call: &mut Call<'_, '_>, request: CreateRequest, _: Style) -> Result<CreateAnswer, Failure> {
    let preset = request.preset.as_deref().map(preset).transpose()?.unwrap_or(Preset::Public);
    let founder = call.who.caller.identity();
    let made = call.found(Plan { name: request.name.unwrap_or_default(), preset, nick: request.nick })?;
    Ok(CreateAnswer {
        gid: made.gid,
        destination: made.destination,
        lxmf: made.delivery,
        number: founder.map(|_| MemberNumber::FIRST),
    })
}

/// The preset that is called so.
pub(crate) fn preset(name: &str) -> Result<Preset, Refusal> {
    Preset::from_name(&name.to_lowercase()).ok_or_else(|| {
        let names: Vec<_> = Preset::ALL.iter().map(|preset| preset.name()).collect();
        let then = Sentence::TryPreset { names: names.join(", ") };
        wrong_field("preset", Sentence::NoSuchPreset, then)
    })
}
