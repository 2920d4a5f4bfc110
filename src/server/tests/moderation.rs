//! What staff does about people and messages, by request and in chat, and what the people concerned hear of it.

use rmpv::Value;

use super::{Effect, House, Input, Network, bytes, get, person, said};
use crate::group::event::{RoleAssigned, SettingsChanged};
use crate::group::{GroupEvent, ModerationTerms, Role};
use crate::lxmf::Road;
use crate::lxmf::message::delivery_destination;
use crate::rns::identity::Identity;

const BAN: &str = "/api/v1/members/ban";
const UNBAN: &str = "/api/v1/members/unban";
const MUTE: &str = "/api/v1/members/mute";
const POST: &str = "/api/v1/messages/post";

/// A house with an owner, an admin, two moderators and two members.
struct Town {
    house: House,
    admin: Identity,
    bert: Identity,
    carl: Identity,
    anna: Identity,
    mia: Identity,
}

impl Town {
    fn new() -> Self {
        let names = ["admin", "bert", "carl", "anna", "mia"];
        let [admin, bert, carl, anna, mia] = names.map(person);
        let mut town = Self { house: House::new(), admin, bert, carl, anna, mia };
        for (who, nick, role) in [
            ("owner", "Owner", Role::Owner),
            ("admin", "Admin", Role::Admin),
            ("bert", "Bert", Role::Moderator),
            ("carl", "Carl", Role::Moderator),
            ("anna", "Anna", Role::Member),
            ("mia", "Mia", Role::Member),
        ] {
            let who = person(who);
            town.house.join(&who, nick);
            town.house.apply(&RoleAssigned { member: who.hash(), role, by: None }.into());
        }
        town
    }

    fn set(&mut self, terms: ModerationTerms) {
        let mut settings = self.house.with(|store, gid| store.group(gid).unwrap().unwrap().facts.settings);
        settings.moderation = terms;
        self.house.apply(&SettingsChanged { settings, by: None }.into());
    }

    fn ask(&mut self, who: &Identity, path: &str, fields: &[(&str, Value)]) -> Value {
        self.house.ask(Some(who), path, fields)
    }

    /// All effects of a request.
    fn effects(&mut self, who: &Identity, path: &str, fields: &[(&str, Value)]) -> Vec<Effect> {
        let data = crate::rns::msgpack::encode(&super::named(fields));
        let request = self.house.request(Some(who), path, data, super::MDU);
        self.house.handle(vec![request])
    }

    /// The answer in chat. Others may hear of it, too.
    fn chat(&mut self, who: &Identity, text: &str) -> String {
        let (proved, sent) = self.house.write(who, text);
        assert!(proved, "a command is carried out");
        let to = delivery_destination(who.hash());
        let answers: Vec<_> = sent.iter().filter(|message| message.destination == to).collect();
        assert_eq!(answers.len(), 1, "{text}");
        String::from_utf8(said(answers[0]).content).unwrap()
    }

    fn code(&mut self, who: &Identity, path: &str, fields: &[(&str, Value)]) -> String {
        get(&self.ask(who, path, fields), "error").as_str().unwrap_or("ok").to_owned()
    }
}

fn name_of(who: &Identity) -> (&'static str, Value) {
    ("person", bytes(who.hash().as_bytes()))
}

/// What was sent to somebody.
fn told(effects: &[Effect], who: &Identity) -> Vec<String> {
    let to = delivery_destination(who.hash());
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(message) if message.destination == to => Some(said(message).content),
        _ => None,
    });
    sent.map(|content| String::from_utf8(content).unwrap()).collect()
}

#[test]
fn a_banned_person_cannot_read_post_or_join_by_any_road() {
    let Town { mut house, bert, anna, .. } = Town::new();
    house.answer(&anna, "/resume");
    house.network = Network::Silent;
    house.write(&bert, "on its way to Anna");
    house.network = Network::Delivers;
    let data = crate::rns::msgpack::encode(&super::named(&[name_of(&anna), ("reason", "spam".into())]));
    let request = house.request(Some(&bert), BAN, data, super::MDU);
    let effects = house.handle(vec![request]);
    let closed: Vec<_> = effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::CloseLinks { person, destinations } => Some((*person, *destinations)),
            _ => None,
        })
        .collect();
    assert_eq!(closed, [(anna.hash(), [house.group.group, house.group.delivery])]);
    let heard = told(&effects, &anna);
    assert_eq!(heard, ["You are banned from this group: spam. Ask this server's operator."]);

    // A request that was on its way over an open link is refused like one over a new link.
    for path in ["/api/v1/messages", "/api/v1/members", "/api/v1/join", "/api/v1/leave"] {
        assert_eq!(get(&house.ask(Some(&anna), path, &[]), "error").as_str(), Some("banned"), "{path}");
    }
    let posted = house.ask(Some(&anna), POST, &[("text", "hi".into())]);
    assert_eq!(get(&posted, "error").as_str(), Some("banned"));
    let (proved, sent) = house.write(&anna, "by LXMF");
    assert!(!proved && sent.len() == 1, "told once more, because now they ask");
    for text in ["again", "/join", "/history", "/help"] {
        assert_eq!(house.write(&anna, text), (false, vec![]), "{text}");
    }
    // Through a propagation node.
    house.wait(1);
    let message = house.signed(&anna, "left at a node");
    let (Input::Message { message, author, stamp, proof, .. }, _) = house.delivery(&anna, &message) else {
        panic!()
    };
    let input = Input::Message { message, author, road: Road::Propagation, stamp, proof: proof.clone() };
    assert_eq!(house.deliver_input(input, &proof), (false, vec![]));
    // Nothing that waited for them leaves, and nothing new does.
    let (_, sent) = house.write(&bert, "after the ban");
    house.wait(100_000);
    house.server.handle_timeout(house.now);
    let later: Vec<_> = std::iter::from_fn(|| house.server.poll_effect()).collect();
    assert!(told(&later, &anna).is_empty() && sent.is_empty());
    assert_eq!(house.texts(&bert), ["on its way to Anna", "after the ban"]);
}

#[test]
fn whoever_comes_second_is_told_who_was_first() {
    let mut town = Town::new();
    let (bert, carl, anna) = (town.bert.clone(), town.carl.clone(), town.anna.clone());
    let week = ("seconds", Value::from(604_800));
    let done = town.ask(&bert, BAN, &[name_of(&anna), week, ("reason", "spam".into())]);
    assert!(get(&done, "seq").is_u64() && get(&done, "already").is_nil());
    let second = town.ask(&carl, BAN, &[name_of(&anna), ("reason", "noise".into())]);
    assert_eq!(get(&second, "already"), &Value::from(true));
    assert_eq!(get(&second, "by"), &bytes(bert.hash().as_bytes()));
    assert_eq!(get(&second, "reason").as_str(), Some("spam"));
    assert_eq!(get(&second, "until"), get(&done, "until"));
    let hash = anna.hash().to_string();
    let answer = town.chat(&carl, &format!("/ban {hash} noise"));
    assert!(
        answer.contains("is banned already, by Bert, until 2026-") && answer.ends_with(": spam"),
        "{answer}"
    );
    // Who did it may change their mind.
    let longer = town.ask(&bert, BAN, &[name_of(&anna), ("reason", "spam, and more".into())]);
    assert!(get(&longer, "seq").is_u64() && get(&longer, "until").is_nil());
    let bans = town.ask(&carl, "/api/v1/bans", &[]);
    let row = &get(&bans, "people").as_array().unwrap()[0];
    assert_eq!((get(row, "nick").as_str(), get(row, "number").as_u64()), (Some("Anna"), Some(5)));
    assert_eq!(get(row, "reason").as_str(), Some("spam, and more"));
    // The same by two who mute.
    town.ask(&bert, MUTE, &[("person", "Mia".into())]);
    let second = town.ask(&carl, MUTE, &[("person", "Mia".into()), ("seconds", 60.into())]);
    assert_eq!(get(&second, "already"), &Value::from(true));
}

#[test]
fn nobody_acts_on_who_stands_as_high_or_higher_and_members_act_on_nobody() {
    let mut town = Town::new();
    let people = ["owner", "admin", "bert", "anna"].map(person);
    let [owner, admin, bert, anna] = &people;
    for path in [BAN, MUTE, "/api/v1/members/kick"] {
        for (who, whom, expected) in [
            (anna, anna, "not_allowed"),
            (anna, bert, "not_allowed"),
            (bert, admin, "outranked"),
            (bert, &person("carl"), "outranked"),
            (admin, owner, "outranked"),
        ] {
            assert_eq!(town.code(who, path, &[name_of(whom)]), expected, "{path}");
        }
    }
    assert_eq!(town.code(owner, BAN, &[name_of(admin)]), "ok");
    assert_eq!(town.code(admin, BAN, &[name_of(bert)]), "banned");
    assert_eq!(town.code(bert, "/api/v1/members/kick", &[name_of(anna)]), "ok");
}

#[test]
fn who_is_kicked_is_told_and_may_come_again() {
    let mut town = Town::new();
    let (bert, anna) = (town.bert.clone(), town.anna.clone());
    let effects = town.effects(&bert, "/api/v1/members/kick", &[name_of(&anna), ("reason", "noise".into())]);
    assert_eq!(
        told(&effects, &anna),
        ["You were sent away from this group: noise. Send /join to come again."]
    );
    assert!(effects.iter().all(|effect| !matches!(effect, Effect::CloseLinks { .. })));
    assert_eq!(town.code(&anna, "/api/v1/messages", &[]), "not_member");
    let answer = town.chat(&bert, &format!("/kick {}", anna.hash()));
    assert!(answer.ends_with("is no member."), "{answer}");
    assert_eq!(town.code(&anna, "/api/v1/join", &[]), "ok");
}

#[test]
fn a_stranger_is_banned_by_hash_and_a_person_by_nick_number_or_address() {
    let mut town = Town::new();
    let (bert, anna, mia) = (town.bert.clone(), town.anna.clone(), town.mia.clone());
    let stranger = person("stranger");
    let done = town.ask(&bert, BAN, &[name_of(&stranger)]);
    assert!(get(&done, "note").as_str().unwrap().contains("Nothing is known here"));
    assert_eq!(town.code(&stranger, "/api/v1/join", &[]), "banned");
    // Their address, as clients show it.
    let address = delivery_destination(anna.hash()).to_string();
    let done = town.ask(&bert, BAN, &[("person", address.as_str().into())]);
    assert_eq!(get(&done, "identity"), &bytes(anna.hash().as_bytes()));
    assert!(get(&done, "note").as_str().unwrap().contains("lxmf.delivery"), "{done}");
    assert_eq!(town.code(&anna, "/api/v1/join", &[]), "banned");
    // By the number, and let in again by the name they had.
    let done = town.ask(&bert, BAN, &[("person", 6.into())]);
    assert_eq!(get(&done, "identity"), &bytes(mia.hash().as_bytes()));
    assert_eq!(town.code(&mia, "/api/v1/join", &[]), "banned");
    let effects = town.effects(&bert, UNBAN, &[("person", "mia".into())]);
    assert_eq!(told(&effects, &mia), ["You are not banned here any more. Send /join to join again."]);
    assert_eq!(town.code(&mia, "/api/v1/join", &[]), "ok");
    assert_eq!(get(&town.ask(&bert, UNBAN, &[name_of(&mia)]), "already"), &Value::from(true));
}

#[test]
fn a_ban_with_purge_leaves_nothing_of_theirs_to_read() {
    let mut town = Town::new();
    let (bert, anna, mia) = (town.bert.clone(), town.anna.clone(), town.mia.clone());
    town.house.write(&anna, "a secret");
    town.house.write(&mia, "not hers");
    town.ask(&anna, POST, &[("text", "another secret".into())]);
    let answer = town.chat(&bert, "/ban Anna 7d purge \u{201c}too loud\u{201d}");
    assert!(answer.starts_with("Anna is banned until 2026-"), "{answer}");
    assert!(answer.ends_with(" 2 messages are deleted."), "{answer}");
    let texts = town.house.latest(&mia);
    let texts: Vec<_> = texts.iter().filter_map(|item| get(item, "text").as_str()).collect();
    assert_eq!(texts, ["not hers"]);
    let bans = town.chat(&bert, "/bans");
    assert!(
        bans.starts_with("Anna is banned by Bert, until 2026-") && bans.ends_with(": too loud"),
        "{bans}"
    );
    let one = town.chat(&bert, "/bans Mia");
    assert_eq!(one, "Mia is not banned and not muted.");
}

#[test]
fn who_is_muted_reads_and_does_not_write_by_any_road() {
    let mut town = Town::new();
    let (bert, anna) = (town.bert.clone(), town.anna.clone());
    let answer = town.chat(&bert, "/mute anna 2h calm down");
    assert!(answer.starts_with("Anna is muted until 2026-"), "{answer}");
    assert_eq!(town.code(&anna, POST, &[("text", "hi".into())]), "muted");
    let (proved, sent) = town.house.write(&anna, "by LXMF");
    assert!(!proved);
    assert!(
        said(&sent[0]).content.starts_with(b"You can read here, but not write: calm down. Try again after")
    );
    assert_eq!(town.code(&anna, "/api/v1/messages", &[]), "ok");
    let mutes = town.ask(&bert, "/api/v1/mutes", &[]);
    assert_eq!(get(&get(&mutes, "people").as_array().unwrap()[0], "nick").as_str(), Some("Anna"));
    town.house.wait(7_201);
    assert_eq!(town.code(&anna, POST, &[("text", "hi".into())]), "ok");
    town.ask(&bert, MUTE, &[name_of(&anna)]);
    assert_eq!(town.chat(&bert, "/unmute Anna"), "Anna may write again.");
    assert_eq!(town.code(&anna, POST, &[("text", "hi again".into())]), "ok");
}

#[test]
fn staff_that_is_muted_cannot_end_that_alone() {
    let mut town = Town::new();
    let (admin, bert, anna) = (town.admin.clone(), town.bert.clone(), town.anna.clone());
    town.ask(&admin, MUTE, &[name_of(&bert)]);
    assert_eq!(town.code(&bert, "/api/v1/members/unmute", &[name_of(&bert)]), "not_allowed");
    assert_eq!(town.code(&bert, "/api/v1/members/kick", &[name_of(&anna)]), "ok", "their other work goes on");
    assert_eq!(town.code(&admin, "/api/v1/members/unmute", &[name_of(&bert)]), "ok");
}

#[test]
fn mute_without_a_name_is_what_members_know_it_for() {
    let mut town = Town::new();
    let anna = town.anna.clone();
    assert!(town.chat(&anna, "/mute").starts_with("Nothing is sent to you."));
    let (_, sent) = town.house.write(&anna, "/mute Mia");
    assert!(String::from_utf8(said(&sent[0]).content).unwrap().contains("may not do that"));
}

fn holding(hold: &str) -> ModerationTerms {
    ModerationTerms {
        hold: crate::group::moderation::Hold::from_name(hold).unwrap(),
        ..ModerationTerms::default()
    }
}

#[test]
fn a_held_message_is_seen_by_staff_alone_until_it_is_published_with_its_authors_proof() {
    let mut town = Town::new();
    let (bert, anna, mia) = (town.bert.clone(), town.anna.clone(), town.mia.clone());
    town.chat(&mia, "/resume");
    town.set(holding("links"));
    let (proved, sent) = town.house.write(&anna, "look at http://example.org");
    assert!(proved, "it is stored");
    let first = String::from_utf8(said(&sent[0]).content).unwrap();
    assert!(sent.len() == 1 && first.contains("waits for somebody to look at it"), "{first}");
    assert!(town.house.latest(&bert).is_empty());
    assert_eq!(town.code(&anna, "/api/v1/messages/hold", &[]), "not_allowed");
    let list = town.chat(&bert, "/hold");
    assert!(list.contains(" Anna, for links: look at http://example.org\n"), "{list}");
    let seq = list.split(' ').next().unwrap().to_owned();
    // A repeat changes nothing; a plain message goes on at once.
    town.house.write(&anna, "no link in this");
    assert_eq!(town.house.texts(&mia), ["no link in this"]);
    let (_, sent) = town.house.write(&bert, &format!("/hold {seq} ok"));
    let answers: Vec<_> = sent.iter().map(|message| (message.destination, said(message).content)).collect();
    let to = |who: &Identity| {
        let found = answers.iter().find(|(to, _)| *to == delivery_destination(who.hash()));
        String::from_utf8(found.expect("is told").1.clone()).unwrap()
    };
    assert!(to(&bert).starts_with("It is published as number "));
    assert_eq!(to(&mia), "Anna: look at http://example.org");
    assert!(to(&anna).starts_with("Your message is published as number "), "{}", to(&anna));
    let newest = &town.house.latest(&mia)[1];
    assert_eq!(get(newest, "text").as_str(), Some("look at http://example.org"));
    assert_eq!(get(newest, "author"), &bytes(anna.hash().as_bytes()));
    assert_eq!(town.chat(&bert, "/hold"), "No message waits.");
    // The second moderator is told.
    let carl = town.carl.clone();
    let answer = town.chat(&carl, &format!("/hold {seq} drop spam"));
    assert!(answer.contains("Somebody may have done it"), "{answer}");
}

#[test]
fn a_dropped_message_is_never_seen_and_its_author_is_told_why() {
    let mut town = Town::new();
    let (bert, carl, anna) = (town.bert.clone(), town.carl.clone(), town.anna.clone());
    town.set(holding("everything"));
    let answer = town.ask(&anna, POST, &[("text", "spam".into()), ("id", bytes(&[1; 8]))]);
    assert_eq!(get(&answer, "why").as_str(), Some("every message"));
    let again = town.ask(&anna, POST, &[("text", "spam".into()), ("id", bytes(&[1; 8]))]);
    assert_eq!(again, answer, "the same post again is the same post");
    let list = town.ask(&bert, "/api/v1/messages/hold", &[]);
    let item = &get(&list, "held").as_array().unwrap()[0];
    let drop =
        [("seq", get(item, "seq").clone()), ("verdict", "drop".into()), ("reason", "off topic".into())];
    let effects = town.effects(&bert, "/api/v1/messages/review", &drop);
    assert_eq!(told(&effects, &anna), ["A message of yours was looked at and is not published: off topic."]);
    let second = town.ask(&carl, "/api/v1/messages/review", &drop);
    assert_eq!(get(&second, "already"), &Value::from(true));
    assert_eq!(town.code(&anna, POST, &[("text", "spam".into()), ("id", bytes(&[1; 8]))]), "not_allowed");
    assert!(town.house.latest(&bert).is_empty());
    // Staff's own words need no look.
    assert!(get(&town.ask(&bert, POST, &[("text", "hello".into())]), "why").is_nil());
}

#[test]
fn what_waits_is_bounded_for_each_author_and_for_all() {
    let mut town = Town::new();
    let (anna, mia) = (town.anna.clone(), town.mia.clone());
    town.set(holding("everything"));
    for n in 0..10 {
        assert_eq!(town.code(&anna, POST, &[("text", format!("{n}").into())]), "ok");
    }
    assert_eq!(town.code(&anna, POST, &[("text", "one more".into())]), "slow_down");
    assert_eq!(town.code(&mia, POST, &[("text", "hers".into())]), "ok");
}

#[test]
fn the_first_message_of_each_author_waits_and_those_after_it_do_not() {
    let mut town = Town::new();
    let (bert, anna) = (town.bert.clone(), town.anna.clone());
    town.set(holding("first"));
    let first = town.ask(&anna, POST, &[("text", "hello".into())]);
    assert_eq!(get(&first, "why").as_str(), Some("a first message"));
    let review = [("seq", get(&first, "seq").clone()), ("verdict", "publish".into())];
    assert_eq!(town.code(&bert, "/api/v1/messages/review", &review), "ok");
    assert!(get(&town.ask(&anna, POST, &[("text", "me again".into())]), "why").is_nil());
}

#[test]
fn a_filter_refuses_with_its_reason_by_request_and_by_lxmf_and_spares_staff() {
    let mut town = Town::new();
    let (bert, anna) = (town.bert.clone(), town.anna.clone());
    let filters = ("filters", "refuse links; refuse word casino as gambling; refuse images".into());
    let admin = town.admin.clone();
    assert_eq!(town.code(&admin, "/api/v1/settings", &[("set", super::named(&[filters]))]), "ok");
    let refused = town.ask(&anna, POST, &[("text", "http://x".into())]);
    assert_eq!(get(&refused, "error").as_str(), Some("filtered"));
    assert_eq!(get(&refused, "what").as_str(), Some("This group doesn't take links."));
    let (proved, sent) = town.house.write(&anna, "the CASINO is open");
    assert!(!proved);
    let hint = String::from_utf8(said(&sent[0]).content).unwrap();
    assert_eq!(hint, "This group doesn't take gambling. Leave that out and send it again.");
    assert_eq!(town.code(&bert, POST, &[("text", "http://x".into())]), "ok");
    let fine = town.ask(&anna, POST, &[("text", "fine".into())]);
    let edit = [("id", get(&fine, "seq").clone()), ("text", "http://x".into())];
    assert_eq!(town.code(&anna, "/api/v1/messages/edit", &edit), "filtered", "an edit is read, too");
    let direct = [("to", "Mia".into()), ("text", "http://x".into())];
    assert_eq!(town.code(&anna, POST, &direct), "filtered");
}

#[test]
fn a_flood_of_one_member_does_not_fill_the_group() {
    let mut town = Town::new();
    let (anna, mia) = (town.anna.clone(), town.mia.clone());
    town.set(ModerationTerms { burst: 20, gap: 10, ..ModerationTerms::default() });
    let codes: Vec<_> = (0..200)
        .map(|n| {
            if n % 2 == 0 {
                town.code(&anna, POST, &[("text", format!("{n}").into())])
            } else {
                let proved = town.house.write(&anna, &format!("{n}")).0;
                (if proved { "ok" } else { "slow_down" }).to_owned()
            }
        })
        .collect();
    let taken = codes.iter().filter(|code| *code == "ok").count();
    assert!((20..=32).contains(&taken), "{taken} of 200 in 100 seconds");
    assert!(codes.iter().all(|code| code == "ok" || code == "slow_down"));
    assert_eq!(town.code(&mia, POST, &[("text", "mine".into())]), "ok");
    town.house.wait(200);
    assert_eq!(town.code(&anna, POST, &[("text", "later".into())]), "ok");
}

#[test]
fn a_slow_group_takes_one_message_of_each_member_in_a_while() {
    let mut town = Town::new();
    let (bert, anna, mia) = (town.bert.clone(), town.anna.clone(), town.mia.clone());
    let admin = town.admin.clone();
    assert_eq!(town.chat(&admin, "/slow 60s"), "Each member may write once in 1 minute.");
    assert_eq!(town.code(&anna, POST, &[("text", "one".into())]), "ok");
    let refused = town.ask(&anna, POST, &[("text", "two".into())]);
    assert_eq!(get(&refused, "what").as_str(), Some("This group is slow: one message in 1 minute."));
    assert_eq!(get(&refused, "do").as_str(), Some("Send it again in 1 minute."));
    assert_eq!(town.code(&mia, POST, &[("text", "one".into())]), "ok");
    for n in ["one", "two", "three"] {
        assert_eq!(town.code(&bert, POST, &[("text", n.into())]), "ok", "staff answers at once");
    }
    town.house.wait(60);
    assert_eq!(town.code(&anna, POST, &[("text", "two".into())]), "ok");
}

/// The acts of one road, in a house of its own, as events without who and when.
fn acts(run: impl FnOnce(&mut Town, &Identity)) -> Vec<GroupEvent> {
    let mut town = Town::new();
    let anna = town.anna.clone();
    town.house.write(&anna, "something");
    let since = town.house.head().seq;
    let bert = town.bert.clone();
    run(&mut town, &bert);
    let mut events = Vec::new();
    town.house.with(|store, gid| {
        store
            .events_since(gid, since, &mut |row| {
                let header = crate::group::encoding::Header::decode(&row.header).unwrap();
                let crate::group::encoding::Decoded::Event(event) =
                    crate::group::encoding::decode(&header, row.private.as_deref())
                else {
                    panic!()
                };
                events.push(event);
                Ok(std::ops::ControlFlow::Continue(()))
            })
            .unwrap();
    });
    events
}

#[test]
fn the_same_moderation_by_request_and_in_chat_leaves_the_same_events() {
    let requests = acts(|town, bert| {
        let reason = || ("reason", Value::from("spam"));
        let mute = [("person", "Mia".into()), reason()];
        let ban = [("person", "Anna".into()), reason(), ("remove", 0.into())];
        for (path, fields) in [
            (MUTE, &mute[..]),
            ("/api/v1/members/unmute", &[("person", "Mia".into())]),
            ("/api/v1/members/kick", &mute),
            (BAN, &ban),
            (UNBAN, &[("person", "Anna".into())]),
        ] {
            assert_eq!(town.code(bert, path, fields), "ok", "{path}");
        }
    });
    let commands = acts(|town, bert| {
        for text in ["/mute Mia spam", "/unmute Mia", "/kick Mia spam", "/ban Anna purge spam", "/unban Anna"]
        {
            town.chat(bert, text);
        }
    });
    assert_eq!(requests, commands);
    assert_eq!(requests.len(), 5);
}
