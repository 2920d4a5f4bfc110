//! What a notice says: how many messages are new and which is the last, to a person or to a program.
//! Not who gets it.

use super::audience::Due;
use crate::group::{GroupId, Sentence};

/// What the type of a custom field (`0xFB`) says where the data beside it (`0xFC`) is a notice.
pub const CUSTOM_TYPE: &str = "roost-notice";

/// Bytes of a notice for a program.
pub const PACKED: usize = 28;

/// For a person.
pub fn sentence(due: &Due) -> Sentence {
    Sentence::NewMessages { count: due.count, latest: due.latest.0 }
}

/// For a program: the group's id, how many messages are new and the number of the last one, big-endian: 28 bytes.
pub fn packed(gid: GroupId, due: &Due) -> Vec<u8> {
    [&gid.as_bytes()[..], &due.count.to_be_bytes(), &due.latest.0.to_be_bytes()].concat()
}
