//! `/api/v1/join` and `/api/v1/leave`: coming in, waiting for approval, and going.
//! Not letting others in; that is `approval`.

use serde::{Deserialize, Serialize};

use super::bytes::Bytes;
use super::format::Style;
use super::info::disclosures;
use super::refusal::bad_field;
use super::{Call, Failure};
use crate::group::work::MAX_WORK;
use crate::group::{Act, Application, InviteCode, MemberNumber, Refusal, RefusalCode, Sentence, Work};

/// Asks to become a member.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct JoinRequest {
    /// What the caller wants to be called. Ignored if they are a member already.
    pub nick: Option<String>,
    /// What the caller says to whoever approves, where approval is needed: 200 bytes at most.
    pub text: Option<String>,
    /// The code of an invite, or the link with it.
    pub code: Option<String>,
    /// Work, where joining has a price: up to 32 bytes (see schemas/README.md).
    pub work: Option<Bytes>,
}

/// The caller is a member, or waits for approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct JoinAnswer {
    /// Whether the caller is a member now.
    pub member: bool,
    /// The caller waits for approval, and is told by LXMF when it is decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<bool>,
    /// The caller's number in this group.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub number: Option<MemberNumber>,
    /// Where the group's log stands: messages `since` this are new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<u64>,
    /// The name that members know the group by; for who waits, the name that everybody knows.
    pub name: String,
    /// What everybody should know before they write here.
    pub disclosures: [String; 3],
    /// How long messages are kept.
    pub retention: String,
    /// What the group says to who has joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greeting: Option<String>,
}

/// Asks to be no member any more. Who waits for approval takes that back.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
pub struct LeaveRequest {}

/// The caller is no member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct LeaveAnswer {
    /// Always false.
    pub member: bool,
}

/// Serves `/api/v1/join`. Joining twice is as good as joining once, and so is asking.
pub fn join(call: &mut Call<'_, '_>, request: JoinRequest, _: Style) -> Result<JoinAnswer, Failure> {
    let gid = call.group.facts.gid;
    let caller = call.who.caller.identity();
    let member = |call: &Call<'_, '_>| match caller {
        Some(person) => call.store.member(gid, person),
        None => Ok(None),
    };
    if let Some(person) = caller
        && member(call)?.is_none()
        && !call.host.may_knock(person)
    {
        let (what, then) = (Sentence::TriedOften, Sentence::TryInAMinute);
        return Err(Refusal::new(RefusalCode::SlowDown, what, then).into());
    }
    call.act(Act::Join(application(call, request)?))?;
    let settings = &call.group.facts.settings;
    let welcome = JoinAnswer {
        member: false,
        pending: Some(true),
        number: None,
        cursor: None,
        name: settings.public_name().to_owned(),
        disclosures: disclosures(call)?,
        retention: settings.retention.sentence().said_in(call.language()?),
        greeting: None,
    };
    let Some(member) = member(call)? else { return Ok(welcome) };
    let greeting = Some(settings.joining.greeting.clone()).filter(|greeting| !greeting.is_empty());
    Ok(JoinAnswer {
        member: true,
        pending: None,
        number: Some(member.number),
        cursor: Some(call.group.head.seq.0),
        name: settings.inner_name().to_owned(),
        greeting,
        ..welcome
    })
}

/// Serves `/api/v1/leave`.
pub fn leave(call: &mut Call<'_, '_>, _: LeaveRequest, _: Style) -> Result<LeaveAnswer, Failure> {
    call.act(Act::Leave)?;
    Ok(LeaveAnswer { member: false })
}

fn application(call: &Call<'_, '_>, request: JoinRequest) -> Result<Application, Refusal> {
    let slip =
        || Refusal::new(RefusalCode::Invite, Sentence::SlipInCode, Sentence::LookAtCode).in_field("code");
    let code = request.code.map(|code| InviteCode::parse_pasted(&code).ok_or_else(slip)).transpose()?;
    let work = match request.work {
        Some(Bytes(work)) if work.len() > MAX_WORK => {
            let what = format!("`work` has {} bytes; {MAX_WORK} is the most.", work.len());
            return Err(bad_field("work", what, "Send fewer."));
        }
        Some(Bytes(work)) => Some(Work::Nonce(work)),
        None => call.host.stamp_brought().map(Work::Stamp),
    };
    Ok(Application {
        nick: request.nick,
        text: request.text.unwrap_or_default(),
        invite: code.map(|code| code.id(call.group.facts.gid)),
        work,
    })
}
