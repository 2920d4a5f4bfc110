//! The section of the UDP interface.
//! Not sockets; those are in [`crate::interface`].

use super::super::key::{Key, Takes};
use super::super::section::{LeftOut, Values, Vocabulary, Weight};
use super::{COMMON, COMMON_LEFT_OUT, FIXED_BITRATE, Network, Unfit};
use crate::interface::UdpSection;

const PORT: Takes = Takes::Number { least: 0, most: 65_535, of: "a port" };
const PEER_PORT: Takes = Takes::Number { least: 1, most: 65_535, of: "a port" };

impl UdpSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            &[
                Key::required("listen_ip", Takes::Ipv4),
                Key::optional("listen_port", PORT),
                Key::required("forward_ip", Takes::Ipv4),
                Key::optional("forward_port", PEER_PORT),
                Key::optional("port", PEER_PORT),
            ],
        ],
        left_out: &[
            COMMON_LEFT_OUT,
            FIXED_BITRATE,
            &[LeftOut {
                names: &["device"],
                no_loss: &[],
                why: "Roost uses addresses, not devices. Write the device's as listen_ip and forward_ip",
                weight: Weight::Minor,
            }],
        ],
    };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        let port = |name| values.number(name).and_then(|port| u16::try_from(port).ok());
        let address = |name| values.text(name).and_then(|text| text.parse().ok()).ok_or(Unfit::Reported);
        let section = Self {
            listen_ip: address("listen_ip")?,
            listen_port: port("listen_port"),
            forward_ip: address("forward_ip")?,
            forward_port: port("forward_port"),
            port: port("port"),
        };
        for (own, name) in [(section.listen_port, "listen_port"), (section.forward_port, "forward_port")] {
            if own.or(section.port).is_none() {
                return Err(Unfit::Because(format!(
                    "{name} is missing. Write it, or port where both are the same"
                )));
            }
        }
        Ok(section)
    }
}

impl std::fmt::Display for UdpSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let port = |own: Option<u16>| own.or(self.port).unwrap_or_default();
        let (listen, forward) = (port(self.listen_port), port(self.forward_port));
        write!(f, "exchanges UDP on {}:{listen} with {}:{forward}", self.listen_ip, self.forward_ip)
    }
}
