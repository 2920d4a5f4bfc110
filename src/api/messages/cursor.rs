//! A place in a group's log that a client keeps and hands back unchanged.
//! Not what is read from there.

use serde::{Deserialize, Serialize};

use crate::api::bytes::Bytes;
use crate::api::varint;
use crate::group::Seq;
use crate::store::Place;

/// What a place on the way begins with, so that a cursor from elsewhere does not pass for one.
const OURS: u8 = 0x77;

/// A place in a group's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(untagged)]
pub enum Cursor {
    /// The number of an event: all that it has changed is known.
    Seq(u64),
    /// A place on the way there, where an answer had no room for more; or a cursor of another kind of host.
    Within(Bytes),
}

impl Cursor {
    /// Where somebody is who has come to `place` and not to the end.
    pub(super) fn within(place: Place) -> Self {
        let mut bytes = Vec::with_capacity(12);
        bytes.push(OURS);
        for number in [place.known.0, place.changed.0.saturating_sub(place.known.0), place.seq.0] {
            varint::push(&mut bytes, number);
        }
        Self::Within(Bytes(bytes))
    }

    /// The place that it names in a log that ends at `head`; `None` if there is no such place.
    pub(super) fn place(&self, head: Seq) -> Option<Place> {
        let place = match self {
            Self::Seq(seq) => Place::after(Seq(*seq)),
            Self::Within(Bytes(bytes)) => {
                let mut rest = bytes.strip_prefix(&[OURS])?;
                let [known, further, seq] =
                    [varint::pop(&mut rest)?, varint::pop(&mut rest)?, varint::pop(&mut rest)?];
                let changed = known.checked_add(further)?;
                rest.is_empty().then_some(Place {
                    known: Seq(known),
                    changed: Seq(changed),
                    seq: Seq(seq),
                })?
            }
        };
        (place.changed <= head).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        for (known, changed, seq) in [(0, 0, 0), (1, 300, 2), (70_000, 1 << 40, u64::MAX >> 1)] {
            let place = Place { known: Seq(known), changed: Seq(changed), seq: Seq(seq) };
            assert_eq!(Cursor::within(place).place(Seq(1 << 41)), Some(place));
            assert_eq!(Cursor::within(place).place(Seq(changed)), Some(place));
            assert_eq!(Cursor::within(place).place(Seq(changed.wrapping_sub(1))).is_some(), changed == 0);
        }
    }

    #[test]
    fn made_up_cursors_name_no_place() {
        for bytes in [&[][..], &[1, 2, 3], &[0x77, 1, 2], &[0x77, 1, 2, 3, 4], &[0x80; 40], &[0x77; 3]] {
            assert_eq!(Cursor::Within(Bytes(bytes.to_vec())).place(Seq(u64::MAX)), None, "{bytes:?}");
        }
    }
}
