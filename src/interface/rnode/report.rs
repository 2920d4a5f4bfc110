//! What a radio says: a frame of it as a value, or nothing where it is damaged or of no use to us.
//! Not what follows from it.

use super::commands::{self as is, Command};
use super::statistics::Channel;
use crate::interface::kiss::Frame;

/// `RSSI_OFFSET`: what a byte of signal strength is above the dBm that it means.
const RSSI_OFFSET: i16 = 157;
/// What a byte of temperature is above the degrees that it means.
const TEMPERATURE_OFFSET: i16 = 120;
/// What a temperature can be.
const TEMPERATURES: std::ops::RangeInclusive<i16> = -30..=90;

/// One thing that a radio says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A packet was received.
    Packet(Vec<u8>),
    /// The frequency in Hz.
    Frequency(u32),
    /// The bandwidth in Hz.
    Bandwidth(u32),
    /// The transmission power in dBm.
    TxPower(u8),
    /// The spreading factor.
    SpreadingFactor(u8),
    /// The coding rate.
    CodingRate(u8),
    /// Whether the radio is on.
    State(Power),
    /// It is an RNode.
    Detected,
    /// The limit over 15 seconds.
    ShortLimit(u16),
    /// The limit over an hour.
    LongLimit(u16),
    /// Whether its queue has room.
    Ready(Room),
    /// The strength of the next packet, in dBm.
    Rssi(i16),
    /// How far the next packet stands out of the noise, in quarters of a dB.
    Snr(i8),
    /// How the channel is used.
    Channel(Channel),
    /// How long a symbol is, in microseconds, as far as 16 bits hold it.
    SymbolMicros(u16),
    /// The battery.
    Battery(Battery),
    /// Degrees Celsius.
    Temperature(i16),
    /// Number of the board.
    Board(u8),
    /// Number of the family of processors.
    Platform(u8),
    /// Number of the processor.
    Mcu(u8),
    /// Version of the firmware.
    Version {
        /// Before the point.
        major: u8,
        /// Behind it.
        minor: u8,
    },
    /// What was written into it when it was made.
    Rom(Vec<u8>),
    /// It has started.
    Reset,
    /// Something is wrong, by its number.
    Error(u8),
}

/// Whether a radio is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// It is.
    On,
    /// It isn't.
    Off,
}

/// Whether the queue of the firmware takes more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// It does.
    Some,
    /// It doesn't.
    None,
}

/// How a battery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Battery {
    /// What it does.
    pub state: BatteryState,
    /// How full it is.
    pub percent: u8,
}

/// What a battery does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatteryState {
    /// Nobody knows.
    Unknown,
    /// It gives.
    Discharging,
    /// It takes.
    Charging,
    /// It is full.
    Charged,
}

impl BatteryState {
    /// As the reference's programs call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Discharging => "discharging",
            Self::Charging => "charging",
            Self::Charged => "charged",
        }
    }
}

impl Report {
    /// What a frame says; `None` where it is of another length than it should be, or of no use here.
    pub fn of(frame: Frame) -> Option<Self> {
        let command = Command::of(frame.command)?;
        if !command.says.fits(frame.data.len()) {
            return None;
        }
        match command.number {
            is::DATA => return Some(Self::Packet(frame.data)),
            is::ROM_READ => return Some(Self::Rom(frame.data)),
            is::STAT_CHTM => return channel(&frame.data).map(Self::Channel),
            is::FREQUENCY => return long(&frame.data).map(Self::Frequency),
            is::BANDWIDTH => return long(&frame.data).map(Self::Bandwidth),
            is::ST_ALOCK => return word(&frame.data).map(Self::ShortLimit),
            is::LT_ALOCK => return word(&frame.data).map(Self::LongLimit),
            is::STAT_PHYPRM => return word(&frame.data).map(Self::SymbolMicros),
            _ => {}
        }
        let (first, rest) = frame.data.split_first()?;
        Self::of_small(command.number, *first, rest)
    }

    fn of_small(command: u8, first: u8, rest: &[u8]) -> Option<Self> {
        Some(match command {
            is::TXPOWER => Self::TxPower(first),
            is::SF => Self::SpreadingFactor(first),
            is::CR => Self::CodingRate(first),
            is::RADIO_STATE => Self::State(if first == is::ON { Power::On } else { Power::Off }),
            is::DETECT if first == is::DETECT_RESPONSE => Self::Detected,
            is::READY => Self::Ready(if first == 0 { Room::None } else { Room::Some }),
            is::STAT_RSSI => Self::Rssi(dbm(first)),
            is::STAT_SNR => Self::Snr(first.cast_signed()),
            is::STAT_BAT => Self::Battery(battery(first, *rest.first()?)),
            is::STAT_TEMP => Self::Temperature(
                Some(i16::from(first).saturating_sub(TEMPERATURE_OFFSET))
                    .filter(|degrees| TEMPERATURES.contains(degrees))?,
            ),
            is::BOARD => Self::Board(first),
            is::PLATFORM => Self::Platform(first),
            is::MCU => Self::Mcu(first),
            is::FW_VERSION => Self::Version { major: first, minor: *rest.first()? },
            is::RESET if first == is::RESET_BYTE => Self::Reset,
            is::ERROR => Self::Error(first),
            _ => return None,
        })
    }
}

fn dbm(byte: u8) -> i16 {
    i16::from(byte).saturating_sub(RSSI_OFFSET)
}

fn word(data: &[u8]) -> Option<u16> {
    data.first_chunk().map(|bytes| u16::from_be_bytes(*bytes))
}

fn long(data: &[u8]) -> Option<u32> {
    data.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

fn battery(state: u8, percent: u8) -> Battery {
    let state = match state {
        1 => BatteryState::Discharging,
        2 => BatteryState::Charging,
        3 => BatteryState::Charged,
        _ => BatteryState::Unknown,
    };
    Battery { state, percent: percent.min(100) }
}

fn channel(data: &[u8]) -> Option<Channel> {
    let mut words = data.chunks_exact(2).filter_map(word);
    let (airtime_short, airtime_long) = (words.next()?, words.next()?);
    let (load_short, load_long) = (words.next()?, words.next()?);
    Some(Channel {
        airtime_short,
        airtime_long,
        load_short,
        load_long,
        rssi: data.get(8).map(|byte| dbm(*byte)),
        noise_floor: data.get(9).map(|byte| dbm(*byte)),
        interference: data.get(10).filter(|byte| **byte != u8::MAX).map(|byte| dbm(*byte)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(command: u8, data: &[u8]) -> Option<Report> {
        Report::of(Frame { command, data: data.to_vec() })
    }

    #[test]
    fn what_a_radio_says_is_read_as_the_firmware_writes_it() {
        assert_eq!(of(0x01, &[0x33, 0xb0, 0x6c, 0x00]), Some(Report::Frequency(867_200_000)));
        assert_eq!(of(0x06, &[1]), Some(Report::State(Power::On)));
        assert_eq!(of(0x23, &[57]), Some(Report::Rssi(-100)));
        assert_eq!(of(0x24, &[0xc0]), Some(Report::Snr(-64)));
        assert_eq!(of(0x29, &[140]), Some(Report::Temperature(20)));
        assert_eq!(of(0x50, &[1, 0x56]), Some(Report::Version { major: 1, minor: 86 }));
        let battery = Battery { state: BatteryState::Charging, percent: 80 };
        assert_eq!(of(0x27, &[2, 80]), Some(Report::Battery(battery)));
        assert_eq!(of(0x26, &[8, 0, 1, 232, 0, 18, 0, 36, 0, 24, 0, 48]), Some(Report::SymbolMicros(2048)));
        let told = of(0x25, &[0, 150, 0, 20, 1, 0, 0, 2, 57, 40, 0xff]);
        let channel = Channel {
            airtime_short: 150,
            airtime_long: 20,
            load_short: 256,
            load_long: 2,
            rssi: Some(-100),
            noise_floor: Some(-117),
            interference: None,
        };
        assert_eq!(told, Some(Report::Channel(channel)));
    }

    #[test]
    fn what_is_damaged_says_nothing() {
        for (command, data) in [
            (0x01, &[1, 2, 3][..]),
            (0x00, &[]),
            (0x00, &[0; 509]),
            (0x06, &[]),
            (0x08, &[0x47]),
            (0x25, &[0; 7]),
            (0x29, &[0]),
            (0x55, &[1]),
            (0x99, &[1]),
        ] {
            assert_eq!(of(command, data), None, "{command:02x}");
        }
    }
}
