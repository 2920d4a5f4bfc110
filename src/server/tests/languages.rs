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

/// What staff may say, one behind the other.
const LINES: &str = "\
    hello | /help | /help ban | /help nothing | /info | /create | /create Perch | \
    /create Perch preset=x | /announce | /members Bob | /members nobody | /members | /approve Bob | \
    /deny Cleo too early | /deny Bob | /add | /add 00112233445566778899aabbccddeeff Dora | /pending | \
    /invite 3 7d | /invite 0 | /invite x | /invites | /uninvite 99999 | /uninvite x | /search casino | \
    /search | /pins | /msg Bob hi | /msg Anna hi | /react 3 x | /react 3 | /react | /edit 99 x | \
    /edit | /delete 99 | /delete | /delete x | /pin 99 | /pin | /unpin | /status | /status 99 | \
    /resume | /textonly | /short | /mentions | /notify | /notify all | /notify x | /nick | /nick Ann | \
    /nick [x] | /nick Anna | /whoami | /rules | /role | /role Bob | /role Bob x | /role Bob member | \
    /role Bob moderator | /role Anna member | /role owner -roles.change | /role member | /grant Bob | \
    /grant Bob members.kick 7d | /grant Bob members.kick | /grant Bob x | /grant Anna members.kick | \
    /grant Bob members.kick x | /revoke Bob members.kick | /revoke Bob members.ban | /rename | \
    /rename Bob Rob | /rename Rob Bob | /set | /set greeting | /set slow x | /set nothing 1 | \
    /set unlisted x | /set icon fish red | /set joining x | /set keep_days 0 | /set max_text 1 | \
    /set see_info nobody | /set filters allow | /set filters refuse pattern a* | \
    /set filters refuse word casino | /set slow 999999 | /set burst 0 | /set name | /audit 50 | \
    /audit x | /lang | /pause | /mute Bob 2h loud | /mute Bob 2h loud | /bans | /bans Bob | \
    /bans Anna | /unmute Bob | /unmute Bob | /kick | /kick Anna | /kick Bob | /kick Bob | \
    /ban Bob 7d purge loud | /ban Bob 7d | /bans | /unban Bob | /unban Bob | /bans | /slow 30s | \
    /slow off | /slow x | /hold | /hold x | /hold 99 | /hold 99 ok | /hlep | /leave";

/// The same acts in two groups, one that speaks English and one that speaks German.
#[test]
fn no_answer_of_a_command_and_no_refusal_is_alike_in_two_languages() {
    let mut houses = [Language::English, Language::German].map(|language| (House::new(), language));
    let answers = houses.each_mut().map(|(house, language)| {
        let (anna, bob, cleo) = (person("anna"), person("bob"), person("cleo"));
        house.join(&anna, "Anna");
        house.join(&bob, "Bob");
        house.appoint(&anna, crate::group::Role::Owner);
        assert!(house.answer(&anna, &format!("/set language {language}")).starts_with("language"));
        house.answer(&anna, "/set joining approval");
        house.answer(&cleo, "/join Cleo");
        let mut said = Vec::new();
        for line in LINES.split(" | ") {
            house.wait(60);
            let (_, sent) = house.write(&anna, line);
            let to_anna = crate::lxmf::message::delivery_destination(anna.hash());
            let answer = sent.iter().find(|sent| sent.destination == to_anna);
            let text = answer.map(|sent| String::from_utf8(super::said(sent).content).unwrap());
            said.push((line, text));
        }
        said
    });
    let [english, german] = answers;
    let (mut told, mut found) = (0, Vec::new());
    for ((line, english), (_, german)) in english.iter().zip(&german) {
        assert_eq!(english.is_some(), german.is_some(), "{line}: {english:?} {german:?}");
        let (Some(english), Some(german)) = (english, german) else { continue };
        told += 1;
        if english == german {
            found.push((*line, english.as_str()));
        }
    }
    let is_name_and_value = |(line, said): &&(&str, &str)| line.starts_with("/set ") && said.contains(": ");
    found.retain(|one| !is_name_and_value(&one));
    assert_eq!(found, []);
    assert!(told + 1 >= english.len(), "only {told} of {} lines were answered", english.len());
}

/// Who has chosen nothing, and who is no member, is spoken to as the group is set.
#[test]
fn a_group_has_a_language_for_strangers() {
    let mut house = House::new();
    let (anna, bob, cleo) = (person("anna"), person("bob"), person("cleo"));
    house.join(&anna, "Anna");
    house.appoint(&anna, crate::group::Role::Owner);
    house.answer(&anna, "/lang en");
    assert_eq!(house.answer(&anna, "/set language Deutsch"), "language: de");
    assert!(house.answer(&anna, "/set language").starts_with("language: de (the language of"));
    assert!(house.answer(&bob, "/members").contains("Zum Beitreten sende /join."));
    let (_, sent) = house.write(&cleo, "hello");
    let hint = String::from_utf8(super::said(&sent[0]).content).unwrap();
    assert_eq!(hint, Sentence::NothingPostedJoin.said_in(Language::German));
    assert!(house.answer(&bob, "/join Bob").starts_with("Du bist Mitglied 2"));
    house.answer(&bob, "/lang en");
    assert_eq!(house.answer(&bob, "/pins"), "Nothing is pinned.");
    assert!(house.answer(&anna, "/set language klingon").contains("one of: en, de"));
}

#[test]
fn help_says_what_a_word_does_for_whom_and_how() {
    let mut house = House::new();
    let anna = person("anna");
    house.join(&anna, "Anna");
    let ban = "/ban NAME [7d] [purge] [REASON]: keeps somebody out, for a time or for good. \
               For: owner, admin, moderator. Also /block.";
    assert_eq!(house.answer(&anna, "/help block"), ban);
    assert!(house.answer(&anna, "/help mute").starts_with("/pause: stops"), "a member's own");
    house.answer(&anna, "/lang de");
    let ban = "/ban NAME [7d] [purge] [GRUND]: hält jemanden fern, auf Zeit oder für immer. \
               Für: owner, admin, moderator. Auch /block.";
    assert_eq!(house.answer(&anna, "/help ban"), ban);
    for command in COMMANDS {
        house.wait(30);
        let said = house.answer(&anna, &format!("/help {}", command.word));
        assert!(said.len() <= ONE_PACKET && said.contains("Für"), "{said}");
    }
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
