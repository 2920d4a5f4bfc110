//! What is wrong with a radio, each in one sentence with what to do.
//! Not who finds it out.

use super::commands;
use super::guard::Hold;

/// Why a radio can't be used, or no longer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nothing there answers as an RNode does.
    #[error(
        "no RNode answers there. Check that port is the right device, and that it has RNode firmware (rnodeconf \
         --autoinstall puts it there)"
    )]
    NotAnRNode,
    /// It answers, and not everything that was asked.
    #[error(
        "the radio does not say its {0}. Unplug it and plug it in again; if that does not help, update its firmware"
    )]
    Unanswered(&'static str),
    /// Its firmware is too old.
    #[error("its firmware is {major}.{minor:02}, and 1.52 or later is needed. Update it with rnodeconf -u")]
    OldFirmware {
        /// Before the point.
        major: u8,
        /// Behind it.
        minor: u8,
    },
    /// It was never provisioned.
    #[error(
        "the board is not provisioned, so its firmware leaves the radio off. rnodeconf --autoinstall sets it up, and \
         rnodeconf -i shows how it is"
    )]
    Unprovisioned,
    /// It does not switch on.
    #[error(
        "the radio does not switch on. Most likely the board is not provisioned or its firmware hash is wrong: \
         rnodeconf -i shows it, and rnodeconf --autoinstall sets it up"
    )]
    StaysOff,
    /// It has settings of its own.
    #[error(
        "the radio is in TNC mode: it uses settings of its own, not these. rnodeconf -N puts it back into host mode"
    )]
    TncMode,
    /// The board can't do what is asked.
    #[error("{0}. Change the parameters, or use another board; nothing was sent")]
    Unfit(String),
    /// The power is not what was asked for.
    #[error(
        "the radio does {reported} dBm where txpower asks for {asked}. Set txpower to what the board does"
    )]
    OtherPower {
        /// What was asked for.
        asked: u8,
        /// What it says.
        reported: u8,
    },
    /// Another parameter is not what was asked for.
    #[error(
        "the radio reports a {what} of {reported} where {asked} was asked for. Unplug it and plug it in again; if it \
         has settings of its own (TNC mode), rnodeconf -N removes them"
    )]
    Other {
        /// Which.
        what: &'static str,
        /// What was asked for.
        asked: u32,
        /// What it says.
        reported: u32,
    },
    /// It says that something in it fails.
    #[error("the radio reports {}", said(*.0))]
    Hardware(u8),
    /// It has started anew.
    #[error("the radio has restarted by itself. If that happens often, its power supply is too weak")]
    Restarted,
    /// Somebody else has switched it off.
    #[error("the radio was switched off while it was in use. Check that no other program uses it")]
    SwitchedOff,
    /// It says nothing any more.
    #[error("the radio has stopped answering. Unplug it and plug it in again if it does not come back")]
    Silent,
}

/// What an error number of the firmware means, and what to do.
fn said(error: u8) -> String {
    let meaning = match error {
        0x01 => "that its radio chip does not start. Unplug it and plug it in again",
        0x02 => "that it could not transmit. Check antenna and power supply",
        0x03 => "that its memory for settings is locked. Set the board up again with rnodeconf",
        0x04 => "that its queue is full. Reduce what is sent, or choose faster parameters",
        _ => {
            return format!(
                "error {error:02x}, which is not known here. Update its firmware with rnodeconf -u"
            );
        }
    };
    format!("{meaning} (error {error:02x})")
}

/// What an operator should know, and the radio works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// `ERROR_MEMORY_LOW`.
    #[error("the radio is short of memory. Unplug it and plug it in again if it fails")]
    MemoryLow,
    /// `ERROR_MODEM_TIMEOUT`.
    #[error("the radio chip answered too late. Check its power supply if this happens often")]
    ModemTimeout,
    /// An airtime limit holds everything back.
    #[error("the radio has used up its airtime limit and sends nothing until some of it is free again")]
    LimitReached,
    /// Nothing has left for a while, for no reason that it tells.
    #[error(
        "the radio has not sent what it was given: the channel is taken, or something near disturbs it, or it has an \
         airtime limit of its own. What waits is kept"
    )]
    HeldBack,
    /// It does again.
    #[error("the radio sends again")]
    SendsAgain,
    /// Flow control is on, and the radio doesn't know it.
    #[error("the radio does not say whether its queue has room, so flow_control is left off")]
    NoFlowControl,
}

impl Warning {
    pub(super) const fn of_hold(hold: Hold) -> Self {
        match hold {
            Hold::Limit => Self::LimitReached,
            Hold::Unknown => Self::HeldBack,
            Hold::Over => Self::SendsAgain,
        }
    }
}

impl Fault {
    /// What to make of an error number: the radio works on, or it doesn't.
    pub(super) const fn of_error(error: u8) -> Result<Warning, Self> {
        match error {
            0x05 => Ok(Warning::MemoryLow),
            0x06 => Ok(Warning::ModemTimeout),
            _ => Err(Self::Hardware(error)),
        }
    }

    /// Is the same port worth another try at once? A radio that restarts need not be opened again.
    pub const fn keeps_port(&self) -> bool {
        matches!(self, Self::Restarted)
    }
}

/// What people call a parameter.
pub(super) const fn name_of(command: u8) -> &'static str {
    match command {
        commands::FREQUENCY => "frequency",
        commands::BANDWIDTH => "bandwidth",
        commands::TXPOWER => "transmission power",
        commands::SF => "spreading factor",
        commands::CR => "coding rate",
        commands::ST_ALOCK => "airtime_limit_short",
        commands::LT_ALOCK => "airtime_limit_long",
        commands::FW_VERSION => "firmware version",
        commands::PLATFORM | commands::MCU => "processor",
        _ => "state",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_says_what_to_do() {
        for (fault, what) in [
            (Fault::Hardware(2), "could not transmit. Check antenna and power supply (error 02)"),
            (Fault::Hardware(0x77), "error 77, which is not known here. Update"),
            (
                Fault::OldFirmware { major: 1, minor: 51 },
                "its firmware is 1.51, and 1.52 or later is needed. Update",
            ),
            (Fault::OldFirmware { major: 1, minor: 5 }, "1.05"),
        ] {
            assert!(fault.to_string().contains(what), "{fault}");
        }
    }
}
