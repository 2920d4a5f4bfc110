//! `/api/v1/join` and `/api/v1/leave`: coming in, waiting for approval, and going.
//! Not letting others in; that is `approval`.

use serde::{Deserialize, Serialize};

use super::bytes::{Bytes, FixedBytes};
use super::format::{Style, packed_len};
use super::info::{KeepInfo, disclosures};
use super::refusal::bad_field;
use super::{Call, Failure};
use crate::group::work::MAX_WORK;
use crate::group::{
    Act, Application, GroupId, InviteCode, MemberNumber, Refusal, RefusalCode, Sentence, Work,
};

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
    /// Leaves out what the client can say itself, `disclosures` and `retention`; `gid` and `keep` come instead.
    #[serde(default)]
    pub short: bool,
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
    /// The group's id; with `short`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<FixedBytes<16>>")]
    pub gid: Option<GroupId>,
    /// What everybody should know before they write here; absent with `short`, and then the usual three hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disclosures: Option<[String; 3]>,
    /// How long messages are kept; absent with `short`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention: Option<String>,
    /// The same as numbers; with `short`, and absent if all is kept until it is removed.
    #[serde(skip_serializing_if = "KeepInfo::is_unbounded")]
    pub keep: KeepInfo,
    /// What the group says to who has joined; with `short`, as much of it as fits one packet.
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
pub fn join(call: &mut Call<'_, '_>, request: JoinRequest, style: Style) -> Result<JoinAnswer, Failure> {
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
    let is_short = request.short;
    call.act(Act::Join(application(call, request)?))?;
    let welcome = welcome(call, is_short)?;
    let Some(member) = member(call)? else { return Ok(welcome) };
    let settings = &call.group.facts.settings;
    let mut answer = JoinAnswer {
        member: true,
        pending: None,
        number: Some(member.number),
        cursor: Some(call.group.head.seq.0),
        name: settings.inner_name().to_owned(),
        ..welcome
    };
    let greeting = settings.joining.greeting.as_str();
    let room = call.room.saturating_sub(packed_len(style, &answer));
    let greeting = if is_short { shortened(greeting, room) } else { greeting.to_owned() };
    answer.greeting = Some(greeting).filter(|greeting| !greeting.is_empty());
    Ok(answer)
}

/// What is said to who has asked, whether they are in or not.
fn welcome(call: &Call<'_, '_>, is_short: bool) -> Result<JoinAnswer, Failure> {
    let facts = &call.group.facts;
    let retention = &facts.settings.retention;
    let answer = JoinAnswer {
        member: false,
        pending: Some(true),
        number: None,
        cursor: None,
        name: facts.settings.public_name().to_owned(),
        gid: None,
        disclosures: None,
        retention: None,
        keep: KeepInfo::default(),
        greeting: None,
    };
    Ok(if is_short {
        JoinAnswer { gid: Some(facts.gid), keep: KeepInfo::from(retention), ..answer }
    } else {
        JoinAnswer {
            disclosures: Some(disclosures(call)?),
            retention: Some(retention.sentence().said_in(call.language()?)),
            ..answer
        }
    })
}

/// As much of a greeting as fits into so many bytes of answer, its key and its length included.
fn shortened(greeting: &str, room: usize) -> String {
    /// The key by its name, and the length.
    const FRAME: usize = 12;
    const CUT: &str = "…";
    let room = room.saturating_sub(FRAME);
    if greeting.len() <= room {
        return greeting.to_owned();
    }
    let end = greeting.floor_char_boundary(room.saturating_sub(CUT.len()));
    match greeting.get(..end) {
        None | Some("") => String::new(),
        Some(beginning) => format!("{beginning}{CUT}"),
    }
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
