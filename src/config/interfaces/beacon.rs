//! The keys of interfaces that say who we are.
//! Not the saying.

use std::time::Duration;

use super::super::key::{Key, Takes};
use super::super::section::Values;
use super::Unfit;
use crate::interface::BeaconSection;

/// The keys.
pub(super) const BEACON: &[Key] = &[
    Key::optional("id_callsign", Takes::Text { most: 32, of: "a call sign" }),
    Key::optional("id_interval", Takes::Number { least: 1, most: 86_400, of: "seconds" }),
];

/// What they say.
pub(super) fn beacon(values: &Values) -> Result<Option<BeaconSection>, Unfit> {
    let alone =
        |one, other| Unfit::Because(format!("{one} does nothing without {other}. Write both, or neither"));
    match (values.text("id_callsign"), values.number("id_interval")) {
        (Some(text), Some(seconds)) => {
            Ok(Some(BeaconSection { text: text.to_owned(), interval: Duration::from_secs(seconds) }))
        }
        (None, None) => Ok(None),
        (Some(_), None) => Err(alone("id_callsign", "id_interval")),
        (None, Some(_)) => Err(alone("id_interval", "id_callsign")),
    }
}
