//! Commands for channels: sending in order, what came in, and how the window stands.
//! Not streams, which run on channels.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use roost::rns::error::MisuseError;
use roost::rns::hash::LinkId;
use roost::rns::link::{ChannelStatus, MessageType, Sequence, StreamId};
use roost::rns::time::Now;
use serde_json::{Map, Value, json};

use super::line::{CLOSED, Line};
use super::listen::hexed;
use super::world::World;
use super::{hash, node, or, patience};
use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::{List, Param, Params};
use crate::running::World as _;

pub(super) const COMMANDS: Family = &[
    ("wire_channel_send", send),
    ("wire_channel_received", received),
    ("wire_channel_inject", inject),
    ("wire_channel_window", window),
];

/// The type of messages of opaque bytes.
const OPAQUE: MessageType = MessageType(0x0101);
/// `CEType.ME_INVALID_MSG_TYPE`, `ME_LINK_NOT_READY` and `ME_TOO_BIG`.
const INVALID_TYPE: u8 = 1;
const NOT_READY: u8 = 3;
const TOO_BIG: u8 = 5;

fn send(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let body: Vec<u8> = or(params, "data", Vec::new())?;
    let message_type = params.optional("msgtype")?.map_or(OPAQUE, MessageType);
    let (drop_acks, fail_outlet) = (or(params, "drop_acks", false)?, or(params, "fail_outlet", false)?);
    let running = node(bridge, params)?;
    let sent = running.attempt(move |world, now| {
        world.line(link)?;
        // A link that is gone is the outlet of ours that transmits nothing.
        let outlet = if fail_outlet { LinkId::from_bytes([0; 16]) } else { link };
        let sent = world.node.send_on_channel(now, outlet, message_type, &body);
        if sent.is_ok() && drop_acks {
            world.deaf.insert(link);
        }
        Ok(sent)
    })?;
    let sequence = match sent {
        Ok(sequence) => sequence,
        Err(error) => {
            return running.attempt(move |world, _| Ok(refused(&error, world.describe_channel(link)?)));
        }
    };
    let tries = Arc::new(AtomicUsize::new(1));
    let most = Arc::clone(&tries);
    let delivered = running.wait(patience(params, 10_000)?, move |world, _| {
        let on_its_way = tries_of(world, link, sequence);
        most.fetch_max(on_its_way.unwrap_or(0), Ordering::Relaxed);
        let line = world.line(link).ok()?;
        if line.delivered.contains(&sequence) {
            return Some(true);
        }
        (line.state() == CLOSED).then_some(false)
    })?;
    let mut answer = running.attempt(move |world, _| world.describe_channel(link))?;
    answer.insert("sent".to_owned(), true.into());
    answer.insert("rejected".to_owned(), false.into());
    answer.insert("delivered".to_owned(), delivered.unwrap_or(false).into());
    answer.insert("tries".to_owned(), tries.load(Ordering::Relaxed).into());
    answer.insert("sequence".to_owned(), sequence.0.into());
    Ok(Value::Object(answer))
}

/// How often a message was sent that is on its way.
fn tries_of(world: &World, link: LinkId, sequence: Sequence) -> Option<usize> {
    let status = world.node.channel_status(link)?;
    status.in_flight.iter().find_map(|(each, tries)| (*each == sequence).then_some(*tries))
}

fn refused(error: &MisuseError, mut answer: Map<String, Value>) -> Value {
    let kind = match error {
        MisuseError::ReservedType => INVALID_TYPE,
        MisuseError::TooLarge { .. } => TOO_BIG,
        _ => NOT_READY,
    };
    answer.insert("sent".to_owned(), false.into());
    answer.insert("rejected".to_owned(), true.into());
    answer.insert("error".to_owned(), error.to_string().into());
    answer.insert("ce_type".to_owned(), kind.into());
    Value::Object(answer)
}

fn received(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link = hash(params, "link_id")?;
    node(bridge, params)?.attempt(move |world, _| {
        let messages = world.line(link)?.messages.drain();
        Ok(json!({"messages": hexed(messages)}))
    })
}

fn inject(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    let List(envelopes) = params.get::<List<Envelope>>("envelopes")?;
    node(bridge, params)?.attempt(move |world, now| {
        world.line(link)?;
        for envelope in &envelopes {
            // That one is dropped is what the harness wants to see, not a failure of the command.
            let _ = world.node.handle_channel_envelope(now, link, &envelope.0);
            world.settle(now);
        }
        Ok(json!({"injected": envelopes.iter().map(Envelope::sequence).collect::<Vec<_>>()}))
    })
}

fn window(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let link: LinkId = hash(params, "link_id")?;
    node(bridge, params)?.attempt(move |world, _| {
        let handlers = world.line(link)?.handlers();
        let status = world.node.channel_status(link).ok_or(MisuseError::NoChannel)?;
        Ok(describe(&status, handlers, world.node.link_mdu(link)))
    })
}

fn describe(status: &ChannelStatus, handlers: usize, outlet_mdu: Option<usize>) -> Value {
    let in_flight = |(sequence, tries): &(Sequence, usize)| json!({"sequence": sequence.0, "tries": tries});
    json!({
        "window": status.window,
        "window_min": status.window_min,
        "window_max": status.window_max,
        "window_flexibility": status.window_flexibility,
        "next_rx_sequence": status.next_expected.0,
        "next_sequence": status.next_sequence.0,
        "rx_ring": status.waiting,
        "tx_ring": status.in_flight.len(),
        "mdu": status.mdu,
        "outlet_mdu": outlet_mdu,
        "message_handlers": handlers,
        "medium_rate_rounds": status.medium_rounds,
        "fast_rate_rounds": status.fast_rounds,
        "tx_tries": status.in_flight.iter().map(|(_, tries)| *tries).max(),
        "tx_envelopes": status.in_flight.iter().map(in_flight).collect::<Vec<_>>(),
    })
}

/// An envelope that the harness makes.
struct Envelope(Vec<u8>);

impl Envelope {
    fn sequence(&self) -> Option<u16> {
        let (sequence, _) = self.0.get(2..)?.split_first_chunk::<2>()?;
        Some(u16::from_be_bytes(*sequence))
    }
}

impl Param for Envelope {
    fn expected() -> String {
        "an envelope: raw, or sequence and data".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        if let Some(raw) = value.get("raw") {
            return Vec::read(raw).map(Self);
        }
        let data = Vec::read(value.get("data")?)?;
        let sequence = u16::read(value.get("sequence")?)?;
        let message_type = match value.get("msgtype") {
            None | Some(Value::Null) => OPAQUE.0,
            Some(given) => u16::read(given)?,
        };
        let length = u16::try_from(data.len()).ok()?;
        let header = [message_type, sequence, length].map(u16::to_be_bytes).concat();
        Some(Self([header, data].concat()))
    }
}

impl World {
    /// Opens the channel of a link that has just come up, with readers for these streams.
    pub(super) fn open_channel(&mut self, now: Now, link: LinkId, streams: &[u16]) {
        // The link has just come up, so it can't refuse.
        let _ = self.node.open_channel(now, link, &[OPAQUE]);
        let Some(line) = self.lines.get_mut(&link) else { return };
        line.is_open = true;
        for stream in streams {
            if let Ok(id) = StreamId::new(*stream)
                && self.node.open_stream(now, link, id).is_ok()
            {
                line.streams.entry(*stream).or_default();
            }
        }
    }

    fn describe_channel(&mut self, link: LinkId) -> Result<Map<String, Value>, Failure> {
        let state = self.line(link)?.state();
        let status = self.node.channel_status(link);
        Ok(Map::from_iter([
            ("link_status".to_owned(), state.into()),
            ("next_sequence".to_owned(), status.as_ref().map(|status| status.next_sequence.0).into()),
            ("window".to_owned(), status.as_ref().map(|status| status.window).into()),
            ("window_max".to_owned(), status.as_ref().map(|status| status.window_max).into()),
        ]))
    }
}

impl Line {
    /// What takes messages: one for those of opaque bytes, and one for each stream.
    fn handlers(&self) -> usize {
        usize::from(self.is_open) + self.streams.len()
    }
}
