//! Streams over a channel between two ends.

use std::time::Duration;

use super::pair::{Pair, Pipe, Side};
use crate::rns::error::{DropReason, MisuseError};
use crate::rns::event::Event;
use crate::rns::hash::sha256;
use crate::rns::link::{Sequence, StreamEnd, StreamId};
use crate::rns::node::Compression;
use crate::rns::packet::Context;

fn id(number: u16) -> StreamId {
    StreamId::new(number).unwrap()
}

/// A third of it text, the rest noise.
fn mixed(length: usize) -> Vec<u8> {
    let blocks = (0u32..).flat_map(|number| match number % 3 {
        0 => format!("{:0>2000}", number).into_bytes(),
        _ => (0..125u32).flat_map(|part| sha256(&[&number.to_be_bytes(), &part.to_be_bytes()])).collect(),
    });
    blocks.take(length).collect()
}

/// What `side` has read of a stream, and whether that is all.
fn read(pair: &Pair, side: Side, of: StreamId) -> (Vec<u8>, StreamEnd) {
    let (mut all, mut ended) = (Vec::new(), StreamEnd::More);
    for (at, event) in &pair.events {
        if let Event::StreamData { stream, data, end, .. } = event
            && *stream == of
            && *at == side
        {
            assert_eq!(ended, StreamEnd::More, "data behind the end");
            all.extend_from_slice(data);
            ended = *end;
        }
    }
    (all, ended)
}

fn write(pair: &mut Pair, from: Side, stream: StreamId, data: &[u8]) {
    let mut rest = data;
    loop {
        let now = pair.now;
        let (link, random) = pair.link(from);
        match link.write_stream(now, stream, rest, StreamEnd::Last, Compression::Allowed, random) {
            Ok(written) => rest = &rest[written..],
            Err(MisuseError::Full) => assert!(pair.step(now.instant.after(Duration::from_secs(60)))),
            other => panic!("{other:?}"),
        }
        if rest.is_empty() {
            return;
        }
    }
}

#[test]
fn a_stream_of_any_length_arrives_whole_over_a_rough_pipe_in_both_directions() {
    let rough = Pipe { loss: 100, repeat: 50, jitter: Duration::from_millis(40), ..Pipe::default() };
    for (mtu, length) in [(500, 1), (500, 30_000), (8192, 200_000), (262_144, 300_000)] {
        let data = mixed(length);
        for side in [Side::Initiator, Side::Responder] {
            let mut pair = Pair::with_channel(Pipe { mtu, ..rough });
            pair.link(side.other()).0.open_stream(id(3)).unwrap();
            write(&mut pair, side, id(3), &data);
            pair.run_for(Duration::from_secs(60));
            let (arrived, end) = read(&pair, side.other(), id(3));
            assert!(arrived == data && end == StreamEnd::Last, "{} of {length}", arrived.len());
        }
    }
}

#[test]
fn streams_and_messages_share_a_channel_and_a_stream_that_nobody_reads_stops_nothing() {
    let mut pair = Pair::with_channel(Pipe::default());
    for number in [0, 16_383] {
        pair.responder.open_stream(id(number)).unwrap();
    }
    for (number, data) in [(0, &b"zero"[..]), (7, b"nobody"), (16_383, b"last")] {
        write(&mut pair, Side::Initiator, id(number), data);
        pair.run_for(Duration::from_millis(50));
    }
    pair.say(Side::Initiator, b"message").unwrap();
    write(&mut pair, Side::Initiator, id(5), b"");
    pair.run_for(Duration::from_millis(50));
    assert_eq!(read(&pair, Side::Responder, id(0)), (b"zero".to_vec(), StreamEnd::Last));
    assert_eq!(read(&pair, Side::Responder, id(16_383)), (b"last".to_vec(), StreamEnd::Last));
    assert_eq!(read(&pair, Side::Responder, id(7)), (Vec::new(), StreamEnd::More));
    assert_eq!(pair.channel(Side::Responder).next_expected, Sequence(5));
    assert_eq!(pair.count(Side::Responder, |event| matches!(event, Event::ChannelMessage { .. })), 1);
}

#[test]
fn a_stream_message_that_inflates_is_told_and_nothing_behind_it_is_delivered() {
    let mut pair = Pair::with_channel(Pipe::default());
    pair.responder.open_stream(id(0)).unwrap();
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
    std::io::Write::write_all(&mut encoder, &vec![0; 10 << 20]).unwrap();
    let body = [&[0x40, 0][..], &encoder.finish().unwrap()].concat();
    assert!(body.len() < 425, "it fits one packet");
    let bomb = [&[0xff, 0, 0, 0, 0, 0][..], &body].concat();
    let frame = pair.sealed(Side::Initiator, Context::Channel, &bomb);
    assert_eq!(pair.deliver_unfiltered(Side::Responder, &frame), Err(DropReason::TooLarge));
    let behind = [&[0xff, 0, 0, 1, 0, 0, 0, 0][..], b"behind"].concat();
    let frame = pair.sealed(Side::Initiator, Context::Channel, &behind);
    pair.deliver_unfiltered(Side::Responder, &frame).unwrap();
    pair.pump();
    assert_eq!(read(&pair, Side::Responder, id(0)), (Vec::new(), StreamEnd::More));
    let broken = |event: &Event| matches!(event, Event::ChannelBroken { reason: DropReason::TooLarge, .. });
    assert_eq!(pair.count(Side::Responder, broken), 1);
    assert!(pair.is_open(), "closing is the layer's above to decide");
}
