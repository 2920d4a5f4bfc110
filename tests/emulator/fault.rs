//! What can be wrong with an emulated RNode, by name.
//! Not loss and collisions; those are the channel's.

use std::time::Duration;

/// One thing that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Silent,
    Foreign,
    Freeze,
    Slow,
    BootNoise,
    Garbage,
    OldFirmware,
    Unprovisioned,
    TncMode,
    WrongFrequency,
    WrongBandwidth,
    WrongPower,
    WrongSpreading,
    WrongCoding,
    RadioFailed,
    TransmitFailed,
    MemoryLow,
    ModemTimeout,
    Reset,
    HangUp,
    Lose,
    Duplicate,
    Corrupt,
    SnrDelimiter,
    SmallQueue,
    AirtimeLock,
}

/// When a fault is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From its time on, which is counted from the start.
    Lasting,
    /// Once; its time is counted from when the radio is first switched on.
    Moment,
}

/// A fault, its name, when it is there, and what the device does then.
pub(crate) const FAULTS: &[(Fault, &str, Kind, &str)] = &[
    (Fault::Silent, "silent", Kind::Lasting, "answers nothing"),
    (
        Fault::Foreign,
        "foreign",
        Kind::Lasting,
        "is a receiver for satellite positions, with a line each second",
    ),
    (Fault::Freeze, "freeze", Kind::Moment, "falls silent in the middle, for good; the port stays"),
    (Fault::Slow, "slow", Kind::Lasting, "answers 0.4 s late, which is after the reference has looked"),
    (
        Fault::BootNoise,
        "boot-noise",
        Kind::Lasting,
        "writes what its boot loader has to say before its first answer",
    ),
    (Fault::Garbage, "garbage", Kind::Moment, "writes a frame that is cut in an escape, and random bytes"),
    (Fault::OldFirmware, "old-firmware", Kind::Lasting, "is of version 1.51"),
    (Fault::Unprovisioned, "unprovisioned", Kind::Lasting, "answers everything, but the radio stays off"),
    (
        Fault::TncMode,
        "tnc-mode",
        Kind::Lasting,
        "has settings of its own, echoes others and doesn't use them",
    ),
    (Fault::WrongFrequency, "wrong-frequency", Kind::Lasting, "is 25 kHz beside what was asked"),
    (Fault::WrongBandwidth, "wrong-bandwidth", Kind::Lasting, "says that it has another bandwidth"),
    (Fault::WrongPower, "wrong-power", Kind::Lasting, "sends with less power than was asked"),
    (Fault::WrongSpreading, "wrong-spreading", Kind::Lasting, "says that it has another spreading factor"),
    (Fault::WrongCoding, "wrong-coding", Kind::Lasting, "says that it has another coding rate"),
    (Fault::RadioFailed, "radio-failed", Kind::Moment, "reports that the radio could not be set up (90 01)"),
    (Fault::TransmitFailed, "transmit-failed", Kind::Moment, "reports that it could not transmit (90 02)"),
    (Fault::MemoryLow, "memory-low", Kind::Moment, "reports that memory is low (90 05), and goes on"),
    (
        Fault::ModemTimeout,
        "modem-timeout",
        Kind::Moment,
        "reports that the modem was slow (90 06), and goes on",
    ),
    (Fault::Reset, "reset", Kind::Moment, "starts again, and has forgotten everything (55 F8)"),
    (Fault::HangUp, "hang-up", Kind::Moment, "is unplugged, and comes back after 3 s"),
    (Fault::Lose, "lose", Kind::Lasting, "keeps every third packet from the host"),
    (Fault::Duplicate, "duplicate", Kind::Lasting, "gives the host every packet twice"),
    (Fault::Corrupt, "corrupt", Kind::Lasting, "flips a bit in every third packet"),
    (Fault::SnrDelimiter, "snr-c0", Kind::Lasting, "hears everything with -16 dB, whose byte is a delimiter"),
    (Fault::SmallQueue, "small-queue", Kind::Lasting, "has room for two packets"),
    (Fault::AirtimeLock, "airtime-lock", Kind::Lasting, "has used up its airtime, and says nothing about it"),
];

/// The faults of one device, each with its time in microseconds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Faults(Vec<(Fault, u64)>);

impl Faults {
    /// With one more, at once or a second after the radio was switched on.
    #[must_use]
    pub(crate) fn with(self, fault: Fault) -> Self {
        let after = match kind(fault) {
            Kind::Lasting => Duration::ZERO,
            Kind::Moment => Duration::from_secs(1),
        };
        self.with_after(fault, after)
    }

    /// With one more, at its time.
    #[must_use]
    pub(crate) fn with_after(mut self, fault: Fault, after: Duration) -> Self {
        self.0.push((fault, u64::try_from(after.as_micros()).expect("a time of this century")));
        self
    }

    /// With one more, as `NAME` or `NAME@SECONDS`.
    pub(crate) fn with_named(self, text: &str) -> Result<Self, String> {
        let (name, after) = match text.split_once('@') {
            None => (text, None),
            Some((name, after)) => (name, Some(after.parse().map_err(|_| format!("no seconds: {after}"))?)),
        };
        let Some((fault, ..)) = FAULTS.iter().find(|(_, known, ..)| *known == name) else {
            let names: Vec<&str> = FAULTS.iter().map(|(_, name, ..)| *name).collect();
            return Err(format!("no such fault: {name}; there are {}", names.join(", ")));
        };
        Ok(match after {
            None => self.with(*fault),
            Some(seconds) => self.with_after(*fault, Duration::from_secs_f64(seconds)),
        })
    }

    /// Is a lasting fault there?
    pub(crate) fn has(&self, now: u64, fault: Fault) -> bool {
        self.0.iter().any(|(present, after)| *present == fault && *after <= now)
    }

    /// When the next moment comes, counted from when the radio was switched on.
    pub(crate) fn next_moment(&self) -> Option<u64> {
        self.moments().map(|(_, after)| after).min()
    }

    /// A moment that has come; it doesn't come again.
    pub(crate) fn take_moment(&mut self, on_for: u64) -> Option<Fault> {
        let (found, _) = self.moments().find(|(_, after)| *after <= on_for)?;
        self.0.retain(|(fault, _)| *fault != found);
        Some(found)
    }

    fn moments(&self) -> impl Iterator<Item = (Fault, u64)> {
        self.0.iter().copied().filter(|(fault, _)| kind(*fault) == Kind::Moment)
    }
}

fn kind(fault: Fault) -> Kind {
    let (.., kind, _) = FAULTS.iter().find(|(known, ..)| *known == fault).expect("every fault has its row");
    *kind
}
