//! Commands for streams on channels: writing one to its end, and what came of one.
//! Not the channel below.

use std::io::Read;
use std::time::Duration;

use roost::rns::error::MisuseError;
use roost::rns::hash::LinkId;
use roost::rns::link::{MAX_CHUNK, StreamEnd, StreamId, pack_chunk};
use roost::rns::node::Compression;
use roost::rns::time::Now;
use serde_json::{Value, json};

use super::line::Stream;
use super::listen::known;
use super::world::World;
use super::{hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;
use crate::running::{Running, World as _};

pub(super) const COMMANDS: Family = &[("wire_buffer_stream", stream), ("wire_buffer_received", received)];

/// `StreamDataMessage.MAX_DATA_LEN`: what fits on a link of the usual MTU.
const MAX_DATA_LEN: usize = 423;
/// `RawChannelWriter.COMPRESSION_TRIES`.
const COMPRESSION_TRIES: usize = 4;
/// Bytes in front of the data of a stream message.
const HEADER: usize = 2;
/// The bit of the header that says that the data is compressed.
const COMPRESSED: u16 = 0x4000;

/// A stream on its way out.
struct Writing {
    link: LinkId,
    stream: StreamId,
    data: Vec<u8>,
    written: usize,
    /// The end comes with the last data, not behind it.
    end_with_data: bool,
    ended: bool,
    manifest: Vec<Value>,
    returns: Vec<usize>,
}

fn stream(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let stream = StreamId::new(or(params, "stream_id", 0)?)?;
    let running = node(bridge, params)?;
    let deadline = bridge.clock.now().instant.after(patience(params, 30_000)?);
    if or(params, "bomb", false)? {
        let size = or(params, "bomb_decompressed_len", 4 * MAX_CHUNK)?;
        return bomb(running, link, stream, size);
    }
    let mut writing = Writing {
        link,
        stream,
        data: or(params, "data", Vec::new())?,
        written: 0,
        end_with_data: or(params, "eof_with_data", false)?,
        ended: false,
        manifest: Vec::new(),
        returns: Vec::new(),
    };
    let left = move |now: Now| deadline.since(now.instant);
    // The writing goes to the node's thread and comes back, a window at a time.
    while !writing.ended && left(bridge.clock.now()) > Duration::ZERO {
        writing = running.attempt(move |world, now| writing.go_on(world, now))?;
        await_room(running, link, left(bridge.clock.now()))?;
    }
    running.wait(left(bridge.clock.now()), move |world, _| {
        world.node.channel_status(link).is_none_or(|status| status.in_flight.is_empty()).then_some(())
    })?;
    let tx_ring = running
        .call(move |world, _| world.node.channel_status(link).map_or(0, |status| status.in_flight.len()))?;
    Ok(json!({
        "written": writing.written,
        "eof": writing.ended,
        "manifest": writing.manifest,
        "max_data_len": MAX_DATA_LEN,
        "max_chunk_len": MAX_CHUNK,
        "compression_tries": COMPRESSION_TRIES,
        "write_returns": writing.returns,
        "tx_ring_after": tx_ring,
    }))
}

impl Writing {
    /// Writes as much as the window takes.
    fn go_on(mut self, world: &mut World, now: Now) -> Result<Self, Failure> {
        while !self.ended {
            let status = world.node.channel_status(self.link).ok_or(MisuseError::NoChannel)?;
            let rest = &self.data[self.written..];
            let end = if rest.is_empty() || self.end_with_data { StreamEnd::Last } else { StreamEnd::More };
            // Only to say what the message will be.
            let (body, _) = pack_chunk(self.stream, rest, end, status.mdu, Compression::Allowed);
            let written =
                world.node.write_stream(now, self.link, self.stream, rest, end, Compression::Allowed);
            let taken = match written {
                Ok(taken) => taken,
                Err(MisuseError::Full) => return Ok(self),
                Err(error) => return Err(error.into()),
            };
            let had_data = !rest.is_empty();
            self.written += taken;
            self.ended = end == StreamEnd::Last && self.written == self.data.len();
            let header = body.first_chunk::<HEADER>().map_or(0, |header| u16::from_be_bytes(*header));
            self.manifest.push(json!({
                "bytes": body.len() - HEADER,
                "eof": self.ended,
                "compressed": header & COMPRESSED != 0,
                "sequence": status.next_sequence.0,
            }));
            if had_data {
                self.returns.push(taken);
            }
            world.settle(now);
        }
        Ok(self)
    }
}

fn await_room(running: &Running<World>, link: LinkId, patience: Duration) -> Result<(), Failure> {
    running.wait(patience, move |world, _| {
        world.node.channel_status(link).is_none_or(|status| status.ready).then_some(())
    })?;
    Ok(())
}

/// One message that inflates to `size` bytes.
fn bomb(running: &Running<World>, link: LinkId, stream: StreamId, size: usize) -> Result<Value, Failure> {
    let header = (stream.number() | COMPRESSED).to_be_bytes();
    let mut body = header.to_vec();
    bzip2::read::BzEncoder::new(std::io::repeat(0).take(size as u64), bzip2::Compression::best())
        .read_to_end(&mut body)?;
    running.attempt(move |world, now| Ok(world.node.send_stream_body(now, link, &body)?))?;
    Ok(json!({"bomb": true, "decompressed_len": size}))
}

fn received(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let destination = known(bridge, params)?;
    let stream: u16 = or(params, "stream_id", 0)?;
    let running = node(bridge, params)?;
    running.wait(patience(params, 5000)?, move |world, _| {
        let mut lines = world.lines_to(destination);
        let over =
            lines.any(|line| line.broken.is_some() || line.streams.get(&stream).is_some_and(Stream::is_over));
        over.then_some(())
    })?;
    running.call(move |world, _| {
        let (mut data, mut ended, mut broken) = (Vec::new(), false, None);
        for line in world.lines_to(destination) {
            if let Some(stream) = line.streams.get_mut(&stream) {
                data.append(&mut stream.data);
                ended |= stream.ended;
            }
            broken = broken.or(line.broken);
        }
        json!({
            "data": hex::encode(data),
            "eof": ended,
            "aborted": broken.is_some(),
            "error": broken.map(|reason| reason.to_string()),
        })
    })
}
