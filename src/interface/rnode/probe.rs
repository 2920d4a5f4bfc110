//! What answers at a port and how it is, for an operator who asks: nothing is set, and nothing sent on air.
//! Not the driver; it asks for itself.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::board;
use super::commands as is;
use super::driver::{Stream, open, timing_of};
use super::fault::Fault;
use super::hardware::Hardware;
use super::report::{BatteryState, Power, Report};
use super::section::RadioPort;
use super::statistics::Statistics;
use super::{MOST_REPLY, Timing};
use crate::interface::kiss::{self, Decoder};

/// How often it is asked before what is missing counts as not known.
const ATTEMPTS: u32 = 4;
/// A radio that is on tells of its channel about once a second.
const CHANNEL: Duration = Duration::from_millis(1500);
/// From this noise on, in dBm, weak stations are not heard.
const NOISY: i16 = -90;
/// A battery below this many percent is soon empty.
const LOW_BATTERY: u8 = 15;
/// A board above this many degrees is too hot.
const HOT: i16 = 70;

/// What is known of a radio that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Findings {
    /// What it is.
    pub hardware: Hardware,
    /// Is it on?
    pub power: Option<Power>,
    /// What it is set to, as far as it has been set since it was plugged in.
    pub settings: Settings,
    /// What it tells of itself.
    pub statistics: Statistics,
}

/// What a radio is set to; nothing where it has not said, or has not been set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settings {
    /// In Hz.
    pub frequency: Option<u32>,
    /// In Hz.
    pub bandwidth: Option<u32>,
    /// In dBm.
    pub tx_power: Option<u8>,
    /// 5 to 12.
    pub spreading_factor: Option<u8>,
    /// 5 to 8.
    pub coding_rate: Option<u8>,
}

impl Findings {
    fn take(&mut self, report: &Report) {
        self.hardware.take(report);
        self.statistics.take(report);
        let settings = &mut self.settings;
        match *report {
            Report::State(power) => self.power = Some(power),
            Report::Frequency(hertz) => settings.frequency = Some(hertz).filter(|hertz| *hertz > 0),
            Report::Bandwidth(hertz) => settings.bandwidth = Some(hertz).filter(|hertz| *hertz > 0),
            Report::TxPower(dbm) => settings.tx_power = Some(dbm).filter(|dbm| *dbm != is::ASK),
            Report::SpreadingFactor(number) => {
                settings.spreading_factor = Some(number).filter(|number| *number != is::ASK);
            }
            Report::CodingRate(number) => settings.coding_rate = Some(number),
            _ => {}
        }
    }

    /// The bytes that ask for everything.
    fn questions(&self) -> Vec<u8> {
        let mut wire = self.hardware.questions();
        for (command, ask) in is::SETTINGS {
            kiss::encode_into(*command, ask, &mut wire);
        }
        kiss::encode_into(is::RADIO_STATE, &[is::ASK], &mut wire);
        wire
    }

    fn is_complete(&self) -> bool {
        self.hardware.is_complete() && self.power.is_some()
    }

    /// What is wrong with it, each in a sentence with what to do.
    pub fn problems(&self) -> Vec<String> {
        if let Some(fault) = self.hardware.fault() {
            return vec![fault.to_string()];
        }
        let mut problems = Vec::new();
        if self.power.is_none() {
            problems.push(Fault::Unanswered("state").to_string());
        }
        let channel = self.statistics.channel;
        if let Some(noise) = channel.and_then(|channel| channel.noise_floor).filter(|noise| *noise > NOISY) {
            problems.push(format!(
                "it hears a noise of {noise} dBm, so weak stations are lost in it. Move the antenna away from computers \
                 and power supplies"
            ));
        }
        let is_low = |percent: u8| percent < LOW_BATTERY;
        if let Some(battery) = self.statistics.battery.filter(|battery| is_low(battery.percent))
            && battery.state == BatteryState::Discharging
        {
            problems.push(format!("its battery has {} %. Charge it", battery.percent));
        }
        if let Some(degrees) = self.statistics.temperature.filter(|degrees| *degrees > HOT) {
            problems.push(format!("it has {degrees} °C. Put it in the shade, or reduce txpower"));
        }
        problems
    }

    /// What it is and how it is, a line each.
    pub fn lines(&self) -> Vec<String> {
        let hardware = &self.hardware;
        if !hardware.detected {
            return Vec::new();
        }
        let named = |number: Option<u8>, name: fn(u8) -> Option<&'static str>| match number {
            Some(number) => name(number).map_or_else(|| format!("unknown ({number:02x})"), str::to_owned),
            None => "unknown".to_owned(),
        };
        let mut lines = vec![
            format!("board: {}", named(hardware.board, board::board)),
            format!(
                "processor: {}, {}",
                named(hardware.platform, board::platform),
                named(hardware.mcu, board::mcu)
            ),
            format!(
                "firmware: {}",
                hardware.version.map_or_else(|| "unknown".to_owned(), |_| hardware.version_text())
            ),
            format!("radio: {}", self.radio()),
        ];
        lines.push(match hardware.model() {
            Some(model) => {
                let (from, to) = (model.megahertz.start(), model.megahertz.end());
                let bandwidths: Vec<_> = model.chip.bandwidths().iter().map(u32::to_string).collect();
                format!(
                    "can do: {} with {from} to {to} MHz, at most {} dBm, bandwidths of {} Hz",
                    model.chip.name(),
                    model.most_power,
                    bandwidths.join(", ")
                )
            }
            None => "can do: unknown, since the board does not say what it was made as".to_owned(),
        });
        lines.extend(
            self.statistics
                .battery
                .map(|battery| format!("battery: {} %, {}", battery.percent, battery.state.name())),
        );
        lines.extend(self.statistics.temperature.map(|degrees| format!("temperature: {degrees} °C")));
        let noise = self.statistics.channel.and_then(|channel| channel.noise_floor);
        lines.push(match noise {
            Some(dbm) => format!("noise floor: {dbm} dBm"),
            None => "noise floor: not known while the radio is off".to_owned(),
        });
        lines
    }

    fn radio(&self) -> String {
        let power = match self.power {
            Some(Power::On) => "on",
            Some(Power::Off) => "off",
            None => "unknown",
        };
        let Settings { frequency, bandwidth, tx_power, spreading_factor, coding_rate } = self.settings;
        let (Some(frequency), Some(bandwidth), Some(tx_power), Some(spreading_factor), Some(coding_rate)) =
            (frequency, bandwidth, tx_power, spreading_factor, coding_rate)
        else {
            return format!("{power}, not set to anything");
        };
        let (mhz, khz) = (f64::from(frequency) / 1e6, f64::from(bandwidth) / 1e3);
        format!("{power}, set to {mhz} MHz, SF{spreading_factor}, {khz} kHz, 4/{coding_rate}, {tx_power} dBm")
    }
}

/// Asks what is at a port. An error says what to do.
pub async fn ask(port: &RadioPort) -> Result<Findings, String> {
    ask_within(port, timing_of(port)).await
}

/// The same with waits of one's own.
pub async fn ask_within(port: &RadioPort, timing: Timing) -> Result<Findings, String> {
    let mut stream = open(port).await.map_err(|lost| lost.to_string())?;
    let mut findings = Findings::default();
    // What a starting board writes is not listened to.
    let _ = timeout(timing.settle, listen(&mut stream, &mut Findings::default(), |_| false)).await;
    for _ in 0..ATTEMPTS {
        say(&mut stream, &findings.questions()).await;
        let answers = listen(&mut stream, &mut findings, Findings::is_complete);
        if timeout(timing.ask_again, answers).await.is_ok() {
            break;
        }
    }
    if findings.power == Some(Power::On) {
        let told = listen(&mut stream, &mut findings, |findings| findings.statistics.channel.is_some());
        let _ = timeout(CHANNEL, told).await;
    }
    say(&mut stream, &kiss::encode(is::LEAVE, &[is::ASK])).await;
    sleep(timing.linger).await;
    Ok(findings)
}

/// Takes what is said until it is enough, or the port is gone.
async fn listen(
    stream: &mut Box<dyn Stream>,
    findings: &mut Findings,
    is_enough: impl Fn(&Findings) -> bool,
) {
    let mut decoder = Decoder::new(MOST_REPLY);
    let mut chunk = [0; 1024];
    while !is_enough(findings) {
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(len) => decoder.push(chunk.get(..len).unwrap_or_default()),
        }
        let frames = std::iter::from_fn(|| decoder.next_frame());
        frames.filter_map(Report::of).for_each(|report| findings.take(&report));
    }
}

/// A port that is gone says nothing then, which is noticed.
async fn say(stream: &mut Box<dyn Stream>, wire: &[u8]) {
    let _ = timeout(Duration::from_secs(2), stream.write_all(wire)).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::kiss::Frame;

    fn of(said: &[(u8, &[u8])]) -> Findings {
        let mut findings = Findings::default();
        for (command, data) in said {
            findings.take(&Report::of(Frame { command: *command, data: data.to_vec() }).unwrap());
        }
        findings
    }

    #[test]
    fn a_radio_is_told_by_what_it_can_do_and_what_is_wrong_with_it() {
        let mut rom = vec![0; 200];
        (rom[1], rom[0x9b]) = (0xca, 0x73);
        let known: &[(u8, &[u8])] =
            &[(0x08, &[0x46]), (0x50, &[1, 86]), (0x48, &[0x80]), (0x49, &[0x81]), (0x47, &[0x3a])];
        let healthy = of(&[known, &[(0x51, &rom), (0x06, &[0]), (0x03, &[0xff])]].concat());
        assert_eq!(healthy.problems(), Vec::<String>::new());
        let lines = healthy.lines().join("\n");
        for part in [
            "board: Heltec LoRa32 v3",
            "firmware: 1.86",
            "radio: off, not set to anything",
            "SX126x with 850 to 950 MHz, at most 22 dBm, bandwidths of 7800, ",
            "noise floor: not known while the radio is off",
        ] {
            assert!(lines.contains(part), "{part} in {lines}");
        }
        let used: &[(u8, &[u8])] = &[
            (0x51, &rom),
            (0x06, &[1]),
            (0x01, &[0x33, 0xb0, 0x6c, 0x00]),
            (0x02, &[0x00, 0x01, 0xe8, 0x48]),
            (0x03, &[7]),
            (0x04, &[8]),
            (0x05, &[5]),
            (0x25, &[0, 0, 0, 0, 0, 0, 0, 0, 80, 77, 0xff]),
            (0x27, &[1, 4]),
            (0x29, &[200]),
        ];
        let loud = of(&[known, used].concat());
        assert_eq!(loud.problems().len(), 3, "{:?}", loud.problems());
        let lines = loud.lines().join("\n");
        assert!(lines.contains("on, set to 867.2 MHz, SF8, 125 kHz, 4/5, 7 dBm"), "{lines}");
        assert!(
            lines.contains("battery: 4 %, discharging") && lines.contains("noise floor: -80 dBm"),
            "{lines}"
        );
    }

    #[test]
    fn what_does_not_answer_is_no_rnode() {
        let nothing = Findings::default();
        assert_eq!(nothing.lines(), Vec::<String>::new());
        assert!(nothing.problems()[0].starts_with("no RNode answers there"));
    }
}
