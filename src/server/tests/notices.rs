//! Notices: who asked is told that there is something new, seldom and in little; who did not ask is told nothing.

use rmpv::Value;

use super::{Effect, House, Input, bytes, get, named, person, said};
use crate::command::ONE_PACKET;
use crate::lxmf::message::delivery_destination;
use crate::rns::air::Channel;
use crate::rns::airtime::Modulation;
use crate::rns::hash::DestinationHash;
use crate::rns::identity::Identity;
use crate::rns::msgpack;

/// What leaves when so much time has passed.
fn after(house: &mut House, seconds: u32) -> Vec<Effect> {
    house.wait(seconds);
    house.server.handle_timeout(house.now);
    let mut effects: Vec<_> = std::iter::from_fn(|| house.server.poll_effect()).collect();
    house.deliver_all(&mut effects);
    effects
}

fn texts_to(effects: &[Effect], who: &Identity) -> Vec<String> {
    let to = delivery_destination(who.hash());
    let texts = effects.iter().filter_map(|effect| match effect {
        Effect::Send(message) if message.destination == to => Some(said(message).content),
        _ => None,
    });
    texts.map(|text| String::from_utf8(text).unwrap()).collect()
}

fn house_of_two() -> (House, Identity, Identity) {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob B");
    (house, anna, bob)
}

#[test]
fn who_did_not_ask_is_told_nothing_and_who_switches_off_neither() {
    let (mut house, anna, bob) = house_of_two();
    house.write(&anna, "Bob B, are you there?");
    assert_eq!(after(&mut house, 3_600), []);
    house.answer(&bob, "/notify all");
    house.answer(&bob, "/notify off");
    house.write(&anna, "Bob B?");
    assert_eq!(after(&mut house, 3_600), []);
    assert!(house.answer(&bob, "/notify").starts_with("You are told of nothing."));
}

#[test]
fn a_burst_is_one_notice_and_the_next_comes_ten_minutes_later() {
    let (mut house, anna, bob) = house_of_two();
    house.write(&anna, "before he asked");
    house.answer(&bob, "/notify all");
    house.write(&bob, "his own");
    for text in ["one", "two", "three"] {
        house.write(&anna, text);
    }
    let latest = house.head().seq.0;
    let told = texts_to(&after(&mut house, 60), &bob);
    assert_eq!(told, [format!("3 new messages, the last is number {latest}. /history 3 shows them.")]);
    house.write(&anna, "four");
    assert_eq!(after(&mut house, 300), []);
    assert_eq!(texts_to(&after(&mut house, 300), &bob).len(), 1);
    assert_eq!(after(&mut house, 3_600), [], "nothing new, nothing said");
}

#[test]
fn who_has_fetched_what_is_new_is_not_told_of_it() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/notify all");
    house.write(&anna, "new");
    house.latest(&bob);
    assert_eq!(after(&mut house, 3_600), []);
}

#[test]
fn mentions_are_what_names_or_answers_somebody() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/notify mentions");
    house.write(&anna, "good morning, all of you");
    assert_eq!(after(&mut house, 3_600), []);
    house.write(&anna, "are you there, @bob_b?");
    house.write(&anna, "something else");
    assert_eq!(texts_to(&after(&mut house, 60), &bob).len(), 1);
    assert_eq!(after(&mut house, 3_600), []);
}

#[test]
fn a_digest_comes_once_a_day() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/notify digest");
    house.write(&anna, "monday");
    assert_eq!(texts_to(&after(&mut house, 60), &bob).len(), 1);
    house.write(&anna, "still monday");
    house.write(&anna, "evening");
    assert_eq!(after(&mut house, 12 * 3_600), []);
    let told = texts_to(&after(&mut house, 12 * 3_600), &bob);
    assert!(told.len() == 1 && told[0].starts_with("2 new messages"), "{told:?}");
}

#[test]
fn a_program_is_told_by_one_small_packet_to_its_destination() {
    let (mut house, anna, bob) = house_of_two();
    let ping = DestinationHash::from_bytes([9; 16]);
    let fields = [("notify", "all".into()), ("ping", bytes(ping.as_bytes()))];
    let answer = house.ask(Some(&bob), "/api/v1/notify", &fields);
    assert_eq!(get(&answer, "notify").as_str(), Some("all"));
    assert_eq!(get(&answer, "ping").as_slice(), Some(&ping.as_bytes()[..]));
    house.write(&anna, "new");
    let (latest, gid) = (house.head().seq.0, house.gid());
    let data = [&gid.as_bytes()[..], &1_u32.to_be_bytes(), &latest.to_be_bytes()].concat();
    let expected = Effect::Ping { group: gid, person: bob.hash(), destination: ping, data };
    assert_eq!(after(&mut house, 60), [expected]);
    house.ask(Some(&bob), "/api/v1/notify", &[("notify", "off".into())]);
    house.write(&anna, "newer");
    assert_eq!(after(&mut house, 3_600), []);
}

#[test]
fn a_notice_for_programs_has_no_text_that_a_chat_would_show() {
    let (mut house, anna, bob) = house_of_two();
    house.ask(Some(&bob), "/api/v1/notify", &[("notify", "all".into())]);
    house.write(&anna, "new");
    let effects = after(&mut house, 60);
    let [Effect::Send(message)] = effects.as_slice() else { panic!("{effects:?}") };
    let message = said(message);
    assert!(message.title.is_empty() && message.content.is_empty());
    let fields = msgpack::decode(&message.fields).unwrap();
    let field = |id: u64| {
        let pairs = fields.as_map().unwrap();
        pairs.iter().find(|(key, _)| key.as_u64() == Some(id)).map(|(_, value)| value.clone())
    };
    assert_eq!(field(0xfb), Some("roost-notice".into()));
    assert_eq!(field(0xfc).and_then(|data| data.as_slice().map(<[u8]>::len)), Some(28));
    assert_eq!(field(0x09), Some(Value::Array(Vec::new())));
}

#[test]
fn what_was_chosen_is_there_after_a_restart_and_so_is_what_was_not_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("roost.db");
    let open = || House::with_store(crate::store::Store::open(&path).unwrap());
    let mut house = open();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    house.answer(&bob, "/notify all");
    house.write(&anna, "new");
    drop(house);
    let mut house = open();
    house.wait(1_000);
    assert_eq!(texts_to(&after(&mut house, 60), &bob).len(), 1);
}

#[test]
fn who_wants_only_what_concerns_them_is_sent_nothing_else() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/mentions");
    assert_eq!(house.write(&anna, "good morning").1, []);
    let (_, sent) = house.write(&anna, "good morning, Bob B!");
    assert_eq!(String::from_utf8(said(&sent[0]).content).unwrap(), "Anna: good morning, Bob B!");
}

#[test]
fn who_wants_short_messages_gets_each_in_one_packet() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/short");
    let (_, sent) = house.write(&anna, "short");
    assert_eq!(said(&sent[0]).content, b"Anna: short");
    let (_, sent) = house.write(&anna, &"\u{e4}".repeat(400));
    let text = String::from_utf8(said(&sent[0]).content).unwrap();
    assert!(text.len() <= ONE_PACKET && text.ends_with("\u{2026} /history 1"), "{text}");
}

#[test]
fn a_digest_at_set_times_says_the_latest_in_one_packet() {
    let (mut house, anna, bob) = house_of_two();
    let said = house.answer(&bob, "/notify digest 8:00 20:00 +1");
    assert_eq!(said, "You are told at 08:00, 20:00 how much is new. Times are UTC+1.");
    let texts: Vec<_> =
        (1..=7).map(|number| format!("{number}: {}", "what there is to say ".repeat(3))).collect();
    texts.iter().for_each(|text| assert!(house.write(&anna, text).0));
    let mut told = Vec::new();
    for _ in 0..24 * 60 {
        told.extend(texts_to(&after(&mut house, 60), &bob));
    }
    let [digest] = told.as_slice() else { panic!("{told:?}") };
    assert!(
        digest.starts_with("7 new messages, the last is number ") && digest.len() <= ONE_PACKET,
        "{digest}"
    );
    assert!(digest.lines().last().unwrap().starts_with("Anna: 7: what there is"), "{digest}");
}

#[test]
fn in_quiet_hours_nothing_comes_and_one_notice_behind_them_says_all() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/notify all 30m");
    // House time begins in the middle of a day; quiet is all of it but one hour, three hours from now.
    let minute = house.now.unix.as_secs() / 60 % 1_440;
    let (from, to) = (minute + 240, minute + 180);
    let clock = |minute: u64| format!("{}:{:02}", minute / 60 % 24, minute % 60);
    let said = house.answer(&bob, &format!("/notify quiet {}-{}", clock(from), clock(to)));
    assert!(said.contains("Nothing comes from") && said.contains("30 minutes"), "{said}");
    for number in 0..40 {
        house.write(&anna, &format!("message {number}"));
    }
    let mut told = Vec::new();
    for minute in 0..24 * 60 {
        let texts = texts_to(&after(&mut house, 60), &bob);
        told.extend(texts.into_iter().map(|text| (minute, text)));
    }
    let [(minute, text)] = told.as_slice() else { panic!("{told:?}") };
    assert!((178..=182).contains(minute), "{minute}");
    assert!(text.starts_with("40 new messages"), "{text}");
}

#[test]
fn a_gap_that_is_chosen_is_kept() {
    let (mut house, anna, bob) = house_of_two();
    house.answer(&bob, "/notify all 2h");
    let mut told = 0;
    for _ in 0..24 * 12 {
        house.write(&anna, "again");
        told += texts_to(&after(&mut house, 300), &bob).len();
    }
    assert!((11..=13).contains(&told), "{told}");
}

#[test]
fn who_chooses_when_by_request_reads_what_was_chosen() {
    let (mut house, _, bob) = house_of_two();
    let pair = |one: u16, two: u16| Value::Array(vec![one.into(), two.into()]);
    let fields = [
        ("notify", "digest".into()),
        ("times", pair(1_200, 480)),
        ("quiet", pair(1_320, 420)),
        ("offset", (-210).into()),
        ("every", 60.into()),
    ];
    house.ask(Some(&bob), "/api/v1/notify", &fields);
    let answer = house.ask(Some(&bob), "/api/v1/notify", &[]);
    assert_eq!(get(&answer, "times"), &pair(480, 1_200));
    assert_eq!(get(&answer, "quiet"), &pair(1_320, 420));
    assert_eq!(get(&answer, "offset").as_i64(), Some(-210));
    assert_eq!(get(&answer, "every").as_u64(), Some(60));
    for (field, value) in
        [("every", 0.into()), ("quiet", pair(5, 5)), ("times", pair(1_440, 0)), ("offset", 900.into())]
    {
        let answer = house.ask(Some(&bob), "/api/v1/notify", &[("notify", "all".into()), (field, value)]);
        assert_eq!(get(&answer, "field").as_str(), Some(field), "{answer:?}");
    }
}

#[test]
fn a_member_with_notices_off_is_sent_nothing_in_a_whole_day() {
    let (mut house, anna, bob) = house_of_two();
    for mode in ["all", "digest 8:00", "quiet 22-7", "off"] {
        house.answer(&bob, &format!("/notify {mode}"));
    }
    for number in 0..144 {
        house.write(&anna, &format!("Bob B, are you there? {number}"));
        assert_eq!(after(&mut house, 600), []);
    }
}

/// What the server answers who asks for the price over this radio.
fn price_over(
    house: &mut House,
    who: &Identity,
    fields: &[(&str, Value)],
    channel: Option<Channel>,
) -> Value {
    let mut input = house.request(Some(who), "/api/v1/notify", msgpack::encode(&named(fields)), 431);
    if let Input::Request(request) = &mut input {
        request.air = channel;
    }
    match house.handle(vec![input]).into_iter().next() {
        Some(Effect::Respond { data, .. }) => get(&msgpack::decode(&data).unwrap(), "cost_ms").clone(),
        other => panic!("no answer but {other:?}"),
    }
}

#[test]
fn a_member_on_a_radio_and_the_operator_are_told_what_the_next_notice_takes_of_it() {
    let (mut house, anna, bob) = house_of_two();
    let sf8 = Channel::Lora(Modulation::SF8);
    let ping = [9; 16];
    let ways: [&[(&str, Value)]; 3] = [
        &[("notify", "all".into()), ("readable", true.into())],
        &[("notify", "all".into())],
        &[("notify", "all".into()), ("ping", bytes(&ping))],
    ];
    for way in ways {
        let cost = price_over(&mut house, &bob, way, Some(sf8)).as_u64().unwrap();
        for _ in 0..12 {
            house.write(&anna, "new");
        }
        let addressees = house.handle(vec![Input::NameAddressees { ticket: 3 }]);
        let [Effect::Addressees { ticket: 3, addressees }] = &addressees[..] else {
            panic!("{addressees:?}")
        };
        let [addressee] = &addressees[..] else { panic!("{addressees:?}") };
        assert!(addressee.name.starts_with("Bob B ("), "{addressee:?}");
        let told = after(&mut house, 900);
        let carried = match &told[..] {
            [Effect::Ping { data, .. }] => data.len(),
            // The source, the signature and the payload are encrypted.
            [Effect::Send(message)] => {
                assert_eq!(addressee.message, 16 + 64 + message.payload.len());
                addressee.message
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(u128::from(cost), sf8.time_for(carried).as_millis(), "{way:?}");
    }
    assert_eq!(price_over(&mut house, &bob, &[], None), Value::Nil);
    assert_eq!(price_over(&mut house, &bob, &[("notify", "off".into())], Some(sf8)), Value::Nil);
}
