//! Coming in over requests and by message: approval, invites, the price, and who is told what.

use rmpv::Value;

use super::{Effect, House, bytes, get, person, said};
use crate::group::event::{RoleAssigned, SettingsChanged};
use crate::group::settings::GroupAccess;
use crate::group::{GroupEvent, JoinMode, JoinTerms, Relay, Role, Settings, work};
use crate::lxmf::StampState;
use crate::rns::hash::sha256;
use crate::rns::identity::Identity;
use crate::server::{Enforcement, Input, StampTerms};

const DAY: u32 = 86_400;

/// A group with an owner, who is sent messages, and these settings.
fn house(change: impl FnOnce(Settings) -> Settings) -> (House, Identity) {
    let (mut house, olga) = (House::new(), person("olga"));
    house.join(&olga, "Olga");
    let (member, role, by) = (olga.hash(), Role::Owner, None);
    house.apply(&RoleAssigned { member, role, by }.into());
    house.apply(&SettingsChanged { settings: change(Settings::public("Hamburg")), by }.into());
    // The network hears of it with the next input.
    house.ask(Some(&olga), "/api/v1/info", &[]);
    (house, olga)
}

fn with_terms(joining: JoinTerms) -> (House, Identity) {
    house(|settings| Settings { joining, ..settings })
}

fn with_mode(mode: JoinMode) -> (House, Identity) {
    with_terms(JoinTerms { mode, ..JoinTerms::default() })
}

fn error(answer: &Value) -> Option<&str> {
    get(answer, "error").as_str()
}

/// What is sent when this request is made, and to whom.
fn sent_for(
    house: &mut House,
    who: &Identity,
    path: &str,
    fields: &[(&str, Value)],
) -> Vec<(Identity, String)> {
    let people: Vec<_> = ["olga", "anna", "bert", "carl"].map(person).into_iter().collect();
    let data = crate::rns::msgpack::encode(&super::named(fields));
    let request = house.request(Some(who), path, data, super::MDU);
    let effects = house.handle(vec![request]);
    let texts = effects.iter().filter_map(|effect| match effect {
        Effect::Send(message) => {
            let is_to = |one: &&Identity| {
                crate::lxmf::message::delivery_destination(one.hash()) == message.destination
            };
            let to = people.iter().find(is_to).expect("only people of the test").clone();
            Some((to, String::from_utf8(said(message).content).unwrap()))
        }
        _ => None,
    });
    texts.collect()
}

fn events(house: &mut House) -> u64 {
    house.head().seq.0
}

#[test]
fn in_a_private_group_who_asks_waits_and_is_told_what_is_decided() {
    let (mut house, olga) = house(|settings| settings.with_access(GroupAccess::Private));
    let (anna, bert) = (person("anna"), person("bert"));
    let info = house.ask(Some(&anna), "/api/v1/info", &[]);
    assert_eq!(get(&info, "name").as_str(), Some("Private Group"));
    assert_eq!(get(get(&info, "joining"), "mode").as_str(), Some("approval"));
    assert_eq!(get(&info, "disclosures").as_array().map(Vec::len), Some(3));
    assert!(get(&info, "retention").is_str());

    let wish = [("nick", "Anna".into()), ("text", "I know Olga".into())];
    let answer = house.ask(Some(&anna), "/api/v1/join", &wish);
    assert_eq!(
        (get(&answer, "member").as_bool(), get(&answer, "pending").as_bool()),
        (Some(false), Some(true))
    );
    assert_eq!(get(&answer, "name").as_str(), Some("Private Group"));
    let before = events(&mut house);
    house.ask(Some(&anna), "/api/v1/join", &wish);
    assert_eq!(events(&mut house), before, "asking twice is one request");
    assert_eq!(error(&house.ask(Some(&anna), "/api/v1/messages", &[])), Some("pending"));
    house.ask(Some(&bert), "/api/v1/join", &[("nick", "Bert".into())]);

    let list = house.ask(Some(&olga), "/api/v1/pending", &[]);
    let applicants = get(&list, "applicants").as_array().unwrap();
    assert_eq!(get(&applicants[0], "text").as_str(), Some("I know Olga"));
    assert_eq!((applicants.len(), get(&list, "more").as_bool()), (2, Some(false)));
    assert_eq!(error(&house.ask(Some(&anna), "/api/v1/pending", &[])), Some("not_allowed"));

    let told = sent_for(&mut house, &olga, "/api/v1/members/approve", &[("person", "anna".into())]);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0.hash(), anna.hash());
    assert!(told[0].1.starts_with("You are member 2 of Hamburg. What you write"), "{}", told[0].1);
    let deny = [("person", bytes(bert.hash().as_bytes())), ("reason", "nobody knows you".into())];
    let told = sent_for(&mut house, &olga, "/api/v1/members/deny", &deny);
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].0.hash(), told[0].1.contains("nobody knows you")), (bert.hash(), true));
    let again = house.ask(Some(&anna), "/api/v1/join", &[]);
    assert_eq!((get(&again, "number").as_u64(), get(&again, "name").as_str()), (Some(2), Some("Hamburg")));
}

#[test]
fn staff_who_are_sent_messages_are_told_that_somebody_asks() {
    let (mut house, olga) = with_mode(JoinMode::Approval);
    let wish = [("nick", "Anna".into()), ("text", "I know Bert".into())];
    assert!(sent_for(&mut house, &person("anna"), "/api/v1/join", &wish).is_empty());
    let switch = crate::group::event::RelaySwitched { member: olga.hash(), relay: Relay::Text };
    house.apply(&switch.into());
    let told = sent_for(&mut house, &person("bert"), "/api/v1/join", &[("text", "I know Carl".into())]);
    assert_eq!(told.len(), 1);
    let (to, line) = &told[0];
    assert_eq!(to.hash(), olga.hash());
    let short: String = person("bert").hash().to_string().chars().take(8).collect();
    assert!(line.contains("asks to join: I know Carl") && line.contains(&short), "{line}");
    let (_, sent) = house.write(&olga, &format!("/approve {short}"));
    let texts: Vec<_> = sent.iter().map(|one| String::from_utf8(said(one).content).unwrap()).collect();
    assert!(texts.iter().any(|text| text.ends_with(" is member 2.")), "{texts:?}");
    assert!(texts.iter().any(|text| text.starts_with("You are member 2 of Hamburg")), "{texts:?}");
}

#[test]
fn who_waits_can_take_it_back_and_be_added_or_approved_before_they_ask() {
    let (mut house, olga) = with_mode(JoinMode::Approval);
    let (anna, bert, carl) = (person("anna"), person("bert"), person("carl"));
    house.join(&anna, "Anna");
    assert!(house.answer(&anna, "/leave").starts_with("You are no member"));
    assert_eq!(house.answer(&olga, "/pending"), "Nobody waits for approval.");
    let hash = bert.hash().to_string();
    assert!(house.answer(&olga, &format!("/allow {hash}")).contains("may come in as soon as they ask"));
    assert_eq!(get(&house.join(&bert, "Bert"), "member").as_bool(), Some(true));
    let hash = carl.hash().to_string().to_uppercase();
    assert!(house.answer(&olga, &format!("/adduser {hash} Carl")).starts_with("Carl is member 3."));
    assert_eq!(get(&house.join(&carl, "x"), "number").as_u64(), Some(3));
}

#[test]
fn an_invite_made_in_chat_lets_one_person_in_and_guessing_is_slowed_down() {
    let (mut house, olga) = with_mode(JoinMode::Invite);
    let anna = person("anna");
    assert_eq!(error(&house.join(&anna, "Anna")), Some("invite"));
    let made = house.answer(&olga, "/invite 1 2h");
    let code: String = made.split_whitespace().find(|word| word.len() == 17).unwrap().to_owned();
    assert!(made.contains("roost://") && made.len() <= crate::command::ONE_PACKET, "{made}");
    let spoken = code.to_lowercase().replace('-', " ");
    assert!(house.answer(&anna, &format!("/join Anna {spoken}")).starts_with("You are member 2"));
    assert_eq!(house.answer(&olga, "/invites"), "No invite stands. /invite makes one.");

    let made = house.ask(Some(&olga), "/api/v1/invites/create", &[("uses", 3.into())]);
    let link = get(&made, "link").clone();
    let bert = person("bert");
    for _ in 0..10 {
        let wrong = house.ask(Some(&bert), "/api/v1/join", &[("code", code.as_str().into())]);
        assert_eq!(error(&wrong), Some("invite"));
    }
    let slow = house.ask(Some(&bert), "/api/v1/join", &[("code", link.clone())]);
    assert_eq!(error(&slow), Some("slow_down"));
    house.wait(60);
    let joined = house.ask(Some(&bert), "/api/v1/join", &[("code", link.clone())]);
    assert_eq!(get(&joined, "number").as_u64(), Some(3));
    let list = house.ask(Some(&olga), "/api/v1/invites", &[]);
    let invite = &get(&list, "invites").as_array().unwrap()[0];
    assert_eq!((get(invite, "used").as_u64(), get(invite, "uses").as_u64()), (Some(1), Some(3)));
    assert_eq!(get(invite, "by").as_slice(), Some(&olga.hash().as_bytes()[..]));
    let number = get(invite, "invite").clone();
    let audit = house.ask(Some(&olga), "/api/v1/audit", &[("limit", 5.into())]).to_string();
    assert!(audit.contains(&format!("joined with invite {number}.")), "{audit}");
    house.ask(Some(&olga), "/api/v1/invites/revoke", &[("invite", number)]);
    let late = house.ask(Some(&person("carl")), "/api/v1/join", &[("code", link)]);
    assert_eq!(error(&late), Some("invite"));
    // No code is on the disk: its hash is.
    let letters = code.replace('-', "");
    let text = house.with(|store, gid| format!("{:?}", store.invites_page(gid, crate::group::Seq(0), 9)));
    assert!(!text.contains(&letters));
}

/// Ten lines that a client in another language needs, too.
fn work_for(house: &House, who: &Identity, bits: u32) -> Vec<u8> {
    let day = work::day(house.now.unix).to_be_bytes();
    let is_enough = |nonce: &[u8; 8]| {
        let hash = sha256(&[b"roost-join1", house.gid().as_bytes(), who.hash().as_bytes(), &day, nonce]);
        u32::from_be_bytes(*hash.first_chunk().unwrap()).leading_zeros() >= bits
    };
    (0_u64..).map(u64::to_be_bytes).find(is_enough).unwrap().to_vec()
}

#[test]
fn who_pays_the_price_in_work_joins_and_who_does_not_leaves_no_trace() {
    let (mut house, _) = with_terms(JoinTerms { price: 10, ..JoinTerms::default() });
    let anna = person("anna");
    let joining = get(&house.ask(None, "/api/v1/info", &[]), "joining").clone();
    assert_eq!(get(&joining, "price").as_u64(), Some(10));
    assert_eq!(get(&joining, "day").as_u64(), Some(u64::from(work::day(house.now.unix))));
    let before = events(&mut house);
    assert_eq!(error(&house.join(&anna, "Anna")), Some("price"));
    let of_bert = bytes(&work_for(&house, &person("bert"), 10));
    let stolen = house.ask(Some(&anna), "/api/v1/join", &[("work", of_bert)]);
    assert_eq!((error(&stolen), get(&stolen, "field").as_str()), (Some("price"), Some("work")));
    assert_eq!(events(&mut house), before);
    let work = bytes(&work_for(&house, &anna, 10));
    let joined = house.ask(Some(&anna), "/api/v1/join", &[("work", work)]);
    assert_eq!(get(&joined, "number").as_u64(), Some(2));
}

#[test]
fn who_writes_by_message_pays_with_a_stamp_or_is_told_what_else_to_do() {
    let (mut house, _) = with_terms(JoinTerms { price: 10, ..JoinTerms::default() });
    let anna = person("anna");
    let refused = house.answer(&anna, "/join Anna");
    assert!(refused.contains("10 bits of work") && refused.contains("/join NAME CODE"), "{refused}");
    house.server.ask_for_stamps(StampTerms { cost: 8, enforcement: Enforcement::Taken });
    let mut joins = |value| {
        house.wait(60);
        let message = house.signed(&anna, "/join Anna");
        let (mut input, proof) = house.delivery(&anna, &message);
        if let Input::Message { stamp, .. } = &mut input {
            *stamp = StampState::Valid(value);
        }
        let (_, sent) = house.deliver_input(input, &proof);
        String::from_utf8(said(&sent[0]).content).unwrap()
    };
    let refused = joins(9);
    assert!(refused.contains("with a stamp of 10 bits"), "{refused}");
    assert!(joins(10).starts_with("You are member 2"));
}

#[test]
fn who_is_new_is_a_newcomer_until_probation_is_over() {
    let (mut house, _) = with_terms(JoinTerms { probation: 3_600, ..JoinTerms::default() });
    let anna = person("anna");
    house.join(&anna, "Anna");
    let pin = |house: &mut House| {
        let group = house.with(|store, gid| store.group(gid).unwrap().unwrap());
        let member = house.with(|store, gid| store.member(gid, person("anna").hash()).unwrap().unwrap());
        crate::group::rules::role_of(&group.facts, &member, house.now.unix)
    };
    let before = events(&mut house);
    assert_eq!(pin(&mut house), Role::Newcomer);
    house.wait(3_600);
    assert_eq!((pin(&mut house), events(&mut house)), (Role::Member, before));
}

#[test]
fn members_of_whom_nothing_is_heard_are_let_go_and_staff_stay() {
    let (mut house, olga) = with_terms(JoinTerms { idle_days: 30, ..JoinTerms::default() });
    let (anna, bert) = (person("anna"), person("bert"));
    house.join(&anna, "Anna");
    house.join(&bert, "Bert");
    let look = |house: &mut House| {
        house.wait(3_700);
        house.server.handle_timeout(house.now);
        std::iter::from_fn(|| house.server.poll_effect()).count()
    };
    look(&mut house);
    for _ in 0..28 {
        house.wait(DAY);
        house.ask(Some(&bert), "/api/v1/info", &[]);
        look(&mut house);
    }
    assert!(house.with(|store, gid| store.member(gid, person("anna").hash()).unwrap().is_some()));
    house.wait(2 * DAY);
    house.ask(Some(&bert), "/api/v1/info", &[]);
    look(&mut house);
    let left = |house: &mut House, who: &Identity| {
        house.with(|store, gid| store.member(gid, who.hash()).unwrap().is_none())
    };
    assert!(left(&mut house, &anna) && !left(&mut house, &bert) && !left(&mut house, &olga));
    let seq = house.head().seq;
    let event = house.with(|store, gid| {
        let row = store.event(gid, seq).unwrap().unwrap();
        let header = crate::group::encoding::Header::decode(&row.header).unwrap();
        crate::group::encoding::decode(&header, row.private.as_deref())
    });
    let crate::group::encoding::Decoded::Event(GroupEvent::MemberLeft(event)) = event else { panic!() };
    assert_eq!((event.member, event.idle), (anna.hash(), true));
}

#[test]
fn ten_thousand_bots_that_do_not_pay_or_find_no_place_store_nothing() {
    let rows = |house: &mut House| {
        house.with(|store, gid| {
            let waiting = store.applicant_count(gid).unwrap();
            (store.head(gid).unwrap().unwrap().seq.0, store.member_count(gid).unwrap(), waiting)
        })
    };
    let bot = |n: u32| {
        let mut seed = [3; 32];
        seed[..4].copy_from_slice(&n.to_be_bytes());
        Identity::generate(&mut crate::rns::random::Random::from_seed(seed))
    };
    let bots: Vec<_> = (0..2_000).map(bot).collect();
    // Each comes five times; making ten thousand identities is what takes long in a test.
    let storm = |house: &mut House| {
        for _ in 0..5 {
            for crowd in bots.chunks(500) {
                let join = crate::rns::msgpack::encode(&super::named(&[("nick", "bot".into())]));
                let requests =
                    crowd.iter().map(|bot| house.request(Some(bot), "/api/v1/join", join.clone(), 431));
                let requests: Vec<_> = requests.collect();
                house.handle(requests);
            }
        }
    };
    let (mut priced, _) =
        with_terms(JoinTerms { mode: JoinMode::Approval, price: 20, ..JoinTerms::default() });
    let before = rows(&mut priced);
    storm(&mut priced);
    assert_eq!(rows(&mut priced), before, "no row and no event without work");

    let (mut queue, _) = with_mode(JoinMode::Approval);
    let (events, members, _) = rows(&mut queue);
    storm(&mut queue);
    let most = u64::from(JoinTerms::DEFAULT_MAX_PENDING);
    assert_eq!(
        rows(&mut queue),
        (events + most, members, 100),
        "as many as may wait, and one event for each"
    );
    let last = bots[1_999].hash();
    assert_eq!(queue.with(|store, _| store.identity_key(last).unwrap()), None);
}
