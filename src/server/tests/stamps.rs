//! Stamps and tickets: who is refused without, who gets a ticket and when, and whose are used.

use rmpv::Value;

use super::{House, bytes, person, said};
use crate::lxmf::ticket::{FIELD_TICKET, Grant, Ticket};
use crate::lxmf::{Message, OutboundMessage, Road, SignedMessage, StampState};
use crate::rns::identity::Identity;
use crate::rns::msgpack;
use crate::rns::time::UnixTime;
use crate::server::{Enforcement, Input, StampTerms};

const DAY: u32 = 86_400;

/// A group that asks for stamps, and Anna, who has joined with one.
fn house(enforcement: Enforcement) -> (House, Identity, Vec<OutboundMessage>) {
    let (mut house, anna) = (House::new(), person("anna"));
    house.server.ask_for_stamps(StampTerms { cost: 8, enforcement });
    let (proved, sent) = write(&mut house, &anna, "/join Anna", StampState::Valid(9));
    assert!(proved);
    (house, anna, sent)
}

fn write(
    house: &mut House,
    author: &Identity,
    text: &str,
    stamp: StampState,
) -> (bool, Vec<OutboundMessage>) {
    house.wait(1);
    let message = house.signed(author, text);
    bring(house, author, &message, Road::Link, stamp)
}

fn bring(
    house: &mut House,
    author: &Identity,
    message: &SignedMessage,
    came_by: Road,
    brought: StampState,
) -> (bool, Vec<OutboundMessage>) {
    let (mut input, proof) = house.delivery(author, message);
    if let Input::Message { road, stamp, .. } = &mut input {
        (*road, *stamp) = (came_by, brought);
    }
    house.deliver_input(input, &proof)
}

/// Writes with a ticket.
fn write_with(
    house: &mut House,
    author: &Identity,
    text: &str,
    ticket: &Ticket,
) -> (bool, Vec<OutboundMessage>) {
    house.wait(1);
    let message = house.signed(author, text);
    let stamp = StampState::Ticket(ticket.stamp(message.hash));
    bring(house, author, &message, Road::Link, stamp)
}

/// The ticket in a message of the group.
fn given(sent: &OutboundMessage, now: UnixTime) -> Option<Grant> {
    let fields = msgpack::decode(&said(sent).fields).unwrap();
    let field = fields.as_map().unwrap().iter().find(|(id, _)| id.as_u64() == Some(FIELD_TICKET));
    field.and_then(|(_, value)| Grant::from_field(value, now))
}

fn ticket_message(house: &mut House, author: &Identity, grant: &Value) -> SignedMessage {
    house.wait(1);
    let fields = msgpack::encode(&Value::Map(vec![(FIELD_TICKET.into(), grant.clone())]));
    let message = Message { time: house.now.unix, title: Vec::new(), content: b"hello".to_vec(), fields };
    SignedMessage::sign(message, house.group.delivery, author)
}

/// The ticket that an answer to the author would go out with.
fn used_for(house: &mut House, author: &Identity) -> Option<Ticket> {
    let (_, mut sent) = write(house, author, "/info", StampState::Valid(9));
    sent.pop().unwrap().ticket
}

#[test]
fn without_the_stamp_a_message_is_refused_counted_and_its_author_told_once() {
    let (mut house, anna, _) = house(Enforcement::Refused);
    let head = house.head();
    let (proved, sent) = write(&mut house, &anna, "no stamp", StampState::Missing);
    assert!(!proved && sent.len() == 1);
    let hint = String::from_utf8(said(&sent[0]).content).unwrap();
    assert!(hint.contains("a stamp of 8 bits") && hint.len() <= crate::command::ONE_PACKET, "{hint}");
    assert_eq!(write(&mut house, &anna, "too little", StampState::Invalid), (false, vec![]));
    assert_eq!((house.head(), house.server.unstamped()), (head, 2));
    assert!(write(&mut house, &anna, "enough", StampState::Valid(8)).0);
    assert_eq!(house.texts(&anna), ["enough"]);
}

#[test]
fn a_banned_person_gets_no_hint_about_stamps() {
    let (mut house, anna, _) = house(Enforcement::Refused);
    house.ban(&anna);
    assert_eq!(write(&mut house, &anna, "no stamp", StampState::Missing), (false, vec![]));
}

#[test]
fn stamps_that_are_asked_for_but_not_enforced_keep_nobody_out() {
    let (mut house, anna, _) = house(Enforcement::Taken);
    for stamp in [StampState::Missing, StampState::Invalid, StampState::Ticket([1; 16])] {
        assert!(write(&mut house, &anna, "hello", stamp).0);
    }
}

#[test]
fn a_member_gets_a_ticket_with_an_answer_at_most_once_a_day_and_writes_with_it() {
    let (mut house, anna, welcome) = house(Enforcement::Refused);
    let grant = given(&welcome[0], house.now.unix).expect("the welcome brings a ticket");
    assert!(write_with(&mut house, &anna, "with the ticket", &grant.ticket).0);
    let (_, sent) = write_with(&mut house, &anna, "/info", &grant.ticket);
    assert_eq!(given(&sent[0], house.now.unix), None, "one a day");
    house.wait(DAY);
    let (_, sent) = write_with(&mut house, &anna, "/info", &grant.ticket);
    assert_eq!(given(&sent[0], house.now.unix), Some(grant.clone()), "the same while it is fresh");
    house.wait(8 * DAY);
    let (_, sent) = write_with(&mut house, &anna, "/info", &grant.ticket);
    let second = given(&sent[0], house.now.unix).expect("less than two weeks are left");
    assert_ne!(second, grant);
    assert!(write_with(&mut house, &anna, "the first still holds", &grant.ticket).0);
    assert!(write_with(&mut house, &anna, "and so does the second", &second.ticket).0);
    house.wait(12 * DAY);
    assert!(!write_with(&mut house, &anna, "the first has ended", &grant.ticket).0);
    assert!(write_with(&mut house, &anna, "the second has not", &second.ticket).0);
}

#[test]
fn a_ticket_is_good_for_its_member_alone_and_goes_when_they_leave() {
    let (mut house, anna, welcome) = house(Enforcement::Refused);
    let ticket = given(&welcome[0], house.now.unix).unwrap().ticket;
    let bob = person("bob");
    write(&mut house, &bob, "/join Bob", StampState::Valid(9));
    assert!(!write_with(&mut house, &bob, "with Anna's ticket", &ticket).0);
    assert!(!write_with(&mut house, &anna, "made up", &Ticket::from_bytes([7; 16])).0);
    assert!(write_with(&mut house, &anna, "/leave", &ticket).0);
    assert!(!write_with(&mut house, &anna, "/join Anna", &ticket).0);
}

#[test]
fn strangers_get_no_ticket_and_nobody_does_where_no_stamps_are_asked_for() {
    let (mut house, ..) = house(Enforcement::Refused);
    let (_, sent) = write(&mut house, &person("stranger"), "/info", StampState::Valid(9));
    assert_eq!(said(&sent[0]).fields, [0x80]);
    let mut house = House::new();
    let (_, sent) = house.write(&person("anna"), "/join Anna");
    assert_eq!(said(&sent[0]).fields, [0x80]);
}

#[test]
fn a_ticket_never_makes_an_answer_too_long_for_a_packet() {
    let (mut house, anna, _) = house(Enforcement::Refused);
    house.wait(DAY);
    let (_, sent) = write(&mut house, &anna, "/help", StampState::Valid(9));
    assert!(sent[0].payload.len() <= 303, "{}", sent[0].payload.len());
}

#[test]
fn a_ticket_from_a_member_is_used_until_it_ends_and_a_newer_one_replaces_it() {
    let (mut house, anna, _) = house(Enforcement::Refused);
    assert_eq!(used_for(&mut house, &anna), None);
    let grant = |house: &mut House, number: u8, secs: f64| {
        let expires = house.now.unix.as_secs_f64() + secs;
        let field = Value::Array(vec![expires.into(), bytes(&[number; 16])]);
        let message = ticket_message(house, &anna, &field);
        bring(house, &anna, &message, Road::Link, StampState::Valid(9)).0
    };
    assert!(grant(&mut house, 1, 1_000.0));
    assert_eq!(used_for(&mut house, &anna), Some(Ticket::from_bytes([1; 16])));
    assert!(grant(&mut house, 2, 500.0));
    assert_eq!(used_for(&mut house, &anna), Some(Ticket::from_bytes([2; 16])));
    assert!(grant(&mut house, 3, -500.0), "one that has ended is none");
    assert_eq!(used_for(&mut house, &anna), Some(Ticket::from_bytes([2; 16])));
    house.wait(500);
    assert_eq!(used_for(&mut house, &anna), None);
}

#[test]
fn a_ticket_from_a_stranger_or_in_a_refused_message_is_not_kept() {
    let (mut house, anna, _) = house(Enforcement::Refused);
    let stranger = person("stranger");
    let expires = house.now.unix.as_secs_f64() + 1e6;
    let field = Value::Array(vec![expires.into(), bytes(&[1; 16])]);
    let message = ticket_message(&mut house, &stranger, &field);
    bring(&mut house, &stranger, &message, Road::Link, StampState::Valid(9));
    let message = ticket_message(&mut house, &anna, &field);
    bring(&mut house, &anna, &message, Road::Link, StampState::Missing);
    let kept = |who: &Identity, house: &mut House| {
        let who = who.hash();
        house.with(|store, gid| store.ticket_granted(gid, who).unwrap())
    };
    assert_eq!((kept(&stranger, &mut house), kept(&anna, &mut house)), (None, None));
}

#[test]
fn tickets_that_have_ended_are_forgotten_while_the_server_runs() {
    let (mut house, anna, _) = house(Enforcement::Refused);
    let kept = |house: &mut House| {
        let anna = anna.hash();
        house.with(|store, gid| store.tickets_given(gid, anna).unwrap().len())
    };
    house.wait(26 * DAY - 10);
    house.server.handle_timeout(house.now);
    assert_eq!(kept(&mut house), 1, "there is a grace of five days");
    house.wait(3_700);
    house.server.handle_timeout(house.now);
    assert_eq!(kept(&mut house), 0);
}
