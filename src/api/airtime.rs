//! A budget of time on the air, for an answer: how many bytes that is on the caller's radio.
//! Not the budget of the radio itself; the node keeps to that.

use std::time::Duration;

use super::ENVELOPE;
use super::refusal::bad_field;
use crate::group::Refusal;
use crate::rns::air::Channel;

/// Bytes of a packet on a link that carry nothing of the answer: header, IV and HMAC (page 23 §1). What it carries is filled
/// up to whole blocks, with one byte at least.
const LINK_PACKET: usize = 67;
const BLOCK: usize = 16;

/// Most bytes of packed answer in one packet, of at most `room` bytes of answer, that takes no longer than `millis` on the
/// caller's radio.
pub(super) fn bytes_within(channel: Option<Channel>, millis: u32, room: usize) -> Result<usize, Refusal> {
    let Some(channel) = channel else {
        let what = "This link does not come over a radio of this server.";
        return Err(bad_field("max_ms", what, "Send `max_bytes`."));
    };
    let time = Duration::from_millis(u64::from(millis));
    let fits = |blocks: &usize| channel.time_on_air(packet(*blocks)) <= time;
    let blocks = (1..=blocks_for(room)).rev().find(fits).unwrap_or(0);
    Ok(blocks.saturating_mul(BLOCK).saturating_sub(ENVELOPE + 1).min(room))
}

/// Too little time for `least` bytes of answer.
pub(super) fn too_short(channel: Option<Channel>, least: usize) -> Refusal {
    let needed = channel.map_or(0, |channel| channel.time_on_air(packet(blocks_for(least))).as_millis());
    let what = "That is too little time for an answer here.";
    bad_field("max_ms", what, format!("Ask for {} ms or more.", needed.saturating_add(1)))
}

const fn packet(blocks: usize) -> usize {
    blocks.saturating_mul(BLOCK).saturating_add(LINK_PACKET)
}

const fn blocks_for(answer: usize) -> usize {
    answer.saturating_add(ENVELOPE + 1).div_ceil(BLOCK)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::airtime::Modulation;

    #[test]
    fn time_is_turned_into_as_many_bytes_as_are_sent_in_it() {
        let sf8 = Some(Channel::Lora(Modulation::SF8));
        // Page 23 §3: 499 bytes take 1,424 ms, 355 take 1,056.
        assert_eq!(bytes_within(sf8, 2_000, 412), Ok(412));
        assert_eq!(bytes_within(sf8, 1_425, 412), Ok(412));
        let answer = bytes_within(sf8, 1_057, 412).unwrap();
        assert_eq!((answer, LINK_PACKET + (answer + ENVELOPE + 1)), (268, 355));
        assert_eq!(bytes_within(sf8, 10, 412), Ok(0));
        assert_eq!(bytes_within(None, 1_000, 412).unwrap_err().field, Some("max_ms"));
        assert!(too_short(sf8, 320).then.to_string().contains("ms or more"));
    }
}
