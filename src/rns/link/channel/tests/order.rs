//! In which order messages are delivered, and which are not.

use std::time::Duration;

use crate::rns::error::DropReason;
use crate::rns::link::channel::envelope::Envelope;
use crate::rns::link::channel::{Arrival, Channel, MessageType, Sequence};

const KNOWN: MessageType = MessageType(0x0101);

fn channel(next: u16) -> Channel {
    let mut channel = Channel::new(Duration::from_millis(10));
    channel.register(&[KNOWN]);
    channel.incoming.next = Sequence(next);
    channel
}

fn take(channel: &mut Channel, message_type: MessageType, sequence: u16) -> Result<(), DropReason> {
    let envelope = Envelope { message_type, sequence: Sequence(sequence), body: &sequence.to_be_bytes() };
    channel.handle_envelope(&envelope.pack())
}

/// The sequence numbers that were delivered.
fn delivered(channel: &mut Channel) -> Vec<u16> {
    std::iter::from_fn(|| channel.poll_arrival())
        .map(|arrival| match arrival {
            Arrival::Message { message_type: KNOWN, body } => u16::from_be_bytes([body[0], body[1]]),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[test]
fn messages_are_put_in_order_and_a_second_copy_is_a_duplicate() {
    let mut channel = channel(0);
    for (sequence, expected) in [(2, vec![]), (1, vec![]), (0, vec![0, 1, 2]), (3, vec![3])] {
        assert_eq!(take(&mut channel, KNOWN, sequence), Ok(()));
        assert_eq!(delivered(&mut channel), expected);
    }
    take(&mut channel, KNOWN, 5).unwrap();
    assert_eq!(take(&mut channel, KNOWN, 5), Err(DropReason::Duplicate), "it waits");
    assert_eq!(take(&mut channel, KNOWN, 3), Err(DropReason::OutOfOrder), "it was delivered");
    assert_eq!(delivered(&mut channel), [0u16; 0]);
}

#[test]
fn order_goes_on_where_sequence_numbers_begin_again() {
    let mut channel = channel(65_534);
    for sequence in [1, 0, 65_535] {
        take(&mut channel, KNOWN, sequence).unwrap();
        assert_eq!(delivered(&mut channel), [0u16; 0]);
    }
    take(&mut channel, KNOWN, 65_534).unwrap();
    assert_eq!(delivered(&mut channel), [65_534, 65_535, 0, 1]);
    assert_eq!(channel.status(431).next_expected, Sequence(2));
    assert_eq!(take(&mut channel, KNOWN, 65_535), Err(DropReason::OutOfOrder));
}

#[test]
fn nothing_is_taken_from_further_ahead_than_a_window_so_the_ring_has_a_cap() {
    for next in [0, 1000, 65_500] {
        let mut channel = channel(next);
        for ahead in 1..=u16::MAX {
            let outcome = take(&mut channel, KNOWN, next.wrapping_add(ahead));
            assert_eq!(outcome.is_ok(), ahead <= 48, "{ahead} ahead of {next}");
        }
        assert_eq!((channel.status(431).waiting, channel.kept_bytes()), (48, 96));
        take(&mut channel, KNOWN, next).unwrap();
        assert_eq!(delivered(&mut channel).len(), 49);
        assert_eq!(channel.kept_bytes(), 0);
    }
}

#[test]
fn a_message_of_unknown_type_never_has_its_turn_until_its_type_is_known() {
    let mut channel = channel(0);
    let other = MessageType(0x0202);
    assert_eq!(take(&mut channel, other, 0), Err(DropReason::NotServed));
    take(&mut channel, KNOWN, 1).unwrap();
    assert_eq!(delivered(&mut channel), [0u16; 0]);
    assert_eq!(channel.status(431).next_expected, Sequence(0));
    channel.register(&[other]);
    take(&mut channel, other, 0).unwrap();
    assert_eq!(channel.status(431).next_expected, Sequence(2));
}

#[test]
fn an_envelope_that_is_cut_short_is_dropped_and_one_without_a_body_is_a_message() {
    let mut channel = channel(0);
    for length in 0..6 {
        assert_eq!(channel.handle_envelope(&vec![1; length]), Err(DropReason::Truncated));
    }
    channel.handle_envelope(&[1, 1, 0, 0, 0xff, 0xff]).unwrap();
    let empty = Arrival::Message { message_type: KNOWN, body: Vec::new() };
    assert_eq!(channel.poll_arrival(), Some(empty), "the length that it claims means nothing");
}
