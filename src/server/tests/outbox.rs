//! What is still to be sent: kept until it has ended, tried again in good time, and in order.

use std::collections::BTreeSet;

use rmpv::Value;

use super::{Effect, House, Input, Network, Now, SendOutcome, Sent, Server, get, person, said};
use crate::lxmf::message::delivery_destination;
use crate::lxmf::{Method, OutboundMessage, SendFailure};
use crate::rns::identity::Identity;

const NO_PATH: SendOutcome = SendOutcome::Failed(SendFailure::NoPath);
const NO_ANSWER: SendOutcome = SendOutcome::Failed(SendFailure::NoAnswer);
const NO_NODE: SendOutcome = SendOutcome::Failed(SendFailure::NoNode);

const MINUTE: u32 = 60;
const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

fn messages(effects: Vec<Effect>) -> Vec<OutboundMessage> {
    let message = |effect| match effect {
        Effect::Send(message) => Some(message),
        _ => None,
    };
    effects.into_iter().filter_map(message).collect()
}

fn text(message: &OutboundMessage) -> String {
    String::from_utf8(said(message).content).unwrap()
}

fn texts(messages: &[OutboundMessage]) -> Vec<String> {
    messages.iter().map(text).collect()
}

impl House {
    /// A house with an author and members who want to be sent everything, and a network that says nothing.
    fn silent(members: &[&Identity]) -> Self {
        let mut house = Self::new();
        house.join(&person("author"), "A");
        house.relay_to(members);
        house.network = Network::Silent;
        house
    }

    fn relay_to(&mut self, members: &[&Identity]) {
        for (member, number) in members.iter().zip(0..) {
            self.join(member, &format!("m{number}"));
            self.answer(member, "/resume");
        }
    }

    /// What the author says, and what leaves then.
    fn say(&mut self, text: &str) -> Vec<OutboundMessage> {
        self.write(&person("author"), text).1
    }

    /// Tells how messages ended; what leaves then.
    fn end(&mut self, ended: &[OutboundMessage], outcome: SendOutcome) -> Vec<OutboundMessage> {
        let sent = ended.iter().map(|message| Sent { hash: message.hash(), outcome }).collect();
        let mut effects = self.handle(vec![Input::Sent(sent)]);
        effects.extend(self.let_pass(1));
        messages(effects)
    }

    /// Lets time pass in steps of the server's own deadlines.
    fn let_pass(&mut self, seconds: u32) -> Vec<Effect> {
        let end = self.now.instant.after(std::time::Duration::from_secs(u64::from(seconds)));
        let mut effects = Vec::new();
        while let Some(due) = self.server.poll_timeout().filter(|due| *due <= end) {
            self.now = Now { instant: self.now.instant.max(due), unix: self.now.wall_time_at(due) };
            self.server.handle_timeout(self.now);
            effects.extend(std::iter::from_fn(|| self.server.poll_effect()));
            assert!(effects.len() < 10_000, "it does not come to rest");
        }
        self.now = Now { instant: end, unix: self.now.wall_time_at(end) };
        effects
    }

    /// What leaves within so many seconds.
    fn pass(&mut self, seconds: u32) -> Vec<OutboundMessage> {
        messages(self.let_pass(seconds))
    }

    fn heard(&mut self, who: &Identity) -> Vec<OutboundMessage> {
        messages(self.handle(vec![Input::Heard(vec![who.hash()])]))
    }

    fn waiting(&mut self) -> u64 {
        self.with(|store, _| store.outbox_size().unwrap().copies)
    }

    /// A crash and a new start, with nothing but what is stored.
    fn restarted(self) -> Self {
        let Self { server, now, .. } = self;
        let mut house = Self::with_store(server.store);
        house.server = Server::with_store(house.server.store, &person("host"), None, now, [8; 32]).unwrap();
        (house.now, house.network) = (now, Network::Silent);
        house
    }
}

#[test]
fn what_is_handed_out_and_has_not_ended_is_handed_out_again_after_a_crash_under_the_same_hash() {
    let (bob, eve) = (person("bob"), person("eve"));
    let mut house = House::silent(&[&bob, &eve]);
    let before = house.say("hello");
    assert_eq!(before.len(), 2);
    let mut house = house.restarted();
    let after = house.pass(MINUTE);
    let hashes =
        |messages: &[OutboundMessage]| messages.iter().map(OutboundMessage::hash).collect::<BTreeSet<_>>();
    assert_eq!(hashes(&before), hashes(&after));
    assert_eq!(house.end(&after, SendOutcome::Delivered), []);
    assert_eq!(house.waiting(), 0);
    assert_eq!(house.restarted().pass(DAY), []);
}

#[test]
fn what_has_ended_in_time_is_not_sent_again_after_a_crash() {
    let (bob, eve) = (person("bob"), person("eve"));
    let mut house = House::silent(&[&bob, &eve]);
    let sent = house.say("hello");
    house.end(&sent[..1], SendOutcome::Delivered);
    let again = house.restarted().pass(MINUTE);
    assert_eq!(again, sent[1..]);
}

#[test]
fn a_member_gets_one_relay_after_the_other_in_order_and_others_do_not_wait_for_them() {
    let (bob, eve) = (person("bob"), person("eve"));
    let mut house = House::silent(&[&bob, &eve]);
    let first = house.say("one");
    assert_eq!(first.len(), 2);
    assert_eq!((house.say("two"), house.say("three")), (vec![], vec![]));
    let to = |who: &Identity, sent: &[OutboundMessage]| {
        let address = delivery_destination(who.hash());
        sent.iter().filter(|message| message.destination == address).cloned().collect::<Vec<_>>()
    };
    let second = house.end(&to(&bob, &first), SendOutcome::Delivered);
    assert_eq!(texts(&second), ["A: two"]);
    assert_eq!(second, to(&bob, &second));
    let third = house.end(&second, SendOutcome::Delivered);
    assert_eq!(texts(&third), ["A: three"]);
    assert_eq!(texts(&house.end(&to(&eve, &first), SendOutcome::Delivered)), ["A: two"]);
}

#[test]
fn an_answer_passes_relays_that_wait_and_the_one_that_is_on_its_way() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let relay = house.say("one");
    house.say("two");
    let (_, answers) = house.write(&bob, "/info");
    assert_eq!(answers.len(), 1);
    // Of answers, too, only one is on its way at a time.
    assert_eq!(house.write(&bob, "/help").1, []);
    let help = house.end(&answers, SendOutcome::Delivered);
    assert_eq!(help.len(), 1);
    assert!(text(&help[0]).contains("/history"));
    assert_eq!(house.end(&help, SendOutcome::Delivered), []);
    assert_eq!(texts(&house.end(&relay, SendOutcome::Delivered)), ["A: two"]);
}

#[test]
fn who_has_no_path_is_left_alone_for_longer_each_time_and_tried_at_once_when_heard() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let mut sent = house.say("one");
    // Is there a propagation node? There is none.
    sent = house.end(&sent, NO_PATH);
    assert_eq!(sent[0].method, Method::Propagated);
    assert_eq!(house.end(&sent, NO_NODE), []);
    assert_eq!(house.pass(10 * MINUTE), []);
    let mut rounds = 0;
    for _ in 0..40 {
        let again = house.pass(HOUR / 2);
        rounds += again.len();
        let next = house.end(&again, NO_PATH);
        house.end(&next, NO_NODE);
    }
    assert!((4..9).contains(&rounds), "{rounds} in 20 hours");
    let heard = house.heard(&bob);
    assert_eq!((texts(&heard), heard[0].method), (vec!["A: one".to_owned()], Method::Any));
    assert_eq!(house.heard(&bob), [], "it is on its way");
    house.end(&heard, SendOutcome::Delivered);
    assert_eq!(house.waiting(), 0);
}

#[test]
fn who_writes_is_there_and_gets_what_waits() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let sent = house.say("one");
    let sent = house.end(&sent, NO_ANSWER);
    house.end(&sent, NO_NODE);
    house.join(&person("eve"), "E");
    assert_eq!(texts(&house.write(&bob, "I am here").1), ["A: one"]);
}

#[test]
fn who_is_out_of_reach_gets_the_rest_through_a_propagation_node_until_they_are_heard() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let direct = house.say("one");
    assert_eq!(direct[0].method, Method::Any);
    house.say("two");
    let first = house.end(&direct, NO_ANSWER);
    assert_eq!((texts(&first), first[0].method), (vec!["A: one".to_owned()], Method::Propagated));
    assert_eq!(first[0].hash(), direct[0].hash(), "whoever gets both can tell");
    let second = house.end(&first, SendOutcome::Stored);
    assert_eq!((texts(&second), second[0].method), (vec!["A: two".to_owned()], Method::Propagated));
    assert_eq!(house.end(&second, SendOutcome::Stored), []);
    assert_eq!(house.say("three")[0].method, Method::Propagated, "remembered for a while");
    let mut house = house.restarted();
    let three = house.pass(MINUTE);
    house.end(&three, SendOutcome::Stored);
    house.heard(&bob);
    assert_eq!(house.say("four")[0].method, Method::Any);
}

/// Members that have no path, one after the other: how many uploads are tried when each ends like this?
fn uploads(end: SendOutcome) -> usize {
    let members: Vec<_> = (0..6).map(|number| person(&format!("member {number}"))).collect();
    let mut house = House::silent(&members.iter().collect::<Vec<_>>());
    let sent = house.say("hello");
    let mut uploads = 0;
    for one in &sent {
        let upload = house.end(std::slice::from_ref(one), NO_PATH);
        uploads += upload.len();
        assert_eq!(house.end(&upload, end), []);
    }
    uploads
}

#[test]
fn where_no_node_takes_anything_none_is_asked_for_a_while() {
    assert_eq!(uploads(NO_NODE), 3);
    assert_eq!(uploads(SendOutcome::Stored), 6);
    // There is no key to encrypt to, which says nothing of the nodes.
    assert_eq!(uploads(NO_PATH), 6);
}

#[test]
fn who_was_out_of_reach_an_hour_ago_is_tried_directly_again() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let sent = house.say("one");
    let sent = house.end(&sent, NO_PATH);
    house.end(&sent, SendOutcome::Stored);
    assert_eq!(house.pass(HOUR + MINUTE), []);
    assert_eq!(house.say("two")[0].method, Method::Any);
}

#[test]
fn what_a_member_refuses_is_not_sent_again_and_the_next_one_is() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let sent = house.say("too large");
    house.say("small");
    let next = house.end(&sent, SendOutcome::Failed(SendFailure::Rejected));
    assert_eq!(texts(&next), ["A: small"]);
    house.end(&next, SendOutcome::Delivered);
    assert_eq!((house.waiting(), house.pass(2 * DAY)), (0, vec![]));
}

#[test]
fn a_full_router_is_asked_again_in_a_moment() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let sent = house.say("one");
    assert_eq!(house.end(&sent, SendOutcome::Failed(SendFailure::Full)), []);
    let again = house.pass(MINUTE);
    assert_eq!((again[0].method, &again), (Method::Any, &sent));
}

#[test]
fn a_message_that_the_router_never_speaks_of_again_is_handed_out_again() {
    let bob = person("bob");
    let mut house = House::silent(&[&bob]);
    let sent = house.say("one");
    assert_eq!(house.pass(2 * HOUR), []);
    assert_eq!(house.pass(2 * HOUR), sent);
}

#[test]
fn answers_are_kept_for_a_day_and_relays_for_a_week() {
    let (bob, eve) = (person("bob"), person("eve"));
    let mut house = House::silent(&[&bob]);
    house.join(&eve, "Eve");
    house.say("hello");
    house.write(&eve, "/help");
    assert_eq!(house.waiting(), 2);
    house.pass(DAY - HOUR);
    assert_eq!(house.waiting(), 2);
    house.pass(3 * HOUR);
    assert_eq!(house.waiting(), 1);
    house.pass(6 * DAY);
    assert_eq!(house.waiting(), 0);
}

#[test]
fn a_relay_to_many_leaves_a_window_at_a_time_and_answers_pass_it() {
    let members: Vec<_> = (0..700).map(|number| person(&format!("member {number}"))).collect();
    let asker = person("asker");
    let mut house = House::new();
    house.join(&person("author"), "A");
    house.join(&asker, "asker");
    for member in &members {
        house.join(member, "m");
        house.apply(&crate::group::GroupEvent::RelaySwitched(crate::group::event::RelaySwitched {
            member: member.hash(),
            relay: crate::group::Relay::Everything,
        }));
    }
    house.network = Network::Silent;
    let mut sent = house.say("hello");
    sent.extend(house.pass(1));
    assert_eq!(sent.len(), 576);
    assert_eq!(house.write(&asker, "/info").1.len(), 1);
    assert_eq!(house.say("again"), []);
    let rest = house.end(&sent[..100], SendOutcome::Delivered);
    assert_eq!(rest.len(), 100);
    let mut reached: BTreeSet<_> = sent.iter().map(|message| message.destination).collect();
    let before = reached.len();
    reached.extend(rest.iter().map(|message| message.destination));
    assert_eq!(reached.len(), before + 100, "those who have nothing yet come first");
}

#[test]
fn after_a_restart_many_who_wait_are_not_tried_in_one_burst() {
    let members: Vec<_> = (0..100).map(|number| person(&format!("member {number}"))).collect();
    let members: Vec<_> = members.iter().collect();
    let mut house = House::silent(&members);
    house.say("hello");
    let mut house = house.restarted();
    let counts: Vec<_> = (0..5).map(|_| house.pass(1).len()).collect();
    assert_eq!(counts.iter().sum::<usize>(), 100);
    assert!(counts.iter().all(|count| *count < 50), "{counts:?}");
}

#[test]
fn an_author_is_told_what_became_of_a_message_and_nobody_else_is() {
    let (bob, eve, zoe) = (person("bob"), person("eve"), person("zoe"));
    let author = person("author");
    let mut house = House::silent(&[&bob, &eve, &zoe]);
    let sent = house.say("hello");
    let seq = house.head().seq.0;
    let state = house.ask(Some(&author), "/api/v1/messages/status", &[("seq", seq.into())]);
    let count = |state: &Value, name| get(state, name).as_u64().unwrap();
    assert_eq!((count(&state, "seq"), count(&state, "copies"), count(&state, "waiting")), (seq, 3, 3));
    house.end(&sent[..1], SendOutcome::Delivered);
    house.end(&sent[1..2], SendOutcome::Failed(SendFailure::Rejected));
    let upload = house.end(&sent[2..], NO_PATH);
    house.end(&upload, SendOutcome::Stored);
    house.latest(&bob);
    let state = house.ask(Some(&author), "/api/v1/messages/status", &[]);
    let counts =
        ["copies", "delivered", "on_nodes", "given_up", "waiting", "fetched"].map(|name| count(&state, name));
    assert_eq!(counts, [3, 1, 1, 1, 0, 1]);
    house.network = Network::Delivers;
    let said = house.answer(&author, "/status");
    assert_eq!(
        said,
        format!(
            "Message {seq} is stored. 1 of 3 members who are sent messages have it. 1 on propagation nodes for others. \
             1 given up. Fetched by 1."
        )
    );
    assert_eq!(said, house.answer(&author, &format!("/status {seq}")));
    let refused = house.ask(Some(&bob), "/api/v1/messages/status", &[("seq", seq.into())]);
    assert_eq!(get(&refused, "error").as_str(), Some("not_allowed"));
    assert!(house.answer(&bob, "/status").starts_with("None of the messages is yours."));
    assert!(house.answer(&bob, "/status first").contains("is no number"));
    assert!(house.answer(&author, "/status 1").contains("no message 1"));
}

#[test]
fn who_leaves_is_not_counted_among_those_who_have_fetched() {
    let (bob, author) = (person("bob"), person("author"));
    let mut house = House::silent(&[&bob]);
    house.say("hello");
    house.latest(&bob);
    house.latest(&author);
    let fetched = |house: &mut House| {
        let state = house.ask(Some(&author), "/api/v1/messages/status", &[]);
        get(&state, "fetched").as_u64()
    };
    assert_eq!(fetched(&mut house), Some(1));
    house.write(&bob, "/leave");
    assert_eq!(fetched(&mut house), Some(0));
}
