//! How long a packet is on the air of a LoRa channel, as an RNode sends it (page 23 §1).
//! Not who may send when; that is a matter of budgets.

use std::time::Duration;

/// `SINGLE_MTU` less `HEADER_L`: bytes of a packet that one LoRa frame carries behind the firmware's own byte.
pub const FRAME_PAYLOAD: usize = 254;
/// `LORA_PREAMBLE_SYMBOLS_MIN`.
const PREAMBLE_SYMBOLS: u64 = 18;
/// `LORA_PREAMBLE_TARGET_MS`, in microseconds.
const PREAMBLE: u64 = 24_000;
/// The same on fast channels.
const FAST_PREAMBLE: u64 = 6_000;
/// `CSMA_SLOT_SYMBOLS`.
const SLOT_SYMBOLS: u64 = 12;
/// `CSMA_SLOT_MIN_MS` and `CSMA_SLOT_MAX_MS`, in microseconds.
const SLOT: std::ops::RangeInclusive<u64> = 24_000..=100_000;
/// The shortest slot on fast channels.
const FAST_SLOT: u64 = 6_000;
/// `LORA_FAST_THRESHOLD_BPS`: above this a channel is fast.
const FAST: u64 = 30_000;
/// Symbols of a preamble beyond those that are counted, in quarters: four and a quarter.
const SYNC_QUARTERS: u64 = 17;

/// What an RNode is set to; times as its firmware counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Modulation {
    spreading_factor: u8,
    bandwidth: u32,
    coding_rate: u8,
}

/// A modulation that no radio has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ModulationError {
    /// The spreading factor.
    #[error("a spreading factor is 5 to 12, not {0}")]
    SpreadingFactor(u8),
    /// The bandwidth.
    #[error("a bandwidth is 7,800 to 1,625,000 Hz, not {0}")]
    Bandwidth(u32),
    /// The coding rate.
    #[error("a coding rate is 5 to 8, not {0}")]
    CodingRate(u8),
}

#[expect(
    clippy::arithmetic_side_effects,
    reason = "the constructor keeps all of these small, and never zero"
)]
impl Modulation {
    /// Spreading factor 8, 125 kHz, 4/5: the example of the reference's manual, and usual on long ways between villages.
    pub const SF8: Self = Self { spreading_factor: 8, bandwidth: 125_000, coding_rate: 5 };

    /// One with a spreading factor of 5 to 12, a bandwidth in Hz, and `coding_rate` (5 to 8) bits for every four.
    pub fn new(spreading_factor: u8, bandwidth: u32, coding_rate: u8) -> Result<Self, ModulationError> {
        if !(5..=12).contains(&spreading_factor) {
            return Err(ModulationError::SpreadingFactor(spreading_factor));
        }
        if !(7_800..=1_625_000).contains(&bandwidth) {
            return Err(ModulationError::Bandwidth(bandwidth));
        }
        if !(5..=8).contains(&coding_rate) {
            return Err(ModulationError::CodingRate(coding_rate));
        }
        Ok(Self { spreading_factor, bandwidth, coding_rate })
    }

    /// 5 to 12.
    pub const fn spreading_factor(self) -> u8 {
        self.spreading_factor
    }

    /// In Hz.
    pub const fn bandwidth(self) -> u32 {
        self.bandwidth
    }

    /// 5 to 8: four bits become so many.
    pub const fn coding_rate(self) -> u8 {
        self.coding_rate
    }

    /// How long a symbol is, rounded down to a microsecond.
    pub fn symbol(self) -> Duration {
        Duration::from_micros(self.symbol_micros())
    }

    fn symbol_micros(self) -> u64 {
        (1_000_000_u64 << self.spreading_factor) / u64::from(self.bandwidth)
    }

    /// `RNodeInterface.updateBitrate`: bits per second, without preamble, header and checksum.
    pub fn bitrate(self) -> u64 {
        let bits = u64::from(self.spreading_factor) * 4 * u64::from(self.bandwidth);
        bits / (u64::from(self.coding_rate) << self.spreading_factor)
    }

    fn is_fast(self) -> bool {
        self.bitrate() > FAST
    }

    /// Symbols of the preamble.
    pub fn preamble(self) -> u64 {
        let target = if self.is_fast() { FAST_PREAMBLE } else { PREAMBLE };
        target.div_ceil(self.symbol_micros()).max(PREAMBLE_SYMBOLS)
    }

    /// A slot of the channel access: who finds the channel taken waits for some of these.
    pub fn slot(self) -> Duration {
        let least = if self.is_fast() { FAST_SLOT } else { *SLOT.start() };
        Duration::from_micros((SLOT_SYMBOLS * self.symbol_micros()).clamp(least, *SLOT.end()))
    }

    /// How long a packet of so many bytes is on the air, its access code included; what is longer than a frame goes as
    /// two.
    pub fn time_on_air(self, packet: usize) -> Duration {
        let frame = |payload: usize| self.frame(payload.saturating_add(1));
        match packet.checked_sub(FRAME_PAYLOAD) {
            None | Some(0) => frame(packet),
            Some(rest) => frame(FRAME_PAYLOAD).saturating_add(frame(rest)),
        }
    }

    /// How long one LoRa frame with so many bytes is on the air, the firmware's own byte among them.
    pub fn frame(self, bytes: usize) -> Duration {
        let factor = u64::from(self.spreading_factor);
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8).saturating_add(44);
        // Chips of a block are fewer where the firmware spends two bits of every symbol on a slow channel's drift.
        let low_rate = (1_u64 << factor) / u64::from((self.bandwidth / 1000).max(1)) > 16;
        let per_block = 4 * if low_rate { factor - 2 } else { factor };
        let blocks = bits.saturating_sub(4 * factor).div_ceil(per_block);
        let symbols = blocks.saturating_mul(u64::from(self.coding_rate)).saturating_add(self.preamble() + 8);
        let quarters = symbols.saturating_mul(4).saturating_add(SYNC_QUARTERS);
        Duration::from_micros(quarters.saturating_mul(self.symbol_micros()) / 4)
    }
}

/// As the operator knows it.
impl std::fmt::Display for Modulation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let khz = f64::from(self.bandwidth) / 1000.0;
        write!(f, "SF{}, {khz} kHz, 4/{}", self.spreading_factor, self.coding_rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tables of page 23 §2 and §3.
    #[test]
    fn times_on_air_are_those_of_the_table() {
        let table = [
            (7, 125_000, [(20, 73), (86, 170), (255, 463), (499, 817), (500, 822)]),
            (8, 125_000, [(20, 123), (86, 297), (255, 800), (499, 1424), (500, 1435)]),
            (9, 125_000, [(20, 226), (86, 534), (255, 1436), (499, 2542), (500, 2562)]),
            (11, 125_000, [(20, 823), (86, 1806), (255, 4923), (499, 8528), (500, 8528)]),
            (12, 125_000, [(20, 1810), (86, 3940), (255, 10_502), (499, 18_530), (500, 18_530)]),
            (7, 500_000, [(20, 36), (86, 60), (255, 152), (499, 240), (500, 241)]),
            (8, 62_500, [(20, 247), (86, 595), (255, 1599), (499, 2849), (500, 2869)]),
        ];
        for (spreading_factor, bandwidth, row) in table {
            let modulation = Modulation::new(spreading_factor, bandwidth, 5).unwrap();
            for (bytes, millis) in row {
                let time = modulation.time_on_air(bytes).as_secs_f64() * 1000.0;
                assert!(
                    (time - f64::from(millis)).abs() <= 0.51,
                    "SF{spreading_factor} {bytes} bytes: {time} ms"
                );
            }
        }
        let slower = [6, 7, 8].map(|coding_rate| {
            Modulation::new(8, 125_000, coding_rate).unwrap().time_on_air(500).as_millis()
        });
        assert_eq!(slower, [1696, 1958, 2221]);
    }

    /// Rows of page 23 §2.
    #[test]
    fn rates_slots_and_preambles_are_those_of_the_firmware() {
        for (spreading_factor, kilohertz, bitrate, preamble, slot) in [
            (7, 125, 5468, 24, 24),
            (8, 125, 3125, 18, 24),
            (9, 125, 1757, 18, 49),
            (11, 125, 537, 18, 100),
            (7, 500, 21_875, 94, 24),
        ] {
            let modulation = Modulation::new(spreading_factor, kilohertz * 1000, 5).unwrap();
            assert_eq!(modulation.bitrate(), bitrate);
            assert_eq!(modulation.preamble(), preamble);
            assert_eq!(modulation.slot().as_millis(), slot, "SF{spreading_factor}/{kilohertz}");
        }
    }

    #[test]
    fn what_no_radio_has_is_refused() {
        assert_eq!(Modulation::new(4, 125_000, 5), Err(ModulationError::SpreadingFactor(4)));
        assert_eq!(Modulation::new(8, 1, 5), Err(ModulationError::Bandwidth(1)));
        assert_eq!(Modulation::new(8, 125_000, 9), Err(ModulationError::CodingRate(9)));
    }

    #[test]
    fn more_bytes_never_take_less_time() {
        for spreading_factor in 5..=12 {
            let modulation = Modulation::new(spreading_factor, 125_000, 5).unwrap();
            let times: Vec<_> = (0..=508).map(|bytes| modulation.time_on_air(bytes)).collect();
            assert!(times.is_sorted(), "SF{spreading_factor}");
        }
    }
}
