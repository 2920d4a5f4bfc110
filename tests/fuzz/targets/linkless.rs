//! Questions and answers without a link: what is read of one asks for no more than a packet, and is written again so that
//! it reads the same.

use roost::api::bytes::Bytes;
use roost::api::linkless::{Knock, KnockReply, Query, QueryId, Reply, Who};
use roost::api::messages::Cursor;
use roost::rns::hash::IdentityHash;
use roost::rns::packet::ENCRYPTED_MDU;

pub(super) fn run(data: &[u8]) {
    if let Some(query) = Query::parse(data) {
        assert!(query.room() + Reply::FRAME <= ENCRYPTED_MDU);
        assert!(query.encode().len() <= data.len());
        assert_eq!(Query::parse(&query.encode()), Some(query));
    }
    if let Some(reply) = Reply::parse(data) {
        assert_eq!(reply.encode(), data);
    }
    if let Some(knock) = Knock::parse(data) {
        assert_eq!(knock.encode(), data);
    }
    if let Some(reply) = KnockReply::parse(data) {
        assert_eq!(reply.encode(), data);
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let id = QueryId::from_bytes([1, 2, 3, 4]);
    let known = Who::Known(IdentityHash::from_bytes([5; 16]));
    let asked = Query { id, who: known, limit: 5, blocks: 0, since: None };
    let since = Query { since: Some(Cursor::Seq(300)), ..asked.clone() };
    let within = Cursor::Within(Bytes(vec![0x77, 1, 2, 3]));
    let with_key = Query { who: Who::Key([6; 64]), since: Some(within), ..asked.clone() };
    let reply = Reply { id, body: vec![7; 20] };
    let knock = Knock { id, key: [6; 64], signature: [8; 64], request: vec![0x81, 36, 0xa1, b'A'] };
    let let_in = KnockReply { id, answer: vec![0x81, 61, 0xc3] };
    let others = [knock.encode(), let_in.encode()];
    [asked.encode(), since.encode(), with_key.encode(), reply.encode()].into_iter().chain(others).collect()
}
