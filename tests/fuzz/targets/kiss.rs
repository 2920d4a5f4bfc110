//! KISS: however the bytes are cut, the same frames come out, none longer than allowed; what is encoded comes back.

use roost::interface::kiss::{Decoder, FEND, Frame, encode_into};

use crate::bytes::Bytes;
use crate::vectors;

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let (max, cut) = (usize::from(bytes.byte()), 1 + usize::from(bytes.byte()));
    let command = bytes.byte();
    let wire = bytes.rest();
    let (mut whole, mut pieces) = (Decoder::new(max), Decoder::new(max));
    whole.push(wire);
    wire.chunks(cut).for_each(|chunk| pieces.push(chunk));
    while let Some(frame) = whole.next_frame() {
        assert!(frame.data.len() <= max);
        assert_eq!(pieces.next_frame(), Some(frame));
    }
    assert_eq!(pieces.next_frame(), None);
    assert_eq!(whole.take_too_long(), pieces.take_too_long());

    let mut encoded = Vec::new();
    encode_into(command, wire, &mut encoded);
    // Also behind everything that came before.
    whole.push(&encoded);
    let last = std::iter::from_fn(|| whole.next_frame()).last();
    if command != FEND && wire.len() <= max {
        assert_eq!(last, Some(Frame { command, data: wire.to_vec() }));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let wires = vectors::rns(&["framing"], &["kiss_data"]);
    wires.into_iter().map(|wire| [&[100, 7, 0][..], &wire].concat()).collect()
}
