//! The packets as bytes, as `schemas/linkless/golden.json` has them for other people's programs.

use serde_json::{Value, json};

use super::{Broadcast, BroadcastQuery, GroupTag, Knock, KnockReply, Query, QueryId, Reply, Who};
use crate::api::bytes::Bytes;
use crate::api::messages::Cursor;
use crate::rns::hash::{DestinationHash, IdentityHash};
use crate::rns::identity::Identity;

const GOLDEN: &str = include_str!("../../../schemas/linkless/golden.json");

fn packets() -> Value {
    let id = QueryId::from_bytes([0xa1, 0xb2, 0xc3, 0xd4]);
    let who = Who::Known(IdentityHash::from_bytes([0x11; 16]));
    let latest = Query { id, who, limit: 5, blocks: 0, since: None };
    let since = Query { limit: 0, blocks: 24, since: Some(Cursor::Seq(300)), ..latest.clone() };
    let cursor = Some(Cursor::Within(Bytes(vec![0x77, 1, 2, 3])));
    let with_key = Query { who: Who::Key([0x22; 64]), since: cursor, ..latest.clone() };
    let group = DestinationHash::from_bytes([0x33; 16]);
    let anna = Identity::from_private_bytes(&[0x55; 64]);
    let (key, request) = (*anna.public().as_bytes(), b"\x82\x24\xa4Anna\x3e\xc3".to_vec());
    let signed = Knock::signed_part(group, id, &key, &request);
    let knock = Knock { id, key, signature: anna.sign(&signed), request };
    let tag = GroupTag::of(DestinationHash::from_bytes([0x33; 16]));
    let key = (258, &[0x44; 64]);
    let aloud = BroadcastQuery::new(tag, key, 5, None);
    let aloud_since = BroadcastQuery::new(tag, key, 0, Some(300));
    json!({
        "question": hex::encode(latest.encode()),
        "question_since": hex::encode(since.encode()),
        "question_with_key_and_cursor": hex::encode(with_key.encode()),
        "answer": hex::encode(Reply { id, body: b"messages".to_vec() }.encode()),
        "knock": hex::encode(knock.encode()),
        "knock_signed": hex::encode(signed),
        "knock_answer": hex::encode(KnockReply { id, answer: b"\x81\x3d\xc3".to_vec() }.encode()),
        "broadcast_question": hex::encode(aloud.encode()),
        "broadcast_question_since": hex::encode(aloud_since.encode()),
        "broadcast_answer": hex::encode(Broadcast::Messages(b"messages".to_vec()).encode()),
        "broadcast_old_key": hex::encode(Broadcast::OldKey { tag, epoch: 258 }.encode()),
    })
}

#[test]
fn packets_without_a_link_are_as_the_golden_bytes_say() {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let ours = packets();
    assert_eq!(golden["packets"], ours, "{ours:#}");
}
