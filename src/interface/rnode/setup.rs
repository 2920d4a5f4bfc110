//! Setting a radio and checking that it is set: everything is asked for, the radio switched on, and then everything read
//! back, since the firmware repeats what it was told while it is off and rounds only when it switches on.
//! Not the waiting, nor asking again; the device does that.

use super::commands as is;
use super::fault::{Fault, name_of};
use super::parameters::Parameters;
use super::report::{Power, Report};
use crate::interface::kiss;
use crate::rns::air::Share;

/// How far a frequency may be off, in Hz: the synthesiser has steps.
const FREQUENCY_TOLERANCE: u32 = 100;
/// How far a limit may be off, in hundredths of a percent: the firmware keeps it as a fraction.
const LIMIT_TOLERANCE: u32 = 1;

/// What a limit is on the wire.
fn hundredths(limit: Option<Share>) -> u16 {
    limit.map_or(0, Share::hundredths)
}

/// A radio that is being set.
#[derive(Debug)]
pub(super) struct Setup {
    asked: Parameters,
    step: Step,
    reported: Reported,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// It was told, and has not said that it is on.
    Told,
    /// It is on, and is asked what it is set to.
    ReadBack,
}

/// What it has said in this step.
#[derive(Debug, Default)]
struct Reported {
    frequency: Option<u32>,
    bandwidth: Option<u32>,
    tx_power: Option<u8>,
    spreading_factor: Option<u8>,
    coding_rate: Option<u8>,
    short_limit: Option<u16>,
    long_limit: Option<u16>,
    state: Option<Power>,
    symbol: Option<u16>,
}

impl Setup {
    pub(super) fn new(asked: Parameters) -> Self {
        Self { asked, step: Step::Told, reported: Reported::default() }
    }

    /// Everything at once.
    pub(super) fn commands(&self) -> Vec<u8> {
        let (asked, modulation) = (&self.asked, self.asked.modulation);
        let mut wire = Vec::new();
        kiss::encode_into(is::FREQUENCY, &asked.frequency.to_be_bytes(), &mut wire);
        kiss::encode_into(is::BANDWIDTH, &modulation.bandwidth().to_be_bytes(), &mut wire);
        kiss::encode_into(is::TXPOWER, &[asked.tx_power], &mut wire);
        kiss::encode_into(is::SF, &[modulation.spreading_factor()], &mut wire);
        kiss::encode_into(is::CR, &[modulation.coding_rate()], &mut wire);
        // None is said too: the radio may still have the limits of whoever used it before.
        kiss::encode_into(is::ST_ALOCK, &hundredths(asked.limits.short).to_be_bytes(), &mut wire);
        kiss::encode_into(is::LT_ALOCK, &hundredths(asked.limits.long).to_be_bytes(), &mut wire);
        kiss::encode_into(is::RADIO_STATE, &[is::ON], &mut wire);
        wire
    }

    /// What to write when the radio has not said everything yet.
    pub(super) fn again(&self) -> Vec<u8> {
        match self.step {
            Step::Told => self.commands(),
            Step::ReadBack => self.questions(),
        }
    }

    /// Asks for what is not known to be right.
    fn questions(&self) -> Vec<u8> {
        let mut wire = Vec::new();
        for (command, ask) in is::SETTINGS {
            if self.is_right(*command) != Some(true) {
                kiss::encode_into(*command, ask, &mut wire);
            }
        }
        wire
    }

    /// Takes what belongs here. What is given back is to be written.
    pub(super) fn take(&mut self, report: &Report) -> Option<Vec<u8>> {
        let reported = &mut self.reported;
        match *report {
            Report::Frequency(hertz) => reported.frequency = Some(hertz),
            Report::Bandwidth(hertz) => reported.bandwidth = Some(hertz),
            Report::TxPower(dbm) => reported.tx_power = Some(dbm),
            Report::SpreadingFactor(number) => reported.spreading_factor = Some(number),
            Report::CodingRate(number) => reported.coding_rate = Some(number),
            Report::ShortLimit(limit) => reported.short_limit = Some(limit),
            Report::LongLimit(limit) => reported.long_limit = Some(limit),
            Report::SymbolMicros(micros) => reported.symbol = Some(micros),
            Report::State(state) => reported.state = Some(state),
            _ => {}
        }
        if self.step == Step::Told && reported.state == Some(Power::On) {
            self.step = Step::ReadBack;
            let Reported { short_limit, long_limit, state, symbol, .. } = *reported;
            *reported = Reported { short_limit, long_limit, state, symbol, ..Reported::default() };
            return Some(self.questions());
        }
        None
    }

    /// Is the radio on, and everything as asked?
    pub(super) fn is_done(&self) -> bool {
        self.step == Step::ReadBack && self.fault().is_none()
    }

    /// What is wrong, as far as is known.
    pub(super) fn fault(&self) -> Option<Fault> {
        if self.reported.state != Some(Power::On) {
            let says_off = self.reported.state == Some(Power::Off);
            return Some(if says_off {
                Fault::StaysOff
            } else {
                Fault::Unanswered(name_of(is::RADIO_STATE))
            });
        }
        for command in [is::FREQUENCY, is::BANDWIDTH, is::TXPOWER, is::SF, is::CR, is::ST_ALOCK, is::LT_ALOCK]
        {
            match self.is_right(command) {
                Some(true) => {}
                Some(false) => return Some(self.contradiction(command)),
                None => return Some(Fault::Unanswered(name_of(command))),
            }
        }
        (!self.symbol_fits()).then_some(Fault::TncMode)
    }

    /// What is wrong with a radio that was set, if it says something else now.
    pub(super) fn fault_after(&mut self, report: &Report) -> Option<Fault> {
        self.take(report);
        match (report, self.reported.state) {
            (Report::State(_), Some(Power::Off)) => Some(Fault::SwitchedOff),
            _ => self.fault(),
        }
    }

    /// Is this parameter as asked? `None` if the radio has not said.
    fn is_right(&self, command: u8) -> Option<bool> {
        match self.compared(command) {
            Some((asked, reported, tolerance)) => Some(reported?.abs_diff(asked) <= tolerance),
            None => Some(true),
        }
    }

    fn contradiction(&self, command: u8) -> Fault {
        let (asked, reported, _) = self.compared(command).unwrap_or_default();
        match command {
            is::TXPOWER => Fault::OtherPower {
                asked: self.asked.tx_power,
                reported: self.reported.tx_power.unwrap_or(0),
            },
            _ => Fault::Other { what: name_of(command), asked, reported: reported.unwrap_or(0) },
        }
    }

    /// What was asked for, what the radio has said, and by how much that may be off; `None` where nothing was asked for.
    fn compared(&self, command: u8) -> Option<(u32, Option<u32>, u32)> {
        let (asked, reported, modulation) = (&self.asked, &self.reported, self.asked.modulation);
        let exactly = |asked: u8, reported: Option<u8>| Some((asked.into(), reported.map(u32::from), 0));
        let limit = |asked: Option<Share>, reported: Option<u16>| {
            Some((asked?.hundredths().into(), reported.map(u32::from), LIMIT_TOLERANCE))
        };
        match command {
            is::FREQUENCY => Some((asked.frequency, reported.frequency, FREQUENCY_TOLERANCE)),
            is::BANDWIDTH => Some((modulation.bandwidth(), reported.bandwidth, 0)),
            is::TXPOWER => exactly(asked.tx_power, reported.tx_power),
            is::SF => exactly(modulation.spreading_factor(), reported.spreading_factor),
            is::CR => exactly(modulation.coding_rate(), reported.coding_rate),
            is::ST_ALOCK => limit(asked.limits.short, reported.short_limit),
            is::LT_ALOCK => limit(asked.limits.long, reported.long_limit),
            _ => None,
        }
    }

    /// Does a symbol last as long as it should? A radio with settings of its own repeats what it is told and does
    /// something else; this shows it. Symbols that 16 bits don't hold show nothing.
    fn symbol_fits(&self) -> bool {
        let expected = u16::try_from(self.asked.modulation.symbol().as_micros());
        match (self.reported.symbol, expected) {
            (Some(reported), Ok(expected)) => reported.abs_diff(expected) <= expected.div_ceil(50),
            (None, _) | (_, Err(_)) => true,
        }
    }
}
