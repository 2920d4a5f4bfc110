//! The serial interface: HDLC over a port, for a cable between two machines or a radio modem that is like one.
//! Not a TNC, and not an RNode; those want to be told things.

use std::path::PathBuf;
use std::time::Duration;

use super::kept_port::{KeptPort, PortTiming};
use super::kind::{Interface, Means, OpenError, Section};
use super::{Line, Medium, Template};
use crate::rns::air::{Air, Limits};
use crate::rns::ifac::CodeSize;

/// `SerialInterface.HW_MTU`. Links over it keep to 500 bytes.
const SERIAL_HW_MTU: usize = 564;

/// The options of a serial interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SerialSection {
    /// The device.
    pub port: PathBuf,
    /// How its line is set.
    pub line: Line,
    /// Bits per second behind the line, where that is a radio; as fast as the line if nothing is said.
    pub bitrate: Option<u64>,
    /// How much of the time that may be on the air.
    pub limits: Limits,
}

impl SerialSection {
    /// A line with nothing else said.
    pub fn new(port: PathBuf) -> Self {
        Self { port, line: Line::default(), bitrate: None, limits: Limits::default() }
    }
}

impl Section for SerialSection {
    const CODE_SIZE: CodeSize = CodeSize::SERIAL;

    /// A line with another rate behind it or with limits leads to a radio; any other is a cable.
    fn medium(&self) -> Medium {
        let speed = u64::from(self.line.speed);
        let bitrate = self.bitrate.unwrap_or(speed);
        let is_radio = bitrate != speed || self.limits != Limits::default();
        let air = is_radio.then(|| Air::fixed(bitrate, Duration::ZERO, self.limits));
        Medium { air, ..Medium::of_plain_links(bitrate, SERIAL_HW_MTU) }
    }

    async fn open(&self, template: Template, _: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(Box::new(KeptPort::serial(self, template, PortTiming::default())))
    }
}
