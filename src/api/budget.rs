//! A byte budget for an answer with a list in it: how many items fit, counted in the bytes that will be sent.
//! Not what the items are.

use serde::Serialize;

use super::Call;
use super::airtime;
use super::body::Format;
use super::format::{Style, packed_len};
use super::refusal::bad_field;
use crate::group::Refusal;

/// The largest answer that can be asked for.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;
/// The smallest: one item, cut short, always fits.
pub(super) const MIN_BYTES: usize = 320;
/// The smallest of the compact form.
const MIN_COMPACT_BYTES: usize = 128;
/// Most items that can be asked for.
pub(crate) const MAX_LIMIT: u32 = 10_000;
/// Items when the request doesn't say.
pub(super) const DEFAULT_LIMIT: u32 = 20;
/// A MessagePack str header around JSON text, at most.
const JSON_HEADER: usize = 5;
/// What the header of a list grows by when the list is no longer short (array 16).
const LIST_HEADER: usize = 2;

/// What is left of an answer's bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    style: Style,
    left: usize,
}

impl Budget {
    /// What is left when `frame`, the answer with empty lists and its longest numbers, is paid for.
    pub(super) fn new<T: Serialize>(style: Style, max_bytes: usize, frame: &T) -> Self {
        Self { style, left: max_bytes.saturating_sub(Self::cost_of_frame(style, frame)) }
    }

    /// Bytes of an answer without items.
    pub(super) fn cost_of_frame<T: Serialize>(style: Style, frame: &T) -> usize {
        let header = if style == Style::Json { JSON_HEADER } else { 2 * LIST_HEADER };
        packed_len(style, frame).saturating_add(header)
    }

    /// Bytes that `item` adds to a list.
    pub(super) fn cost<T: Serialize>(style: Style, item: &T) -> usize {
        let comma = usize::from(style == Style::Json);
        packed_len(style, item).saturating_add(comma)
    }

    /// Pays for `cost` bytes, if they are left.
    pub(super) fn take(&mut self, cost: usize) -> bool {
        match self.left.checked_sub(cost) {
            Some(left) => {
                self.left = left;
                true
            }
            None => false,
        }
    }

    /// Bytes that are left.
    pub(super) const fn left(&self) -> usize {
        self.left
    }

    /// The longest beginning of `text` that costs at most `room` bytes in this style, its header not counted.
    pub(super) fn cut<'t>(&self, text: &'t str, room: usize) -> &'t str {
        let mut used = 0;
        let mut end = 0;
        for (at, c) in text.char_indices() {
            used += self.cost_of_char(c);
            if used > room {
                break;
            }
            end = at + c.len_utf8();
        }
        text.get(..end).unwrap_or_default()
    }

    fn cost_of_char(&self, c: char) -> usize {
        match (self.style, c) {
            (Style::Json, '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}') => 2,
            (Style::Json, '\0'..='\u{1f}') => 6,
            _ => c.len_utf8(),
        }
    }
}

/// The budget that a request asks for, or else what fits one packet to the caller.
pub(super) fn max_bytes(call: &Call<'_, '_>, asked: Option<u32>) -> Result<usize, Refusal> {
    let least = if call.format == Format::Compact { MIN_COMPACT_BYTES } else { MIN_BYTES };
    let bytes = match asked.map(|asked| usize::try_from(asked).unwrap_or(usize::MAX)) {
        None => call.room.max(least),
        Some(asked) if asked < least => {
            let what = format!("{asked} bytes are too few for an answer.");
            return Err(bad_field("max_bytes", what, format!("Ask for {least} or more.")));
        }
        Some(asked) => asked.min(MAX_BYTES),
    };
    match call.most {
        Some(most) if most < least => Err(airtime::too_short(call.air, least)),
        Some(most) => Ok(bytes.min(most)),
        None => Ok(bytes),
    }
}

/// The number of items that a request asks for.
pub(super) fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)
}
