//! What an advertisement may and may not say.

use proptest::prelude::*;
use rmpv::Value;

use crate::rns::error::DropReason;
use crate::rns::hash::{RequestId, ResourceHash};
use crate::rns::msgpack;
use crate::rns::resource::advertisement::{Advertisement, Encoding, Metadata, Purpose};

fn sample() -> Advertisement {
    Advertisement {
        transfer_size: 2064,
        data_size: 2000,
        parts: 5,
        hash: ResourceHash::from_bytes([1; 32]),
        random_hash: [2; 4],
        original: ResourceHash::from_bytes([1; 32]),
        segment: 1,
        segments: 1,
        purpose: Purpose::Plain,
        encoding: Encoding::Stored,
        metadata: Metadata::Absent,
        hashmap: vec![3; 20],
    }
}

fn fields(advertisement: &Advertisement) -> Vec<(Value, Value)> {
    let Value::Map(map) = msgpack::decode(&advertisement.pack()).unwrap() else { panic!("no map") };
    map
}

fn parse(map: Vec<(Value, Value)>) -> Result<Advertisement, DropReason> {
    Advertisement::parse(&msgpack::encode(&Value::Map(map)))
}

#[test]
fn every_key_is_needed_and_more_are_tolerated() {
    let map = fields(&sample());
    for missing in 0..map.len() {
        let mut map = map.clone();
        map.remove(missing);
        assert_eq!(parse(map), Err(DropReason::MalformedMsgpack));
    }
    let mut more = map.clone();
    more.push(("z".into(), Value::from("new")));
    more.insert(0, (Value::from(7), Value::Nil));
    assert_eq!(parse(more), Ok(sample()));
}

#[test]
fn values_that_cannot_be_are_malformed() {
    let bad: [(&str, Value); 12] = [
        ("t", Value::from(3_145_726)),
        ("t", Value::from(63)),
        ("t", Value::from(-1)),
        ("h", Value::Binary(vec![0; 31])),
        ("r", Value::Binary(vec![0; 5])),
        ("i", Value::from(0)),
        ("i", Value::from(2)),
        ("l", Value::from(0)),
        ("q", Value::Binary(vec![0; 15])),
        ("f", Value::from(0)),
        ("f", Value::from(1 | 8)),
        ("m", Value::Binary(vec![0; 75 * 4])),
    ];
    for (key, value) in bad {
        let mut map = fields(&sample());
        map.iter_mut()
            .filter(|(name, _)| name.as_str() == Some(key))
            .for_each(|(_, old)| *old = value.clone());
        assert!(parse(map).is_err(), "{key} = {value}");
    }
}

#[test]
fn full_advertisement_fits_one_packet_of_the_smallest_link() {
    let advertisement = Advertisement {
        transfer_size: 1_048_640,
        data_size: 64 << 20,
        parts: 2260,
        segment: 64,
        segments: 65,
        purpose: Purpose::Response(RequestId::from_bytes([1; 16])),
        hashmap: vec![0; 74 * 4],
        ..sample()
    };
    assert!(advertisement.pack().len() <= 431);
}

proptest! {
    #[test]
    fn advertisements_come_back_as_they_were(
        (transfer_size, data_size, parts) in (64usize..=3_145_725, any::<u32>(), any::<u16>()),
        (segment, more) in (1usize..100, 0usize..100),
        purpose in prop_oneof![
            Just(Purpose::Plain),
            any::<[u8; 16]>().prop_map(|id| Purpose::Request(RequestId::from_bytes(id))),
            any::<[u8; 16]>().prop_map(|id| Purpose::Response(RequestId::from_bytes(id))),
        ],
        hashes in 0usize..=74,
    ) {
        let advertisement = Advertisement {
            transfer_size,
            data_size: usize::try_from(data_size).unwrap(),
            parts: usize::from(parts),
            segment,
            segments: segment + more,
            purpose,
            encoding: if hashes % 2 == 0 { Encoding::Bzip2 } else { Encoding::Stored },
            metadata: if hashes % 3 == 0 { Metadata::Prefixed } else { Metadata::Absent },
            hashmap: vec![7; hashes * 4],
            ..sample()
        };
        prop_assert_eq!(Advertisement::parse(&advertisement.pack()), Ok(advertisement));
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Advertisement::parse(&bytes);
    }
}
