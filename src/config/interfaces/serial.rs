//! The sections of interfaces on serial ports: a plain line, and TNCs.
//! Not ports; those are in [`crate::interface`].

use std::path::PathBuf;

use super::super::key::{Key, Takes};
use super::super::section::{Values, Vocabulary};
use super::air::{AIRTIME, limits};
use super::beacon::{BEACON, beacon};
use super::{BITRATE, COMMON, COMMON_LEFT_OUT, Network, Unfit};
use crate::interface::{
    Ax25Header, Ax25KissSection, DataBits, Framing, KissSection, Line, Parity, SerialSection, StopBits,
    TncParameters, TncSection,
};

/// The port, and how its line is set.
const PORT: &[Key] = &[
    Key::required("port", Takes::Text { most: 256, of: "a serial port, for example /dev/ttyUSB0" }),
    Key::optional("speed", Takes::Number { least: 300, most: 4_000_000, of: "bits per second of the line" }),
    Key::optional("databits", Takes::Number { least: 5, most: 8, of: "bits of a character" }),
    Key::optional("parity", Takes::OneOf(&["none", "even", "odd", "N", "E", "O", "n", "e", "o"])),
    Key::optional("stopbits", Takes::Number { least: 1, most: 2, of: "stop bits" }),
];

const TENS: Takes = Takes::Number { least: 0, most: 2550, of: "milliseconds" };

/// How a TNC is to send.
const TNC: &[Key] = &[
    Key::optional("preamble", TENS),
    Key::optional("txtail", TENS),
    Key::optional("persistence", Takes::Number { least: 0, most: 255, of: "a likelihood in 256ths" }),
    Key::optional("slottime", TENS),
    Key::optional("flow_control", Takes::Switch),
    Key::optional("bitrate", BITRATE),
];

impl SerialSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[COMMON, PORT, &[Key::optional("bitrate", BITRATE)], AIRTIME],
        left_out: &[COMMON_LEFT_OUT],
    };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        Ok(Self {
            port: port(values)?,
            line: line(values),
            bitrate: values.number("bitrate"),
            limits: limits(values),
        })
    }
}

impl std::fmt::Display for SerialSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exchanges HDLC frames on {} at {}", self.port.display(), self.line)
    }
}

impl KissSection {
    pub(super) const VOCABULARY: Vocabulary =
        Vocabulary { keys: &[COMMON, PORT, TNC, BEACON, AIRTIME], left_out: &[COMMON_LEFT_OUT] };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        let section = tnc(values, Framing::Kiss)?;
        Ok(Self(TncSection { beacon: beacon(values)?, ..section }))
    }
}

impl std::fmt::Display for KissSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "uses the TNC on {} at {}, {} bit/s on the air",
            self.0.port.display(),
            self.0.line,
            self.0.bitrate
        )
    }
}

impl Ax25KissSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            PORT,
            TNC,
            &[
                Key::required("callsign", Takes::Text { most: 6, of: "a call sign" }),
                Key::required("ssid", Takes::Number { least: 0, most: 15, of: "the number of the station" }),
            ],
            AIRTIME,
        ],
        left_out: &[COMMON_LEFT_OUT],
    };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        let callsign = values.text("callsign").ok_or(Unfit::Reported)?;
        let ssid = values.number("ssid").and_then(|ssid| u8::try_from(ssid).ok()).ok_or(Unfit::Reported)?;
        let header = Ax25Header::new(callsign, ssid).map_err(|error| Unfit::Because(error.to_string()))?;
        Ok(Self(tnc(values, Framing::Ax25(header))?))
    }
}

impl std::fmt::Display for Ax25KissSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(TncSection { port, line, bitrate, .. }) = self;
        write!(f, "uses the TNC on {} at {line} with AX.25, {bitrate} bit/s on the air", port.display())
    }
}

fn port(values: &Values) -> Result<PathBuf, Unfit> {
    values.text("port").map(PathBuf::from).ok_or(Unfit::Reported)
}

fn line(values: &Values) -> Line {
    let default = Line::default();
    let speed = values.number("speed").and_then(|speed| u32::try_from(speed).ok());
    Line {
        speed: speed.unwrap_or(default.speed),
        data_bits: match values.number("databits") {
            Some(5) => DataBits::Five,
            Some(6) => DataBits::Six,
            Some(7) => DataBits::Seven,
            Some(_) | None => DataBits::Eight,
        },
        parity: match values.text("parity") {
            Some("even" | "E" | "e") => Parity::Even,
            Some("odd" | "O" | "o") => Parity::Odd,
            Some(_) | None => Parity::None,
        },
        stop_bits: if values.number("stopbits") == Some(2) { StopBits::Two } else { StopBits::One },
    }
}

fn tnc(values: &Values, framing: Framing) -> Result<TncSection, Unfit> {
    let default = TncSection::new(port(values)?, framing);
    let millis =
        |name, default| values.number(name).and_then(|millis| u16::try_from(millis).ok()).unwrap_or(default);
    let persistence = values.number("persistence").and_then(|likelihood| u8::try_from(likelihood).ok());
    let TncParameters { preamble, txtail, persistence: usual, slottime } = default.parameters;
    Ok(TncSection {
        line: line(values),
        parameters: TncParameters {
            preamble: millis("preamble", preamble),
            txtail: millis("txtail", txtail),
            persistence: persistence.unwrap_or(usual),
            slottime: millis("slottime", slottime),
        },
        flow_control: values.switch("flow_control").unwrap_or_default(),
        bitrate: values.number("bitrate").unwrap_or(default.bitrate),
        limits: limits(values),
        ..default
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::config::interfaces::InterfaceKind;
    use crate::interface::{Air, Share};

    fn of(kind: &str, lines: &str) -> Result<InterfaceKind, String> {
        let text = format!("[interfaces.X]\ntype = \"{kind}\"\nport = \"/dev/ttyS1\"\n{lines}");
        match Config::parse(&text) {
            Ok(config) => Ok(config.interfaces[0].kind.clone()),
            Err(problems) => Err(format!("{problems:?}")),
        }
    }

    #[test]
    fn nothing_said_is_as_in_the_reference() {
        let serial = of("SerialInterface", "").unwrap();
        assert_eq!(serial.to_string(), "exchanges HDLC frames on /dev/ttyS1 at 9600 8N1");
        assert_eq!((serial.medium().bitrate, serial.medium().hw_mtu, serial.medium().air), (9600, 564, None));
        let kiss = of("KISSInterface", "").unwrap();
        assert_eq!(
            kiss,
            InterfaceKind::Kiss(KissSection(TncSection::new("/dev/ttyS1".into(), Framing::Kiss)))
        );
        assert_eq!(kiss.to_string(), "uses the TNC on /dev/ttyS1 at 9600 8N1, 1200 bit/s on the air");
    }

    #[test]
    fn a_packet_costs_the_air_its_bits_its_frame_and_the_key_of_the_transmitter() {
        let lines = "bitrate = 300\npreamble = 150\ntxtail = 50\nairtime_limit_long = 10";
        let of = |kind, more| of(kind, &format!("{lines}\n{more}")).unwrap().medium().air.unwrap();
        // A fraction of a bit is rounded down.
        let millis = |air: &Air| (air.channel.time_on_air(100).as_micros() + 1) / 1000;
        let air = of("KISSInterface", "");
        assert_eq!(millis(&air), 200 + (100 + 4) * 8 * 1000 / 300);
        assert_eq!(air.limits.long, Share::from_hundredths(1000));
        let air = of("AX25KISSInterface", "callsign = \"dl1abc\"\nssid = 0");
        assert_eq!(millis(&air), 200 + (100 + 20) * 8 * 1000 / 300);
    }

    #[test]
    fn every_option_is_taken() {
        let line = "speed = 19200\ndatabits = 7\nparity = \"even\"\nstopbits = 2\n";
        let kiss = "preamble = 150\ntxtail = 10\npersistence = 200\nslottime = 30\nflow_control = true\n\
                    id_callsign = \"DL1ABC\"\nid_interval = 600\nbitrate = 9600";
        let InterfaceKind::Kiss(KissSection(section)) =
            of("KISSInterface", &format!("{line}{kiss}")).unwrap()
        else {
            panic!("a TNC")
        };
        assert_eq!(section.line.to_string(), "19200 7E2");
        let parameters = TncParameters { preamble: 150, txtail: 10, persistence: 200, slottime: 30 };
        assert_eq!((section.parameters, section.flow_control, section.bitrate), (parameters, true, 9600));
        let beacon = section.beacon.unwrap();
        assert_eq!((beacon.text.as_str(), beacon.interval.as_secs()), ("DL1ABC", 600));
        assert!(of("SerialInterface", "parity = \"O\"").unwrap().to_string().ends_with("9600 8O1"));
    }

    #[test]
    fn what_can_not_be_is_refused_with_what_to_do() {
        let of = |kind, lines| of(kind, lines).unwrap_err();
        assert!(of("KISSInterface", "id_callsign = \"DL1ABC\"").contains("does nothing without id_interval"));
        assert!(of("KISSInterface", "id_interval = 5").contains("does nothing without id_callsign"));
        assert!(of("AX25KISSInterface", "callsign = \"DL\"\nssid = 1").contains("3 to 6 letters and digits"));
        assert!(of("AX25KISSInterface", "callsign = \"DL1ABC\"\nssid = 16").contains("ssid"));
        assert!(of("AX25KISSInterface", "").contains("callsign"));
        assert!(of("SerialInterface", "speed = 50").contains("speed"));
    }
}
