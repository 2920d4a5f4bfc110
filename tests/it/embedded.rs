//! The library without the program: another one can hold a group, and ask it what a member on the mesh would ask.

use roost::rns::event::InboundRequest;
use roost::rns::hash::{LinkId, PathHash, RequestId};
use roost::rns::identity::Identity;
use roost::rns::random::Random;
use roost::rns::time::{Instant, Now, UnixTime};
use roost::server::{Effect, Input, Server};

const NOW: Now = Now { instant: Instant::ZERO, unix: UnixTime::from_micros(1_700_000_000_000_000) };
const NIL: &[u8] = &[0xc0];

/// The packed answer.
fn ask(server: &mut Server, member: &Identity, path: &str, data: &[u8]) -> Vec<u8> {
    let destination = server.hosted_groups().first().expect("the first start makes a group").group;
    let request = InboundRequest {
        link: LinkId::from_bytes([1; 16]),
        destination,
        request_id: RequestId::from_bytes([2; 16]),
        path_hash: PathHash::of(path),
        data: data.to_vec(),
        requested_at: NOW.unix,
        caller: Some(member.public().clone()),
        link_mdu: 431,
        air: None,
    };
    assert!(server.handle_inputs(NOW, vec![Input::Request(request)]).is_empty());
    let effects = std::iter::from_fn(|| server.poll_effect());
    let answers = effects.filter_map(|effect| match effect {
        Effect::Respond { data, .. } => Some(data),
        _ => None,
    });
    answers.last().expect("every path is answered")
}

#[test]
fn a_program_of_somebody_else_can_hold_a_group() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut random = Random::from_seed([3; 32]);
    let (host, anna) = (Identity::generate(&mut random), Identity::generate(&mut random));
    let database = dir.path().join("group.db");
    let open = || Server::open(&database, &host, Some("Embedded"), NOW, [4; 32]).expect("it opens");
    let mut server = open();
    let contains = |answer: &[u8], text: &[u8]| answer.windows(text.len()).any(|window| window == text);

    assert!(contains(&ask(&mut server, &anna, "/api/v1/info", NIL), b"Embedded"));
    assert!(contains(&ask(&mut server, &anna, "/api/v1/join", NIL), b"number"));
    // A map of one: "text" is "hello".
    let said = ask(&mut server, &anna, "/api/v1/messages/post", b"\x81\xa4text\xa5hello");
    assert!(contains(&said, b"seq"), "{said:02x?}");
    drop(server);
    assert!(contains(&ask(&mut open(), &anna, "/api/v1/messages", NIL), b"hello"));
}
