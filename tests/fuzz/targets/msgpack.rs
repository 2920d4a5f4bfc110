//! MessagePack: the decoder, the splitter and the walk agree, and what was decoded is encoded and decoded alike.

use roost::rns::msgpack::{self, Walker};

use crate::vectors;

pub(super) fn run(packed: &[u8]) {
    let mut walker = Walker::new(packed);
    let mut tokens = 0;
    while let Some((_, raw)) = walker.token() {
        assert!(msgpack::content(raw).is_none_or(|content| content.len() < raw.len()));
        tokens += 1;
    }
    assert!(!msgpack::has_more_tokens_than(packed, tokens));
    assert!(tokens == 0 || msgpack::has_more_tokens_than(packed, tokens - 1));
    assert!(msgpack::array_header(packed).is_none_or(|(_, rest)| rest.len() < packed.len()));
    let split = msgpack::split_object(packed);
    assert!(!msgpack::is_map(packed, 8) || split.is_ok_and(|(_, rest)| rest.is_empty()));
    let Ok((value, rest)) = msgpack::decode_prefix(packed) else { return };
    let (object, behind) = split.expect("what is decoded can be split off");
    assert_eq!(behind, rest);
    assert_eq!([object, behind].concat(), packed);
    assert_eq!(msgpack::decode(packed).is_ok(), rest.is_empty());
    let encoded = msgpack::encode(&value);
    let again = msgpack::decode(&encoded).expect("what we encode can be read");
    // Compared as bytes: not-a-number is not equal to itself.
    assert_eq!(msgpack::encode(&again), encoded);
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let names = ["inner_msgpack", "info_msgpack", "file", "plaintext"];
    let rns = vectors::rns(&["storage", "discovery", "resource", "link_packet"], &names);
    let sections =
        ["messages", "get_exchanges", "offer_exchanges", "propagation_announce_app_data", "nomadnet"];
    let names = ["payload", "fields_msgpack", "request", "response", "app_data"];
    rns.into_iter().chain(vectors::lxmf(&sections, &names)).collect()
}
