//! How an RNode's firmware reads what the host writes: command by command, and packets into a queue without a gauge.
//! Not what the commands do. It acts on bytes and not on whole frames, as the firmware does.

use std::collections::VecDeque;

use roost::interface::kiss::{CMD_DATA, FEND, FESC, TFEND, TFESC};
use roost::rns::airtime::FRAME_PAYLOAD;

/// `CONFIG_QUEUE_SIZE`.
const QUEUE_BYTES: u16 = 6144;
/// `CONFIG_QUEUE_MAX_LENGTH`.
const QUEUE_PACKETS: usize = 200;
/// `CMD_L`: so many bytes of a command are kept.
const MAX_COMMAND: usize = 64;

/// Commands that need more than one byte before they are obeyed, and how many.
const LONGER: &[(u8, usize)] =
    &[(0x01, 4), (0x02, 4), (0x0b, 2), (0x0c, 2), (0x43, 9), (0x52, 2), (0x84, 4), (0x85, 4)];

/// What the host wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    Command(u8, Vec<u8>),
    /// There is one more packet in the queue.
    Packet,
}

#[derive(Debug)]
enum State {
    Outside,
    /// Behind a delimiter.
    Opened,
    Inside {
        command: u8,
        payload: Vec<u8>,
        escaped: bool,
    },
}

/// The reader.
#[derive(Debug)]
pub(crate) struct Reader {
    state: State,
    pub(crate) queue: Queue,
}

impl Reader {
    pub(crate) const fn new(queue: Queue) -> Self {
        Self { state: State::Outside, queue }
    }

    /// Takes a byte; gives what the host wants with it.
    pub(crate) fn take(&mut self, byte: u8) -> Option<Order> {
        match &mut self.state {
            State::Inside { command: CMD_DATA, .. } if byte == FEND => {
                // The next frame needs a delimiter of its own.
                self.state = State::Outside;
                self.queue.close().then_some(Order::Packet)
            }
            _ if byte == FEND => {
                self.state = State::Opened;
                None
            }
            State::Outside => None,
            State::Opened => {
                self.state = State::Inside { command: byte, payload: Vec::new(), escaped: false };
                None
            }
            State::Inside { escaped, .. } if byte == FESC => {
                *escaped = true;
                None
            }
            State::Inside { command, payload, escaped } => {
                let byte = match (std::mem::take(escaped), byte) {
                    (true, TFEND) => FEND,
                    (true, TFESC) => FESC,
                    (_, plain) => plain,
                };
                if *command == CMD_DATA {
                    self.queue.push(byte);
                    return None;
                }
                let needed =
                    LONGER.iter().find(|(longer, _)| longer == command).map_or(1, |(_, needed)| *needed);
                if payload.len() < MAX_COMMAND {
                    payload.push(byte);
                }
                (payload.len() == needed).then(|| Order::Command(*command, std::mem::take(payload)))
            }
        }
    }
}

/// Packets that wait for their turn. What is too much is lost without a word, and what was lost in the middle of a packet
/// leaves its beginning in front of the next one.
#[derive(Debug)]
pub(crate) struct Queue {
    max_bytes: u16,
    max_packets: usize,
    bytes: u16,
    filling: Vec<u8>,
    packets: VecDeque<Vec<u8>>,
}

impl Default for Queue {
    fn default() -> Self {
        Self::of(QUEUE_BYTES, QUEUE_PACKETS)
    }
}

impl Queue {
    pub(crate) const fn of(max_bytes: u16, max_packets: usize) -> Self {
        Self { max_bytes, max_packets, bytes: 0, filling: Vec::new(), packets: VecDeque::new() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.packets.len() >= self.max_packets || self.bytes >= self.max_bytes
    }

    fn push(&mut self, byte: u8) {
        if !self.is_full() {
            self.bytes += 1;
            self.filling.push(byte);
        }
    }

    fn close(&mut self) -> bool {
        if self.is_full() {
            return false;
        }
        self.packets.push_back(std::mem::take(&mut self.filling));
        true
    }

    /// The next that can be sent; what can't be is dropped without a word.
    pub(crate) fn pop_whole(&mut self) -> Option<Vec<u8>> {
        loop {
            let packet = self.packets.pop_front()?;
            if (1..=2 * FRAME_PAYLOAD).contains(&packet.len()) {
                return Some(packet);
            }
            self.release(packet.len());
        }
    }

    /// A packet has been sent. The firmware takes one without bytes for one as long as the queue, and what it counts
    /// falls below zero: then it is full for good.
    pub(crate) fn release(&mut self, packet: usize) {
        let counted = if packet == 0 { self.max_bytes } else { u16::try_from(packet).unwrap_or(u16::MAX) };
        self.bytes = self.bytes.wrapping_sub(counted);
    }
}
