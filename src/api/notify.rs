//! `/api/v1/notify`: what a member is told of without being sent it, and how.
//! Not the telling.

use serde::{Deserialize, Serialize};

use super::bytes::FixedBytes;
use super::format::Style;
use super::refusal::{bad_field, wrong_field};
use super::{Call, Failure};
use crate::group::notify_times::{GAPS, OFFSETS};
use crate::group::{
    Act, DayTimes, NotifyChoice, NotifyMode, NotifyTimes, NotifyWay, Permission, Quiet, Refusal, Sentence,
};
use crate::notify::price;
use crate::rns::air::Channel;
use crate::rns::hash::DestinationHash;

/// So many new messages make a sentence of the usual length.
const SOME: u32 = 12;

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
    /// Fewest minutes between two notices: 1 to 10,080. Otherwise ten, or a day for `digest`.
    pub every: Option<u16>,
    /// Two minutes of the day, 0 to 1,439: nothing is told from the first to the second.
    pub quiet: Option<[u16; 2]>,
    /// For `digest`: up to four minutes of the day at which it is told.
    pub times: Option<Vec<u16>>,
    /// Minutes by which the caller's clock is ahead of UTC, for `quiet` and `times`.
    pub offset: Option<i16>,
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
    /// Fewest minutes between two notices, where chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<u16>,
    /// From when to when nothing is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<[u16; 2]>,
    /// When a digest is told.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub times: Vec<u16>,
    /// Minutes by which the caller's clock is ahead of UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i16>,
    /// How many milliseconds of its hour's airtime one notice takes from the radio of the server that the caller's link comes
    /// over; nothing where that is no radio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_ms: Option<u32>,
}

/// Serves `/api/v1/notify`.
pub fn notify(call: &mut Call<'_, '_>, request: NotifyRequest, _: Style) -> Result<NotifyAnswer, Failure> {
    let NotifyRequest { notify, ping, readable, every, quiet, times, offset } = request;
    if let Some(text) = notify {
        let Some(mode) = NotifyMode::from_name(&text) else {
            return Err(wrong_field("notify", Sentence::NoSuchNotify, Sentence::SayWhichNotify).into());
        };
        let way = match (ping, readable) {
            (Some(FixedBytes(bytes)), _) => NotifyWay::Ping(DestinationHash::from_bytes(bytes)),
            (None, true) => NotifyWay::Text,
            (None, false) => NotifyWay::Silent,
        };
        let times = chosen_times(every, quiet, times.unwrap_or_default(), offset.unwrap_or(0))?;
        call.act(Act::ChooseNotify(NotifyChoice { mode, way, times }))?;
    }
    let chosen = chosen(call)?;
    let is_on = chosen.mode != NotifyMode::Off;
    Ok(NotifyAnswer {
        notify: chosen.mode.name(),
        ping: match chosen.way {
            NotifyWay::Ping(destination) => Some(destination),
            NotifyWay::Text | NotifyWay::Silent => None,
        },
        readable: is_on && chosen.way == NotifyWay::Text,
        every: chosen.times.gap,
        quiet: chosen.times.quiet.map(|Quiet(from, to)| [from, to]),
        times: chosen.times.at.into(),
        offset: Some(chosen.times.offset).filter(|offset| *offset != 0),
        cost_ms: call.air.filter(|_| is_on).map(|channel| cost(call, &chosen, channel)).transpose()?,
    })
}

/// What the caller has chosen.
pub(crate) fn chosen(call: &Call<'_, '_>) -> Result<NotifyChoice, Failure> {
    call.check(Permission::SwitchRelay)?;
    Ok(match call.who.caller.identity() {
        Some(identity) => call.store.notify_choice(call.group.facts.gid, identity)?,
        None => NotifyChoice::OFF,
    })
}

/// What one notice like the next takes of the air, in milliseconds.
fn cost(call: &Call<'_, '_>, choice: &NotifyChoice, channel: Channel) -> Result<u32, Failure> {
    let sentence = Sentence::NewMessages { count: SOME, latest: call.group.head.seq.0 };
    let text = sentence.said_in(call.language()?);
    let time = channel.time_for(price::bytes(choice, text.len()));
    Ok(u32::try_from(time.as_millis()).unwrap_or(u32::MAX))
}

/// When to tell, if that can be.
fn chosen_times(
    every: Option<u16>,
    quiet: Option<[u16; 2]>,
    times: Vec<u16>,
    offset: i16,
) -> Result<NotifyTimes, Refusal> {
    let gap = match every {
        Some(every) if !GAPS.contains(&every) => {
            let what = format!("{every} is no number of minutes between two notices.");
            return Err(bad_field("every", what, "Send 1 to 10080."));
        }
        every => every,
    };
    let quiet = match quiet {
        Some([from, to]) => Some(Quiet::new(from, to).ok_or_else(|| {
            bad_field(
                "quiet",
                "These are no two times of a day.",
                "Send two different numbers from 0 to 1439.",
            )
        })?),
        None => None,
    };
    let at = DayTimes::try_from(times).map_err(|error| {
        bad_field("times", format!("{error}."), "Send up to four numbers from 0 to 1439.")
    })?;
    if !OFFSETS.contains(&offset) {
        return Err(bad_field("offset", "No clock is so far from UTC.", "Send -720 to 840."));
    }
    Ok(NotifyTimes { gap, quiet, at, offset })
}
