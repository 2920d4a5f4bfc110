//! The section of the pipe interface.
//! Not processes; those are in [`crate::interface`].

use super::super::key::{Key, Takes};
use super::super::section::{Values, Vocabulary};
use super::{COMMON, COMMON_LEFT_OUT, FIXED_BITRATE, Network, Unfit};
use crate::interface::PipeSection;

impl PipeSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            &[
                Key::required("command", Takes::Text { most: 4096, of: "a command" }),
                Key::optional(
                    "respawn_delay",
                    Takes::Number { least: 1, most: 300, of: "seconds before the program is started again" },
                ),
            ],
        ],
        left_out: &[COMMON_LEFT_OUT, FIXED_BITRATE],
    };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        let command = values.text("command").ok_or(Unfit::Reported)?;
        let mut section: Self =
            command.parse().map_err(|error| Unfit::Because(format!("command: {error}")))?;
        if let Some(delay) = values.number("respawn_delay").and_then(|delay| u32::try_from(delay).ok()) {
            section.respawn_delay = f64::from(delay);
        }
        Ok(section)
    }
}

/// Without the arguments, which may hold a secret.
impl std::fmt::Display for PipeSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.program() {
            Ok(program) => write!(f, "runs {program} and exchanges frames with it"),
            Err(error) => error.fmt(f),
        }
    }
}
