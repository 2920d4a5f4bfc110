//! What was said changes: who follows ends with what the server has, in as few answers as the budget allows; words,
//! people, replies, reactions, pins and attachments; and what is for one is shown to two.

use std::collections::BTreeMap;

use rmpv::Value;
use serde_json::Value as Json;

use super::budgets::as_json;
use super::{House, MDU, bytes, get, named, person};
use crate::api::ENVELOPE;
use crate::group::Caller;
use crate::rns::identity::Identity;
use crate::rns::msgpack;

/// A client that keeps what it has fetched, by the rules of `schemas/README.md`.
struct Client {
    who: Identity,
    kept: BTreeMap<u64, Json>,
    cursor: Value,
    answers: usize,
}

impl Client {
    fn new(who: &Identity) -> Self {
        Self { who: who.clone(), kept: BTreeMap::new(), cursor: 0.into(), answers: 0 }
    }

    /// Follows up to the end; the bytes of every answer and of the items in it.
    fn follow(&mut self, house: &mut House, max_bytes: usize) -> Vec<(usize, Vec<usize>)> {
        let mut sizes = Vec::new();
        loop {
            let asks = named(&[
                ("since", self.cursor.clone()),
                ("limit", 10_000.into()),
                ("max_bytes", max_bytes.into()),
            ]);
            let packed = house.ask_packed(Some(&self.who), "/api/v1/messages", msgpack::encode(&asks));
            assert!(packed.len() <= max_bytes);
            let answer = msgpack::decode(&packed).unwrap();
            self.answers += 1;
            let items = get(&answer, "messages").as_array().unwrap();
            sizes.push((packed.len(), items.iter().map(|item| msgpack::encode(item).len()).collect()));
            assert!(get(&answer, "reset").is_nil());
            items.iter().for_each(|item| self.take(as_json(item.clone())));
            self.cursor = get(&answer, "next").clone();
            if get(&answer, "more").as_bool() == Some(false) {
                if let Some(kept) = get(&answer, "kept").as_u64() {
                    self.kept.retain(|seq, item| *seq >= kept || item["pinned"] == true);
                }
                return sizes;
            }
        }
    }

    fn take(&mut self, item: Json) {
        let seq = item["seq"].as_u64().unwrap();
        if item["deleted"] == true {
            self.kept.remove(&seq);
        } else if item["author"].is_null() {
            let kept = self.kept.get_mut(&seq).expect("only of what the client has, a part is told");
            for part in ["reactions", "pinned"] {
                kept.as_object_mut().unwrap().remove(part);
                if !item[part].is_null() {
                    kept[part] = item[part].clone();
                }
            }
        } else {
            self.kept.insert(seq, item);
        }
    }
}

impl House {
    /// The answer, which must be no refusal.
    fn done(&mut self, who: &Identity, path: &str, fields: &[(&str, Value)]) -> Value {
        let answer = self.ask(Some(who), path, fields);
        assert!(get(&answer, "error").is_nil(), "{path}: {answer}");
        answer
    }

    fn refused(&mut self, who: &Identity, path: &str, fields: &[(&str, Value)]) -> String {
        get(&self.ask(Some(who), path, fields), "error").as_str().unwrap_or("ok").to_owned()
    }

    fn post(&mut self, who: &Identity, text: &str) -> u64 {
        get(&self.done(who, "/api/v1/messages/post", &[("text", text.into())]), "seq").as_u64().unwrap()
    }

    /// All that a person sees, by another road than following.
    fn all(&mut self, who: &Identity) -> BTreeMap<u64, Json> {
        let fields = [("limit", 10_000.into()), ("max_bytes", 8_000_000.into())];
        let answer = as_json(self.done(who, "/api/v1/messages", &fields));
        assert_eq!(answer["more"], false);
        let items = answer["messages"].as_array().unwrap();
        items.iter().map(|item| (item["seq"].as_u64().unwrap(), item.clone())).collect()
    }

    /// As the operator does it.
    fn operate(&mut self, act: crate::group::Act) {
        let now = self.now.unix;
        self.with(|store, gid| {
            let group = store.group(gid).unwrap().unwrap();
            let standing = store.standing(&group.facts, Caller::Operator, Some(&act)).unwrap();
            let decision = crate::group::rules::decide(&group.facts, Caller::Operator, &standing, act, now);
            let Ok(crate::group::Decision::Event(event)) = decision else { panic!("{decision:?}") };
            store.apply(gid, Some(&group.head), &event, now, [9; 16]).unwrap();
        });
    }
}

/// In how few answers items of these sizes can come, in their order, each answer with this much room.
fn fewest(items: &[usize], room: usize) -> usize {
    let (mut answers, mut left) = (1, room);
    for item in items {
        if *item > left {
            answers += 1;
            left = room;
        }
        left -= item;
    }
    answers
}

#[test]
fn who_comes_back_after_an_absence_ends_with_what_the_server_has_in_the_fewest_answers() {
    for max_bytes in [MDU - ENVELOPE, 1_000, 4_000] {
        let mut house = House::new();
        let (anna, bob) = (person("anna"), person("bob"));
        house.join(&anna, "Anna");
        house.join(&bob, "Bob");
        let old: Vec<_> = (0..60).map(|n| house.post(&anna, &format!("message {n} of before"))).collect();
        let mut client = Client::new(&bob);
        client.follow(&mut house, 8_000_000);
        assert_eq!(client.kept, house.all(&bob));
        let mut complete = Client::new(&bob);
        complete.cursor = client.cursor.clone();
        complete.kept = client.kept.clone();

        for n in 0..100 {
            let seq = house.post(&anna, &format!("message {n} of the absence, {}", "x".repeat(n % 40)));
            if n % 10 == 3 {
                let text = format!("message {n}, said better");
                house.done(
                    &anna,
                    "/api/v1/messages/edit",
                    &[("id", old[n / 2].into()), ("text", text.into())],
                );
            }
            if n % 10 == 7 {
                let gone = if n % 20 == 7 { old[n / 2] } else { seq };
                house.done(&anna, "/api/v1/messages/delete", &[("id", gone.into())]);
            }
        }
        for emoji in ["👍", "🎉"] {
            let fields = [("id", old[0].into()), ("reaction", emoji.into())];
            house.done(&anna, "/api/v1/messages/react", &fields);
        }

        // In one answer it would be these items; in small ones they come in the same order.
        let whole = complete.follow(&mut house, 8_000_000);
        assert_eq!((whole.len(), whole[0].1.len()), (1, 95 + 10 + 5 + 1));
        let sizes = client.follow(&mut house, max_bytes);
        assert_eq!(client.kept, house.all(&bob));
        assert_eq!(client.kept, complete.kept);
        let items: Vec<_> = sizes.iter().flat_map(|(_, items)| items.clone()).collect();
        assert_eq!(items, whole[0].1, "nothing comes twice, and what came and went does not come");
        // What is not items: the head, and a cursor of at most 16 bytes.
        let beside = sizes.iter().map(|(all, items)| all - items.iter().sum::<usize>()).max().unwrap();
        assert!(beside < 80, "{beside}");
        let answers = client.answers - 1;
        assert!(answers <= fewest(&items, max_bytes - beside - 16), "{answers}");
        assert!(answers >= fewest(&items, max_bytes - beside + 16));
        // The second time there is nothing, in one short answer.
        let sizes = client.follow(&mut house, max_bytes);
        assert!(matches!(&sizes[..], [(short, items)] if items.is_empty() && *short < 60), "{sizes:?}");
    }
}

#[test]
fn a_message_that_is_new_and_reacted_to_comes_whole_also_when_answers_are_small() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let mut client = Client::new(&anna);
    client.follow(&mut house, 8_000_000);
    let seqs: Vec<_> = (0..30).map(|n| house.post(&anna, &format!("{n} {}", "x".repeat(60)))).collect();
    house.done(&anna, "/api/v1/messages/react", &[("id", seqs[0].into()), ("reaction", "+".into())]);
    house.operate(crate::group::Act::Purge { of: None, since: None, before: None, reason: String::new() });
    let kept = house.post(&anna, "afterwards");
    house.done(&anna, "/api/v1/messages/react", &[("id", kept.into()), ("reaction", "+".into())]);
    client.follow(&mut house, 320);
    assert_eq!(client.kept, house.all(&anna));
    assert_eq!(client.kept[&kept]["reactions"], serde_json::json!([["+", 1]]));
}

#[test]
fn a_client_forgets_what_retention_has_taken_and_keeps_what_is_pinned() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let seqs: Vec<_> = (0..20).map(|n| house.post(&anna, &format!("message {n}"))).collect();
    let mut client = Client::new(&anna);
    client.follow(&mut house, 400);
    let id = house.with(|store, gid| store.message_at(gid, None, seqs[3].into_seq()).unwrap().unwrap().id);
    house.operate(crate::group::Act::Pin(id));
    house.apply(&crate::group::event::Pruned { to: seqs[9].into_seq() }.into());
    let sizes = client.follow(&mut house, 400);
    assert_eq!(sizes.len(), 1, "one number tells it");
    let mut expected = house.all(&anna);
    assert_eq!(expected.len(), 10);
    let pinned = as_json(house.done(&anna, "/api/v1/messages", &[("pinned", true.into())]));
    assert_eq!(pinned["messages"].as_array().unwrap().len(), 1);
    expected.insert(seqs[3], pinned["messages"][0].clone());
    assert_eq!(client.kept, expected);
    let page = house.done(&anna, "/api/v1/messages", &[("before", seqs[12].into())]);
    assert_eq!(get(&page, "kept").as_u64(), Some(seqs[9] + 1));
}

trait IntoSeq {
    fn into_seq(self) -> crate::group::Seq;
}

impl IntoSeq for u64 {
    fn into_seq(self) -> crate::group::Seq {
        crate::group::Seq(self)
    }
}

#[test]
fn messages_are_found_by_number_id_author_and_words() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    let one = house.post(&anna, "The first about tomatoes");
    let two = house.post(&bob, "Tomatoes are fine");
    let three = house.post(&anna, "Nothing of that");
    let mut seqs = |fields: &[(&str, Value)]| {
        let answer = as_json(house.done(&anna, "/api/v1/messages", fields));
        let items = answer["messages"].as_array().unwrap();
        items.iter().map(|item| item["seq"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(seqs(&[("q", "TOMATOES".into())]), [one, two]);
    assert_eq!(seqs(&[("q", "tomatoes".into()), ("author", "Bob".into())]), [two]);
    assert_eq!(seqs(&[("q", "tomatoes".into()), ("before", two.into())]), [one]);
    assert_eq!(seqs(&[("author", bytes(anna.hash().as_bytes()))]), [one, three]);
    assert_eq!(seqs(&[("author", "#1".into()), ("before", three.into())]), [one]);
    let id = house.with(|store, gid| store.message_at(gid, None, two.into_seq()).unwrap().unwrap().id);
    let mut seqs = |fields: &[(&str, Value)]| {
        let answer = as_json(house.done(&anna, "/api/v1/messages", fields));
        let items = answer["messages"].as_array().unwrap();
        (items.iter().map(|item| item["seq"].as_u64().unwrap()).collect::<Vec<_>>(), answer["next"].as_u64())
    };
    let ids = Value::Array(vec![three.into(), bytes(id.as_bytes()), 99_999.into(), one.into()]);
    assert_eq!(seqs(&[("ids", ids)]), (vec![three, two, one], Some(4)));
    let hex = Value::Array(vec![id.to_string().into()]);
    assert_eq!(seqs(&[("ids", hex)]), (vec![two], Some(1)));
    for wrong in [
        vec![("q", Value::from("…"))],
        vec![("q", "a b c d e f g h i".into())],
        vec![("since", 1.into()), ("q", "x".into())],
        vec![("ids", Value::Array(vec![])), ("before", 1.into())],
    ] {
        assert_eq!(house.refused(&anna, "/api/v1/messages", &wrong), "bad_request", "{wrong:?}");
    }
}

#[test]
fn what_is_for_one_is_shown_to_two_on_every_road() {
    let mut house = House::new();
    let (anna, bob, eve) = (person("anna"), person("bob"), person("eve"));
    for (who, nick) in [(&anna, "Anna"), (&bob, "Bob"), (&eve, "Eve")] {
        house.join(who, nick);
    }
    house.answer(&eve, "/resume");
    house.answer(&bob, "/resume");
    let cursor = house.head().seq.0;
    let fields = [("text", "the plums are ripe".into()), ("to", "Bob".into())];
    let seq = get(&house.done(&anna, "/api/v1/messages/post", &fields), "seq").as_u64().unwrap();
    for (who, sees) in [(&anna, true), (&bob, true), (&eve, false)] {
        for asks in [
            vec![],
            vec![("since", Value::from(cursor))],
            vec![("q", "plums".into())],
            vec![("author", "Anna".into())],
            vec![("ids", Value::Array(vec![seq.into()]))],
        ] {
            let answer = as_json(house.done(who, "/api/v1/messages", &asks));
            assert_eq!(answer.to_string().contains("plums"), sees, "{asks:?}: {answer}");
        }
        assert_eq!(house.answer(who, "/history").contains("plums"), sees);
        assert_eq!(house.answer(who, "/search plums").contains("plums"), sees);
        let attachment =
            house.refused(who, "/api/v1/messages/attachment", &[("id", seq.into()), ("index", 7.into())]);
        assert_eq!(attachment, "not_found");
        let reply = [("text", "re".into()), ("reply_to", seq.into()), ("id", bytes(&[1; 8]))];
        assert_eq!(house.refused(who, "/api/v1/messages/post", &reply) == "ok", sees);
    }
    // What answers it is for the other one alone, too.
    let re = |house: &mut House, who: &Identity| {
        house.all(who).values().filter(|item| item["text"] == "re").count()
    };
    assert_eq!([&anna, &bob, &eve].map(|who| re(&mut house, who)), [2, 2, 0]);
    let item = house.done(&bob, "/api/v1/messages", &[("ids", Value::Array(vec![seq.into()]))]);
    assert_eq!(
        get(&get(&item, "messages").as_array().unwrap()[0], "to").as_slice(),
        Some(&bob.hash().as_bytes()[..])
    );
    // By LXMF, relayed to the one alone.
    let (proved, sent) = house.write(&anna, "/msg Bob and the pears");
    assert!(proved);
    let told: Vec<_> = sent.iter().map(|sent| (sent.destination, super::said(sent).content)).collect();
    let bobs = crate::lxmf::message::delivery_destination(bob.hash());
    assert!(told.contains(&(bobs, b"Anna (to you, /msg to answer): and the pears".to_vec())), "{told:?}");
    assert!(!told.iter().any(|(to, _)| *to == crate::lxmf::message::delivery_destination(eve.hash())));
    assert_eq!(
        house.refused(&anna, "/api/v1/messages/post", &[("text", "x".into()), ("to", bytes(&[7; 16]))]),
        "not_found"
    );
}

#[test]
fn replies_reactions_and_pins_are_shown_and_cost_nothing_where_they_are_not() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    let one = house.post(&anna, "one");
    let fields = [("text", "two".into()), ("reply_to", one.into())];
    let two = get(&house.done(&bob, "/api/v1/messages/post", &fields), "seq").as_u64().unwrap();
    for (who, emoji) in [(&anna, "👍"), (&bob, "👍"), (&bob, "❤"), (&bob, "❤")] {
        house.done(who, "/api/v1/messages/react", &[("id", one.into()), ("reaction", emoji.into())]);
    }
    let shown = house.all(&bob);
    assert_eq!(shown[&one]["reactions"], serde_json::json!([["👍", 2], ["❤", 1]]));
    assert_eq!(shown[&two]["reply_to"], one);
    for absent in ["edited", "to", "reply_to", "fields", "files", "pinned", "reactors", "deleted", "title"] {
        assert!(shown[&one][absent].is_null(), "{absent}");
    }
    let who = as_json(house.done(&bob, "/api/v1/messages", &[("who", true.into())]));
    let hash = |who: &Identity| hex::encode(who.hash().as_bytes());
    let mut both = [hash(&anna), hash(&bob)];
    both.sort();
    assert_eq!(who["messages"][0]["reactors"], serde_json::json!([["❤", [hash(&bob)]], ["👍", both]]));
    let back = [("id", one.into()), ("reaction", "👍".into()), ("remove", true.into())];
    house.done(&bob, "/api/v1/messages/react", &back);
    house.done(&bob, "/api/v1/messages/react", &back);
    assert_eq!(house.all(&bob)[&one]["reactions"], serde_json::json!([["❤", 1], ["👍", 1]]));
    assert_eq!(house.refused(&bob, "/api/v1/messages/pin", &[("id", one.into())]), "not_allowed");
    assert_eq!(
        house.refused(&bob, "/api/v1/messages/edit", &[("id", one.into()), ("text", "x".into())]),
        "not_allowed"
    );
    assert_eq!(house.refused(&bob, "/api/v1/messages/delete", &[("id", one.into())]), "not_allowed");
    for wrong in ["", " ", "a\nb"] {
        let fields = [("id", one.into()), ("reaction", wrong.into())];
        assert_eq!(house.refused(&bob, "/api/v1/messages/react", &fields), "bad_request");
    }
}

#[test]
fn attachments_are_named_in_lists_and_fetched_one_by_one() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let file = |name: &str, len: usize| Value::Array(vec![name.into(), Value::Binary(vec![7; len])]);
    let picture = Value::Array(vec!["webp".into(), Value::Binary(vec![9; 150])]);
    let files = Value::Array(vec![file("a.txt", 20), file("b.bin", 5_000)]);
    let fields =
        msgpack::encode(&Value::Map(vec![(5.into(), files), (6.into(), picture), (0xfb.into(), "x".into())]));
    let post = [("text", "Look".into()), ("fields", bytes(&fields))];
    let seq = get(&house.done(&anna, "/api/v1/messages/post", &post), "seq").as_u64().unwrap();
    let item = |house: &mut House, more: &[(&str, Value)]| {
        let answer = as_json(house.done(&anna, "/api/v1/messages", more));
        answer["messages"][0].clone()
    };
    let shown = item(&mut house, &[]);
    assert_eq!(shown["files"], serde_json::json!([[0, "a.txt", 20], [1, "b.bin", 5_000]]));
    assert!(shown["fields"].as_str().unwrap().len() < 2 * 170 && shown["cut"].is_null());
    let text = item(&mut house, &[("text_only", true.into())]);
    assert_eq!(text["files"].as_array().unwrap().len(), 3);
    let whole = item(&mut house, &[("whole", true.into()), ("max_bytes", 9_000.into())]);
    assert_eq!(whole["fields"], hex::encode(&fields));
    for (index, len) in [(0, 20), (1, 5_000), (2, 150)] {
        let asks = [("id", seq.into()), ("index", index.into())];
        let answer = house.done(&anna, "/api/v1/messages/attachment", &asks);
        assert_eq!(get(&answer, "data").as_slice().unwrap().len(), len);
    }
    let gone = [("id", seq.into()), ("index", 3.into())];
    assert_eq!(house.refused(&anna, "/api/v1/messages/attachment", &gone), "not_found");
    let stranger = person("stranger");
    let asks = [("id", seq.into())];
    assert_eq!(house.refused(&stranger, "/api/v1/messages/attachment", &asks), "not_member");
}

#[test]
fn in_chat_people_edit_delete_and_search_by_number() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    house.answer(&bob, "/resume");
    let one = house.post(&anna, "tomatos are fine");
    let (_, sent) = house.write(&anna, &format!("/edit {one} tomatoes are fine"));
    let told: Vec<_> = sent.iter().map(|sent| super::said(sent).content).collect();
    assert!(told.contains(&format!("Anna (now says in {one}): tomatoes are fine").into_bytes()), "{told:?}");
    assert_eq!(house.answer(&bob, "/search Tomatoes"), format!("#{one} Anna: tomatoes are fine"));
    assert_eq!(house.answer(&bob, "/search tomatos"), "No message has all these words.");
    assert!(house.answer(&bob, &format!("/delete {one}")).contains("may not do that"));
    assert!(house.answer(&bob, &format!("/pin {one}")).contains("may not do that"));
    assert_eq!(house.answer(&bob, "/pins"), "Nothing is pinned.");
    assert_eq!(
        house.answer(&bob, &format!("/react {one} 👍")),
        format!("Your reaction to message {one} is there.")
    );
    // The edit is proved by the message that brought it.
    let asks =
        [("ids", Value::Array(vec![one.into()])), ("signed", true.into()), ("max_bytes", 2_000.into())];
    let item = as_json(house.done(&bob, "/api/v1/messages", &asks))["messages"][0].clone();
    let payload = hex::decode(item["payload"].as_str().unwrap()).unwrap();
    assert!(payload.windows(5).any(|part| part == b"/edit") && item["text"] == "tomatoes are fine");
    assert!(house.answer(&anna, "/delete").starts_with(&format!("Message {one} is deleted.")));
    assert!(house.answer(&anna, "/delete").starts_with("None of the messages is yours."));
    assert!(house.answer(&anna, "/delete x").contains("is no number of a message"));
    assert_eq!(house.answer(&bob, "/search tomatoes"), "No message has all these words.");
    assert!(house.all(&bob).is_empty());
}

#[test]
fn what_a_group_does_not_keep_is_let_go_of_a_few_at_a_time() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let mut posts = Vec::new();
    for n in 0..600 {
        house.wait(5);
        posts.push(house.post(&anna, &format!("message {n}")));
    }
    house.wait(3 * 86_400);
    house.post(&anna, "today");
    assert_eq!(house.all(&anna).len(), 601);
    let retention = crate::group::Retention { days: Some(2), messages: Some(100), bytes: None };
    house.with(|store, gid| {
        let group = store.group(gid).unwrap().unwrap();
        let settings = crate::group::Settings { retention, ..group.facts.settings };
        let event = crate::group::event::SettingsChanged { settings, by: None };
        store.apply(gid, Some(&group.head), &event.into(), group.head.time, [9; 16]).unwrap();
    });
    let info = house.done(&anna, "/api/v1/info", &[]);
    let said = "Messages are kept for 2 days. The latest 100 messages are kept. Pinned ones stay.";
    assert_eq!(get(&info, "retention").as_str(), Some(said));
    assert_eq!(get(get(&info, "keep"), "count").as_u64(), Some(100));
    house.wait(1_000);
    let mut left = Vec::new();
    for _ in 0..5 {
        house.server.handle_timeout(house.now);
        let (wait, now) = (house.server.poll_timeout().unwrap(), house.now.instant);
        left.push((house.all(&anna).len(), wait > now.after(std::time::Duration::from_secs(1))));
        house.wait(1);
    }
    assert_eq!(left, [(345, false), (89, false), (1, true), (1, true), (1, true)]);
    let first = house.done(&anna, "/api/v1/messages", &[("ids", Value::Array(vec![posts[0].into()]))]);
    assert_eq!(get(&get(&first, "messages").as_array().unwrap()[0], "deleted").as_bool(), Some(true));
}

#[test]
fn who_wrote_what_staff_removes_is_told_why() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    house.appoint(&anna, crate::group::Role::Moderator);
    let (one, two) = (house.post(&bob, "buy this"), house.post(&bob, "buy that"));
    let mut told = |path: &str, fields: &[(&str, Value)]| {
        let data = msgpack::encode(&named(fields));
        let request = house.request(Some(&anna), path, data, MDU);
        let sent = house.handle(vec![request]).into_iter().filter_map(|effect| match effect {
            super::Effect::Send(message) => Some((message.destination, super::said(&message).content)),
            _ => None,
        });
        sent.collect::<Vec<_>>()
    };
    let bobs = crate::lxmf::message::delivery_destination(bob.hash());
    let fields = [("id", one.into()), ("reason", "spam".into())];
    let sentence = b"A message of yours was removed from the group: spam".to_vec();
    assert_eq!(told("/api/v1/messages/delete", &fields), [(bobs, sentence)]);
    let fields = [("author", "Bob".into()), ("reason", "spam".into())];
    let sentence = b"1 messages and reactions of yours were removed from the group: spam".to_vec();
    assert_eq!(told("/api/v1/messages/delete", &fields), [(bobs, sentence)]);
    assert_eq!(told("/api/v1/messages/delete", &[("author", "Bob".into())]), []);
    let own = house.post(&bob, "oops");
    house.done(&bob, "/api/v1/messages/delete", &[("id", own.into())]);
    assert!(
        house.refused(&bob, "/api/v1/messages/edit", &[("id", two.into()), ("text", "x".into())])
            == "not_found"
    );
}
