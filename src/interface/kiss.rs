//! KISS framing of a byte stream (page 20 §3): the encoder, and a decoder that is in step again at every delimiter.
//! Not what the commands mean: a TNC counts only their low four bits, an RNode all eight.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

use std::collections::VecDeque;

/// `KISS.FEND`: begins and ends every frame.
pub const FEND: u8 = 0xc0;
/// `KISS.FESC`: the next byte stands for another one.
pub const FESC: u8 = 0xdb;
/// `KISS.TFEND`: behind [`FESC`], stands for [`FEND`].
pub const TFEND: u8 = 0xdc;
/// `KISS.TFESC`: behind [`FESC`], stands for itself.
pub const TFESC: u8 = 0xdd;
/// `KISS.CMD_DATA`: the frame carries a packet.
pub const CMD_DATA: u8 = 0x00;
/// `KISS.CMD_READY`: the TNC takes the next frame.
pub const CMD_READY: u8 = 0x0f;
/// The bits of a TNC's command; the others are the number of its port.
pub const COMMAND: u8 = 0x0f;

/// A frame in its wire form.
pub fn encode(command: u8, data: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    encode_into(command, data, &mut wire);
    wire
}

/// Appends a frame in its wire form. Both delimiters always: the reference's reader loses every second data frame when
/// two of them share one.
pub fn encode_into(command: u8, data: &[u8], wire: &mut Vec<u8>) {
    wire.reserve(data.len().saturating_add(3));
    wire.extend_from_slice(&[FEND, command]);
    for run in data.split_inclusive(|byte| matches!(*byte, FEND | FESC)) {
        match run.split_last() {
            Some((&FEND, plain)) => {
                wire.extend_from_slice(plain);
                wire.extend_from_slice(&[FESC, TFEND]);
            }
            Some((&FESC, plain)) => {
                wire.extend_from_slice(plain);
                wire.extend_from_slice(&[FESC, TFESC]);
            }
            Some(_) | None => wire.extend_from_slice(run),
        }
    }
    wire.push(FEND);
}

/// One frame as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Which command, all eight bits of it.
    pub command: u8,
    /// What comes with it; may be empty.
    pub data: Vec<u8>,
}

impl Frame {
    /// Does it carry a packet, from whichever port of a TNC?
    pub const fn is_data(&self) -> bool {
        self.command & COMMAND == CMD_DATA
    }
}

/// Finds frames in a byte stream. Every delimiter ends one frame and may begin the next. Holds at most one frame of the
/// largest size beside those that wait in [`Self::next_frame`].
#[derive(Debug)]
pub struct Decoder {
    max_data: usize,
    state: State,
    frames: VecDeque<Frame>,
    too_long: u64,
}

#[derive(Debug)]
enum State {
    /// No delimiter seen since the start or since a frame was given up: bytes are skipped.
    Hunting,
    /// Right behind a delimiter; the next byte is the command, unless it is another delimiter.
    Between,
    /// Behind a command.
    Inside {
        frame: Frame,
        /// The last byte was [`FESC`].
        escaped: bool,
    },
}

impl Decoder {
    /// A decoder for frames with at most `max_data` bytes behind the command; with more they are dropped.
    pub const fn new(max_data: usize) -> Self {
        Self { max_data, state: State::Hunting, frames: VecDeque::new(), too_long: 0 }
    }

    /// Takes bytes as they came, cut anywhere.
    pub fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.take(*byte);
        }
    }

    /// The next whole frame.
    pub fn next_frame(&mut self) -> Option<Frame> {
        self.frames.pop_front()
    }

    /// How many frames were dropped for their length since the last call.
    pub fn take_too_long(&mut self) -> u64 {
        std::mem::take(&mut self.too_long)
    }

    fn take(&mut self, byte: u8) {
        if byte == FEND {
            // An escape that the delimiter cut short goes with the frame that it stood in.
            if let State::Inside { frame, .. } = std::mem::replace(&mut self.state, State::Between) {
                self.frames.push_back(frame);
            }
            return;
        }
        match &mut self.state {
            State::Hunting => {}
            State::Between => {
                let frame = Frame { command: byte, data: Vec::new() };
                self.state = State::Inside { frame, escaped: false };
            }
            State::Inside { escaped, .. } if byte == FESC => *escaped = true,
            State::Inside { frame, .. } if frame.data.len() >= self.max_data => {
                self.too_long = self.too_long.saturating_add(1);
                self.state = State::Hunting;
            }
            State::Inside { frame, escaped } => frame.data.push(match (std::mem::take(escaped), byte) {
                (true, TFEND) => FEND,
                (true, TFESC) => FESC,
                // An escape before any other byte is dropped, as in the reference.
                (_, plain) => plain,
            }),
        }
    }
}
