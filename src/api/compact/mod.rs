//! The compact body: messages in as few bytes as they go into, for people on a radio. `schemas/compact/README.md` says it
//! byte by byte.
//! Not which messages, and not the one packed bin in which it travels on a link.

mod decode;
mod dictionary;
mod encode;
#[cfg(test)]
mod tests;

pub use decode::{NotCompact, decode};
pub use encode::encode;

use super::messages::Cursor;
use crate::rns::hash::IdentityHash;

/// The high four bits of the first byte.
const VERSION: u8 = 1;
/// The first moment of 2026: times count from here, in seconds.
const EPOCH: u64 = 1_767_225_600;

/// How the texts are written: the lowest two bits of the first byte.
mod coding {
    pub(super) const MASK: u8 = 0b11;
    pub(super) const PLAIN: u8 = 0;
    pub(super) const DEFLATE: u8 = 1;
    pub(super) const DEFLATE_WITH_DICTIONARY: u8 = 2;
}

/// What the first byte says besides.
mod header {
    pub(super) const MORE: u8 = 0b0100;
    pub(super) const EXTENDED: u8 = 0b1000;
}

/// What the second byte says, where there is one.
mod extension {
    pub(super) const NEXT: u8 = 1;
    pub(super) const RESET: u8 = 2;
    pub(super) const KEPT: u8 = 4;
}

/// What a message has that most messages don't have.
mod flag {
    pub(super) const REPLY_TO: u64 = 1;
    pub(super) const EDITED: u64 = 1 << 1;
    pub(super) const TO: u64 = 1 << 2;
    pub(super) const FILES: u64 = 1 << 3;
    pub(super) const REACTIONS: u64 = 1 << 4;
    pub(super) const TITLE: u64 = 1 << 5;
    pub(super) const CUT: u64 = 1 << 6;
    pub(super) const TIME: u64 = 1 << 7;
    pub(super) const PINNED: u64 = 1 << 8;
    pub(super) const OTHER: u64 = 1 << 9;
    pub(super) const DELETED: u64 = 1 << 10;
    pub(super) const UNCHANGED: u64 = 1 << 11;
}

/// Some messages, and where the group's log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The number of the group's last event.
    pub head: u64,
    /// As in the answer of `/api/v1/messages`.
    pub next: Cursor,
    /// The same.
    pub more: bool,
    /// The same.
    pub reset: bool,
    /// The same.
    pub kept: Option<u64>,
    /// The messages.
    pub messages: Vec<Message>,
}

/// A message, or what has changed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub seq: u64,
    /// What is new of it.
    pub news: News,
}

/// What is new of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// All of it.
    Said(Box<Said>),
    /// Its text is as the reader has it; this is what stands beside it now.
    Unchanged(Beside),
    /// It is gone.
    Deleted,
}

/// What others have added to a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Beside {
    /// It is pinned.
    pub pinned: bool,
    /// What people have reacted with, and how many, the most frequent first.
    pub reactions: Vec<(String, u32)>,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who wrote it.
    pub author: Person,
    /// When it arrived, by the server's clock, in seconds since 1970.
    pub received: u64,
    /// When it was written, by the author's clock, where that is far from when it arrived.
    pub time: Option<u64>,
    /// When its text was changed last.
    pub edited: Option<u64>,
    /// Whom it is for, if only for one.
    pub to: Option<Person>,
    /// The number of the message that it answers.
    pub reply_to: Option<u64>,
    /// Its title, if it has one.
    pub title: Option<String>,
    /// Its text, or the beginning of it.
    pub text: String,
    /// How much is attached.
    pub files: u32,
    /// It has LXMF fields, or is sealed: what has no place here. Another format brings it.
    pub other: bool,
    /// Of a message whose text is cut: the `max_bytes` that would be enough.
    pub cut: Option<u64>,
    /// What others have added.
    pub beside: Beside,
}

/// Somebody, by their number as a member; by their identity, if they are none now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// A member.
    Number(u32),
    /// Somebody who has left.
    Identity(IdentityHash),
}
