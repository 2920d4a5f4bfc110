//! HDLC-like framing of a byte stream (page 20 §2): the encoder, and a decoder of the search type.
//! Not what the frames carry; that is the node's business.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

use std::collections::VecDeque;

use crate::rns::packet::HEADER_MIN;

/// `HDLC.FLAG`: begins and ends every frame.
pub const FLAG: u8 = 0x7e;
/// `HDLC.ESC`: the next byte is masked.
pub const ESC: u8 = 0x7d;
/// `HDLC.ESC_MASK`.
pub const ESC_MASK: u8 = 0x20;

/// Appends `frame` in its wire form. Both delimiters always: a byte-wise reader loses every second frame when two of
/// them share one.
pub fn encode_into(frame: &[u8], wire: &mut Vec<u8>) {
    wire.reserve(frame.len().saturating_add(2));
    wire.push(FLAG);
    escape_into(frame, wire);
    wire.push(FLAG);
}

/// Appends bytes with [`FLAG`] and [`ESC`] masked, without delimiters.
pub fn escape_into(bytes: &[u8], wire: &mut Vec<u8>) {
    for run in bytes.split_inclusive(|byte| is_special(*byte)) {
        match run.split_last() {
            Some((special, plain)) if is_special(*special) => {
                wire.extend_from_slice(plain);
                wire.extend_from_slice(&[ESC, special ^ ESC_MASK]);
            }
            Some(_) | None => wire.extend_from_slice(run),
        }
    }
}

/// Undoes [`escape_into`]; takes what stands between two delimiters.
pub fn unescape(masked: &[u8]) -> Vec<u8> {
    let mut partial = Partial::default();
    partial.extend(masked);
    partial.finish()
}

fn is_special(byte: u8) -> bool {
    byte == FLAG || byte == ESC
}

/// What a [`Decoder`] threw away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Discards {
    /// Frames of at most `HEADER_MINSIZE` bytes; empty ones don't count, they are idle flags.
    pub too_short: u64,
    /// Frames over the maximum.
    pub too_long: u64,
    /// Runs of more than twice the maximum without a delimiter.
    pub unterminated: u64,
}

/// Finds frames in a byte stream. Every delimiter ends one frame and begins the next, so it is in step again at the
/// first delimiter after any garbage. Holds at most twice the largest frame; the work is linear in the bytes.
#[derive(Debug)]
pub struct Decoder {
    max_frame: usize,
    state: State,
    frames: VecDeque<Vec<u8>>,
    discards: Discards,
}

#[derive(Debug)]
enum State {
    /// No delimiter seen since the start or since a run was given up: bytes are skipped.
    Hunting,
    /// After a delimiter.
    Inside(Partial),
}

/// A frame whose end has not come yet.
#[derive(Debug, Default)]
struct Partial {
    /// Unmasked bytes.
    frame: Vec<u8>,
    /// Bytes as they came.
    wire_len: usize,
    /// The last byte was [`ESC`].
    escaped: bool,
}

impl Decoder {
    /// A decoder for frames of at most `max_frame` bytes: hardware MTU and access code.
    pub fn new(max_frame: usize) -> Self {
        Self { max_frame, state: State::Hunting, frames: VecDeque::new(), discards: Discards::default() }
    }

    /// Takes bytes as they came, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        let mut runs = bytes.split(|byte| *byte == FLAG);
        if let Some(first) = runs.next() {
            self.extend(first);
        }
        for run in runs {
            self.delimit();
            self.extend(run);
        }
    }

    /// The next whole frame.
    pub fn next_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop_front()
    }

    /// What was thrown away since the last call.
    pub fn take_discards(&mut self) -> Discards {
        std::mem::take(&mut self.discards)
    }

    /// Takes bytes without a delimiter.
    fn extend(&mut self, run: &[u8]) {
        let State::Inside(partial) = &mut self.state else { return };
        partial.wire_len = partial.wire_len.saturating_add(run.len());
        // A frame of the maximum in which every byte is masked has exactly twice its length.
        if partial.wire_len > self.max_frame.saturating_mul(2) {
            self.discards.unterminated = self.discards.unterminated.saturating_add(1);
            self.state = State::Hunting;
            return;
        }
        partial.extend(run);
    }

    /// A delimiter came: ends what is open, begins anew.
    fn delimit(&mut self) {
        let State::Inside(partial) = std::mem::replace(&mut self.state, State::Inside(Partial::default()))
        else {
            return;
        };
        let frame = partial.finish();
        if frame.is_empty() {
        } else if frame.len() <= HEADER_MIN {
            self.discards.too_short = self.discards.too_short.saturating_add(1);
        } else if frame.len() > self.max_frame {
            self.discards.too_long = self.discards.too_long.saturating_add(1);
        } else {
            self.frames.push_back(frame);
        }
    }
}

impl Partial {
    /// Takes masked bytes, cut anywhere.
    fn extend(&mut self, run: &[u8]) {
        self.frame.reserve(run.len());
        for piece in run.split_inclusive(|byte| *byte == ESC) {
            self.unmask(piece);
        }
    }

    /// All of it: a delimiter came.
    fn finish(mut self) -> Vec<u8> {
        if self.escaped {
            self.frame.push(ESC);
        }
        self.frame
    }

    /// Takes bytes of which only the last may be [`ESC`]. An escape before any other byte than a masked one stands
    /// for itself, as in the reference.
    fn unmask(&mut self, piece: &[u8]) {
        let mut rest = piece;
        if std::mem::take(&mut self.escaped) {
            match piece.split_first() {
                Some((masked, after)) if is_special(masked ^ ESC_MASK) => {
                    self.frame.push(masked ^ ESC_MASK);
                    rest = after;
                }
                Some(_) => self.frame.push(ESC),
                None => self.escaped = true,
            }
        }
        match rest.split_last() {
            Some((&ESC, plain)) => {
                self.frame.extend_from_slice(plain);
                self.escaped = true;
            }
            Some(_) | None => self.frame.extend_from_slice(rest),
        }
    }
}
