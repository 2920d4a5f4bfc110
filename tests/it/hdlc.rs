//! HDLC framing: golden vectors, the decoder's rules (page 20 §2), and arbitrary bytes.

use proptest::prelude::*;
use roost::interface::hdlc::{Decoder, Discards, encode_into};

const MAX: usize = 500;

fn encode(frame: &[u8]) -> Vec<u8> {
    let mut wire = Vec::new();
    encode_into(frame, &mut wire);
    wire
}

fn frames(decoder: &mut Decoder) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| decoder.next_frame()).collect()
}

fn decode(wire: &[u8]) -> (Vec<Vec<u8>>, Discards) {
    let mut decoder = Decoder::new(MAX);
    decoder.push(wire);
    (frames(&mut decoder), decoder.take_discards())
}

fn frame(fill: u8) -> Vec<u8> {
    vec![fill; 20]
}

#[test]
fn encoding_gives_the_bytes_of_the_golden_vectors() {
    let text = include_str!("../vectors/rns.json");
    let file: serde_json::Value = serde_json::from_str(text).expect("the vectors are JSON");
    let bytes = |value: &serde_json::Value| hex::decode(value.as_str().unwrap()).unwrap();
    let mut seen = 0;
    for vector in file["vectors"].as_array().unwrap() {
        if vector["category"] == "framing" {
            let (payload, wire) = (bytes(&vector["inputs"]["payload"]), bytes(&vector["expected"]["hdlc"]));
            assert_eq!(hex::encode(encode(&payload)), hex::encode(&wire), "{}", vector["name"]);
            // Shorter than a packet, so it takes padding to come out of the decoder again.
            let padded = [&payload[..], &[0; 20]].concat();
            assert_eq!(decode(&encode(&padded)).0, [padded]);
            seen += 1;
        }
    }
    assert_eq!(seen, 2);
}

#[test]
fn a_delimiter_may_end_one_frame_and_begin_the_next() {
    let wire = [&[0x7e][..], &frame(1), &[0x7e], &frame(2), &[0x7e], &frame(3), &[0x7e]].concat();
    assert_eq!(decode(&wire), (vec![frame(1), frame(2), frame(3)], Discards::default()));
}

#[test]
fn idle_delimiters_odd_or_even_change_nothing() {
    for idle in 0..5 {
        let wire = [vec![0x7e; idle], encode(&frame(1)), vec![0x7e; idle], encode(&frame(2))].concat();
        assert_eq!(decode(&wire), (vec![frame(1), frame(2)], Discards::default()), "{idle} idle");
    }
}

#[test]
fn bytes_before_the_first_delimiter_are_skipped() {
    let wire = [&[1, 2, 0x7d, 3][..], &encode(&frame(1))].concat();
    assert_eq!(decode(&wire).0, [frame(1)]);
}

#[test]
fn a_frame_of_nineteen_bytes_is_dropped_and_one_of_twenty_is_not() {
    let wire = [encode(&[5; 19]), encode(&[6; 20]), encode(&[7; 1])].concat();
    assert_eq!(decode(&wire), (vec![vec![6; 20]], Discards { too_short: 2, ..Discards::default() }));
}

#[test]
fn a_frame_over_the_maximum_is_dropped_and_the_next_one_arrives() {
    let wire = [encode(&[5; MAX + 1]), encode(&[6; MAX])].concat();
    assert_eq!(decode(&wire), (vec![vec![6; MAX]], Discards { too_long: 1, ..Discards::default() }));
}

#[test]
fn a_frame_of_the_maximum_in_which_every_byte_is_masked_arrives() {
    assert_eq!(decode(&encode(&[0x7e; MAX])), (vec![vec![0x7e; MAX]], Discards::default()));
}

#[test]
fn unterminated_garbage_is_given_up_at_twice_the_maximum_and_counted_once() {
    let mut decoder = Decoder::new(MAX);
    decoder.push(&[0x7e]);
    for _ in 0..100 {
        decoder.push(&[0x11; MAX]);
    }
    assert_eq!(decoder.take_discards(), Discards { unterminated: 1, ..Discards::default() });
    decoder.push(&encode(&frame(1)));
    assert_eq!(frames(&mut decoder), [frame(1)]);
    assert_eq!(decoder.take_discards(), Discards::default());
}

#[test]
fn an_escape_before_an_ordinary_byte_stands_for_itself() {
    let body = [&frame(1)[..], &[0x7d, 0x41, 0x7d, 0x7d, 0x5e, 0x7d]].concat();
    let wire = [&[0x7e][..], &body, &[0x7e]].concat();
    assert_eq!(decode(&wire).0, [[&frame(1)[..], &[0x7d, 0x41, 0x7d, 0x7e, 0x7d]].concat()]);
}

/// Cuts `wire` at the given places, wherever they are.
fn push_in_chunks(decoder: &mut Decoder, wire: &[u8], cuts: &[usize]) {
    let mut rest = wire;
    for cut in cuts {
        let (chunk, after) = rest.split_at((*cut).min(rest.len()));
        decoder.push(chunk);
        rest = after;
    }
    decoder.push(rest);
}

/// Bytes in which delimiters and escapes are frequent.
fn nasty_bytes(len: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(prop_oneof![Just(0x7e), Just(0x7d), Just(0x5e), Just(0x5d), any::<u8>()], len)
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded_however_it_is_cut(
        sent in prop::collection::vec(nasty_bytes(20..MAX + 1), 0..6),
        cuts in prop::collection::vec(0usize..40, 0..60),
    ) {
        let wire: Vec<u8> = sent.iter().flat_map(|frame| encode(frame)).collect();
        let mut decoder = Decoder::new(MAX);
        push_in_chunks(&mut decoder, &wire, &cuts);
        prop_assert_eq!(frames(&mut decoder), sent);
        prop_assert_eq!(decoder.take_discards(), Discards::default());
    }

    #[test]
    fn arbitrary_bytes_decode_alike_however_they_are_cut(
        bytes in nasty_bytes(0..4000),
        cuts in prop::collection::vec(0usize..300, 0..40),
    ) {
        let mut whole = Decoder::new(MAX);
        whole.push(&bytes);
        let mut cut = Decoder::new(MAX);
        push_in_chunks(&mut cut, &bytes, &cuts);
        let frames = frames(&mut cut);
        prop_assert!(frames.iter().all(|frame| frame.len() > 19 && frame.len() <= MAX));
        prop_assert_eq!(frames, std::iter::from_fn(|| whole.next_frame()).collect::<Vec<_>>());
        prop_assert_eq!(cut.take_discards(), whole.take_discards());
    }

    #[test]
    fn a_valid_frame_after_any_garbage_is_recovered(
        garbage in nasty_bytes(0..4000),
        sent in nasty_bytes(20..MAX + 1),
    ) {
        let wire = [garbage, encode(&sent)].concat();
        prop_assert_eq!(decode(&wire).0.pop(), Some(sent));
    }
}
