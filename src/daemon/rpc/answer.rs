//! The answers: what the reference's programs are told, with the names of its fields.
//! Not the knowledge; that is the node's and the registry's.

use std::collections::BTreeMap;
use std::time::Duration;

use rmpv::Value;

use super::Asked;
use super::question::{Absent, Question};
use super::speeds::{Speed, Speeds};
use crate::daemon::air::percent;
use crate::daemon::interfaces::{ConnectionStatus, InterfaceStatus, Registry, Traffic};
use crate::interface::rnode::Statistics;
use crate::interface::{Condition, SharedEndpoint, SharedServer};
use crate::rns::Node;
use crate::rns::air::Load;
use crate::rns::air::limits::{LONG, SHORT};
use crate::rns::hash::DestinationHash;
use crate::rns::interface::{InterfaceId, InterfaceSpec, Mode, Neighbour};
use crate::rns::msgpack;
use crate::rns::time::{Instant, Now};

/// `Reticulum.DEFAULT_PER_HOP_TIMEOUT`, in seconds.
const PER_HOP_TIMEOUT: f64 = 6.0;
/// Bits of a packet of full size.
const MTU_BITS: f64 = 4000.0;

/// Answers questions. It remembers what it measures speeds against.
#[derive(Debug)]
pub(in crate::daemon) struct Surveyor {
    endpoint: SharedEndpoint,
    started: Instant,
    speeds: Speeds,
}

impl Surveyor {
    /// Of an instance that runs there since `now`.
    pub(in crate::daemon) fn new(endpoint: SharedEndpoint, now: Now) -> Self {
        Self { endpoint, started: now.instant, speeds: Speeds::default() }
    }

    /// Answers a question, or carries an order out.
    pub(in crate::daemon) fn answer(&mut self, now: Now, node: &mut Node, registry: &Registry, asked: Asked) {
        let value = self.value(now, node, registry, asked.question);
        // Who has stopped waiting is not told.
        let _ = asked.answer.send(msgpack::encode(&value));
    }

    fn value(&mut self, now: Now, node: &mut Node, registry: &Registry, question: Question) -> Value {
        match question {
            Question::Paths { max_hops } => self.paths(now, node, registry, max_hops),
            Question::Interfaces => self.interfaces(now, node, registry),
            Question::Rates => rates(now, node),
            Question::NextHopInterface(destination) => match node.way_to(destination) {
                Some((interface, _)) => self.names(registry).remove(&interface).unwrap_or_default().into(),
                // As the reference writes that there is none.
                None => "None".into(),
            },
            Question::NextHop(destination) => next_hop(node, destination),
            Question::FirstHopTimeout(destination) => {
                let bitrate = node.way_to(destination).and_then(|(over, _)| bitrate(registry, over));
                (bitrate.map_or(0.0, time_on_air) + PER_HOP_TIMEOUT).into()
            }
            Question::LowestBitrate => lowest_bitrate(registry).map_or(Value::Nil, Value::from),
            Question::PathTimeout => lowest_bitrate(registry)
                .map_or(0.0, |bitrate| 2.0 * time_on_air(bitrate) + PER_HOP_TIMEOUT)
                .into(),
            Question::Links => number(node.table_sizes().relayed_links),
            Question::OpenLinks => number(node.open_relayed_links()),
            Question::DropPath(destination) => node.drop_path(destination).into(),
            Question::DropVia(next_hop) => number(node.drop_paths_via(next_hop)),
            Question::DropAnnounceQueues => {
                node.drop_announce_queues();
                Value::Nil
            }
            Question::Absent(Absent::Unknown) => Value::Nil,
            Question::Absent(Absent::No) => false.into(),
            Question::Absent(Absent::Empty) => Value::Map(Vec::new()),
        }
    }

    fn paths(&self, now: Now, node: &Node, registry: &Registry, max_hops: Option<u64>) -> Value {
        let names = self.names(registry);
        let paths =
            node.known_paths(now).filter(|path| max_hops.is_none_or(|most| u64::from(path.hops) <= most));
        let entry = |path: crate::rns::node::KnownPath| {
            map([
                ("hash", bytes(path.destination.as_bytes())),
                ("timestamp", path.refreshed.as_secs_f64().into()),
                (
                    "via",
                    path.next_hop.map_or(bytes(path.destination.as_bytes()), |hop| bytes(hop.as_bytes())),
                ),
                ("hops", path.hops.into()),
                ("expires", path.expires.as_secs_f64().into()),
                ("interface", names.get(&path.interface).cloned().unwrap_or_default().into()),
            ])
        };
        Value::Array(paths.map(entry).collect())
    }

    fn interfaces(&mut self, now: Now, node: &Node, registry: &Registry) -> Value {
        let all = registry.snapshot();
        let radios = node.air(now).into_iter();
        let loads: BTreeMap<_, _> = radios.map(|(interface, status)| (interface, status.load)).collect();
        let mut rows = Vec::new();
        for status in &all {
            let waiting = |part: fn((usize, usize)) -> usize| {
                status.connections.iter().map(|one| part(node.waiting_announces(one.interface))).sum()
            };
            let row = Row {
                name: self.name(status),
                short_name: &status.spec.name,
                kind: status.kind,
                spec: &status.spec,
                up: status.condition == Condition::Up,
                clients: has_clients(status.kind).then_some(status.connections.len()),
                queued: waiting(|(queued, _)| queued),
                held: waiting(|(_, held)| held),
                waiting: status.connections.iter().map(|one| one.waiting).sum(),
                full: status.connections.iter().any(|one| one.full),
                traffic: status.traffic,
                speed: self.speeds.of(now, &status.spec.name, status.traffic),
                radio: status.radio,
                air: status.connections.iter().find_map(|one| loads.get(&one.interface).copied()),
            };
            rows.push(row.value());
            for connection in status.connections.iter().filter(|_| has_clients(status.kind)) {
                let (queued, held) = node.waiting_announces(connection.interface);
                let row = Row {
                    name: self.client_name(status, connection),
                    short_name: &connection.spec.name,
                    kind: status.kind,
                    spec: &connection.spec,
                    up: true,
                    clients: None,
                    queued,
                    held,
                    waiting: connection.waiting,
                    full: connection.full,
                    traffic: connection.traffic,
                    speed: self.speeds.of(now, &connection.spec.name, connection.traffic),
                    radio: None,
                    air: loads.get(&connection.interface).copied(),
                };
                rows.push(row.value());
            }
        }
        let network = all.iter().filter(|status| status.spec.neighbour == Neighbour::Network);
        let total = network.map(|status| status.traffic).fold(Traffic::default(), Traffic::and);
        let speed = self.speeds.of(now, "", total);
        self.speeds.forget_old(now);
        let mut fields = vec![
            ("interfaces", Value::Array(rows)),
            ("rxb", total.bytes_in.into()),
            ("txb", total.bytes_out.into()),
            ("rxs", speed.bits_in.into()),
            ("txs", speed.bits_out.into()),
            ("rxpps", speed.frames_in.into()),
            ("txpps", speed.frames_out.into()),
        ];
        if let Some(id) = node.transport_id().filter(|_| node.is_transport_node()) {
            fields.push(("transport_id", bytes(id.as_bytes())));
            fields.push(("transport_uptime", now.instant.since(self.started).as_secs_f64().into()));
        }
        map(fields)
    }

    /// What the reference would call an interface; its programs know some kinds by their names.
    fn name(&self, status: &InterfaceStatus) -> String {
        let name = &status.spec.name;
        match (status.kind, status.connections.first()) {
            (SharedServer::KIND, _) => format!("Shared Instance[{}]", self.endpoint),
            (kind, Some(connection)) if !has_clients(kind) => match detail(status, connection) {
                "" => format!("{}[{name}]", class(kind)),
                detail => format!("{}[{name}/{detail}]", class(kind)),
            },
            (kind, _) => format!("{}[{name}]", class(kind)),
        }
    }

    fn client_name(&self, status: &InterfaceStatus, connection: &ConnectionStatus) -> String {
        let (name, detail) = (&status.spec.name, detail(status, connection));
        // An address of ours stands before that of the client.
        let peer = detail.rsplit_once(" / ").map_or(detail, |(_, peer)| peer);
        match status.kind {
            SharedServer::KIND => format!("LocalInterface[{}]", self.endpoint),
            "TCPServerInterface" => format!("TCPInterface[Client on {name}/{peer}]"),
            kind => format!("{kind}Peer[{name}/{peer}]"),
        }
    }

    /// The name of every connection.
    fn names(&self, registry: &Registry) -> BTreeMap<InterfaceId, String> {
        let mut names = BTreeMap::new();
        for status in registry.snapshot() {
            for connection in &status.connections {
                let name = if has_clients(status.kind) {
                    self.client_name(&status, connection)
                } else {
                    self.name(&status)
                };
                names.insert(connection.interface, name);
            }
        }
        names
    }
}

/// One interface, or one client of it.
struct Row<'a> {
    name: String,
    short_name: &'a str,
    kind: &'a str,
    spec: &'a InterfaceSpec,
    up: bool,
    clients: Option<usize>,
    queued: usize,
    held: usize,
    waiting: usize,
    full: bool,
    traffic: Traffic,
    speed: Speed,
    radio: Option<Statistics>,
    air: Option<Load>,
}

impl Row<'_> {
    fn value(self) -> Value {
        let mut fields = vec![
            ("name", self.name.into()),
            ("short_name", self.short_name.into()),
            ("type", self.kind.into()),
            ("status", self.up.into()),
            ("mode", mode_number(self.spec.mode).into()),
            ("clients", self.clients.map_or(Value::Nil, number)),
            ("bitrate", self.spec.bitrate.into()),
            ("mtu", number(self.spec.hw_mtu)),
            ("rxb", self.traffic.bytes_in.into()),
            ("txb", self.traffic.bytes_out.into()),
            ("rxs", self.speed.bits_in.into()),
            ("txs", self.speed.bits_out.into()),
            ("txdrp", self.traffic.frames_lost.into()),
            ("txdrb", self.traffic.bytes_lost.into()),
            ("txbuffered", number(self.waiting)),
            ("txstalled", self.full.into()),
            ("announce_queue", number(self.queued)),
            ("held_announces", number(self.held)),
        ];
        if let Some(code) = &self.spec.access {
            fields.push(("ifac_size", number(code.size())));
        }
        if let Some(radio) = &self.radio {
            fields.extend(told_by(radio));
        }
        // A radio that tells of its channel has heard more of it than we.
        let is_told = self.radio.is_some_and(|radio| radio.channel.is_some());
        if let Some(load) = self.air.filter(|_| !is_told) {
            fields.extend(channel_use([
                rounded(load.sent_short, SHORT),
                rounded(load.sent_long, LONG),
                rounded(load.taken_short(), SHORT),
                rounded(load.taken_long(), LONG),
            ]));
        }
        map(fields)
    }
}

/// How much of the time we were on the air, and how much of it was taken: in percent, of the last 15 seconds and of the last
/// hour.
fn channel_use([airtime_short, airtime_long, load_short, load_long]: [f64; 4]) -> [(&'static str, Value); 4] {
    [
        ("airtime_short", airtime_short.into()),
        ("airtime_long", airtime_long.into()),
        ("channel_load_short", load_short.into()),
        ("channel_load_long", load_long.into()),
    ]
}

/// What a radio has told, by the reference's names. It shows signal strengths only of packets, so `rssi` and `snr`, those
/// of the last one, have names of our own.
fn told_by(radio: &Statistics) -> Vec<(&'static str, Value)> {
    let percent = |hundredths: u16| f64::from(hundredths) / 100.0;
    let mut fields = Vec::new();
    if let Some(channel) = radio.channel {
        fields.extend(channel_use([
            percent(channel.airtime_short),
            percent(channel.airtime_long),
            percent(channel.load_short),
            percent(channel.load_long),
        ]));
        fields.extend([
            ("noise_floor", channel.noise_floor.map_or(Value::Nil, Value::from)),
            ("interference", channel.interference.map_or(Value::Nil, Value::from)),
        ]);
    }
    if let Some(battery) = radio.battery {
        fields.push(("battery_state", battery.state.name().into()));
        fields.push(("battery_percent", battery.percent.into()));
    }
    fields.extend(radio.temperature.map(|degrees| ("cpu_temp", degrees.into())));
    fields.extend(radio.rssi.map(|dbm| ("rssi", dbm.into())));
    fields.extend(radio.snr_db().map(|db| ("snr", db.into())));
    fields
}

/// Has it clients of its own, which the reference shows as interfaces too?
fn has_clients(kind: &str) -> bool {
    kind == SharedServer::KIND || matches!(kind, "TCPServerInterface" | "AutoInterface")
}

/// The class of the reference whose name stands before that of the interface.
fn class(kind: &str) -> &str {
    if kind == "TCPClientInterface" { "TCPInterface" } else { kind }
}

/// What tells a connection from the others of its interface.
fn detail<'a>(status: &InterfaceStatus, connection: &'a ConnectionStatus) -> &'a str {
    let name = connection.spec.name.as_str();
    name.strip_prefix(status.spec.name.as_str()).unwrap_or(name).trim_start()
}

/// `Interface.MODE_FULL` and its siblings, as numbers.
fn mode_number(mode: Mode) -> u8 {
    match mode {
        Mode::Full => 1,
        Mode::PointToPoint => 2,
        Mode::AccessPoint => 3,
        Mode::Roaming => 4,
        Mode::Boundary => 5,
        Mode::Gateway => 6,
        Mode::Internal => 7,
    }
}

fn rates(now: Now, node: &Node) -> Value {
    let entry = |rate: crate::rns::node::KnownRate| {
        let last = rate.last.as_secs_f64();
        map([
            ("hash", bytes(rate.destination.as_bytes())),
            ("last", last.into()),
            ("rate_violations", rate.violations.into()),
            ("blocked_until", rate.blocked_until.map_or(0.0, |until| until.as_secs_f64()).into()),
            // Of the announces before the last nothing is kept.
            ("timestamps", Value::Array(vec![last.into()])),
        ])
    };
    Value::Array(node.known_rates(now).map(entry).collect())
}

fn next_hop(node: &Node, destination: DestinationHash) -> Value {
    match node.way_to(destination) {
        Some((_, Some(next_hop))) => bytes(next_hop.as_bytes()),
        // A neighbour is its own next hop.
        Some((_, None)) => bytes(destination.as_bytes()),
        None => Value::Nil,
    }
}

fn bitrate(registry: &Registry, interface: InterfaceId) -> Option<u64> {
    let all = registry.snapshot().into_iter().flat_map(|status| status.connections);
    all.into_iter().find(|connection| connection.interface == interface).map(|found| found.spec.bitrate)
}

fn lowest_bitrate(registry: &Registry) -> Option<u64> {
    let up = registry.snapshot().into_iter().filter(|status| status.condition == Condition::Up);
    up.map(|status| status.spec.bitrate).min()
}

/// Of a packet of full size, in seconds.
fn time_on_air(bitrate: u64) -> f64 {
    MTU_BITS / u32::try_from(bitrate).map_or(f64::from(u32::MAX), f64::from).max(1.0)
}

/// Percent of a window with two digits, as the reference has them from the firmware.
fn rounded(time: Duration, window: Duration) -> f64 {
    (percent(time, window) * 100.0).round() / 100.0
}

fn map(fields: impl IntoIterator<Item = (&'static str, Value)>) -> Value {
    Value::Map(fields.into_iter().map(|(name, value)| (name.into(), value)).collect())
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Binary(bytes.to_vec())
}

fn number(count: usize) -> Value {
    u64::try_from(count).unwrap_or(u64::MAX).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::{Direction, Medium, Template};
    use crate::rns::time::UnixTime;

    fn at(millis: u64) -> Now {
        Now { instant: Instant::from_micros(millis * 1000), unix: UnixTime::from_micros(0) }
    }

    fn surveyor() -> Surveyor {
        Surveyor::new(SharedEndpoint::Name("perch".to_owned()), at(0))
    }

    #[test]
    fn interfaces_have_the_names_that_the_programs_of_the_reference_know() {
        let shown = |kind, name: &str, peer: &str| {
            let template = Template::new(name, Medium::default());
            let connection = ConnectionStatus {
                interface: InterfaceId(1),
                spec: template.spec(peer),
                direction: Direction::Incoming,
                since: at(0),
                traffic: Traffic::default(),
                waiting: 0,
                full: false,
            };
            let status = InterfaceStatus {
                kind,
                spec: template.bare_spec(),
                condition: Condition::Up,
                since: at(0),
                last_failure: None,
                radio: None,
                traffic: Traffic::default(),
                connections: vec![connection.clone()],
            };
            let (surveyor, clients) = (surveyor(), has_clients(kind));
            (surveyor.name(&status), clients.then(|| surveyor.client_name(&status, &connection)))
        };
        let names = |name: &str, client: Option<&str>| (name.to_owned(), client.map(str::to_owned));
        assert_eq!(
            shown("TCPServerInterface", "Hub", "127.0.0.1:4242 / 127.0.0.1:50000"),
            names("TCPServerInterface[Hub]", Some("TCPInterface[Client on Hub/127.0.0.1:50000]"))
        );
        assert_eq!(shown("RNodeInterface", "Mast", ""), names("RNodeInterface[Mast]", None));
        assert_eq!(
            shown("TCPClientInterface", "Far", "radio.example.org:4965"),
            names("TCPInterface[Far/radio.example.org:4965]", None)
        );
        assert_eq!(
            shown(SharedServer::KIND, "local-client", "rns/perch / 1"),
            names("Shared Instance[rns/perch]", Some("LocalInterface[rns/perch]"))
        );
    }
}
