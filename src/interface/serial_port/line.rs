//! How the line of a serial port is set: speed, and the shape of a character.
//! Not flow control; there is none.

use rustix::io::Errno;
use rustix::termios::{ControlModes, Termios};

/// The modes that give a character its shape.
pub(super) const SHAPE: ControlModes =
    ControlModes::CSIZE.union(ControlModes::PARENB).union(ControlModes::PARODD).union(ControlModes::CSTOPB);

/// Speed and shape of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Bits per second.
    pub speed: u32,
    /// Bits of a character.
    pub data_bits: DataBits,
    /// The bit that checks them.
    pub parity: Parity,
    /// What ends a character.
    pub stop_bits: StopBits,
}

/// Bits of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DataBits {
    /// 5.
    Five,
    /// 6.
    Six,
    /// 7.
    Seven,
    /// 8.
    #[default]
    Eight,
}

/// The bit that checks a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Parity {
    /// There is none.
    #[default]
    None,
    /// It makes the number of ones even.
    Even,
    /// It makes the number of ones odd.
    Odd,
}

/// What ends a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopBits {
    /// 1.
    #[default]
    One,
    /// 2.
    Two,
}

impl Line {
    /// Of 8 bits, no parity and 1 stop bit.
    pub const fn at(speed: u32) -> Self {
        Self { speed, data_bits: DataBits::Eight, parity: Parity::None, stop_bits: StopBits::One }
    }

    pub(super) fn put_into(self, termios: &mut Termios) -> Result<(), Errno> {
        termios.set_speed(self.speed)?;
        termios.control_modes.remove(SHAPE | ControlModes::CRTSCTS);
        termios.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
        termios.control_modes |= match self.data_bits {
            DataBits::Five => ControlModes::CS5,
            DataBits::Six => ControlModes::CS6,
            DataBits::Seven => ControlModes::CS7,
            DataBits::Eight => ControlModes::CS8,
        };
        termios.control_modes |= match self.parity {
            Parity::None => ControlModes::empty(),
            Parity::Even => ControlModes::PARENB,
            Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
        };
        termios.control_modes |= match self.stop_bits {
            StopBits::One => ControlModes::empty(),
            StopBits::Two => ControlModes::CSTOPB,
        };
        Ok(())
    }
}

/// `SerialInterface.speed`, where nothing is said.
impl Default for Line {
    fn default() -> Self {
        Self::at(9600)
    }
}

/// As everybody writes it: `9600 8N1`.
impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let data = match self.data_bits {
            DataBits::Five => 5,
            DataBits::Six => 6,
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        };
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        let stop = match self.stop_bits {
            StopBits::One => 1,
            StopBits::Two => 2,
        };
        write!(f, "{} {data}{parity}{stop}", self.speed)
    }
}
