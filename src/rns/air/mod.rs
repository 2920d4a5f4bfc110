//! The air of an interface that is a radio: how long a packet takes it, and how much of it the operator allows.
//! Not an interface without air: there a packet costs nothing, and none of this is in its way.

pub(crate) mod books;
mod class;
mod ledger;
pub mod limits;
mod line;
pub(crate) mod queue;
mod status;
mod told;

use std::time::Duration;

use super::airtime::Modulation;
use super::packet::{HEADER_MIN, encrypted_len};
pub use books::{Load, Tally};
pub use class::Class;
pub use limits::{Limits, Share};
pub use status::{AirStatus, ClassStatus};

/// `KISSInterface.slottime`: a slot of the channel access where no modulation says how long one is.
const SLOT: Duration = Duration::from_millis(20);

/// What the node must know of a radio to keep within its budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Air {
    /// How long a packet takes.
    pub channel: Channel,
    /// How much of the time may be taken.
    pub limits: Limits,
}

/// What carries packets through the air.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// A `LoRa` modem, as an RNode sets it.
    Lora(Modulation),
    /// A modem with a fixed rate.
    Fixed {
        /// Bits per second on the air.
        bitrate: u64,
        /// Before and behind each packet.
        preamble: Duration,
    },
}

/// What a packet of ours is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// How urgent it is.
    pub class: Class,
    /// What it is about, if only the newest to its destination about that is of use.
    pub topic: Option<[u8; 16]>,
}

impl From<Class> for Sending {
    fn from(class: Class) -> Self {
        Self { class, topic: None }
    }
}

impl Air {
    /// A `LoRa` modem.
    pub const fn lora(modulation: Modulation, limits: Limits) -> Self {
        Self { channel: Channel::Lora(modulation), limits }
    }

    /// A modem of that many bits per second on the air, which is keyed for `preamble` longer than the bits take.
    pub const fn fixed(bitrate: u64, preamble: Duration, limits: Limits) -> Self {
        Self { channel: Channel::Fixed { bitrate, preamble }, limits }
    }
}

impl Channel {
    /// How long a packet of so many bytes is on the air, its access code included.
    pub fn time_on_air(self, bytes: usize) -> Duration {
        match self {
            Self::Lora(modulation) => modulation.time_on_air(bytes),
            Self::Fixed { bitrate, preamble } => {
                let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
                let micros = bits.saturating_mul(1_000_000).checked_div(bitrate).unwrap_or(0);
                preamble.saturating_add(Duration::from_micros(micros))
            }
        }
    }

    /// How long a packet is on the air that carries so many bytes, encrypted, to a destination of a neighbour.
    pub fn time_for(self, data: usize) -> Duration {
        self.time_on_air(HEADER_MIN.saturating_add(encrypted_len(data)))
    }

    /// A slot of the channel access.
    pub fn slot(self) -> Duration {
        match self {
            Self::Lora(modulation) => modulation.slot(),
            Self::Fixed { .. } => SLOT,
        }
    }
}

/// As the operator knows it.
impl std::fmt::Display for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Lora(modulation) => modulation.fmt(f),
            Self::Fixed { bitrate, .. } => write!(f, "{bitrate} bit/s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_takes_its_bits_and_what_stands_around_them() {
        let channel = Channel::Fixed { bitrate: 1200, preamble: Duration::from_millis(370) };
        assert_eq!(channel.time_on_air(150), Duration::from_millis(1370));
        assert_eq!(channel.to_string(), "1200 bit/s");
        let lora = Channel::Lora(Modulation::SF8);
        assert_eq!(lora.time_on_air(500), Modulation::SF8.time_on_air(500));
        assert_eq!(lora.to_string(), "SF8, 125 kHz, 4/5");
    }

    #[test]
    fn what_a_packet_carries_is_encrypted_and_gets_a_header() {
        let sf8 = Channel::Lora(Modulation::SF8);
        // Page 23 §3: a single packet with up to 15 bytes has 115, with 50 it has 163.
        assert_eq!(
            [0, 15, 50].map(|data| sf8.time_for(data)),
            [115, 115, 163].map(|all| sf8.time_on_air(all))
        );
    }

    #[test]
    fn a_rate_of_nothing_divides_nothing() {
        let channel = Channel::Fixed { bitrate: 0, preamble: Duration::ZERO };
        assert_eq!(channel.time_on_air(usize::MAX), Duration::ZERO);
    }
}
