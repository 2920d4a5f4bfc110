//! What answers at a port: is it an RNode, with which firmware, on which board.
//! Not how it is set.

use super::board::{self, Model, Rom};
use super::commands as is;
use super::fault::{Fault, name_of};
use super::parameters::Parameters;
use super::report::Report;
use crate::interface::kiss;

/// `REQUIRED_FW_VER_MAJ` and `REQUIRED_FW_VER_MIN`.
const LEAST_VERSION: (u8, u8) = (1, 52);

/// What there is to ask, and the byte to ask it with. What an RNode must answer comes first.
const QUESTIONS: &[(u8, u8)] = &[
    (is::DETECT, is::DETECT_REQUEST),
    (is::FW_VERSION, 0),
    (is::PLATFORM, 0),
    (is::MCU, 0),
    (is::BOARD, 0),
    (is::ROM_READ, 0),
];

/// What has answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hardware {
    /// Has it said that it is an RNode?
    pub detected: bool,
    /// Version of its firmware.
    pub version: Option<(u8, u8)>,
    /// Number of its family of processors.
    pub platform: Option<u8>,
    /// Number of its processor.
    pub mcu: Option<u8>,
    /// Number of its board.
    pub board: Option<u8>,
    /// What was written into it when it was made.
    pub rom: Option<Rom>,
}

impl Hardware {
    /// Takes what belongs here.
    pub(super) fn take(&mut self, report: &Report) {
        match report {
            Report::Detected => self.detected = true,
            Report::Version { major, minor } => self.version = Some((*major, *minor)),
            Report::Platform(number) => self.platform = Some(*number),
            Report::Mcu(number) => self.mcu = Some(*number),
            Report::Board(number) => self.board = Some(*number),
            Report::Rom(bytes) => self.rom = Some(Rom::new(bytes.clone())),
            _ => {}
        }
    }

    /// The bytes that ask for what is not known yet.
    pub(super) fn questions(&self) -> Vec<u8> {
        let mut wire = Vec::new();
        for (command, byte) in QUESTIONS.iter().filter(|(command, _)| self.lacks(*command)) {
            kiss::encode_into(*command, &[*byte], &mut wire);
        }
        wire
    }

    fn lacks(&self, command: u8) -> bool {
        match command {
            is::DETECT => !self.detected,
            is::FW_VERSION => self.version.is_none(),
            is::PLATFORM => self.platform.is_none(),
            is::MCU => self.mcu.is_none(),
            is::BOARD => self.board.is_none(),
            is::ROM_READ => self.rom.is_none(),
            _ => false,
        }
    }

    /// Is everything known that an RNode must say?
    pub(super) fn is_known(&self) -> bool {
        self.first_unanswered().is_none()
    }

    /// Is everything known that there is to know?
    pub(super) fn is_complete(&self) -> bool {
        QUESTIONS.iter().all(|(command, _)| !self.lacks(*command))
    }

    fn first_unanswered(&self) -> Option<u8> {
        let needed = [is::DETECT, is::FW_VERSION, is::PLATFORM, is::MCU];
        needed.into_iter().find(|command| self.lacks(*command))
    }

    /// Its board, in words.
    pub fn board_name(&self) -> &'static str {
        self.board.and_then(board::board).unwrap_or("unknown")
    }

    /// Version of its firmware, as people write it.
    pub fn version_text(&self) -> String {
        self.version.map_or_else(String::new, |(major, minor)| format!("{major}.{minor:02}"))
    }

    /// What model it says it is.
    pub fn model(&self) -> Option<Model> {
        self.rom.as_ref().and_then(Rom::model)
    }

    /// Why it can't be used at all, if it can't.
    pub(super) fn fault(&self) -> Option<Fault> {
        if !self.detected {
            return Some(Fault::NotAnRNode);
        }
        if let Some((major, minor)) = self.version.filter(|version| *version < LEAST_VERSION) {
            return Some(Fault::OldFirmware { major, minor });
        }
        if let Some(command) = self.first_unanswered() {
            return Some(Fault::Unanswered(name_of(command)));
        }
        let rom = self.rom.as_ref()?;
        if !rom.is_provisioned() {
            return Some(Fault::Unprovisioned);
        }
        rom.is_tnc().then_some(Fault::TncMode)
    }

    /// The same, or why it can't be used with these parameters.
    pub(super) fn fault_with(&self, parameters: &Parameters) -> Option<Fault> {
        self.fault().or_else(|| {
            let objection = parameters.objection_of(&self.model()?)?;
            Some(Fault::Unfit(objection))
        })
    }
}
