//! What a TNC is told when its port is opened: how to key its transmitter, and when the channel is free.
//! Not the frames with packets.

use std::time::Duration;

use super::super::kiss;

/// `CMD_TXDELAY`: how long the carrier stands before the frame.
const TXDELAY: u8 = 0x01;
/// `CMD_P`: how likely a free slot is taken, in 256ths less one.
const P: u8 = 0x02;
/// `CMD_SLOTTIME`: how long a slot is.
const SLOTTIME: u8 = 0x03;
/// `CMD_TXTAIL`: how long the carrier stands behind the frame.
const TXTAIL: u8 = 0x04;

/// How a TNC sends. Times go to it in steps of 10 ms, 2550 at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TncParameters {
    /// Milliseconds from keying the transmitter to the frame.
    pub preamble: u16,
    /// Milliseconds from the end of the frame to the end of the carrier.
    pub txtail: u16,
    /// How likely a free slot is taken: 0 to 255.
    pub persistence: u8,
    /// Milliseconds of a slot.
    pub slottime: u16,
}

/// Those of the reference.
impl Default for TncParameters {
    fn default() -> Self {
        Self { preamble: 350, txtail: 20, persistence: 64, slottime: 20 }
    }
}

impl TncParameters {
    /// How long the carrier stands beside the frame.
    pub fn keyed(self) -> Duration {
        Duration::from_millis(u64::from(self.preamble).saturating_add(self.txtail.into()))
    }

    /// The frames that say it. Readiness is always asked for, as in the reference: who doesn't know it ignores it.
    pub(super) fn frames(self) -> Vec<u8> {
        let mut wire = Vec::new();
        for (command, value) in [
            (TXDELAY, in_tens(self.preamble)),
            (TXTAIL, in_tens(self.txtail)),
            (P, self.persistence),
            (SLOTTIME, in_tens(self.slottime)),
            (kiss::CMD_READY, 1),
        ] {
            kiss::encode_into(command, &[value], &mut wire);
        }
        wire
    }
}

fn in_tens(millis: u16) -> u8 {
    u8::try_from(millis / 10).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tnc_is_told_the_same_as_by_the_reference() {
        let frames = hex::encode(TncParameters::default().frames());
        assert_eq!(frames, "c00123c0c00402c0c00240c0c00302c0c00f01c0");
    }

    #[test]
    fn times_are_in_tens_and_a_value_that_is_a_delimiter_is_escaped() {
        let wide = TncParameters { preamble: 9999, txtail: 19, persistence: 0xc0, slottime: 9 };
        assert_eq!(hex::encode(wide.frames()), "c001ffc0c00401c0c002dbdcc0c00300c0c00f01c0");
    }
}
