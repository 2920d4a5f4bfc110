//! What a router makes of messages on paper.

use std::time::Duration;

use super::world::{Person, World};
use crate::lxmf::paper::{self, PaperError};
use crate::lxmf::{DeliveryToken, Event, Message, OutboundMessage, Road};
use crate::rns::hash::DestinationHash;

/// The paper on which one person writes to another.
fn written(
    world: &mut World,
    from: usize,
    to: DestinationHash,
    content: &[u8],
) -> Result<String, PaperError> {
    let (now, source) = (world.now(), world.address(from));
    let message =
        Message { time: now.unix, title: Vec::new(), content: content.to_vec(), fields: Vec::new() };
    let Person { node, router, .. } = &mut world.people[from];
    router.write_paper(now, node, &OutboundMessage::new(source, to, &message))
}

fn read(world: &mut World, person: usize, text: &str) -> Result<(), PaperError> {
    let now = world.now();
    let Person { node, router, .. } = &mut world.people[person];
    let outcome = router.read_paper(now, node, text);
    world.call(person, |_, _| ());
    outcome
}

#[test]
fn message_on_paper_arrives_with_its_author_and_nobody_asks_for_a_stamp() {
    let mut world = World::of_acquaintances_asking(&[0, 20]);
    let to = world.address(1);
    let paper = written(&mut world, 0, to, b"carried by hand").unwrap();
    assert_eq!(read(&mut world, 1, &paper), Ok(()));
    world.run(Duration::from_secs(1));
    let (_, event) = &world.people[1].events[0];
    let Event::Received { message, author, road, proof, .. } = event else { panic!("{event:?}") };
    assert_eq!(message.message.content, b"carried by hand");
    assert_eq!((author, *road), (world.people[0].identity.public(), Road::Paper));
    assert_eq!(*proof, DeliveryToken::Paper(paper::id(&paper).unwrap()));
    assert!(world.sent.is_empty(), "nothing is on the air");
}

#[test]
fn paper_of_a_stranger_waits_for_the_author_s_key() {
    let mut world = World::of_strangers(2);
    world.announce(1);
    world.run(Duration::from_secs(1));
    let to = world.address(1);
    let paper = written(&mut world, 0, to, b"first contact").unwrap();
    world.loss = Box::new(|_, _| true);
    assert_eq!(read(&mut world, 1, &paper), Ok(()));
    world.run(Duration::from_secs(1));
    assert!(world.received(1).is_empty());
    world.loss = Box::new(|_, _| false);
    world.announce(0);
    world.run(Duration::from_secs(1));
    assert_eq!(world.received(1), ["first contact"]);
}

#[test]
fn paper_for_somebody_else_and_paper_with_a_wrong_letter_are_refused() {
    let mut world = World::of_acquaintances(3);
    let to = world.address(1);
    let paper = written(&mut world, 0, to, b"not for you").unwrap();
    assert_eq!(read(&mut world, 2, &paper), Err(PaperError::NotForUs));
    let other = if paper.ends_with('A') { 'Q' } else { 'A' };
    let wrong = format!("{}{other}", &paper[..paper.len() - 2]);
    assert_eq!(read(&mut world, 1, &wrong), Err(PaperError::NotForUs));
    assert_eq!(read(&mut world, 1, "lxm://"), Err(PaperError::Unreadable));
    assert!(world.received(1).is_empty() && world.received(2).is_empty());
}

#[test]
fn what_is_too_long_and_whose_recipient_is_unknown_is_not_written() {
    let mut world = World::of_acquaintances(2);
    let to = world.address(1);
    assert!(written(&mut world, 0, to, &[b'x'; 1990]).is_ok());
    assert!(matches!(written(&mut world, 0, to, &[b'x'; 2100]), Err(PaperError::TooLarge { .. })));
    let unknown = DestinationHash::from_bytes([9; 16]);
    assert_eq!(written(&mut world, 0, unknown, b"hello"), Err(PaperError::UnknownRecipient));
}
