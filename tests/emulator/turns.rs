//! How an RNode comes to its turn on a channel, and how much it sends then.
//! Not whether the channel is free; that is the ether's.

use std::collections::VecDeque;
use std::time::Duration;

use roost::rns::airtime::Modulation;
use roost::rns::random::Random;

use super::ether::{Contention, Frame};
use super::split::split;

/// Up to here the whole queue is sent in one turn, in bits per second.
const WHOLE_QUEUE: u64 = 14_000;
/// Slots of a window.
const WINDOW: u64 = 15;

/// How a station with so much to say waits.
pub(crate) fn contention(modulation: Modulation, band: u64) -> Contention {
    let slot = micros(modulation.slot());
    Contention { silence: 2 * slot, slot, window: band * WINDOW..(band + 1) * WINDOW }
}

/// A frame that the channel has, and how many bytes the packet has that ends with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Underway {
    pub(crate) time_on_air: u64,
    pub(crate) ends: Option<usize>,
}

/// What goes out in one turn.
#[derive(Debug, Default)]
pub(crate) struct Burst {
    pub(crate) frames: Vec<Frame>,
    pub(crate) underway: VecDeque<Underway>,
}

impl Burst {
    /// Packets that come one by one: all of them on a slow channel, one on a fast channel.
    pub(crate) fn of(
        modulation: Modulation,
        packets: impl Iterator<Item = Vec<u8>>,
        random: &mut Random,
    ) -> Self {
        let most = if modulation.bitrate() <= WHOLE_QUEUE { usize::MAX } else { 1 };
        let mut burst = Self::default();
        for packet in packets.take(most) {
            let [number] = random.bytes::<1>();
            let parts = split(&packet, number & 0x0f);
            let last = parts.len() - 1;
            for (index, bytes) in parts.into_iter().enumerate() {
                let time_on_air = micros(modulation.frame(bytes.len()));
                let ends = (index == last).then_some(packet.len());
                burst.underway.push_back(Underway { time_on_air, ends });
                burst.frames.push(Frame { bytes, time_on_air });
            }
        }
        burst
    }
}

pub(crate) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).expect("less than a century")
}
