//! Commands in chat: each is answered, once, in one packet.

use super::{House, get, person};
use crate::command::{COMMANDS, ONE_PACKET};
use crate::store::Store;

#[test]
fn joining_by_message_makes_a_member_with_a_nick() {
    let mut house = House::new();
    let anna = person("anna");
    let answer = house.answer(&anna, "/Join \u{201c}Anna\u{201d}");
    assert!(answer.starts_with("You are member 1 of Roost."), "{answer}");
    let people = house.ask(Some(&anna), "/api/v1/members", &[]);
    assert_eq!(get(&get(&people, "people")[0], "nick").as_str(), Some("Anna"));
    // Twice is as good as once.
    assert!(house.answer(&anna, "/join").starts_with("You are member 1"));
}

#[test]
fn every_command_is_answered_to_everybody_in_one_packet() {
    let mut house = House::new();
    let (member, stranger) = (person("member"), person("stranger"));
    house.join(&member, &"ä".repeat(32));
    for n in 0..30 {
        house.write(&member, &format!("message {n} with a few more words in it"));
    }
    for command in COMMANDS {
        for word in command.aliases.iter().chain([&command.word]) {
            for who in [&stranger, &member] {
                // Answers are limited, and this asks for many.
                house.wait(10);
                let answer = house.answer(who, &format!("/{word}"));
                assert!(!answer.is_empty() && answer.len() <= ONE_PACKET, "/{word}: {} bytes", answer.len());
            }
        }
        house.join(&member, "m");
        house.answer(&stranger, "/leave");
    }
}

#[test]
fn who_joins_or_asks_learns_what_becomes_of_what_they_write() {
    let mut house = House::new();
    let anna = person("anna");
    let welcome = house.answer(&anna, "/join Anna");
    for part in ["kept", "share", "read", "remove", "/resume", "/history", "Trust this contact"] {
        assert!(welcome.contains(part), "{part} is missing in: {welcome}");
    }
    // With the longest name and a high number there is still nothing to cut.
    assert!(welcome.len() + 30 - "Roost".len() + 6 <= ONE_PACKET, "{}", welcome.len());
    let info = house.answer(&anna, "/info");
    assert!(info.contains("kept until removed") && info.contains("1 member."), "{info}");
}

#[test]
fn a_command_that_is_not_allowed_says_why() {
    let mut house = House::new();
    let stranger = person("stranger");
    assert_eq!(
        house.answer(&stranger, "/history"),
        "Only members of this group may do that. Send /join to join."
    );
    assert_eq!(
        house.answer(&stranger, "/resume"),
        "Only members of this group may do that. Send /join to join."
    );
    let long = format!("/join {}", "x".repeat(100));
    assert!(house.answer(&stranger, &long).contains("nick has 100 bytes"));
}

#[test]
fn a_repeated_command_is_proved_again_and_carried_out_once() {
    let mut house = House::new();
    let anna = person("anna");
    let command = house.signed(&anna, "/join Anna");
    assert_eq!(house.deliver(&anna, &command).1.len(), 1);
    house.answer(&anna, "/leave");
    let (proved, sent) = house.deliver(&anna, &command);
    assert!(proved && sent.is_empty());
    let info = house.ask(Some(&anna), "/api/v1/info", &[]);
    assert_eq!(get(&info, "member").as_bool(), Some(false));
}

#[test]
fn a_repeat_in_the_same_batch_is_carried_out_once() {
    let mut house = House::new();
    let anna = person("anna");
    let command = house.signed(&anna, "/help");
    let inputs = (0..3).map(|_| house.delivery(&anna, &command).0).collect();
    let effects = house.handle(inputs);
    let proofs = effects.iter().filter(|effect| matches!(effect, super::Effect::Accept(_))).count();
    assert_eq!((proofs, effects.len()), (3, 4));
}

#[test]
fn a_slip_is_answered_and_not_posted_and_other_slashes_are_text() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    assert!(house.answer(&anna, "/hlep").contains("Did you mean /help?"));
    assert_eq!(house.write(&anna, "/shrug"), (true, vec![]));
    assert_eq!(house.texts(&anna), ["/shrug"]);
}

#[test]
fn history_is_oldest_first_with_names_and_fits_one_packet_unless_more_is_asked_for() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.answer(&bob, "/join");
    assert_eq!(house.answer(&anna, "/history"), "Nothing has been said yet.");
    house.write(&anna, "first");
    house.write(&bob, "second\nAnna: forged");
    let short: String = bob.hash().to_string().chars().take(8).collect();
    assert_eq!(house.answer(&bob, "/history"), format!("Anna: first\n{short}: second Anna: forged"));
    for n in 0..60 {
        house.write(&anna, &format!("{n} {}", "long ".repeat(10)));
    }
    let packet = house.answer(&anna, "/history");
    assert!(packet.len() <= ONE_PACKET && packet.lines().last().unwrap().starts_with("Anna: 59"));
    assert_eq!(house.answer(&anna, "/last 7").lines().count(), 7);
    assert_eq!(house.answer(&anna, "/last 1000").lines().count(), 50);
    house.write(&anna, &"x".repeat(100_000));
    let packet = house.answer(&anna, "/history");
    assert!(packet.len() <= ONE_PACKET && packet.starts_with("Anna: xxx") && packet.ends_with('…'));
    assert!(house.answer(&anna, "/last 50").len() <= 8 * 1024);
    assert!(house.answer(&anna, "/last many").contains("is no number"));
    assert!(house.answer(&anna, "/last 0").contains("is no number"));
}

#[test]
fn info_says_what_members_and_keepers_can_do() {
    let mut house = House::new();
    let answer = house.answer(&person("stranger"), "/info");
    assert!(answer.starts_with("Roost: 0 members."));
    for said in crate::api::info::DISCLOSURES {
        assert!(answer.contains(&said.to_string()), "{answer}");
    }
}

#[test]
fn members_are_listed_page_by_page() {
    let mut house = House::new();
    for n in 1..=60 {
        house.join(&person(&format!("{n}")), &format!("Somebody called {n}"));
    }
    let asks = person("1");
    let (mut seen, mut ask) = (0, "/members".to_owned());
    loop {
        house.wait(20);
        let page = house.answer(&asks, &ask);
        assert!(page.len() <= ONE_PACKET && page.starts_with("60 members: "), "{page}");
        seen += page.matches("Somebody called").count();
        let Some((_, more)) = page.split_once(". /members ") else { break };
        ask = format!("/members {}", more.trim_end_matches(" for more."));
    }
    assert_eq!(seen, 60);
}

#[test]
fn a_person_is_found_by_any_name_that_people_have_for_them() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna B");
    house.join(&bob, "Bob");
    let identity = anna.hash().to_string();
    let address = crate::lxmf::message::delivery_destination(anna.hash()).to_string();
    let spaced: Vec<_> =
        identity.as_bytes().chunks(4).map(|four| std::str::from_utf8(four).unwrap()).collect();
    let names = [
        identity.clone(),
        identity.to_uppercase(),
        format!("<{identity}>"),
        spaced.join(":"),
        spaced.join(" ").to_uppercase(),
        identity[..6].to_owned(),
        address[..7].to_owned(),
        "1".to_owned(),
        "#1".to_owned(),
        "@anna_b".to_owned(),
        "\u{201e}ANNA b\u{201c}".to_owned(),
    ];
    for name in names {
        house.wait(20);
        let answer = house.answer(&bob, &format!("/who {name}"));
        assert_eq!(answer, format!("Anna B is member 1, {identity}."), "{name}");
    }
    // A hash of the wrong kind is recognised, and it is said which it was.
    let answer = house.answer(&bob, &format!("/who {address}"));
    assert!(answer.starts_with("Anna B is member 1") && answer.contains("lxmf.delivery address"), "{answer}");
    let own = house.group.delivery.to_string();
    assert!(house.answer(&bob, &format!("/who {own}")).contains("this group's own address"));
    assert!(house.answer(&bob, &format!("/who {}", "ab".repeat(16))).contains("Nothing is known here"));
    assert!(house.answer(&bob, "/who Carol").contains("Nobody here is called"));
}

#[test]
fn a_name_that_several_people_have_is_asked_back_about() {
    let mut house = House::new();
    let (anna, other) = (person("anna"), person("other"));
    house.join(&anna, "Anna");
    house.join(&other, "ANNA");
    let answer = house.answer(&anna, "/who anna");
    for who in [&anna, &other] {
        let short: String = who.hash().to_string().chars().take(8).collect();
        assert!(answer.contains(&short), "{answer}");
    }
    assert!(answer.contains("Several people") && answer.contains("#1 Anna") && answer.contains("#2 ANNA"));
}

#[test]
fn strangers_learn_nothing_about_who_is_called_what() {
    let mut house = House::new();
    house.join(&person("anna"), "Anna");
    let answer = house.answer(&person("stranger"), "/who Anna");
    assert!(answer.contains("Only members"), "{answer}");
}

#[test]
fn a_recorded_command_that_is_played_again_after_a_restart_does_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let open = || House::with_store(Store::open(&directory.path().join("roost.db")).unwrap());
    let anna = person("anna");
    let mut house = open();
    house.join(&anna, "Anna");
    // The first two find it so already, and are commands of a member all the same.
    let recorded: Vec<_> = ["/pause", "/join", "/resume", "/leave"]
        .into_iter()
        .map(|text| {
            house.wait(1);
            let message = house.signed(&anna, text);
            assert_eq!(house.deliver(&anna, &message).1.len(), 1);
            message
        })
        .collect();
    drop(house);
    let mut house = open();
    house.join(&anna, "Anna");
    house.answer(&anna, "/resume");
    let head = house.head();
    for message in &recorded {
        assert_eq!(house.deliver(&anna, message), (true, vec![]));
    }
    assert_eq!(house.head(), head);
}

#[test]
fn a_crowd_of_strangers_gets_few_answers_and_can_still_join() {
    let mut house = House::new();
    let answered = (0..100).filter(|n| {
        let (proved, sent) = house.write(&person(&format!("stranger {n}")), ["/help", "/hlep"][n % 2]);
        assert_eq!(proved, sent.len() == 1, "who gets no answer tries again");
        proved
    });
    assert_eq!(answered.count(), 20 + 9);
    assert!(house.answer(&person("anna"), "/join").starts_with("You are member 1"));
}

#[test]
fn one_who_asks_for_ever_is_answered_now_and_then() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let answered = (0..100).filter(|_| house.write(&anna, "/history 50").0);
    assert_eq!(answered.count(), 20 + 9);
    house.wait(10);
    house.answer(&anna, "/pause");
}

#[test]
fn members_whose_names_look_alike_are_told_apart_by_their_hashes() {
    let mut house = House::new();
    let (coco, other, anna) = (person("coco"), person("other"), person("anna"));
    house.join(&coco, "Coco");
    house.join(&anna, "Anna");
    house.write(&coco, "before");
    assert!(house.answer(&anna, "/last 1").starts_with("Coco: before"));
    // All Cyrillic.
    house.join(&other, "Сосо");
    house.write(&other, "after");
    let shown = house.answer(&anna, "/last 2");
    let [first, second] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
    let hash = |who: &crate::rns::identity::Identity| who.hash().to_string()[..4].to_owned();
    assert!(first.starts_with("Coco ") && first.contains(&hash(&coco)), "{first}");
    assert!(second.starts_with("Сосо ") && second.contains(&hash(&other)), "{second}");
}
