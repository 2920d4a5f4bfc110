//! Channels between two ends: order, loss, proofs, windows, and what a peer must not be able to do.

use std::time::Duration;

use super::pair::{Pair, Pipe, Side};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::{CloseReason, Event};
use crate::rns::link::{ChannelStatus, MessageType, Sequence};
use crate::rns::packet::{Context, Packet, PacketType};

const KNOWN: MessageType = MessageType(0x0101);
const SIDES: [Side; 2] = [Side::Initiator, Side::Responder];

impl Pair {
    /// A link with a channel open at both ends.
    pub(crate) fn with_channel(pipe: Pipe) -> Self {
        let mut pair = Self::new(pipe);
        for side in SIDES {
            pair.link(side).0.open_channel(&[KNOWN]).unwrap();
        }
        pair
    }

    pub(crate) fn say(&mut self, from: Side, body: &[u8]) -> Result<Sequence, MisuseError> {
        let now = self.now;
        let (link, random) = self.link(from);
        link.send_on_channel(now, KNOWN, body, random)
    }

    pub(crate) fn channel(&mut self, side: Side) -> ChannelStatus {
        self.link(side).0.channel_status().unwrap()
    }

    /// Bodies of the messages that `side` got.
    fn heard(&self, side: Side) -> Vec<Vec<u8>> {
        let at_side = self.events.iter().filter(|(at, _)| *at == side);
        at_side
            .filter_map(|(_, event)| match event {
                Event::ChannelMessage { message_type: KNOWN, body, .. } => Some(body.clone()),
                _ => None,
            })
            .collect()
    }

    fn proofs_of(&self, side: Side) -> usize {
        let proof = |frame: &[u8]| Packet::parse(frame).unwrap().packet_type == PacketType::Proof;
        self.sent.iter().filter(|(from, _, frame)| *from == side && proof(frame)).count()
    }
}

fn delivered(event: &Event) -> Option<Sequence> {
    match event {
        Event::ChannelDelivered { sequence, .. } => Some(*sequence),
        _ => None,
    }
}

fn closed(event: &Event) -> Option<CloseReason> {
    match event {
        Event::LinkClosed { reason, .. } => Some(*reason),
        _ => None,
    }
}

#[test]
fn a_message_is_delivered_and_proved_in_both_directions() {
    let mut pair = Pair::with_channel(Pipe::default());
    for side in SIDES {
        for number in 0..3u16 {
            let body = [side as u8, u8::try_from(number).unwrap()];
            assert_eq!(pair.say(side, &body), Ok(Sequence(number)));
            pair.run_for(Duration::from_millis(50));
            assert_eq!(pair.heard(side.other()).last(), Some(&body.to_vec()));
        }
        assert_eq!(pair.count(side, |event| delivered(event).is_some()), 3);
        assert!(pair.channel(side).in_flight.is_empty());
    }
}

#[test]
fn three_hundred_messages_get_through_loss_repetition_and_reordering_in_order_and_once() {
    // Each way: of five exchanges, about one fails.
    let rough = Pipe { loss: 100, repeat: 100, jitter: Duration::from_millis(60), ..Pipe::default() };
    let mut pair = Pair::with_channel(rough);
    let bodies: Vec<Vec<u8>> = (0..300u16).map(|number| number.to_be_bytes().to_vec()).collect();
    for side in SIDES {
        for body in &bodies {
            while pair.say(side, body) == Err(MisuseError::Full) {
                let flying = pair.channel(side).in_flight.len();
                pair.run_while(|pair| {
                    let (link, end) = match side {
                        Side::Initiator => (&pair.initiator, &pair.responder),
                        Side::Responder => (&pair.responder, &pair.initiator),
                    };
                    assert!(end.is_active(), "given up");
                    link.channel_status().unwrap().in_flight.len() == flying
                });
            }
        }
        pair.run_while(|pair| pair.count(side, |event| delivered(event).is_some()) < 300);
        assert_eq!(pair.heard(side.other()), bodies);
    }
}

#[test]
fn the_window_is_as_wide_as_the_round_trip_time_allows_and_one_more_is_refused() {
    for (delay, widest) in [(40, 48), (200, 12), (500, 5), (800, 1)] {
        let mut pair = Pair::with_channel(Pipe { delay: Duration::from_millis(delay), ..Pipe::default() });
        for _ in 0..60 {
            while pair.say(Side::Initiator, b"more").is_ok() {}
            assert!(!pair.channel(Side::Initiator).ready);
            let delivered = |event: &Event| delivered(event).is_some();
            let before = pair.count(Side::Initiator, delivered);
            pair.run_while(|pair| pair.count(Side::Initiator, delivered) == before);
        }
        let status = pair.channel(Side::Initiator);
        assert_eq!((status.window, status.window_max), (widest, widest), "{delay} ms one way");
    }
}

#[test]
fn a_message_that_is_never_proved_is_sent_five_times_with_growing_pauses_and_ends_the_link() {
    let mut pair = Pair::with_channel(Pipe::default());
    pair.pipe.loss = 1000;
    pair.say(Side::Initiator, b"lost").unwrap();
    pair.run_while(|pair| pair.find(Side::Initiator, closed).is_none());
    assert_eq!(pair.find(Side::Initiator, closed), Some(CloseReason::Timeout));
    let channel = |frame: &[u8]| Packet::parse(frame).unwrap().context == Context::Channel;
    let sent: Vec<_> = pair.sent.iter().filter(|(_, _, frame)| channel(frame)).collect();
    assert_eq!(sent.len(), 5);
    let pauses: Vec<_> = sent.windows(2).map(|two| two[1].1.since(two[0].1).as_millis()).collect();
    assert_eq!(pauses, [500, 750, 1125, 1687]);
    let frames: std::collections::BTreeSet<_> = sent.iter().map(|(_, _, frame)| frame).collect();
    assert_eq!(frames.len(), 5, "each copy is encrypted anew");
    assert_eq!(pair.sent_with(Side::Initiator, Context::LinkClose), 1);
}

#[test]
fn the_late_proof_of_an_earlier_copy_counts() {
    let mut pair = Pair::with_channel(Pipe::default());
    pair.pipe.loss = 1000;
    pair.say(Side::Initiator, b"hi").unwrap();
    pair.pump();
    let first = pair.sent.last().unwrap().2.clone();
    pair.run_for(Duration::from_millis(700));
    assert_eq!(pair.channel(Side::Initiator).in_flight, [(Sequence(0), 2)]);
    pair.pipe.loss = 0;
    pair.deliver_unfiltered(Side::Responder, &first).unwrap();
    pair.run_for(Duration::from_millis(50));
    assert_eq!(pair.find(Side::Initiator, delivered), Some(Sequence(0)));
    pair.run_for(Duration::from_secs(60));
    assert_eq!(pair.sent_with(Side::Initiator, Context::Channel), 2, "and nothing is sent again");
}

#[test]
fn while_one_message_is_missing_only_a_window_of_others_is_sent_behind_it() {
    let mut pair = Pair::with_channel(Pipe::default());
    for number in 0..60u8 {
        pair.say(Side::Initiator, &[number]).unwrap();
        pair.run_for(Duration::from_millis(30));
    }
    pair.pipe.loss = 1000;
    pair.say(Side::Initiator, b"missing").unwrap();
    pair.pump();
    pair.pipe.loss = 0;
    let mut behind = 0;
    while pair.say(Side::Initiator, b"behind").is_ok() {
        behind += 1;
        pair.run_for(Duration::from_millis(5));
    }
    assert_eq!(behind, 48);
    pair.run_for(Duration::from_secs(1));
    assert_eq!(pair.heard(Side::Responder).len(), 60 + 1 + 48);
    assert!(pair.channel(Side::Initiator).ready);
}

#[test]
fn a_forged_proof_delivers_nothing() {
    let mut pair = Pair::with_channel(Pipe::default());
    pair.say(Side::Initiator, b"hi").unwrap();
    pair.pump();
    let packet = Packet::parse(&pair.sent.last().unwrap().2).unwrap().hash();
    let forged = [packet.as_bytes().as_slice(), &[7; 64]].concat();
    let frame = pair.plain(Side::Responder, PacketType::Proof, Context::None, &forged);
    assert_eq!(pair.deliver_unfiltered(Side::Initiator, &frame), Err(DropReason::BadSignature));
    assert_eq!(pair.channel(Side::Initiator).in_flight.len(), 1);
}

#[test]
fn without_an_open_channel_nothing_is_proved_and_with_one_everything_is_even_twice() {
    let mut pair = Pair::with_channel(Pipe::default());
    let envelope = |message_type: u16| [&message_type.to_be_bytes()[..], &[0, 0, 0, 1, b'x']].concat();
    let frames = [0x0101, 0x0202].map(|kind| pair.sealed(Side::Initiator, Context::Channel, &envelope(kind)));
    let mut closed = Pair::new(Pipe::default());
    let unopened = closed.sealed(Side::Initiator, Context::Channel, &envelope(0x0101));
    assert_eq!(closed.deliver_unfiltered(Side::Responder, &unopened), Err(DropReason::NotServed));
    closed.pump();
    assert_eq!(closed.proofs_of(Side::Responder), 0);

    let outcomes = [Err(DropReason::NotServed), Ok(()), Err(DropReason::OutOfOrder)];
    for (index, outcome) in [1, 0, 0].into_iter().zip(outcomes) {
        assert_eq!(pair.deliver_unfiltered(Side::Responder, &frames[index]), outcome);
    }
    pair.pump();
    assert_eq!(pair.proofs_of(Side::Responder), 3);
    assert_eq!(pair.heard(Side::Responder), [b"x"]);
}

#[test]
fn callers_are_told_what_they_may_not_send() {
    let mut pair = Pair::new(Pipe::default());
    assert_eq!(pair.say(Side::Initiator, b"early"), Err(MisuseError::NoChannel));
    let reserved = pair.initiator.open_channel(&[MessageType(0xf000)]);
    assert_eq!(reserved, Err(MisuseError::ReservedType));
    pair.initiator.open_channel(&[KNOWN]).unwrap();
    let now = pair.now;
    let sent = pair.initiator.send_on_channel(now, MessageType::STREAM_DATA, b"", &mut pair.random);
    assert_eq!(sent, Err(MisuseError::ReservedType));
    assert_eq!(pair.say(Side::Initiator, &[0; 426]), Err(MisuseError::TooLarge { size: 426, limit: 425 }));
    assert_eq!(pair.say(Side::Initiator, &[0; 425]), Ok(Sequence(0)), "a refusal takes no number");
    pair.pump();
    assert_eq!(pair.sent.last().unwrap().2.len(), 499, "it fills a packet");
    pair.initiator.close(now, &mut pair.random);
    assert_eq!(pair.say(Side::Initiator, b"late"), Err(MisuseError::NoLink));
}

#[test]
fn a_peer_that_floods_the_ring_fills_a_window_of_it_and_not_more() {
    let mut pair = Pair::with_channel(Pipe { mtu: 8192, ..Pipe::default() });
    for sequence in 1..200u16 {
        let envelope = [&[1, 1][..], &sequence.to_be_bytes(), &[0, 0], &[9; 8000]].concat();
        let frame = pair.sealed(Side::Initiator, Context::Channel, &envelope);
        let outcome = pair.deliver_unfiltered(Side::Responder, &frame);
        assert_eq!(outcome, if sequence <= 48 { Ok(()) } else { Err(DropReason::OutOfOrder) });
    }
    pair.pump();
    assert_eq!(pair.proofs_of(Side::Responder), 48, "what was not taken comes again");
    assert_eq!(pair.channel(Side::Responder).waiting, 48);
    assert_eq!(pair.responder.kept_bytes(), 48 * 8000, "the node's limit of bytes sees it");
    assert_eq!(pair.heard(Side::Responder).len(), 0);
    assert!(pair.is_open());
}
