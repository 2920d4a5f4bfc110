//! Bodies of requests, and lines that people type: read, or refused with a sentence.
//! Not the answers, which need a database.

use roost::api::body::Body;
use roost::api::{approval, info, invites, joining, members, messages, post};
use roost::command;

use crate::vectors;

pub(super) fn run(data: &[u8]) {
    let body = Body::read(data);
    let (common, _) = body.common();
    let outcomes = [
        common.err(),
        body.clone().parse::<info::InfoRequest>().err(),
        body.clone().parse::<joining::JoinRequest>().err(),
        body.clone().parse::<joining::LeaveRequest>().err(),
        body.clone().parse::<approval::ApproveRequest>().err(),
        body.clone().parse::<approval::DenyRequest>().err(),
        body.clone().parse::<approval::AddRequest>().err(),
        body.clone().parse::<approval::PendingRequest>().err(),
        body.clone().parse::<invites::InviteRequest>().err(),
        body.clone().parse::<invites::InvitesRequest>().err(),
        body.clone().parse::<invites::RevokeInviteRequest>().err(),
        body.clone().parse::<members::MembersRequest>().err(),
        body.clone().parse::<messages::MessagesRequest>().err(),
        body.parse::<post::PostRequest>().err(),
    ];
    for refusal in outcomes.into_iter().flatten() {
        assert!(!refusal.what.to_string().is_empty() && !refusal.then.to_string().is_empty(), "{refusal:?}");
    }
    if let Ok(text) = std::str::from_utf8(data) {
        command::parse(text);
        for most in [1, 16, 300] {
            assert!(command::fit(text, most).len() <= most.max('…'.len_utf8()));
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = ["/help", "/Who", "\u{201c}/jion now\u{201d}", "/bye bye", "hello"]
        .map(|text| text.as_bytes().to_vec())
        .to_vec();
    for golden in [
        include_str!("../../../schemas/golden/post-signed.json"),
        include_str!("../../../schemas/golden/messages-since.json"),
    ] {
        seeds.extend(vectors::hex_in(golden, &["request"]));
    }
    seeds.extend(vectors::lxmf(&["get_exchanges", "messages"], &["request", "fields_msgpack"]));
    seeds
}
