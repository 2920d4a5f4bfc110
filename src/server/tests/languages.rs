//! Languages: each member is spoken to in theirs, in one packet, on every road.

use super::{House, get, person};
use crate::command::{COMMANDS, ONE_PACKET};
use crate::group::{Language, Sentence};

#[test]
fn a_member_is_spoken_to_in_the_language_that_they_have_chosen() {
    let mut house = House::new();
    let (anna, bob) = (person("anna"), person("bob"));
    house.join(&anna, "Anna");
    house.join(&bob, "Bob");
    assert!(house.answer(&anna, "/lang").starts_with("I speak English to you. /lang en"));
    assert_eq!(house.answer(&anna, "/Lang Deutsch"), "Ich spreche Deutsch mit dir.");
    assert_eq!(house.answer(&anna, "/pause"), Sentence::SendsNothing.said_in(Language::German));
    assert!(house.answer(&anna, "/history many").contains("keine Anzahl von Nachrichten"));
    assert!(house.answer(&anna, "/hlep").contains("Meintest du /help?"));
    assert!(house.answer(&anna, "/members").starts_with("2 Mitglieder: 1 Anna"));
    assert!(house.answer(&anna, "/lang klingon").contains("keine Sprache"));
    // Nobody else is.
    assert_eq!(house.answer(&bob, "/pause"), Sentence::SendsNothing.to_string());
    assert_eq!(house.answer(&anna, "/lang en"), "I speak English to you.");
}

#[test]
fn who_is_banned_is_told_in_their_language_although_they_are_no_member_any_more() {
    let mut house = House::new();
    let anna = person("anna");
    house.answer(&anna, "/join Anna");
    house.answer(&anna, "/lang de");
    house.with(|store, gid| {
        let head = store.head(gid).unwrap();
        let event = crate::group::event::IdentityBanned::new(
            (anna.hash(), None, None),
            String::new(),
            None,
            None,
            &[],
        );
        store
            .apply(gid, head.as_ref(), &event.into(), crate::rns::time::UnixTime::default(), [0; 16])
            .unwrap();
        assert_eq!(store.language(gid, anna.hash()).unwrap(), Some(Language::German));
    });
    house.with(|store, gid| assert_eq!(store.language(gid, anna.hash()).unwrap(), None));
}

#[test]
fn programs_choose_a_language_for_a_member_or_for_one_answer() {
    let mut house = House::new();
    let anna = person("anna");
    let german = Sentence::OnlyMembers.said_in(Language::German);
    let path = "/api/v1/me/language";
    let refused = house.ask(Some(&anna), path, &[("lang", "de".into())]);
    assert_eq!(get(&refused, "what").as_str(), Some(german.as_str()), "also to who is no member");
    let asked = house.ask(Some(&anna), "/api/v1/messages", &[("lang", "de".into())]);
    assert_eq!(get(&asked, "what").as_str(), Some(german.as_str()));
    house.join(&anna, "Anna");
    let info = house.ask(None, "/api/v1/info", &[("lang", "de".into())]);
    let retention = Sentence::KeptUntilRemoved.said_in(Language::German);
    assert_eq!(get(&info, "retention").as_str(), Some(retention.as_str()));
    assert_eq!(get(&house.ask(Some(&anna), path, &[]), "lang").as_str(), Some("en"));
    assert_eq!(get(&house.ask(Some(&anna), path, &[("lang", "de".into())]), "lang").as_str(), Some("de"));
    assert_eq!(get(&house.ask(Some(&anna), path, &[]), "lang").as_str(), Some("de"));
    let refused = house.ask(Some(&anna), path, &[("lang", "klingon".into())]);
    assert_eq!(get(&refused, "field").as_str(), Some("lang"));
    assert!(get(&refused, "what").as_str().unwrap().contains("keine Sprache"));
}

#[test]
fn every_command_is_answered_in_one_packet_in_every_language() {
    for language in Language::ALL {
        let mut house = House::new();
        let (anna, name) = (person("anna"), "ä".repeat(32));
        for command in COMMANDS {
            house.join(&anna, &name);
            house.wait(30);
            house.answer(&anna, &format!("/lang {language}"));
            for arguments in
                ["", " 1", " ääääääääääääääääääääääääääääää", " ffffffffffffffff0000000000000000"]
            {
                house.wait(30);
                let answer = house.answer(&anna, &format!("/{}{arguments}", command.word));
                assert!(!answer.is_empty() && answer.len() <= ONE_PACKET, "{answer}");
                assert!(!answer.ends_with('\u{2026}'), "/{} is cut: {answer}", command.word);
            }
        }
    }
}
