//! KISS framing: golden vectors, the decoder's rules (page 20 §3), and arbitrary bytes.

use proptest::prelude::*;
use roost::interface::kiss::{self, CMD_DATA, Decoder, FEND, FESC, Frame, TFEND, TFESC};

const MAX: usize = 564;

fn encode(data: &[u8]) -> Vec<u8> {
    kiss::encode(CMD_DATA, data)
}

fn frame(command: u8, data: &[u8]) -> Frame {
    Frame { command, data: data.to_vec() }
}

fn frames(decoder: &mut Decoder) -> Vec<Frame> {
    std::iter::from_fn(|| decoder.next_frame()).collect()
}

/// The frames in `wire`, and how many were too long.
fn decode(wire: &[u8]) -> (Vec<Frame>, u64) {
    let mut decoder = Decoder::new(MAX);
    decoder.push(wire);
    (frames(&mut decoder), decoder.take_too_long())
}

#[test]
fn encoding_gives_the_bytes_of_the_golden_vectors() {
    let text = include_str!("../vectors/rns.json");
    let file: serde_json::Value = serde_json::from_str(text).expect("the vectors are JSON");
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
    let mut seen = 0;
    for vector in file["vectors"].as_array().unwrap() {
        if vector["category"] == "framing" {
            let payload = bytes(&vector["inputs"]["payload"]);
            let wire = bytes(&vector["expected"]["kiss_data"]);
            assert_eq!(hex::encode(encode(&payload)), hex::encode(&wire), "{}", vector["name"]);
            assert_eq!(decode(&wire), (vec![frame(CMD_DATA, &payload)], 0));
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_delimiter_may_end_one_frame_and_begin_the_next() {
    let wire = [FEND, 0, 1, FEND, 0, 2, FEND, FEND, FEND, 6, 3, FEND];
    assert_eq!(decode(&wire), (vec![frame(0, &[1]), frame(0, &[2]), frame(6, &[3])], 0));
}

#[test]
fn data_is_data_on_every_port_and_other_commands_are_not() {
    let (found, _) =
        decode(&[FEND, 0x00, 1, FEND, FEND, 0x10, 2, FEND, FEND, 0x0f, 1, FEND, FEND, 0x08, FEND]);
    let kinds: Vec<_> = found.iter().map(|frame| (frame.command, frame.is_data())).collect();
    assert_eq!(kinds, [(0x00, true), (0x10, true), (0x0f, false), (0x08, false)]);
}

#[test]
fn bytes_before_the_first_delimiter_are_skipped() {
    assert_eq!(decode(&[&[1, FESC, 2][..], &encode(b"x")].concat()), (vec![frame(0, b"x")], 0));
}

#[test]
fn an_escape_that_a_delimiter_cuts_short_does_not_touch_the_next_frame() {
    let wire = [&[FEND, 0, 7, FESC][..], &encode(&[TFEND, 1])].concat();
    assert_eq!(decode(&wire), (vec![frame(0, &[7]), frame(0, &[TFEND, 1])], 0));
}

#[test]
fn an_escape_before_an_ordinary_byte_is_dropped() {
    let wire = [FEND, 0, FESC, 5, FESC, FESC, TFESC, TFEND, FEND];
    assert_eq!(decode(&wire), (vec![frame(0, &[5, FESC, TFEND])], 0));
}

#[test]
fn a_frame_over_the_maximum_is_dropped_and_the_next_one_arrives() {
    let wire = [encode(&[5; MAX + 1]), encode(&[5; 3 * MAX]), encode(&[FEND; MAX])].concat();
    assert_eq!(decode(&wire), (vec![frame(0, &[FEND; MAX])], 2));
}

/// Bytes in which delimiters and escapes are frequent.
fn nasty_bytes(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![Just(FEND), Just(FESC), Just(TFEND), Just(TFESC), Just(0), any::<u8>()],
        len,
    )
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_however_it_is_cut(
        sent in prop::collection::vec(nasty_bytes(0..MAX + 1), 0..6),
        cut in 1usize..100,
    ) {
        let wire: Vec<u8> = sent.iter().flat_map(|data| encode(data)).collect();
        let mut decoder = Decoder::new(MAX);
        wire.chunks(cut).for_each(|chunk| decoder.push(chunk));
        prop_assert_eq!(frames(&mut decoder), sent.iter().map(|data| frame(CMD_DATA, data)).collect::<Vec<_>>());
        prop_assert_eq!(decoder.take_too_long(), 0);
    }

    #[test]
    fn a_valid_frame_after_any_garbage_is_recovered(garbage in nasty_bytes(0..4000), sent in nasty_bytes(0..MAX + 1)) {
        let wire = [garbage, encode(&sent)].concat();
        prop_assert_eq!(decode(&wire).0.pop(), Some(frame(CMD_DATA, &sent)));
    }
}
