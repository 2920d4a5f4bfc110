//! Resources that somebody offers and sends on a live link: an honest one arrives as it was, a lying one does no harm.

use std::time::Duration;

use rmpv::Value;
use roost::rns::event::{Event, ProofToken};
use roost::rns::hash::{RequestId, sha256};
use roost::rns::msgpack;
use roost::rns::packet::{Context, PacketType};

use crate::bytes::Bytes;
use crate::peer::{PATH, Peer};
use crate::vectors;

const MAX_STEPS: usize = 48;
/// Map hashes in an advertisement and in each update.
const MAP_SEGMENT: usize = 74;
/// More than what was sent to the node it never keeps, but for the room that a Resource begins with.
const BEGINNING: usize = 64 * 1024;
const MTU: u16 = 500;
const SDU: usize = 464;

/// One Resource as this end offers it.
struct Offer {
    data: Vec<u8>,
    parts: Vec<Vec<u8>>,
    map: Vec<u8>,
    hash: [u8; 32],
    advertisement: Vec<u8>,
    /// Nothing about it is a lie.
    honest: bool,
}

impl Offer {
    fn read(peer: &mut Peer, asked: Option<RequestId>, bytes: &mut Bytes<'_>) -> Self {
        let (kind, length) = (bytes.byte(), usize::from(bytes.u16()) % 40_000);
        let data = if kind & 1 == 0 { bytes.chunk().to_vec() } else { vec![kind; length] };
        let (compressed, metadata) = (kind & 2 != 0, kind & 4 != 0);
        let stream = peer.seal(&[&[1, 2, 3, 4][..], &data].concat());
        let parts: Vec<_> = stream.chunks(SDU).map(<[u8]>::to_vec).collect();
        let salt = *b"salt";
        let map: Vec<u8> = parts.iter().flat_map(|part| sha256(&[part, &salt])[..4].to_vec()).collect();
        let hash = sha256(&[&data, &salt]);
        let (id, purpose) = match (asked, kind & 0x18) {
            (Some(id), 0x08) => (Value::Binary(id.as_bytes().to_vec()), 0x10),
            (_, 0x10) => (Value::Binary(vec![6; 16]), 0x08),
            _ => (Value::Nil, 0),
        };
        let flags = 1 | u64::from(compressed) << 1 | u64::from(metadata) << 5 | purpose;
        let mut fields: Vec<(Value, Value)> = vec![
            ("t".into(), stream.len().into()),
            ("d".into(), data.len().into()),
            ("n".into(), parts.len().into()),
            ("h".into(), Value::Binary(hash.to_vec())),
            ("r".into(), Value::Binary(salt.to_vec())),
            ("o".into(), Value::Binary(hash.to_vec())),
            ("i".into(), 1.into()),
            ("l".into(), 1.into()),
            ("q".into(), id),
            ("f".into(), flags.into()),
            ("m".into(), Value::Binary(map.iter().copied().take(MAP_SEGMENT * 4).collect())),
        ];
        let lies = bytes.below(4);
        for _ in 0..lies {
            let field = bytes.below(fields.len());
            fields[field].1 = lie(bytes);
        }
        let honest = lies == 0 && !compressed && !metadata && purpose == 0;
        let advertisement = msgpack::encode(&Value::Map(fields));
        Self { data, parts, map, hash, advertisement, honest }
    }

    /// Sends map segment `segment` as it is.
    fn update(&self, peer: &mut Peer, segment: usize) {
        let hashes = self.map.chunks(MAP_SEGMENT * 4).nth(segment).unwrap_or_default();
        let update = msgpack::encode(&Value::Array(vec![segment.into(), Value::Binary(hashes.to_vec())]));
        peer.send(Context::ResourceHashmapUpdate, &[&self.hash[..], &update].concat());
    }
}

/// Any value for a field.
fn lie(bytes: &mut Bytes<'_>) -> Value {
    match bytes.byte() % 6 {
        0 => Value::Nil,
        1 => Value::from(u64::from_be_bytes(bytes.array())),
        2 => Value::from(bytes.byte()),
        3 => Value::Binary(bytes.chunk().to_vec()),
        4 => Value::from(i64::from(bytes.byte().cast_signed())),
        _ => Value::from(u64::from(bytes.u16()) << 8),
    }
}

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut peer = if bytes.byte() & 1 == 0 { Peer::calling(MTU) } else { Peer::called(MTU) };
    let link = peer.link();
    let asked = peer.with(|node, now| node.request(now, link, PATH, &[0xc0], None)).ok();
    let mut offer = Offer::read(&mut peer, asked, &mut bytes);
    let (mut honest, mut sent, mut received) = (offer.honest, BEGINNING, 0);
    let mut tokens: Vec<ProofToken> = Vec::new();
    for step in 0..MAX_STEPS {
        if bytes.is_empty() {
            break;
        }
        match bytes.byte() % 12 {
            0 => peer.send(Context::ResourceAdvertisement, &offer.advertisement),
            1 => send_part(&mut peer, &offer, bytes.below(256)),
            2 => (0..offer.parts.len()).for_each(|part| send_part(&mut peer, &offer, part)),
            3 => offer.update(&mut peer, bytes.below(4)),
            4 => {
                honest = false;
                peer.send(Context::ResourceHashmapUpdate, &[&offer.hash[..], bytes.chunk()].concat());
            }
            5 => {
                honest = false;
                peer.send_plain(PacketType::Data, Context::Resource, bytes.chunk());
            }
            6 => {
                honest = false;
                peer.send(Context::ResourceInitiatorCancel, &offer.hash);
            }
            7 => {
                honest = false;
                peer.wait(Duration::from_millis(1 << (bytes.byte() % 20)));
            }
            8 => tokens.pop().iter().for_each(|token| peer.with(|node, now| node.prove(now, token))),
            9 => tokens.pop().iter().for_each(|token| peer.with(|node, now| node.refuse(now, token))),
            10 => {
                offer = Offer::read(&mut peer, asked, &mut bytes);
                honest &= offer.honest && step == 0;
            }
            _ => {
                honest = false;
                peer.send(Context::ResourceAdvertisement, bytes.chunk());
            }
        }
        sent += offer.parts.iter().map(Vec::len).sum::<usize>() + offer.advertisement.len();
        let kept = peer.node.table_sizes().link_bytes;
        assert!(kept <= sent, "{kept} bytes kept of at most {sent}");
        peer.frames.clear();
        for event in std::mem::take(&mut peer.events) {
            match event {
                Event::ResourceReceived { data, proof, .. } => {
                    assert!(!honest || data == offer.data);
                    received += 1;
                    tokens.push(proof);
                }
                Event::LinkClosed { .. } => {
                    assert!(!honest, "the link closed on an honest Resource");
                    return;
                }
                _ => {}
            }
        }
    }
    if honest && received == 0 {
        assert!(arrives(&mut peer, &offer), "an honest Resource of {} bytes", offer.data.len());
    }
}

fn send_part(peer: &mut Peer, offer: &Offer, part: usize) {
    if let Some(part) = offer.parts.get(part) {
        peer.send_plain(PacketType::Data, Context::Resource, part);
    }
}

/// Does the offer arrive when this end does what it should?
fn arrives(peer: &mut Peer, offer: &Offer) -> bool {
    peer.send(Context::ResourceAdvertisement, &offer.advertisement);
    // Each round brings at least the smallest window.
    for _ in 0..=offer.parts.len() {
        peer.wait(Duration::from_millis(50));
        (0..offer.parts.len()).for_each(|part| send_part(peer, offer, part));
        (1..=offer.parts.len() / MAP_SEGMENT).for_each(|segment| offer.update(peer, segment));
        for event in std::mem::take(&mut peer.events) {
            if let Event::ResourceReceived { data, .. } = event {
                return data == offer.data;
            }
        }
    }
    false
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        vec![0, 0, 0, 0, 5, b'h', b'e', b'l', b'l', b'o', 0, 0, 2, 8],
        vec![1, 1, 0x80, 0, 0, 0, 2, 3, 1, 2, 3, 1, 2, 9],
        vec![0, 1, 0x10, 0, 1, 0, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 7, 19, 6],
        vec![1, 8, 0, 0, 3, 0xc4, 1, 7, 0, 0, 2],
        vec![0, 16, 0, 0, 3, 0xc4, 1, 7, 0, 0, 2],
    ];
    // The content of compressed streams, as it stands in front of the encryption.
    let bz2 = [
        &b"BZh91AY&SY"[..],
        &[0x19, 0x31, 0x65, 0x3d, 0, 0, 0, 0x81, 0, 2, 0x44, 0xa0, 0, 0x21, 0x9a, 0x68, 0x33, 0x4d, 7, 0x33],
        &[0x8b, 0xb9, 0x22, 0x9c, 0x28, 0x48, 0x0c, 0x98, 0xb2, 0x9e, 0x80],
    ]
    .concat();
    let length = u8::try_from(bz2.len()).expect("it is short");
    seeds.push([&[0, 2, 0, 0, length][..], &bz2, &[0, 0, 2, 7, 3]].concat());
    let updates = vectors::rns(&["resource"], &["hmu_plaintext", "plaintext", "request_plaintext"]);
    seeds.extend(updates.into_iter().filter(|update| update.len() < 256).map(|update| {
        let length = u8::try_from(update.len()).expect("it is short");
        [&[0, 1, 0x40, 0, 0, 0, 4, length][..], &update].concat()
    }));
    seeds
}
