//! What there is in hardware: boards, processors, radio chips, and what each chip and model can do.
//! Not what a region allows.

use std::ops::RangeInclusive;

/// Bandwidths of the chips below a gigahertz, in Hz.
const SUB_GIGAHERTZ: &[u32] =
    &[7_800, 10_400, 15_600, 20_800, 31_250, 41_700, 62_500, 125_000, 250_000, 500_000];
/// Those of the chip for 2.4 GHz.
const GIGAHERTZ: &[u32] = &[203_125, 406_250, 812_500, 1_625_000];

/// `INFO_LOCK_BYTE` and `CONF_OK_BYTE`: what stands there is valid.
const VALID: u8 = 0x73;
/// `ADDR_MODEL`.
const AT_MODEL: usize = 0x01;
/// `ADDR_INFO_LOCK`.
const AT_INFO_LOCK: usize = 0x9b;
/// `ADDR_CONF_OK`.
const AT_CONF_OK: usize = 0xa7;

/// Boards by the number that they report.
const BOARDS: &[(u8, &str)] = &[
    (0x31, "RNode 1"),
    (0x32, "homebrew ATmega"),
    (0x33, "LilyGO T-Beam"),
    (0x34, "Feather ESP32"),
    (0x35, "generic ESP32"),
    (0x36, "LilyGO LoRa32 2.0"),
    (0x37, "LilyGO LoRa32 2.1"),
    (0x38, "Heltec LoRa32 v2"),
    (0x39, "LilyGO LoRa32 1.0"),
    (0x3a, "Heltec LoRa32 v3"),
    (0x3b, "LilyGO T-Deck"),
    (0x3c, "Heltec T114"),
    (0x3d, "LilyGO T-Beam Supreme"),
    (0x3e, "Seeed XIAO ESP32S3"),
    (0x3f, "Heltec LoRa32 v4"),
    (0x40, "RNode 2.0"),
    (0x41, "RNode 2.1"),
    (0x42, "LilyGO T3S3"),
    (0x44, "LilyGO T-Echo"),
    (0x50, "generic nRF52"),
    (0x51, "RAK4631"),
];

/// Families of processors.
const PLATFORMS: &[(u8, &str)] = &[(0x70, "nRF52"), (0x80, "ESP32"), (0x90, "AVR")];

/// Processors.
const MCUS: &[(u8, &str)] = &[(0x71, "nRF52"), (0x81, "ESP32"), (0x91, "ATmega1284P"), (0x92, "ATmega2560")];

/// The board with this number.
pub fn board(number: u8) -> Option<&'static str> {
    named(BOARDS, number)
}

/// The family of processors with this number.
pub fn platform(number: u8) -> Option<&'static str> {
    named(PLATFORMS, number)
}

/// The processor with this number.
pub fn mcu(number: u8) -> Option<&'static str> {
    named(MCUS, number)
}

fn named(table: &[(u8, &'static str)], number: u8) -> Option<&'static str> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| *name)
}

/// A radio chip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chip {
    /// SX1276 and SX1278.
    Sx127x,
    /// SX1262 and SX1268.
    Sx126x,
    /// SX1280.
    Sx128x,
}

impl Chip {
    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sx127x => "SX127x",
            Self::Sx126x => "SX126x",
            Self::Sx128x => "SX128x",
        }
    }

    /// What it can be set to, in Hz. The firmware takes others and rounds them without a word.
    pub const fn bandwidths(self) -> &'static [u32] {
        match self {
            Self::Sx127x | Self::Sx126x => SUB_GIGAHERTZ,
            Self::Sx128x => GIGAHERTZ,
        }
    }
}

/// The bandwidths of all chips.
pub fn bandwidths() -> impl Iterator<Item = u32> + Clone {
    SUB_GIGAHERTZ.iter().chain(GIGAHERTZ).copied()
}

/// What a model can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its chip.
    pub chip: Chip,
    /// What its antenna path is made for, in MHz.
    pub megahertz: RangeInclusive<u32>,
    /// The most that it transmits with, in dBm.
    pub most_power: u8,
}

/// One line of [`MODELS`]: numbers, chip, MHz from and to, dBm.
type Line = (&'static [u8], Chip, u32, u32, u8);

/// Models by the number that is written into them when they are made. Two for whatever people build themselves are left
/// away: nothing is known of them.
const MODELS: &[Line] = &[
    (&[0xa4], Chip::Sx127x, 410, 525, 14),
    (&[0xa2, 0xa3, 0xa5], Chip::Sx127x, 410, 525, 17),
    (&[0xa7, 0xa8, 0xa9, 0xaa], Chip::Sx127x, 820, 1020, 17),
    (&[0xa1], Chip::Sx126x, 410, 525, 22),
    (&[0xa6], Chip::Sx126x, 820, 1020, 22),
    (&[0xac], Chip::Sx128x, 2400, 2500, 20),
    (&[0x04, 0xb3, 0xb4, 0xba, 0xc4, 0xe4], Chip::Sx127x, 420, 520, 17),
    (&[0x09, 0xb8, 0xb9, 0xbb, 0xc9, 0xe9], Chip::Sx127x, 850, 950, 17),
    (&[0xc5, 0xc6, 0xd4, 0xdb, 0xde, 0xe3], Chip::Sx126x, 420, 520, 22),
    (&[0xc7, 0xca, 0xd9, 0xdc, 0xdd, 0xe8], Chip::Sx126x, 850, 950, 22),
    (&[0xc8], Chip::Sx126x, 860, 930, 28),
    (&[0x11, 0x13], Chip::Sx126x, 430, 510, 22),
    (&[0x12, 0x14, 0x17], Chip::Sx126x, 779, 928, 22),
    (&[0x21], Chip::Sx126x, 820, 960, 22),
];

impl Model {
    /// The model with this number.
    pub fn of(number: u8) -> Option<Self> {
        let (_, chip, from, to, most_power) =
            MODELS.iter().find(|(numbers, ..)| numbers.contains(&number))?;
        Some(Self { chip: *chip, megahertz: *from..=*to, most_power: *most_power })
    }
}

/// What was written into a board when it was made and set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rom(Vec<u8>);

impl Rom {
    /// From what the board sends of it.
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Was it ever provisioned? Otherwise the firmware leaves the radio off.
    pub fn is_provisioned(&self) -> bool {
        self.0.get(AT_INFO_LOCK) == Some(&VALID)
    }

    /// Has it settings of its own, which count instead of ours (TNC mode)?
    pub fn is_tnc(&self) -> bool {
        self.0.get(AT_CONF_OK) == Some(&VALID)
    }

    /// Which model it says it is.
    pub fn model(&self) -> Option<Model> {
        self.0.get(AT_MODEL).filter(|_| self.is_provisioned()).and_then(|number| Model::of(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_board_is_known_by_its_numbers() {
        assert_eq!(
            (board(0x3a), platform(0x80), mcu(0x81)),
            (Some("Heltec LoRa32 v3"), Some("ESP32"), Some("ESP32"))
        );
        assert_eq!((board(0), platform(0), mcu(0)), (None, None, None));
        let mut rom = vec![0xff; 200];
        (rom[AT_MODEL], rom[AT_INFO_LOCK]) = (0xca, VALID);
        let model = Rom::new(rom.clone()).model().unwrap();
        assert_eq!((model.chip, model.megahertz, model.most_power), (Chip::Sx126x, 850..=950, 22));
        assert!(!Rom::new(rom.clone()).is_tnc());
        rom[AT_INFO_LOCK] = 0xff;
        assert!(!Rom::new(rom.clone()).is_provisioned());
        assert_eq!(Rom::new(rom).model(), None);
        assert!(!Rom::new(Vec::new()).is_provisioned());
    }

    #[test]
    fn no_number_stands_for_two_models() {
        let mut numbers: Vec<_> = MODELS.iter().flat_map(|(numbers, ..)| numbers.iter()).collect();
        let all = numbers.len();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers.len(), all);
    }
}
