//! The options of an RNode interface.
//! Not their names; those are the configuration's.

use std::path::PathBuf;
use std::str::FromStr;

use super::driver::RNode;
use super::{HW_MTU, Parameters};
use crate::interface::kind::{Interface, Means, OpenError, Section};
use crate::interface::{BeaconSection, HostPort, Medium, Template};
use crate::rns::air::Air;
use crate::rns::ifac::CodeSize;

/// `TARGET_PORT`: where a radio on the network listens.
const NETWORK_PORT: u16 = 7633;

/// The options of an RNode interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RNodeSection {
    /// Where it is.
    pub port: RadioPort,
    /// What it is set to.
    pub parameters: Parameters,
    /// Whether it is asked after every packet if it takes another.
    pub flow_control: bool,
    /// What says on air who sends.
    pub beacon: Option<BeaconSection>,
}

/// Where a radio is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RadioPort {
    /// On a serial port.
    Serial(PathBuf),
    /// On the network.
    Network(HostPort),
}

/// Why nothing can be there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RadioPortError {
    /// Bluetooth.
    #[error(
        "radios over Bluetooth are not supported. Connect the board by USB, or over the network: port = \
         \"tcp://address\""
    )]
    Bluetooth,
    /// No address behind `tcp://`.
    #[error("\"{0}\" is no address on the network. Write tcp:// and a host, such as tcp://10.0.0.1")]
    Host(String),
}

impl FromStr for RadioPort {
    type Err = RadioPortError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        if written.to_ascii_lowercase().starts_with("ble://") {
            return Err(RadioPortError::Bluetooth);
        }
        let Some((scheme, host)) = written.split_once("://") else {
            return Ok(Self::Serial(written.into()));
        };
        let no_host = || RadioPortError::Host(written.to_owned());
        if !scheme.eq_ignore_ascii_case("tcp") {
            return Err(no_host());
        }
        let with_port =
            [host.to_owned(), format!("{host}:{NETWORK_PORT}"), format!("[{host}]:{NETWORK_PORT}")];
        with_port.iter().find_map(|host| host.parse().ok()).map(Self::Network).ok_or_else(no_host)
    }
}

impl std::fmt::Display for RadioPort {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Serial(path) => path.display().fmt(f),
            Self::Network(host) => write!(f, "tcp://{host}"),
        }
    }
}

impl Section for RNodeSection {
    const CODE_SIZE: CodeSize = CodeSize::SERIAL;

    fn medium(&self) -> Medium {
        let modulation = self.parameters.modulation;
        let air = Some(Air::lora(modulation, self.parameters.limits));
        Medium { air, ..Medium::of_plain_links(modulation.bitrate(), HW_MTU) }
    }

    async fn open(&self, template: Template, means: Means) -> Result<Box<dyn Interface>, OpenError> {
        Ok(Box::new(RNode::new(self.clone(), template, means)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_device_or_an_address_on_the_network() {
        let port = |text: &str| text.parse::<RadioPort>().map(|port| port.to_string());
        assert_eq!(port("/dev/ttyUSB0").as_deref(), Ok("/dev/ttyUSB0"));
        assert_eq!(port("tcp://10.0.0.1").as_deref(), Ok("tcp://10.0.0.1:7633"));
        assert_eq!(port("tcp://radio.local:7634").as_deref(), Ok("tcp://radio.local:7634"));
        assert_eq!(port("tcp://fd00::1").as_deref(), Ok("tcp://[fd00::1]:7633"));
        assert_eq!(port("ble://RNode 1234"), Err(RadioPortError::Bluetooth));
        assert!(matches!(port("tcp://"), Err(RadioPortError::Host(_))));
        assert!(matches!(port("udp://10.0.0.1"), Err(RadioPortError::Host(_))));
    }
}
