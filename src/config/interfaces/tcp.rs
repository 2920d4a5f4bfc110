//! The sections of the two TCP interfaces.
//! Not sockets; those are in [`crate::interface`].

use std::time::Duration;

use super::super::key::{Key, Takes, host_port};
use super::super::section::{LeftOut, NO, Values, Vocabulary, Weight};
use super::{AIRTIME, BITRATE, COMMON, COMMON_LEFT_OUT, Network, Unfit, limits};
use crate::interface::{
    Air, Framing, HostPort, Limits, MAX_CLIENTS, Medium, TCP_HW_MTU, TNC_BITRATE, TNC_HW_MTU,
    TcpClientSection, TcpServerSection,
};

/// What both kinds of the reference have, and Roost hasn't.
const TCP_LEFT_OUT: &[LeftOut] = &[
    LeftOut { names: &["i2p_tunneled"], no_loss: NO, why: "I2P is not supported", weight: Weight::Vital },
    LeftOut {
        names: &["prefer_ipv6"],
        no_loss: NO,
        why: "the system decides which address of a name comes first. Write the IPv6 address itself",
        weight: Weight::Minor,
    },
];

impl TcpServerSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            &[
                Key::required("listen_ip", Takes::Host),
                Key::required("listen_port", Takes::Number { least: 0, most: 65_535, of: "a port" })
                    .or(&["port"]),
                Key::optional(
                    "max_clients",
                    Takes::Number { least: 1, most: MAX_CLIENTS as u64, of: "clients at a time" },
                ),
                Key::optional("bitrate", BITRATE),
            ],
        ],
        left_out: &[
            COMMON_LEFT_OUT,
            TCP_LEFT_OUT,
            &[LeftOut {
                names: &["device"],
                no_loss: &[],
                why: "Roost listens on addresses, not on devices. Write the device's address as listen_ip",
                weight: Weight::Minor,
            }],
        ],
    };

    pub(super) fn build(values: &Values, network: Network) -> Result<Self, Unfit> {
        let most = values.number("max_clients").and_then(|most| usize::try_from(most).ok());
        Ok(Self {
            listen: address(values, "listen_ip", "listen_port")?,
            max_clients: most.unwrap_or(MAX_CLIENTS),
            medium: medium(values, network),
        })
    }
}

impl std::fmt::Display for TcpServerSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "takes TCP connections on {}, at most {}", self.listen, self.max_clients)
    }
}

impl TcpClientSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            &[
                Key::required("target_host", Takes::Host),
                Key::required("target_port", Takes::Number { least: 1, most: 65_535, of: "a port" }),
                Key::optional(
                    "max_reconnect_tries",
                    Takes::Number { least: 0, most: 1_000_000, of: "attempts after a failure" },
                ),
                Key::optional(
                    "fixed_mtu",
                    Takes::Number { least: 500, most: TCP_HW_MTU as u64, of: "bytes of a packet" },
                ),
                Key::optional("bitrate", BITRATE),
                Key::optional("kiss_framing", Takes::Switch),
            ],
            AIRTIME,
        ],
        left_out: &[
            COMMON_LEFT_OUT,
            TCP_LEFT_OUT,
            &[LeftOut {
                names: &["connect_timeout"],
                no_loss: &[],
                why: "an attempt to connect takes 5 seconds at most",
                weight: Weight::Minor,
            }],
        ],
    };

    pub(super) fn build(values: &Values, network: Network) -> Result<Self, Unfit> {
        let (framing, medium) = match values.switch("kiss_framing") {
            Some(true) => (Framing::Kiss, kiss_medium(values)?),
            Some(false) | None => (Framing::Hdlc, Medium { air: air(values)?, ..medium(values, network) }),
        };
        Ok(Self {
            target: address(values, "target_host", "target_port")?,
            max_reconnect_tries: values.number("max_reconnect_tries"),
            medium,
            framing,
        })
    }
}

impl std::fmt::Display for TcpClientSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.framing {
            Framing::Kiss => {
                write!(f, "uses the modem at {}, {} bit/s on the air", self.target, self.medium.bitrate)
            }
            Framing::Hdlc | Framing::Ax25(_) => write!(f, "connects over TCP to {}", self.target),
        }
    }
}

fn address(values: &Values, host: &str, port: &str) -> Result<HostPort, Unfit> {
    let port = values.number(port).and_then(|port| u16::try_from(port).ok());
    values.text(host).zip(port).and_then(|(host, port)| host_port(host, port)).ok_or(Unfit::Reported)
}

/// Behind the connection may be a modem, and then there is a limit; its rate says how long a packet is on the air.
fn air(values: &Values) -> Result<Option<Air>, Unfit> {
    let limits = limits(values);
    if limits == Limits::default() {
        return Ok(None);
    }
    let Some(bitrate) = values.number("bitrate") else {
        return Err(Unfit::Because(
            "an airtime limit needs the rate of the modem. Write it as bitrate, in bits per second"
                .to_owned(),
        ));
    };
    Ok(Some(Air::fixed(bitrate, Duration::ZERO, limits)))
}

/// Behind a connection that speaks KISS is a modem: packets are those of a TNC, whatever TCP could carry. In the
/// reference, `bitrate` without `fixed_mtu` ends the interface, and without both come frames that no modem takes.
fn kiss_medium(values: &Values) -> Result<Medium, Unfit> {
    if values.number("fixed_mtu").is_some_and(|mtu| mtu > TNC_HW_MTU as u64) {
        return Err(Unfit::Because(format!(
            "with kiss_framing a packet has at most {TNC_HW_MTU} bytes. Write that as fixed_mtu, or leave it out"
        )));
    }
    let bitrate = values.number("bitrate").unwrap_or(TNC_BITRATE);
    // How long it keys its transmitter stands in its own configuration.
    Ok(Medium::of_modem(bitrate, Duration::ZERO, 0, limits(values)))
}

/// How packets on TCP are to be, from the keys that say it.
fn medium(values: &Values, network: Network) -> Medium {
    let mut medium = Medium::default();
    if let Some(bitrate) = values.number("bitrate") {
        medium = Medium::of_tcp(bitrate);
    }
    if let Some(mtu) = values.number("fixed_mtu").and_then(|mtu| usize::try_from(mtu).ok()) {
        medium = medium.with_fixed_mtu(mtu);
    }
    if !network.link_mtu_discovery {
        medium.mtu_discovery = false;
    }
    medium
}
