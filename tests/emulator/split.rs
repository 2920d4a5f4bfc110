//! A packet as an RNode puts it on the air: one frame or two, each behind a byte of the firmware's own.
//! Not encryption or checking: two halves that happen to bear the same number are one packet.

use roost::rns::airtime::FRAME_PAYLOAD;

/// `FLAG_SPLIT`: the frame is one of two.
const SPLIT: u8 = 0x01;

/// The frames of a packet; `number` tells its two halves from those of others.
pub(crate) fn split(packet: &[u8], number: u8) -> Vec<Vec<u8>> {
    let two = packet.len() > FRAME_PAYLOAD;
    let header = number << 4 | if two { SPLIT } else { 0 };
    packet.chunks(FRAME_PAYLOAD).map(|part| [&[header], part].concat()).collect()
}

/// Puts packets together again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Joiner {
    /// The first half of a packet whose second is still to come, with the firmware's byte.
    half: Option<Vec<u8>>,
}

impl Joiner {
    /// Takes a frame; gives the packet that is whole with it.
    pub(crate) fn take(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        let (header, payload) = frame.split_first()?;
        let pending = self.half.take();
        if header & SPLIT == 0 {
            return Some(payload.to_vec());
        }
        match pending {
            Some(half) if half[0] >> 4 == header >> 4 => Some([&half[1..], payload].concat()),
            Some(_) | None => {
                self.half = Some(frame.to_vec());
                None
            }
        }
    }
}
