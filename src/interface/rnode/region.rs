//! Regions: where one may send, how much of the time and how strongly, as far as a server can check.
//! Not the law: the table is a starting point, and whoever transmits must look it up. Only what is printed on the
//! radio's settings can be checked; the antenna counts too.

use super::parameters::Parameters;
use crate::rns::air::Share;

/// A part of the spectrum with rules of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// Its lower edge in kHz.
    pub from: u32,
    /// Its upper edge in kHz.
    pub to: u32,
    /// Of an hour, in hundredths of a percent; `None` where one may send always.
    pub duty_cycle: Option<u16>,
    /// Radiated power in dBm.
    pub most_power: u8,
    /// In Hz.
    pub most_bandwidth: u32,
}

/// A region.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// What it is called in the configuration.
    pub name: &'static str,
    /// Where one may send there.
    pub bands: &'static [Band],
}

const fn band(from: u32, to: u32, duty_cycle: Option<u16>, most_power: u8, most_bandwidth: u32) -> Band {
    Band { from, to, duty_cycle, most_power, most_bandwidth }
}

/// All that are known. For a new one, its bands here and its name in [`NAMES`].
pub const REGIONS: &[Region] = &[
    Region {
        name: "eu868",
        bands: &[
            band(865_000, 868_000, Some(100), 14, 500_000),
            band(868_000, 868_600, Some(100), 14, 500_000),
            band(868_700, 869_200, Some(10), 14, 500_000),
            band(869_400, 869_650, Some(1000), 27, 250_000),
            band(869_700, 870_000, Some(100), 14, 250_000),
        ],
    },
    Region { name: "eu433", bands: &[band(433_050, 434_790, Some(1000), 10, 500_000)] },
    Region { name: "us915", bands: &[band(902_000, 928_000, None, 30, 500_000)] },
    Region { name: "au915", bands: &[band(915_000, 928_000, None, 30, 500_000)] },
];

/// The names, for the configuration.
pub const NAMES: &[&str] = &["eu868", "eu433", "us915", "au915"];

impl Region {
    /// The region that is called so.
    pub fn from_name(name: &str) -> Option<&'static Self> {
        REGIONS.iter().find(|region| region.name == name)
    }

    /// The band in which these parameters keep, or why there is none.
    pub fn band_of(&self, parameters: &Parameters) -> Result<Band, String> {
        let bandwidth = parameters.modulation.bandwidth();
        let half = bandwidth.div_ceil(2);
        let (low, high) =
            (parameters.frequency.saturating_sub(half), parameters.frequency.saturating_add(half));
        let holds =
            |band: &&Band| band.from.saturating_mul(1000) <= low && high <= band.to.saturating_mul(1000);
        let Some(band) = self.bands.iter().find(holds) else {
            return Err(format!(
                "frequency {} Hz with a bandwidth of {bandwidth} Hz leaves the bands of region \"{}\": {}. Choose one \
                 inside, or remove region if another law is yours",
                parameters.frequency,
                self.name,
                self.edges()
            ));
        };
        if bandwidth > band.most_bandwidth {
            return Err(format!(
                "at {} Hz a bandwidth of {} Hz is the most in region \"{}\", not {bandwidth}",
                parameters.frequency, band.most_bandwidth, self.name
            ));
        }
        if parameters.tx_power > band.most_power {
            return Err(format!(
                "at {} Hz a txpower of {} dBm is the most in region \"{}\", not {}; what the antenna adds counts too",
                parameters.frequency, band.most_power, self.name, parameters.tx_power
            ));
        }
        Ok(*band)
    }

    fn edges(&self) -> String {
        let edges = self
            .bands
            .iter()
            .map(|band| format!("{}–{} MHz", f64::from(band.from) / 1000.0, f64::from(band.to) / 1000.0));
        edges.collect::<Vec<_>>().join(", ")
    }
}

impl Band {
    /// What the firmware is told to keep to where the operator says nothing: a tenth less than allowed, since it counts
    /// a little too low.
    pub fn long_limit(self) -> Option<Share> {
        let allowed = self.duty_cycle?;
        Share::from_hundredths(allowed.saturating_sub(allowed.div_ceil(10)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::air::Limits;
    use crate::rns::airtime::Modulation;

    fn asked(frequency: u32, bandwidth: u32, tx_power: u8) -> Parameters {
        Parameters {
            frequency,
            modulation: Modulation::new(8, bandwidth, 5).unwrap(),
            tx_power,
            limits: Limits::default(),
        }
    }

    #[test]
    fn a_region_names_the_band_and_what_is_too_much_there() {
        let region = Region::from_name("eu868").unwrap();
        let long_limit =
            |parameters: &Parameters| region.band_of(parameters).unwrap().long_limit().map(Share::hundredths);
        assert_eq!(long_limit(&asked(867_200_000, 125_000, 7)), Some(90));
        assert_eq!(long_limit(&asked(869_525_000, 125_000, 22)), Some(900));
        assert_eq!(long_limit(&asked(869_000_000, 125_000, 14)), Some(9));
        let refused =
            |frequency, bandwidth, power| region.band_of(&asked(frequency, bandwidth, power)).unwrap_err();
        assert!(
            refused(915_000_000, 125_000, 7).contains("leaves the bands of region \"eu868\": 865–868 MHz")
        );
        // The carrier is inside, and half of the channel is not.
        assert!(refused(868_580_000, 125_000, 7).contains("leaves the bands"));
        assert!(refused(867_200_000, 125_000, 17).contains("a txpower of 14 dBm is the most"));
        let us = Region::from_name("us915").unwrap();
        assert_eq!(us.band_of(&asked(915_000_000, 500_000, 22)).unwrap().long_limit(), None);
    }

    #[test]
    fn every_region_has_its_name_in_the_configuration() {
        assert!(REGIONS.iter().map(|region| region.name).eq(NAMES.iter().copied()));
        assert_eq!(Region::from_name("moon"), None);
    }
}
