//! What a radio is asked to be set to, and whether radios, their boards and their region take it.
//! Not whether it was set; the device checks that.

use super::board::{self, Model};
use super::region::Region;
use crate::rns::air::{Limits, Share};
use crate::rns::airtime::Modulation;

/// `FREQ_MIN` and `FREQ_MAX`, in Hz.
pub const FREQUENCIES: std::ops::RangeInclusive<u32> = 137_000_000..=3_000_000_000;
/// The most that can be asked for, in dBm.
pub const MOST_POWER: u8 = 37;

/// What is asked of a radio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// In Hz.
    pub frequency: u32,
    /// Spreading factor, bandwidth, coding rate.
    pub modulation: Modulation,
    /// In dBm.
    pub tx_power: u8,
    /// How much of the time it may send; it holds back what is more.
    pub limits: Limits,
}

/// Why parameters are refused before anything is sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// No chip has this bandwidth.
    #[error("no radio has a bandwidth of {asked} Hz. The nearest is {nearest}")]
    Bandwidth {
        /// What was asked for.
        asked: u32,
        /// What there is.
        nearest: u32,
    },
    /// Outside of what any radio does.
    #[error("a radio sends at 137 MHz to 3 GHz, not at {0} Hz")]
    Frequency(u32),
    /// The region or the board doesn't allow it.
    #[error("{0}")]
    NotAllowed(String),
}

impl Parameters {
    /// The same if a radio can have them and `region` allows them; where it limits the airtime and nothing is said about
    /// that, with its limit.
    pub fn checked(self, region: Option<&Region>) -> Result<Self, ParameterError> {
        if !FREQUENCIES.contains(&self.frequency) {
            return Err(ParameterError::Frequency(self.frequency));
        }
        let asked = self.modulation.bandwidth();
        if let Some(nearest) = board::bandwidths().min_by_key(|there_is| there_is.abs_diff(asked))
            && nearest != asked
        {
            return Err(ParameterError::Bandwidth { asked, nearest });
        }
        let Some(region) = region else { return Ok(self) };
        let band = region.band_of(&self).map_err(ParameterError::NotAllowed)?;
        let allowed = band.duty_cycle.and_then(|share| Share::from_hundredths(share.into()));
        if let (Some(asked), Some(allowed)) = (self.limits.long, allowed)
            && asked > allowed
        {
            return Err(ParameterError::NotAllowed(format!(
                "an airtime_limit_long of {allowed} is the most at {} Hz in region \"{}\", not {asked}",
                self.frequency, region.name
            )));
        }
        let limits = Limits { long: self.limits.long.or(band.long_limit()), ..self.limits };
        Ok(Self { limits, ..self })
    }

    /// What of them a model does not do, if anything.
    pub fn objection_of(&self, model: &Model) -> Option<String> {
        let bandwidth = self.modulation.bandwidth();
        let megahertz = self.frequency.div_ceil(1_000_000);
        if !model.megahertz.contains(&megahertz) {
            let (from, to) = (model.megahertz.start(), model.megahertz.end());
            return Some(format!(
                "the board is made for {from} to {to} MHz, and frequency is {} Hz",
                self.frequency
            ));
        }
        if !model.chip.bandwidths().contains(&bandwidth) {
            return Some(format!("the board's {} has no bandwidth of {bandwidth} Hz", model.chip.name()));
        }
        (self.tx_power > model.most_power).then(|| {
            format!("the board sends with {} dBm at most, and txpower is {}", model.most_power, self.tx_power)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::board::Chip;
    use super::*;

    const ASKED: Parameters = Parameters {
        frequency: 867_200_000,
        modulation: Modulation::SF8,
        tx_power: 7,
        limits: Limits { long: None, short: None },
    };

    fn long(hundredths: u64) -> Limits {
        Limits { long: Share::from_hundredths(hundredths), short: None }
    }

    #[test]
    fn the_firmware_never_gets_a_bandwidth_that_it_would_round() {
        let modulation = Modulation::new(8, 100_000, 5).unwrap();
        let error = Parameters { modulation, ..ASKED }.checked(None).unwrap_err();
        assert_eq!(error.to_string(), "no radio has a bandwidth of 100000 Hz. The nearest is 125000");
        assert_eq!(ASKED.checked(None), Ok(ASKED));
        let error = Parameters { frequency: 868, ..ASKED }.checked(None).unwrap_err();
        assert_eq!(error, ParameterError::Frequency(868));
    }

    #[test]
    fn a_region_with_a_duty_cycle_limits_airtime_also_where_nobody_says_so() {
        let region = Region::from_name("eu868");
        assert_eq!(ASKED.checked(region).unwrap().limits, long(90));
        let own = Parameters { limits: long(50), ..ASKED };
        assert_eq!(own.checked(region).unwrap().limits, long(50));
        let error = Parameters { limits: long(1000), ..ASKED }.checked(region).unwrap_err();
        assert!(error.to_string().contains("an airtime_limit_long of 1 % is the most"), "{error}");
        assert_eq!(own.checked(None), Ok(own));
    }

    #[test]
    fn a_board_says_what_it_is_not_made_for() {
        let model = Model { chip: Chip::Sx126x, megahertz: 850..=950, most_power: 22 };
        assert_eq!(ASKED.objection_of(&model), None);
        let other = Model { megahertz: 420..=520, ..model.clone() };
        assert!(ASKED.objection_of(&other).unwrap().contains("made for 420 to 520 MHz"));
        let strong = Parameters { tx_power: 28, ..ASKED };
        assert!(strong.objection_of(&model).unwrap().contains("22 dBm at most"));
        let wide = Parameters { modulation: Modulation::new(8, 812_500, 5).unwrap(), ..ASKED };
        assert!(wide.objection_of(&model).unwrap().contains("SX126x has no bandwidth of 812500 Hz"));
    }
}
