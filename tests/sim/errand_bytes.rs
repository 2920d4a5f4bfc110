//! What it costs on the air to join a group, to say something and to fetch the latest five, from nothing known to the end:
//! with our client, and with a program that has nothing but an RNS library and the page about the API.
//! Not the Python packages; those are on the emulated radios of `tests/radio`.

use std::fmt::Write as _;

use rmpv::Value;
use roost::client::{Errand, JoinWish, Outcome};
use roost::rns::Node;
use roost::rns::airtime::Modulation;
use roost::rns::event::Event;
use roost::rns::hash::LinkId;
use roost::rns::msgpack;
use roost::rns::time::Now;

use crate::bytes::{five, line, texts_of_compact, texts_of_deflated};
use crate::errands::{Shore, fetch, texts};
use crate::network::identity;

/// The number of `error`.
const ERROR: u8 = 3;
/// Nobody tries anything more often.
const PATIENCE: usize = 10;

/// A step of somebody's errand, and the frames on the air for it.
type Cost = (&'static str, Vec<usize>);

/// A group in which four things were said, and somebody on its radio who knows no more than its address.
fn shore(seed: u64, lora: Modulation, loss_percent: u64) -> Shore {
    let mut shore = Shore::new(seed, lora, loss_percent);
    let olga = identity(77);
    shore.host.ask(&mut shore.network, &olga, "/api/v1/join", &[("nick", "Olga".into())]);
    for text in &five()[..4] {
        shore.host.ask(&mut shore.network, &olga, "/api/v1/messages/post", &[("text", (*text).into())]);
    }
    shore.network.take_sent();
    shore
}

/// Our client, as `roost join`, `roost send` and `roost fetch` do it.
fn ours(mut shore: Shore) -> Vec<Cost> {
    let wish = JoinWish { nick: Some("Anna".into()), ..JoinWish::default() };
    let (outcome, join) = shore.frames_of(Errand::Join(wish));
    assert!(matches!(outcome, Outcome::Joined { pending: false, .. }), "{outcome:?}");
    let (outcome, post) = shore.frames_of(Errand::Send { text: five()[4].to_owned() });
    assert!(matches!(outcome, Outcome::Sent { .. }), "{outcome:?}");
    let (outcome, latest) = shore.frames_of(fetch());
    assert_eq!(texts(&outcome), five());
    vec![("the way, and join", join), ("post", post), ("latest five", latest)]
}

/// A program of others that keeps its link for all of it, and asks again what is not answered.
struct Theirs {
    shore: Shore,
    link: Option<LinkId>,
}

/// What it asks for, and how it reads the last answer.
struct Questions {
    join: Value,
    post: Value,
    latest: Value,
    read: fn(&[u8]) -> Vec<String>,
}

/// As one is written first: by names, and with what a standard library has.
fn by_names() -> Questions {
    let map = |fields: Vec<(&str, Value)>| {
        Value::Map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    Questions {
        join: map(vec![("nick", "Anna".into())]),
        post: map(vec![("text", five()[4].into()), ("id", Value::Binary(vec![0; 8]))]),
        latest: map(vec![("limit", 5.into()), ("format", "deflate".into())]),
        read: |answer| texts_of_deflated(answer, ["messages".into(), "text".into()]),
    }
}

/// The least that there is on a link: `nick` and `short`, `text` and `id`, and compact, five.
fn by_numbers() -> Questions {
    Questions {
        join: Value::Map(vec![(36.into(), "Anna".into()), (62.into(), true.into())]),
        post: Value::Map(vec![(22.into(), five()[4].into()), (33.into(), Value::Binary(vec![0; 8]))]),
        latest: Value::Array(vec![3.into(), 5.into()]),
        read: texts_of_compact,
    }
}

fn theirs(shore: Shore, questions: &Questions) -> Vec<Cost> {
    let mut theirs = Theirs { shore, link: None };
    let mut costs = Vec::new();
    theirs.find();
    costs.push(("the way", theirs.shore.frames()));
    theirs.open();
    costs.push(("a link, and who asks", theirs.shore.frames()));
    theirs.ask("/api/v1/join", &questions.join);
    costs.push(("join", theirs.shore.frames()));
    theirs.ask("/api/v1/messages/post", &questions.post);
    costs.push(("post", theirs.shore.frames()));
    let latest = theirs.ask("/api/v1/messages", &questions.latest);
    assert_eq!((questions.read)(&latest), five());
    costs.push(("latest five", theirs.shore.frames()));
    costs
}

impl Theirs {
    fn call<T>(&mut self, call: impl FnOnce(&mut Node, Now) -> T) -> T {
        self.shore.network.call(self.shore.seat, call)
    }

    /// What is picked of what happens in so many seconds.
    fn heard<T>(&mut self, seconds: u32, pick: impl Fn(&Event) -> Option<T>) -> Option<T> {
        (0..seconds * 20).find_map(|_| self.shore.step().iter().find_map(&pick))
    }

    fn find(&mut self) {
        let group = self.shore.host.group.group;
        for _ in 0..PATIENCE {
            self.call(|node, now| node.request_path_again(now, group));
            if self.heard(30, |event| matches!(event, Event::Announce { .. }).then_some(())).is_some() {
                return;
            }
        }
        panic!("there is no way");
    }

    fn open(&mut self) -> LinkId {
        let group = self.shore.host.group.group;
        for _ in 0..PATIENCE {
            let link = self.call(|node, now| node.open_link(now, group)).unwrap();
            let outcome = self.heard(120, |event| match event {
                Event::LinkEstablished { .. } => Some(true),
                Event::LinkClosed { .. } => Some(false),
                _ => None,
            });
            if outcome == Some(true) {
                self.link = Some(link);
                self.identify(link);
                return link;
            }
        }
        panic!("there is no link");
    }

    fn identify(&mut self, link: LinkId) {
        self.call(|node, now| node.identify(now, link, &identity(1))).unwrap();
    }

    fn ask(&mut self, path: &str, question: &Value) -> Vec<u8> {
        let data = msgpack::encode(question);
        for _ in 0..PATIENCE {
            let link = self.link.unwrap_or_else(|| self.open());
            self.call(|node, now| node.request(now, link, path, &data, None)).unwrap();
            let answer = self.heard(600, |event| match event {
                Event::Response { data, .. } => Some(Ok(data.clone())),
                Event::RequestFailed { .. } => Some(Err(Some(link))),
                Event::LinkClosed { .. } => Some(Err(None)),
                _ => None,
            });
            match answer.expect("it comes to an end") {
                // Who we are has got lost.
                Ok(answer) if is_refusal(&answer) => self.identify(link),
                Ok(answer) => return answer,
                Err(link) => self.link = link,
            }
        }
        panic!("{path} is not answered");
    }
}

fn is_refusal(answer: &[u8]) -> bool {
    let answer = msgpack::decode(answer).unwrap();
    answer
        .as_map()
        .is_some_and(|pairs| pairs.iter().any(|(key, _)| *key == "error".into() || *key == ERROR.into()))
}

fn total(costs: &[Cost]) -> usize {
    costs.iter().flat_map(|(_, frames)| frames).sum()
}

#[test]
fn our_client_joins_posts_and_fetches_for_fewer_bytes_than_a_program_with_a_link() {
    let mut table = String::from(
        "What joining, one post of 80 characters and the latest five cost somebody who knows a group's address.\n\n",
    );
    writeln!(table, "{:<44} {:>5} {:>7} {:>6} {:>6}  packets", "", "bytes", "", "SF8 ms", "SF11 ms").unwrap();
    let shore = || shore(1, Modulation::SF8, 0);
    let all = [
        ("our client", ours(shore())),
        ("an RNS library", theirs(shore(), &by_names())),
        ("the same by numbers", theirs(shore(), &by_numbers())),
    ];
    for (who, costs) in &all {
        for (what, frames) in costs {
            line(&mut table, &format!("{who}: {what}"), frames, None);
        }
        let packets: usize = costs.iter().map(|(_, frames)| frames.len()).sum();
        writeln!(table, "{:<44} {:>5}", format!("{who}: all, {packets} packets"), total(costs)).unwrap();
    }
    let [ours, names, numbers] = all.map(|(_, costs)| total(&costs));
    assert!(ours < numbers && numbers < names);
    insta::assert_snapshot!(table);
}

#[test]
fn where_a_tenth_gets_lost_both_end_with_the_right_messages_and_ours_takes_fewer_bytes() {
    for lora in [Modulation::SF8, Modulation::new(11, 125_000, 5).unwrap()] {
        // One run may be lucky.
        let sum = |visit: fn(Shore) -> Vec<Cost>| -> usize {
            (1..4).map(|seed| total(&visit(shore(seed, lora, 10)))).sum()
        };
        let [ours, theirs] = [sum(ours), sum(|shore| theirs(shore, &by_names()))];
        assert!(ours < theirs, "{lora:?}: {ours}, {theirs}");
    }
}
