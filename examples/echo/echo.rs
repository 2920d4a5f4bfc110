//! What the echo answers: everything, with the same, on the same way back.
//! Not how it is connected.

use std::collections::{BTreeMap, VecDeque};

use roost::rns::Node;
use roost::rns::broadcast::{GroupKey, GroupSpec};
use roost::rns::destination::DestinationSpec;
use roost::rns::event::Event;
use roost::rns::hash::{DestinationHash, LinkId};
use roost::rns::identity::Identity;
use roost::rns::link::{MessageType, StreamEnd, StreamId};
use roost::rns::node::Compression;
use roost::rns::random::Random;
use roost::rns::ratchet::Ratchets;
use roost::rns::time::Now;

const NAME: &str = "example.echo";
/// The channel messages that it knows.
const TEXT: MessageType = MessageType(0x0101);
/// The stream that it reads, and the one that it writes.
const STREAM: u16 = 0;
/// Stands before answers to GROUP and PLAIN packets, so that two echoes don't answer each other for ever.
const ANSWER: &[u8] = b"echo: ";
/// Bytes per link that may wait to go back; a link whose peer sends more without taking anything is closed.
const MAX_WAITING: usize = 4 << 20;

/// The service.
pub(crate) struct Echo {
    destination: DestinationHash,
    group: DestinationHash,
    plain: DestinationHash,
    lines: BTreeMap<LinkId, Line>,
}

/// What waits to go back on a link.
#[derive(Default)]
struct Line {
    messages: VecDeque<Vec<u8>>,
    stream: Vec<u8>,
    end: Option<StreamEnd>,
}

impl Echo {
    pub(crate) fn new(node: &mut Node, key: GroupKey, random: &mut Random) -> Self {
        let (identity, full_name) = (Identity::generate(random), NAME.to_owned());
        let group =
            node.register_group(GroupSpec { identity: identity.hash(), full_name: full_name.clone(), key });
        let destination = node.register_destination(DestinationSpec {
            identity,
            full_name,
            app_data: Vec::new(),
            request_paths: Vec::new(),
            max_resource: 0,
            ratchets: Ratchets::Off,
        });
        Self { destination, group, plain: node.register_plain(NAME), lines: BTreeMap::new() }
    }

    /// Announces itself, and tells people its addresses.
    pub(crate) fn introduce(&self, now: Now, node: &mut Node) -> anyhow::Result<()> {
        node.announce(now, self.destination)?;
        println!("single {}\ngroup {}\nplain {}", self.destination, self.group, self.plain);
        Ok(())
    }

    pub(crate) fn handle_event(&mut self, now: Now, node: &mut Node, event: Event) {
        // What goes wrong here has gone wrong for the peer too, which can try again.
        match event {
            Event::LinkEstablished { link, .. } => {
                let _ = StreamId::new(STREAM).and_then(|stream| node.open_stream(now, link, stream));
                let _ = node.open_channel(now, link, &[TEXT]);
                self.lines.insert(link, Line::default());
            }
            Event::LinkClosed { link, .. } => {
                self.lines.remove(&link);
            }
            Event::LinkPacket { link, data, proof, .. } => {
                node.prove(now, &proof);
                let _ = node.send_link_packet(now, link, &data);
            }
            Event::ChannelMessage { link, body, .. } => {
                self.line(link).messages.push_back(body);
                self.send_back(now, node, link);
            }
            Event::StreamData { link, data, end, .. } => {
                let line = self.line(link);
                line.stream.extend(data);
                line.end = Some(end);
                self.send_back(now, node, link);
            }
            Event::ChannelDelivered { link, .. } => self.send_back(now, node, link),
            Event::ChannelBroken { link, .. } => node.close_link(now, link),
            Event::GroupPacket { destination, data } if !data.starts_with(ANSWER) => {
                let _ = node.send_to_group(destination, &[ANSWER, &data].concat());
            }
            Event::PlainPacket { destination, data, .. } if !data.starts_with(ANSWER) => {
                let _ = node.send_plain(destination, &[ANSWER, &data].concat());
            }
            _ => {}
        }
    }

    fn line(&mut self, link: LinkId) -> &mut Line {
        self.lines.entry(link).or_default()
    }

    /// Sends as much as the channel takes.
    fn send_back(&mut self, now: Now, node: &mut Node, link: LinkId) {
        let line = self.line(link);
        if line.waiting() > MAX_WAITING {
            node.close_link(now, link);
            return;
        }
        while let Some(body) = line.messages.front() {
            if node.send_on_channel(now, link, TEXT, body).is_err() {
                return;
            }
            line.messages.pop_front();
        }
        let Ok(stream) = StreamId::new(STREAM) else { return };
        while let Some(end) = line.end {
            let compress = Compression::Allowed;
            let Ok(written) = node.write_stream(now, link, stream, &line.stream, end, compress) else {
                return;
            };
            line.stream.drain(..written);
            if line.stream.is_empty() {
                line.end = None;
            }
        }
    }
}

impl Line {
    fn waiting(&self) -> usize {
        self.messages.iter().map(Vec::len).fold(self.stream.len(), usize::saturating_add)
    }
}
