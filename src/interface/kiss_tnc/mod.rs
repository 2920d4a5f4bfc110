//! The interfaces to a TNC on a serial port: `KISSInterface`, and `AX25KISSInterface` with a header around each packet.
//! Not KISS over TCP; there the modem has a configuration of its own and is told nothing.

mod beacon;
mod carry;
mod link;
mod parameters;

use std::path::PathBuf;
use std::time::Duration;

use super::framing::Framing;
use super::kept_port::{KeptPort, PortTiming};
use super::kind::{Interface, Means, OpenError, Section};
use super::{BeaconSection, Line, Medium, TNC_BITRATE, Template};
use crate::rns::air::Limits;
use crate::rns::ifac::CodeSize;

pub(super) use carry::carry;

pub use parameters::TncParameters;

/// How long a TNC needs after its port was opened.
const SETTLE: Duration = Duration::from_secs(2);

/// A TNC, and how it is to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TncSection {
    /// The device.
    pub port: PathBuf,
    /// How its line is set.
    pub line: Line,
    /// [`Framing::Kiss`] or [`Framing::Ax25`].
    pub framing: Framing,
    /// How it keys its transmitter.
    pub parameters: TncParameters,
    /// Does it say when it is ready for the next frame?
    pub flow_control: bool,
    /// Who says who we are, where the frames don't.
    pub beacon: Option<BeaconSection>,
    /// Bits per second on the air.
    pub bitrate: u64,
    /// How much of the time it may be on the air.
    pub limits: Limits,
}

impl TncSection {
    /// A TNC with nothing else said.
    pub fn new(port: PathBuf, framing: Framing) -> Self {
        Self {
            port,
            line: Line::default(),
            framing,
            parameters: TncParameters::default(),
            flow_control: false,
            beacon: None,
            bitrate: TNC_BITRATE,
            limits: Limits::default(),
        }
    }

    /// Its packets.
    pub fn medium(&self) -> Medium {
        Medium::of_modem(self.bitrate, self.parameters.keyed(), self.framing.header_size(), self.limits)
    }

    fn open(&self, template: Template, means: Means) -> Box<dyn Interface> {
        let timing = PortTiming { settle: SETTLE, ..PortTiming::default() };
        Box::new(KeptPort::tnc(self.clone(), template, means, timing))
    }
}

/// The options of a KISS interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KissSection(pub TncSection);

/// The options of an AX.25 KISS interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ax25KissSection(pub TncSection);

impl Section for KissSection {
    const CODE_SIZE: CodeSize = CodeSize::SERIAL;

    fn medium(&self) -> Medium {
        self.0.medium()
    }

    async fn open(&self, template: Template, means: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(self.0.open(template, means))
    }
}

impl Section for Ax25KissSection {
    const CODE_SIZE: CodeSize = CodeSize::SERIAL;

    fn medium(&self) -> Medium {
        self.0.medium()
    }

    async fn open(&self, template: Template, means: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(self.0.open(template, means))
    }
}
