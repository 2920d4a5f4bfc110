//! The commands of RNode firmware (page 22 §4), named as `KISS.CMD_…` in the reference: number, and what a radio sends
//! with each.
//! Not what its words mean; those are reports.

/// One command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    /// What stands first in the frame, all eight bits.
    pub number: u8,
    /// What the radio sends under this number.
    pub says: Says,
}

/// What a radio sends under a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// Nothing: only we use it.
    Nothing,
    /// So many bytes.
    Bytes(usize),
    /// As many as there are, within these bounds.
    Between(usize, usize),
}

impl Says {
    /// Can so many bytes stand there?
    pub const fn fits(self, bytes: usize) -> bool {
        match self {
            Self::Nothing => false,
            Self::Bytes(exactly) => bytes == exactly,
            Self::Between(least, most) => least <= bytes && bytes <= most,
        }
    }
}

impl Command {
    /// The command with that number, if it is one that is used here.
    pub fn of(number: u8) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.number == number)
    }
}

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $says:expr;)+) => {
        $($(#[$doc])* pub const $name: u8 = $number;)+

        /// All that are used here.
        pub const COMMANDS: &[Command] =
            &[$(Command { number: $number, says: $says },)+];
    };
}

commands! {
    /// A packet. Never an empty one: the firmware counts its bytes wrongly from then on.
    DATA = 0x00, Says::Between(1, super::HW_MTU);
    /// Frequency in Hz; zero asks.
    FREQUENCY = 0x01, Says::Bytes(4);
    /// Bandwidth in Hz; zero asks.
    BANDWIDTH = 0x02, Says::Bytes(4);
    /// Transmission power in dBm; `ff` asks.
    TXPOWER = 0x03, Says::Bytes(1);
    /// Spreading factor; `ff` asks.
    SF = 0x04, Says::Bytes(1);
    /// Coding rate; `ff` asks.
    CR = 0x05, Says::Bytes(1);
    /// Whether the radio is on; `ff` asks.
    RADIO_STATE = 0x06, Says::Bytes(1);
    /// Whether something is there, and an RNode.
    DETECT = 0x08, Says::Bytes(1);
    /// We leave.
    LEAVE = 0x0a, Says::Nothing;
    /// The firmware's limit over 15 seconds, in hundredths of a percent; zero means none.
    ST_ALOCK = 0x0b, Says::Bytes(2);
    /// The same over an hour.
    LT_ALOCK = 0x0c, Says::Bytes(2);
    /// Whether the firmware's queue has room. It says so only when it is asked.
    READY = 0x0f, Says::Bytes(1);
    /// How strong the packet was that follows.
    STAT_RSSI = 0x23, Says::Bytes(1);
    /// How clear the packet was that follows.
    STAT_SNR = 0x24, Says::Bytes(1);
    /// Airtime, load, noise: about once a second while the radio is on, and after each transmission. Older firmware
    /// leaves away what is at the end.
    STAT_CHTM = 0x25, Says::Between(8, 11);
    /// What the parameters amount to, whenever they change while the radio is on.
    STAT_PHYPRM = 0x26, Says::Between(10, 12);
    /// The battery, on boards that know.
    STAT_BAT = 0x27, Says::Bytes(2);
    /// The temperature, on boards that know.
    STAT_TEMP = 0x29, Says::Bytes(1);
    /// Which board.
    BOARD = 0x47, Says::Bytes(1);
    /// Which family of processors.
    PLATFORM = 0x48, Says::Bytes(1);
    /// Which processor.
    MCU = 0x49, Says::Bytes(1);
    /// Version of the firmware.
    FW_VERSION = 0x50, Says::Bytes(2);
    /// What was written into the board when it was made.
    ROM_READ = 0x51, Says::Between(1, 512);
    /// It has started.
    RESET = 0x55, Says::Bytes(1);
    /// Something is wrong.
    ERROR = 0x90, Says::Bytes(1);
}

/// `KISS.DETECT_REQ`.
pub const DETECT_REQUEST: u8 = 0x73;
/// `KISS.DETECT_RESP`.
pub const DETECT_RESPONSE: u8 = 0x46;
/// `KISS.RADIO_STATE_ON`.
pub const ON: u8 = 0x01;
/// `KISS.RADIO_STATE_OFF`.
pub const OFF: u8 = 0x00;
/// `KISS.RADIO_STATE_ASK`; a byte that asks, with power, spreading factor and coding rate too.
pub const ASK: u8 = 0xff;
/// What a radio is set to, and what asks for it.
pub const SETTINGS: &[(u8, &[u8])] =
    &[(FREQUENCY, &[0; 4]), (BANDWIDTH, &[0; 4]), (TXPOWER, &[ASK]), (SF, &[ASK]), (CR, &[ASK])];
/// What [`RESET`] comes with.
pub const RESET_BYTE: u8 = 0xf8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_stands_for_one_command() {
        let mut numbers: Vec<_> = COMMANDS.iter().map(|command| command.number).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), COMMANDS.len());
        assert!(numbers.is_sorted());
        assert_eq!(Command::of(STAT_PHYPRM).map(|command| command.says), Some(Says::Between(10, 12)));
        assert_eq!(Command::of(0x21), None);
    }
}
