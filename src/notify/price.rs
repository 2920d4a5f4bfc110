//! How many bytes a notice has, by the way in which it is told: what it takes of the air of a radio follows from that.
//! Not the air; what goes through it says how long that is.

use super::digest::{self, CUSTOM_TYPE};
use crate::group::{NotifyChoice, NotifyMode, NotifyWay};

/// What an LXMF message has before the array that says everything: the address of its author and a signature
/// (`DESTINATION_LENGTH`, `SIGNATURE_LENGTH`).
pub const SIGNED: usize = 16 + 64;
/// That array with nothing in it: its header, the time, an empty title, a content's header.
const EMPTY: usize = 1 + 9 + 2 + 2;
/// The fields where there are none.
const NO_FIELDS: usize = 1;
/// The fields of a message for programs: no commands, the type, and the data.
const SILENT_FIELDS: usize = 1 + 2 + 3 + CUSTOM_TYPE.len() + 4 + digest::PACKED;
/// A digest fills one packet, if enough was said.
const DIGEST: usize = 287;

/// Bytes that are encrypted in the packet of one notice whose sentence has `text` bytes. The group's picture and a ticket,
/// which a text may bring along, are not counted.
pub const fn bytes(choice: &NotifyChoice, text: usize) -> usize {
    match (choice.way, choice.mode) {
        (NotifyWay::Ping(_), _) => digest::PACKED,
        (NotifyWay::Silent, _) => SIGNED + EMPTY + SILENT_FIELDS,
        (NotifyWay::Text, NotifyMode::Digest) => SIGNED + EMPTY + 1 + NO_FIELDS + DIGEST,
        (NotifyWay::Text, _) => SIGNED + EMPTY + NO_FIELDS + text,
    }
}
