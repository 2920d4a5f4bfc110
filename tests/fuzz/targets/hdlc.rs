//! HDLC: however the bytes are cut, the same frames come out, none longer than allowed; what is encoded comes back.

use roost::interface::hdlc::{Decoder, encode_into};
use roost::rns::packet::HEADER_MIN;

use crate::bytes::Bytes;
use crate::vectors;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let (max, cut) = (20 + usize::from(bytes.byte()), 1 + usize::from(bytes.byte()));
    let wire = bytes.rest();
    let (mut whole, mut pieces) = (Decoder::new(max), Decoder::new(max));
    whole.push(wire);
    wire.chunks(cut).for_each(|chunk| pieces.push(chunk));
    while let Some(frame) = whole.next_frame() {
        assert!(frame.len() > HEADER_MIN && frame.len() <= max);
        assert_eq!(pieces.next_frame(), Some(frame));
    }
    assert_eq!(pieces.next_frame(), None);
    assert_eq!(whole.take_discards(), pieces.take_discards());

    let mut encoded = Vec::new();
    encode_into(wire, &mut encoded);
    // Also behind everything that came before.
    whole.push(&encoded);
    let fits = wire.len() > HEADER_MIN && wire.len() <= max;
    let last = std::iter::from_fn(|| whole.next_frame()).last();
    if fits {
        assert_eq!(last.as_deref(), Some(wire));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let wires = vectors::rns(&["framing"], &["hdlc"]);
    wires.into_iter().map(|wire| [&[100, 7][..], &wire].concat()).collect()
}
