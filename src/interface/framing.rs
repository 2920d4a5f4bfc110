//! How packets stand in a byte stream: in HDLC, in KISS, or in KISS with an AX.25 header.
//! Not what else a TNC is told, nor the stream.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

use super::ax25::{self, Header};
use super::hdlc::{self, Discards};
use super::kiss;
use crate::rns::packet::HEADER_MIN;

/// How packets stand in a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Framing {
    /// Between flags.
    #[default]
    Hdlc,
    /// As data frames of a TNC.
    Kiss,
    /// As data frames of a TNC that carry AX.25 frames from this station.
    Ax25(Header),
}

/// What came from a TNC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Arrival {
    /// A packet.
    Packet(Vec<u8>),
    /// `CMD_READY`: it takes the next one.
    Ready,
}

/// Finds packets in a stream.
#[derive(Debug)]
pub(super) enum Decoder {
    Hdlc(hdlc::Decoder),
    Kiss(KissDecoder),
}

/// Finds packets in the frames of a TNC.
#[derive(Debug)]
pub(super) struct KissDecoder {
    frames: kiss::Decoder,
    max_packet: usize,
    has_header: bool,
    discards: Discards,
}

impl Framing {
    /// What stands around a packet on the air, beside the frame itself.
    pub(super) const fn header_size(&self) -> usize {
        match self {
            Self::Hdlc | Self::Kiss => 0,
            Self::Ax25(_) => ax25::HEADER_SIZE,
        }
    }

    /// Appends a packet in its wire form.
    pub(super) fn encode_into(&self, packet: &[u8], wire: &mut Vec<u8>) {
        match self {
            Self::Hdlc => hdlc::encode_into(packet, wire),
            Self::Kiss => kiss::encode_into(kiss::CMD_DATA, packet, wire),
            Self::Ax25(header) => kiss::encode_into(kiss::CMD_DATA, &header.before(packet), wire),
        }
    }

    /// Finds packets of at most so many bytes.
    pub(super) fn decoder(&self, max_packet: usize) -> Decoder {
        match self {
            Self::Hdlc => Decoder::Hdlc(hdlc::Decoder::new(max_packet)),
            Self::Kiss | Self::Ax25(_) => Decoder::Kiss(self.kiss_decoder(max_packet)),
        }
    }

    /// The same of a TNC, which also says when it is ready.
    pub(super) fn kiss_decoder(&self, max_packet: usize) -> KissDecoder {
        let has_header = matches!(self, Self::Ax25(_));
        let room = if has_header { ax25::MAX_HEADER } else { 0 };
        KissDecoder {
            frames: kiss::Decoder::new(max_packet.saturating_add(room)),
            max_packet,
            has_header,
            discards: Discards::default(),
        }
    }
}

impl Decoder {
    /// Takes bytes as they came, cut anywhere.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        match self {
            Self::Hdlc(decoder) => decoder.push(bytes),
            Self::Kiss(decoder) => decoder.push(bytes),
        }
    }

    /// The next packet.
    pub(super) fn next_packet(&mut self) -> Option<Vec<u8>> {
        match self {
            Self::Hdlc(decoder) => decoder.next_frame(),
            Self::Kiss(decoder) => loop {
                if let Arrival::Packet(packet) = decoder.next_arrival()? {
                    return Some(packet);
                }
            },
        }
    }

    /// What was thrown away since the last call.
    pub(super) fn take_discards(&mut self) -> Discards {
        match self {
            Self::Hdlc(decoder) => decoder.take_discards(),
            Self::Kiss(decoder) => decoder.take_discards(),
        }
    }
}

impl KissDecoder {
    /// Takes bytes as they came, cut anywhere.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.frames.push(bytes);
    }

    /// The next thing that came. Frames that are neither are none of ours.
    pub(super) fn next_arrival(&mut self) -> Option<Arrival> {
        loop {
            let frame = self.frames.next_frame()?;
            if frame.command & kiss::COMMAND == kiss::CMD_READY {
                return Some(Arrival::Ready);
            }
            if frame.is_data()
                && let Some(packet) = self.packet(frame.data)
            {
                return Some(Arrival::Packet(packet));
            }
        }
    }

    /// What was thrown away since the last call.
    pub(super) fn take_discards(&mut self) -> Discards {
        let too_long = self.discards.too_long.saturating_add(self.frames.take_too_long());
        Discards { too_long, ..std::mem::take(&mut self.discards) }
    }

    fn packet(&mut self, data: Vec<u8>) -> Option<Vec<u8>> {
        let packet = if self.has_header { ax25::packet_in(&data)?.to_vec() } else { data };
        if packet.len() <= HEADER_MIN {
            self.discards.too_short = self.discards.too_short.saturating_add(1);
            return None;
        }
        if packet.len() > self.max_packet {
            self.discards.too_long = self.discards.too_long.saturating_add(1);
            return None;
        }
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: [u8; 30] = [0xc0; 30];

    fn header() -> Header {
        Header::new("DL1ABC", 7).unwrap()
    }

    fn found(framing: Framing, wire: &[u8]) -> Vec<Vec<u8>> {
        let mut decoder = framing.decoder(564);
        wire.chunks(3).for_each(|piece| decoder.push(piece));
        std::iter::from_fn(|| decoder.next_packet()).collect()
    }

    #[test]
    fn a_packet_comes_out_as_it_went_in_whatever_the_framing() {
        for framing in [Framing::Hdlc, Framing::Kiss, Framing::Ax25(header())] {
            let mut wire = Vec::new();
            framing.encode_into(&PACKET, &mut wire);
            framing.encode_into(&[7; 564], &mut wire);
            framing.encode_into(&[7; 565], &mut wire);
            framing.encode_into(&[7; 19], &mut wire);
            assert_eq!(found(framing, &wire), [PACKET.to_vec(), vec![7; 564]], "{framing:?}");
            let mut decoder = framing.decoder(564);
            decoder.push(&wire);
            while decoder.next_packet().is_some() {}
            assert_eq!(decoder.take_discards(), Discards { too_short: 1, too_long: 1, unterminated: 0 });
            assert_eq!(decoder.take_discards(), Discards::default());
        }
    }

    #[test]
    fn who_speaks_another_framing_is_not_understood() {
        let mut wire = Vec::new();
        Framing::Kiss.encode_into(&PACKET, &mut wire);
        assert_eq!(found(Framing::Ax25(header()), &wire), [[0; 0]; 0]);
        assert_eq!(found(Framing::Hdlc, &wire), [[0; 0]; 0]);
    }

    #[test]
    fn a_tnc_is_ready_with_a_byte_or_without_one_and_on_any_port() {
        let mut decoder = Framing::Kiss.kiss_decoder(564);
        decoder.push(&[0xc0, 0x0f, 0xc0, 0xc0, 0x0f, 0x01, 0xc0, 0x1f, 0x00, 0xc0, 0x06, 0x01, 0xc0]);
        let arrivals: Vec<_> = std::iter::from_fn(|| decoder.next_arrival()).collect();
        assert_eq!(arrivals, [Arrival::Ready, Arrival::Ready, Arrival::Ready]);
    }
}
