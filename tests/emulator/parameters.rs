//! What an RNode was told about its radio, how it rounds and limits that, and how it repeats it.
//! Not whether the radio is on.

use roost::rns::airtime::Modulation;

use super::ether::Tuning;
use super::fault::Fault;

/// `bandwidths` of an SX126x, in Hz.
const BANDWIDTHS: [u32; 10] =
    [7_800, 10_400, 15_600, 20_800, 31_250, 41_700, 62_500, 125_000, 250_000, 500_000];
/// The most that an SX126x sends with, in dBm.
const MAX_POWER: u8 = 22;
/// A limit from here on is none, in hundredths of a percent.
const NO_LIMIT: u16 = 10_000;

/// The parameters.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parameters {
    frequency: Option<u32>,
    bandwidth: Option<u32>,
    power: Option<u8>,
    spreading_factor: Option<u8>,
    coding_rate: Option<u8>,
    /// In hundredths of a percent.
    pub(crate) short_limit: Option<u16>,
    pub(crate) long_limit: Option<u16>,
    /// What it uses whatever it is told.
    own: Option<(Tuning, Modulation)>,
}

impl Parameters {
    /// Those of a device that was set up to work without a host.
    pub(crate) fn of_a_tnc() -> Self {
        let tuning = Tuning::Lora { frequency: 433_000_000, spreading_factor: 12, bandwidth: 62_500 };
        let modulation = Modulation::new(12, 62_500, 5).expect("a usual one");
        Self { own: Some((tuning, modulation)), ..Self::default() }
    }

    /// Has it all that it needs?
    pub(crate) fn complete(&self) -> bool {
        self.power.is_some() && self.tuning().is_some()
    }

    pub(crate) fn tuning(&self) -> Option<Tuning> {
        if let Some((tuning, _)) = self.own {
            return Some(tuning);
        }
        let frequency = self.frequency?;
        let modulation = self.modulation()?;
        let (spreading_factor, bandwidth) = (modulation.spreading_factor(), modulation.bandwidth());
        Some(Tuning::Lora { frequency, spreading_factor, bandwidth })
    }

    /// What goes on the air: the bandwidth is the next that the chip has.
    pub(crate) fn modulation(&self) -> Option<Modulation> {
        if let Some((_, modulation)) = self.own {
            return Some(modulation);
        }
        self.frequency?;
        let asked = self.bandwidth?;
        let bandwidth = BANDWIDTHS.into_iter().find(|known| *known >= asked).unwrap_or(500_000);
        Modulation::new(self.spreading_factor?, bandwidth, self.coding_rate.unwrap_or(5)).ok()
    }

    /// Takes what a command says; was it news and not a question?
    pub(crate) fn set(&mut self, command: u8, payload: &[u8]) -> bool {
        let number = payload.iter().fold(0, |sum: u32, byte| sum << 8 | u32::from(*byte));
        let first = payload.first().copied().unwrap_or_default();
        let limit = u16::try_from(number).ok().filter(|limit| (1..NO_LIMIT).contains(limit));
        match (command, first) {
            (0x01 | 0x02, _) if number == 0 => return false,
            (0x03..=0x05, 0xff) => return false,
            (0x01, _) => self.frequency = Some(number),
            (0x02, _) => self.bandwidth = Some(number),
            (0x03, power) => self.power = Some(power.min(MAX_POWER)),
            (0x04, factor) => self.spreading_factor = Some(factor.clamp(5, 12)),
            (0x05, rate) => self.coding_rate = Some(rate.clamp(5, 8)),
            (0x0b, _) => self.short_limit = limit,
            _ => self.long_limit = limit,
        }
        (0x01..=0x05).contains(&command)
    }

    /// What it says that it has been told.
    pub(crate) fn echo(&self, command: u8, wrong: impl Fn(Fault) -> bool) -> Vec<u8> {
        let limit = |limit: Option<u16>| limit.unwrap_or(0).to_be_bytes().to_vec();
        match command {
            0x01 => {
                let off = if wrong(Fault::WrongFrequency) { 25_000 } else { 0 };
                (self.frequency.unwrap_or(0) + off).to_be_bytes().to_vec()
            }
            0x02 if wrong(Fault::WrongBandwidth) => 62_500_u32.to_be_bytes().to_vec(),
            0x02 => self.bandwidth.unwrap_or(0).to_be_bytes().to_vec(),
            0x03 if wrong(Fault::WrongPower) => vec![self.power.unwrap_or(0).saturating_sub(5)],
            0x03 => vec![self.power.unwrap_or(0xff)],
            0x04 if wrong(Fault::WrongSpreading) => vec![self.spreading_factor.unwrap_or(11) + 1],
            0x04 => vec![self.spreading_factor.unwrap_or(0xff)],
            0x05 if wrong(Fault::WrongCoding) => vec![8],
            0x05 => vec![self.coding_rate.unwrap_or(5)],
            0x0b => limit(self.short_limit),
            _ => limit(self.long_limit),
        }
    }
}
