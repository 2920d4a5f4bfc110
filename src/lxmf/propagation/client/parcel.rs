//! An entry that was fetched and opened, and what becomes of it.
//! Not the message in it.

use crate::lxmf::propagation::TransientId;

/// What became of an entry that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::lxmf) enum Settled {
    /// Its message is stored.
    Stored,
    /// Its message will never be taken.
    Refused,
    /// Its message can't be judged yet: the node is to keep it.
    Later,
}

/// An entry that was opened.
#[derive(Debug)]
pub(in crate::lxmf) struct Parcel {
    pub(in crate::lxmf) id: TransientId,
    /// The complete packed form of a message.
    pub(in crate::lxmf) packed: Vec<u8>,
}
