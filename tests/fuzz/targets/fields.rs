//! Fields of posts: each is one object of the map it stands in, and what they name or say keeps its bounds.

use roost::group::fields::Relation;
use roost::group::{Body, Fields};
use roost::rns::msgpack;

use crate::vectors;

pub(super) fn run(packed: &[u8]) {
    let fields = Fields::read(packed);
    for (id, raw) in fields.iter() {
        assert_eq!(msgpack::split_object(raw), Ok((raw, &[][..])));
        assert!(fields.get(id).is_some());
    }
    if let Some(text) = fields.reaction() {
        assert!((1..=64).contains(&text.trim().len()) && !text.contains(char::is_control));
    }
    let named: Vec<_> = Relation::ALL.iter().filter_map(|relation| fields.named_by(*relation)).collect();
    assert_eq!(fields.about(), named.first().copied());
    let _ = fields.quote();
    // The same fields in a post say the same.
    if packed.first().is_some_and(|marker| matches!(marker, 0x80..=0x8f | 0xde | 0xdf)) {
        let payload = [&[0x94, 0x01, 0xc4, 0, 0xc4, 0], packed].concat();
        let Some(body) = Body::from_payload(&payload) else { return };
        assert_eq!(body.is_reaction(), fields.reaction().is_some());
        assert_eq!(body.is_empty(), !fields.say_something());
        assert_eq!(body.fields().about(), fields.about());
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::lxmf(&["messages", "raw_messages"], &["fields_msgpack"]);
    let hash = [7; 32];
    seeds.push([&[0x82, 0x30, 0xc4, 32][..], &hash, &[0x31, 0xc4, 2, b'h', b'i']].concat());
    seeds.push([&[0x81, 0x40, 0x82, 0, 0xc4, 32][..], &hash, &[1, 0xa1, b'!']].concat());
    seeds.push([&[0x81, 0x41, 0x81, 0, 0xc4, 32][..], &hash].concat());
    let legacy = [
        &[0x81, 0x10, 0x82, 0xab][..],
        b"reaction_to",
        &[0xd9, 64],
        &[b'7'; 64],
        &[0xa5],
        b"emoji",
        &[0xa1, b'!'],
    ];
    seeds.push(legacy.concat());
    seeds
}
