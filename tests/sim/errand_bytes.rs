//! What it costs on the air to join a group, to say something and to fetch the latest five, from nothing known to the end:
//! with our client, and with a program that has nothing but an RNS library and the page about the API.
//! Not what it costs where packets get lost; `errands` and the emulated radios of `tests/interop` are for that.

use std::fmt::Write as _;

use rmpv::Value;
use roost::client::{Errand, JoinWish, Outcome};
use roost::rns::airtime::Modulation;
use roost::rns::event::Event;
use roost::rns::hash::LinkId;
use roost::rns::msgpack;

use crate::bytes::{five, line, texts_of_deflated};
use crate::errands::{Shore, fetch, texts};
use crate::network::identity;

/// A step of somebody's errand, and the frames on the air for it.
type Cost = (&'static str, Vec<usize>);

/// A group in which four things were said, and somebody on its radio who knows no more than its address.
fn shore() -> Shore {
    let mut shore = Shore::new(1, Modulation::SF8, 0);
    let olga = identity(77);
    shore.host.ask(&mut shore.network, &olga, "/api/v1/join", &[("nick", "Olga".into())]);
    for text in &five()[..4] {
        shore.host.ask(&mut shore.network, &olga, "/api/v1/messages/post", &[("text", (*text).into())]);
    }
    shore.network.take_sent();
    shore
}

/// Our client, as `roost join`, `roost send` and `roost fetch` do it.
fn ours() -> Vec<Cost> {
    let mut shore = shore();
    let wish = JoinWish { nick: Some("Anna".into()), ..JoinWish::default() };
    let (outcome, join) = shore.frames_of(Errand::Join(wish));
    assert!(matches!(outcome, Outcome::Joined { pending: false, .. }), "{outcome:?}");
    let (outcome, post) = shore.frames_of(Errand::Send { text: five()[4].to_owned() });
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    let (outcome, latest) = shore.frames_of(fetch());
    assert_eq!(texts(&outcome), five());
    let (way, join) = join.split_at(2);
    vec![("the way", way.to_vec()), ("join", join.to_vec()), ("post", post), ("latest five", latest)]
}

/// A program of others that keeps its link for all of it, and asks for the least that the API has for it.
fn theirs() -> Vec<Cost> {
    let mut shore = shore();
    let (seat, group, anna) = (shore.seat, shore.host.group.group, identity(1));
    shore.network.call(seat, |node, now| node.request_path(now, group));
    wait(&mut shore, |event| matches!(event, Event::Announce { .. }).then_some(()));
    let mut costs = vec![("the way", shore.frames())];
    let link = shore.network.call(seat, |node, now| node.open_link(now, group)).unwrap();
    wait(&mut shore, |event| matches!(event, Event::LinkEstablished { .. }).then_some(()));
    shore.network.call(seat, |node, now| node.identify(now, link, &anna)).unwrap();
    costs.push(("a link, and who asks", shore.frames()));
    request(&mut shore, link, "/api/v1/join", &[("nick", "Anna".into())]);
    costs.push(("join", shore.frames()));
    let post = [("text", five()[4].into()), ("id", Value::Binary(vec![0; 8]))];
    request(&mut shore, link, "/api/v1/messages/post", &post);
    costs.push(("post", shore.frames()));
    let latest = [("limit", 5.into()), ("format", "deflate".into())];
    let answer = request(&mut shore, link, "/api/v1/messages", &latest);
    // Names are in it, not numbers.
    assert_eq!(texts_of_deflated(&answer, ["messages".into(), "text".into()]), five());
    costs.push(("latest five", shore.frames()));
    costs
}

fn wait<T>(shore: &mut Shore, pick: impl Fn(&Event) -> Option<T>) -> T {
    let mut events = (0..2_000).flat_map(|_| shore.step());
    events.find_map(|event| pick(&event)).expect("it comes")
}

fn request(shore: &mut Shore, link: LinkId, path: &str, fields: &[(&str, Value)]) -> Vec<u8> {
    let fields = fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect();
    let (seat, data) = (shore.seat, msgpack::encode(&Value::Map(fields)));
    shore.network.call(seat, |node, now| node.request(now, link, path, &data, None)).unwrap();
    wait(shore, |event| match event {
        Event::Response { data, .. } => Some(data.clone()),
        _ => None,
    })
}

#[test]
fn our_client_joins_posts_and_fetches_for_fewer_bytes_than_a_program_with_a_link() {
    let mut table = String::from(
        "What joining, one post of 80 characters and the latest five cost somebody who knows a group's address.\n\n",
    );
    writeln!(table, "{:<44} {:>5} {:>7} {:>6} {:>6}  packets", "", "bytes", "", "SF8 ms", "SF11 ms").unwrap();
    let [ours, theirs] = [("our client", ours()), ("an RNS library", theirs())].map(|(who, costs)| {
        for (what, frames) in &costs {
            line(&mut table, &format!("{who}: {what}"), frames, None);
        }
        let all: Vec<usize> = costs.into_iter().flat_map(|(_, frames)| frames).collect();
        let total: usize = all.iter().sum();
        writeln!(table, "{:<44} {total:>5}", format!("{who}: all, {} packets", all.len())).unwrap();
        total
    });
    assert!(ours < theirs);
    insta::assert_snapshot!(table);
}
