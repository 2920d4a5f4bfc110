//! The section of the RNode interface.
//! Not the radio; that is in [`crate::interface::rnode`].

use super::super::key::{Key, Takes};
use super::super::section::{Values, Vocabulary};
use super::beacon::{BEACON, beacon};
use super::{AIRTIME, COMMON, COMMON_LEFT_OUT, FIXED_BITRATE, Network, Unfit, limits};
use crate::interface::Modulation;
use crate::interface::rnode::parameters::{FREQUENCIES, MOST_POWER};
use crate::interface::rnode::{ParameterError, Parameters, Region, region};
use crate::interface::{CodeSize, RNodeSection};

/// What names a radio's port.
const PORT: Takes = Takes::Text { most: 256, of: "a serial port such as /dev/ttyUSB0, or tcp://host" };

impl RNodeSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            &[
                Key::required("port", PORT),
                Key::required(
                    "frequency",
                    Takes::Number {
                        least: *FREQUENCIES.start() as u64,
                        most: *FREQUENCIES.end() as u64,
                        of: "a frequency in Hz",
                    },
                ),
                Key::required(
                    "bandwidth",
                    Takes::Number { least: 7_800, most: 1_625_000, of: "a bandwidth in Hz" },
                ),
                Key::required(
                    "txpower",
                    Takes::Number { least: 0, most: MOST_POWER as u64, of: "a power in dBm" },
                ),
                Key::required(
                    "spreadingfactor",
                    Takes::Number { least: 5, most: 12, of: "a spreading factor" },
                ),
                Key::required("codingrate", Takes::Number { least: 5, most: 8, of: "a coding rate" }),
                Key::optional("region", Takes::OneOf(region::NAMES)),
                Key::optional("flow_control", Takes::Switch),
            ],
            BEACON,
            AIRTIME,
        ],
        left_out: &[COMMON_LEFT_OUT, FIXED_BITRATE],
    };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        let port = values.text("port").ok_or(Unfit::Reported)?;
        let port = port.parse().map_err(|error| Unfit::Because(format!("port: {error}")))?;
        let asked = parameters(values)?;
        let region = values.text("region").and_then(Region::from_name);
        let because = |error: ParameterError| Unfit::Because(error.to_string());
        let parameters = asked.checked(region).map_err(because)?;
        let most = CodeSize::SERIAL.bytes() * 8;
        if values.number("ifac_size").is_some_and(|bits| bits > u64::try_from(most).unwrap_or(u64::MAX)) {
            return Err(Unfit::Because(format!(
                "a radio carries packets of 508 bytes, so ifac_size can be {most} bits at most here"
            )));
        }
        let flow_control = values.switch("flow_control").unwrap_or(false);
        Ok(Self { port, parameters, flow_control, beacon: beacon(values)? })
    }
}

fn parameters(values: &Values) -> Result<Parameters, Unfit> {
    let number = |name| values.number(name).and_then(|number| u32::try_from(number).ok());
    let small = |name| values.number(name).and_then(|number| u8::try_from(number).ok());
    let (Some(frequency), Some(bandwidth), Some(tx_power), Some(spreading_factor), Some(coding_rate)) = (
        number("frequency"),
        number("bandwidth"),
        small("txpower"),
        small("spreadingfactor"),
        small("codingrate"),
    ) else {
        return Err(Unfit::Reported);
    };
    let modulation = Modulation::new(spreading_factor, bandwidth, coding_rate)
        .map_err(|error| Unfit::Because(error.to_string()))?;
    Ok(Parameters { frequency, modulation, tx_power, limits: limits(values) })
}

impl std::fmt::Display for RNodeSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Parameters { frequency, modulation, tx_power, limits } = &self.parameters;
        let mhz = f64::from(*frequency) / 1e6;
        write!(f, "uses the RNode at {} with {mhz} MHz, {modulation}, {tx_power} dBm", self.port)?;
        match limits.long {
            Some(share) => write!(f, ", {share} of any hour"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn of(lines: &str) -> Result<String, String> {
        let text = format!(
            "[interfaces.Mast]\ntype = \"RNodeInterface\"\nport = \"/dev/ttyUSB0\"\nbandwidth = 125000\n\
             spreadingfactor = 8\ncodingrate = 5\n{lines}"
        );
        let config = Config::parse(&text).map_err(|problems| format!("{problems:?}"))?;
        Ok(config.interfaces[0].kind.to_string())
    }

    #[test]
    fn a_radio_is_configured_with_the_options_of_the_reference() {
        let told = of("frequency = 867200000\ntxpower = 7\nairtime_limit_long = 1.5\nflow_control = true\n\
                       id_callsign = \"DL0ABC\"\nid_interval = 600");
        let expected =
            "uses the RNode at /dev/ttyUSB0 with 867.2 MHz, SF8, 125 kHz, 4/5, 7 dBm, 1.5 % of any hour";
        assert_eq!(told.as_deref(), Ok(expected));
    }

    #[test]
    fn what_a_region_does_not_allow_is_refused_before_anything_is_sent() {
        let refused = |lines: &str| of(&format!("region = \"eu868\"\n{lines}")).unwrap_err();
        assert!(refused("frequency = 915000000\ntxpower = 7").contains("leaves the bands of region"));
        assert!(refused("frequency = 867200000\ntxpower = 22").contains("a txpower of 14 dBm is the most"));
        let told = of("region = \"eu868\"\nfrequency = 867200000\ntxpower = 14").unwrap();
        assert!(told.ends_with("0.9 % of any hour"), "{told}");
        assert!(of("region = \"moon\"\nfrequency = 867200000\ntxpower = 14").is_err());
    }

    #[test]
    fn what_no_radio_does_is_refused_with_what_to_write() {
        let with = |line: &str| of(&format!("frequency = 867200000\ntxpower = 7\n{line}"));
        assert!(with("id_callsign = \"DL0ABC\"").unwrap_err().contains("Write both"));
        assert!(with("passphrase = \"x\"\nifac_size = 128").unwrap_err().contains("64 bits at most"));
        assert!(with("passphrase = \"x\"\nifac_size = 64").is_ok());
        let text = "[interfaces.Mast]\ntype = \"RNodeInterface\"\nport = \"ble://Mast\"\nfrequency = 867200000\n\
                    bandwidth = 125000\ntxpower = 7\nspreadingfactor = 8\ncodingrate = 5\n";
        assert!(format!("{:?}", Config::parse(text)).contains("Bluetooth are not supported"));
        let odd = text.replace("ble://Mast", "/dev/ttyUSB0").replace("125000", "100000");
        assert!(format!("{:?}", Config::parse(&odd)).contains("The nearest is 125000"));
    }
}
