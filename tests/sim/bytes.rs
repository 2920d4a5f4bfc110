//! The price of a byte: what the latest five messages of 80 characters cost on the air, by each way of asking. A real
//! server answers; both ends are nodes of ours; what is counted are the frames that the two interfaces send.
//! Not how it is to wait for them; that is `lora`.

use std::fmt::Write as _;
use std::time::Duration;

use rmpv::Value;
use roost::api::compact::{News, decode};
use roost::group::Language;
use roost::rns::airtime::Modulation;
use roost::rns::destination::DestinationSpec;
use roost::rns::event::{Event, InboundRequest};
use roost::rns::hash::{DestinationHash, LinkId, PathHash, RequestId, truncated_sha256};
use roost::rns::identity::Identity;
use roost::rns::msgpack;
use roost::server::{Effect, Input, OperatorCommand, Server};

use crate::network::{Network, Seat, Wire, group_of, identity};
use crate::pair::SECOND;

const CORPUS: &str = include_str!("../corpus/chat.txt");
const MESSAGES: &str = "/api/v1/messages";
/// Page 23 §5, measured: the reference with the same five messages, on a fresh link and on an open one.
const REFERENCE: [usize; 2] = [1_421, 1_111];

/// Deflate and compact, each with the limit of five: format and limit as an array.
const DEFLATE: &[u8] = &[0x92, 2, 5];
const COMPACT: &[u8] = &[0x92, 3, 5];

/// The first five of the corpus with 80 characters, each of one byte.
pub(crate) fn five() -> Vec<&'static str> {
    CORPUS.lines().filter(|line| line.len() == 80 && line.is_ascii()).take(5).collect()
}

/// The first five with 80 characters of any kind: German and French among them.
fn five_of_any_language() -> Vec<&'static str> {
    CORPUS.lines().filter(|line| line.chars().count() == 80).take(5).collect()
}

/// A group that everybody may read, in which five members have written, and a client in range that knows the way.
pub(crate) struct House {
    pub(crate) network: Network,
    pub(crate) host: Seat,
    pub(crate) client: Seat,
    pub(crate) group: DestinationHash,
    pub(crate) server: Server,
    _dir: tempfile::TempDir,
}

impl House {
    pub(crate) fn new(texts: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut network = Network::new(6);
        let (host, client) = (network.add_node(), network.add_node());
        network.join(&[host, client], Wire { hw_mtu: 508, ..Wire::TCP });
        let server = Server::open(&dir.path().join("group.db"), &identity(1), None, network.now(), [4; 32]);
        let server = server.unwrap();
        let hosted = server.hosted_groups().pop().unwrap();
        let spec = DestinationSpec {
            app_data: hosted.app_data,
            request_paths: hosted.request_paths,
            ..group_of(hosted.identity, "")
        };
        let group = network.call(host, |node, _| node.register_destination(spec));
        let mut house = Self { network, host, client, group, server, _dir: dir };
        house.fill(texts);
        house.network.call(host, |node, now| node.announce(now, group)).unwrap();
        house.network.run_for(SECOND);
        house.network.take_sent();
        house.network.events(house.client);
        house
    }

    /// Members join, somebody makes the group readable, and one after the other writes.
    fn fill(&mut self, texts: &[&str]) {
        let people: Vec<_> = (20..25).map(identity).collect();
        for (index, person) in people.iter().enumerate() {
            self.ask(person, "/api/v1/join", &map("nick", &format!("Member {index}")));
        }
        self.operate("set", "see_messages world");
        for (index, text) in texts.iter().enumerate() {
            self.network.run_for(Duration::from_secs(47) * u32::try_from(index + 1).unwrap());
            self.ask(&people[index % 5], "/api/v1/messages/post", &map("text", text));
        }
    }

    /// The operator writes a command.
    pub(crate) fn operate(&mut self, word: &str, arguments: &str) {
        self.handle(Input::Command(OperatorCommand {
            ticket: 1,
            group: None,
            word: word.to_owned(),
            arguments: arguments.to_owned(),
            language: Language::English,
        }));
    }

    /// Hands the server what has come; what it wants then.
    pub(crate) fn handle(&mut self, input: Input) -> Vec<Effect> {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            inputs = self.server.handle_inputs(self.network.now(), inputs);
        }
        std::iter::from_fn(|| self.server.poll_effect()).collect()
    }

    /// A member asks by another road than the air, and is not refused.
    pub(crate) fn ask(&mut self, person: &Identity, path: &str, request: &Value) -> Value {
        let data = msgpack::encode(request);
        let request = InboundRequest {
            link: LinkId::from_bytes([1; 16]),
            destination: self.group,
            request_id: RequestId::from_bytes(truncated_sha256(&[&data])),
            path_hash: PathHash::of(path),
            data,
            requested_at: self.network.now().unix,
            caller: Some(person.public().clone()),
            link_mdu: 431,
            air: None,
        };
        let effects = self.handle(Input::Request(request));
        let answer = effects.iter().find_map(|effect| match effect {
            Effect::Respond { data, .. } => msgpack::decode(data).ok(),
            _ => None,
        });
        let answer = answer.expect("an answer");
        assert!(named(&answer, "error").is_none(), "{answer}");
        answer
    }

    /// Opens a link. The client has nothing to say before it is up.
    fn open(&mut self) -> LinkId {
        let group = self.group;
        let link = self.network.call(self.client, |node, now| node.open_link(now, group)).unwrap();
        self.network.run_for(SECOND);
        let events = self.network.events(self.client);
        assert!(events.iter().any(|event| matches!(event, Event::LinkEstablished { .. })), "{events:?}");
        link
    }

    /// The client asks on a link and gets the server's answer, as packed as it came.
    fn fetch(&mut self, link: LinkId, data: &[u8]) -> Vec<u8> {
        self.network.call(self.client, |node, now| node.request(now, link, MESSAGES, data, None)).unwrap();
        self.network.run_for(SECOND);
        for event in self.network.events(self.host) {
            let Event::Request(request) = event else { continue };
            for effect in self.handle(Input::Request(request)) {
                if let Effect::Respond { link, request_id, data, compress } = effect {
                    self.network.call(self.host, |node, now| {
                        node.respond(now, link, request_id, &data, compress);
                    });
                }
            }
        }
        // Not as long as until a keepalive: those are for who stays, and on a radio far between.
        self.network.run_for(SECOND);
        let answer = self.network.events(self.client).into_iter().find_map(|event| match event {
            Event::Response { data, .. } => Some(data),
            _ => None,
        });
        answer.expect("an answer")
    }

    /// The sizes of all frames since the last look.
    pub(crate) fn frames(&mut self) -> Vec<usize> {
        self.network.take_sent().iter().map(|sent| sent.frame.len()).collect()
    }
}

fn map(name: &str, value: &str) -> Value {
    Value::Map(vec![(name.into(), value.into())])
}

/// What stands under a name in an answer.
pub(crate) fn named<'a>(answer: &'a Value, name: &str) -> Option<&'a Value> {
    let found = answer.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}

/// The head of a table of what ways of asking cost.
pub(crate) fn head(title: &str) -> String {
    format!("{title}\n\n{:<44} {:>5} {:>7} {:>6} {:>6}  packets\n", "", "bytes", "", "SF8 ms", "SF11 ms")
}

/// What a way of asking costs, as a line of the table.
pub(crate) fn line(table: &mut String, what: &str, frames: &[usize], most: Option<usize>) {
    let total: usize = frames.iter().sum();
    let on_air = |spreading_factor| {
        let modulation = Modulation::new(spreading_factor, 125_000, 5).unwrap();
        frames.iter().map(|bytes| modulation.time_on_air(*bytes)).sum::<Duration>().as_millis()
    };
    let packets = frames.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ");
    let bound = most.map_or_else(String::new, |most| format!("≤ {most}"));
    let (fast, slow) = (on_air(8), on_air(11));
    writeln!(table, "{what:<44} {total:>5} {bound:>7} {fast:>6} {slow:>6}  {packets}").unwrap();
    assert!(most.is_none_or(|most| total <= most), "{what}: {total} bytes");
}

/// The texts of a deflated answer: undone without any word of ours, as Python's `zlib.decompress(data, -15)` does.
pub(crate) fn texts_of_deflated(answer: &[u8], [messages, text]: [Value; 2]) -> Vec<String> {
    let Value::Binary(small) = msgpack::decode(answer).unwrap() else { panic!("{answer:02x?}") };
    let mut packed = Vec::with_capacity(1 << 16);
    flate2::Decompress::new(false)
        .decompress_vec(&small, &mut packed, flate2::FlushDecompress::Finish)
        .unwrap();
    let field = |map: &Value, wanted: &Value| {
        let pairs = map.as_map().unwrap();
        pairs.iter().find(|(key, _)| key == wanted).unwrap().1.clone()
    };
    let messages = field(&msgpack::decode(&packed).unwrap(), &messages);
    messages.as_array().unwrap().iter().map(|item| field(item, &text).as_str().unwrap().to_owned()).collect()
}

pub(crate) fn texts_of_compact(answer: &[u8]) -> Vec<String> {
    let Value::Binary(body) = msgpack::decode(answer).unwrap() else { panic!("{answer:02x?}") };
    texts(&body)
}

/// The texts of a compact body.
pub(crate) fn texts(body: &[u8]) -> Vec<String> {
    let said = decode(body).unwrap().messages.into_iter().map(|message| match message.news {
        News::Said(said) => said.text,
        other => panic!("{other:?}"),
    });
    said.collect()
}

/// What is asked for, the request, how the answer is read, and the most bytes on a fresh link and on an open one.
type Row<'a> = (&'a str, &'a [u8], fn(&[u8]) -> Vec<String>, [usize; 2]);

#[test]
fn the_latest_five_messages_of_80_characters_cost_no_more_than_was_promised() {
    let mut table = head(
        "What the latest five messages of 80 characters cost, link set-up and request included. The group may be read\n\
         by all, as on page 23 §5; a link that has to say who asks costs 211 bytes more, once.",
    );
    let [fresh, open] = REFERENCE;
    writeln!(table, "{:<44} {fresh:>5}", "the reference server, fresh link").unwrap();
    writeln!(table, "{:<44} {open:>5}", "the reference server, open link").unwrap();
    let rows: [Row<'_>; 2] = [
        ("deflate", DEFLATE, |answer| texts_of_deflated(answer, [12.into(), 22.into()]), [900, 600]),
        ("compact", COMPACT, texts_of_compact, [741, 454]),
    ];
    for (name, request, read, [fresh, open]) in rows {
        let mut house = House::new(&five());
        let link = house.open();
        assert_eq!(read(&house.fetch(link, request)), five());
        line(&mut table, &format!("{name}, fresh link"), &house.frames(), Some(fresh));
        assert_eq!(read(&house.fetch(link, request)), five());
        line(&mut table, &format!("{name}, open link"), &house.frames(), Some(open));
    }
    let mut house = House::new(&five_of_any_language());
    let link = house.open();
    house.frames();
    assert_eq!(texts_of_compact(&house.fetch(link, COMPACT)), five_of_any_language());
    line(&mut table, "compact, open link, German and French in it", &house.frames(), None);
    insta::assert_snapshot!(table);
}
