//! What a radio tells of itself while it is on: signals, airtime, load, noise, battery, temperature.
//! Not what is done about it; the guard looks at some of this.

use super::report::{Battery, Report};

/// How the channel was used, by us and by everybody, in hundredths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Channel {
    /// What we have sent within 15 seconds.
    pub airtime_short: u16,
    /// What we have sent within an hour.
    pub airtime_long: u16,
    /// What was taken within 15 seconds.
    pub load_short: u16,
    /// What was taken within an hour.
    pub load_long: u16,
    /// What is heard now, in dBm.
    pub rssi: Option<i16>,
    /// What is heard when nobody sends, in dBm.
    pub noise_floor: Option<i16>,
    /// Something that is no LoRa, in dBm, if there is any.
    pub interference: Option<i16>,
}

/// The last of everything; nothing where a radio has not said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// Strength of the last packet, in dBm.
    pub rssi: Option<i16>,
    /// How far it stood out of the noise, in quarters of a dB.
    pub snr: Option<i8>,
    /// How the channel was used.
    pub channel: Option<Channel>,
    /// The battery.
    pub battery: Option<Battery>,
    /// Degrees Celsius.
    pub temperature: Option<i16>,
}

impl Statistics {
    /// Takes what belongs here.
    pub(super) fn take(&mut self, report: &Report) {
        match report {
            Report::Rssi(dbm) => self.rssi = Some(*dbm),
            Report::Snr(quarters) => self.snr = Some(*quarters),
            Report::Channel(channel) => self.channel = Some(*channel),
            Report::Battery(battery) => self.battery = Some(*battery),
            Report::Temperature(degrees) => self.temperature = Some(*degrees),
            _ => {}
        }
    }

    /// How far the last packet stood out of the noise, in dB.
    pub fn snr_db(&self) -> Option<f64> {
        self.snr.map(|quarters| f64::from(quarters) / 4.0)
    }
}
