//! A member's program on a LoRa channel with its group's server: how many bytes its errands take, and that they end well
//! where packets get lost.
//! Not the program's own process; its errands are driven here as `daemon` drives them.

use std::time::Duration;

use roost::client::{Cache, Client, Disclosed, Errand, JoinWish, ListenWish, News, Outcome, Since};
use roost::rns::airtime::Modulation;
use roost::rns::event::Event;
use roost::rns::random::Random;

use crate::network::{Network, Seat, Wire, WireId, identity};
use crate::pair::SECOND;
use crate::village::host::Host;

/// No errand may take longer.
const PATIENCE: u32 = 1_800;

pub(crate) struct Shore {
    pub(crate) network: Network,
    pub(crate) host: Host,
    air: WireId,
    pub(crate) seat: Seat,
    dir: tempfile::TempDir,
    errands: u8,
    /// What the member was shown of the group on the way in.
    pub(crate) disclosed: Vec<Disclosed>,
}

impl Shore {
    /// A server and a member that has not heard of it.
    pub(crate) fn new(seed: u64, lora: Modulation, loss_percent: u64) -> Self {
        let mut network = Network::new(seed);
        let host = Host::new(&mut network);
        let seat = network.add_node();
        let air = network.join(&[host.seat, seat], Wire { loss_percent, ..Wire::lora(lora) });
        Self::between(network, host, air, seat)
    }

    /// The same, with a transport node between them that hears each of them on a channel of its own.
    pub(crate) fn behind_a_relay(lora: Modulation) -> Self {
        let mut network = Network::new(1);
        let host = Host::new(&mut network);
        let (relay, seat) = (network.add_transport_node(), network.add_node());
        network.join(&[host.seat, relay], Wire::lora(lora));
        let air = network.join(&[relay, seat], Wire::lora(lora));
        Self::between(network, host, air, seat)
    }

    fn between(network: Network, host: Host, air: WireId, seat: Seat) -> Self {
        let (dir, disclosed) = (tempfile::tempdir().unwrap(), Vec::new());
        Self { network, host, air, seat, dir, errands: 0, disclosed }
    }

    fn begin(&mut self, errand: Errand) -> Client {
        self.errands += 1;
        let cache = Cache::open(&self.dir.path().join("cache.db")).unwrap();
        let group = self.host.group.group;
        let random = Random::from_seed([self.errands; 32]);
        let mut client = Client::new(identity(1), cache, group, errand, None, random);
        self.network.take_sent();
        self.network.events(self.seat);
        self.network.call(self.seat, |node, now| {
            client.register(node);
            client.handle_interface_up(now, node);
        });
        client
    }

    /// A small step of everybody but a client; what the member's node has told.
    pub(crate) fn step(&mut self) -> Vec<Event> {
        self.network.run_for(Duration::from_millis(50));
        let now = self.network.now().instant;
        let is_due = self.host.due().is_some_and(|at| at <= now);
        if self.network.has_news(self.host.seat) || is_due {
            self.host.handle_timeouts(&mut self.network);
        }
        self.network.events(self.seat)
    }

    /// One second of everybody, in small steps.
    fn second(&mut self, client: &mut Client) -> Vec<News> {
        for _ in 0..20 {
            for event in self.step() {
                self.network.call(self.seat, |node, now| client.handle_event(now, node, &event));
            }
            let now = self.network.now().instant;
            if client.poll_timeout().is_some_and(|at| at <= now) {
                self.network.call(self.seat, |node, now| client.handle_timeout(now, node));
            }
            if let Some(search) = client.poll_work() {
                let work = search.find();
                self.network.call(self.seat, |node, now| client.handle_work(now, node, work));
            }
        }
        std::iter::from_fn(|| client.poll_news()).collect()
    }

    /// What comes of an errand, and the frames on the air until then.
    pub(crate) fn frames_of(&mut self, errand: Errand) -> (Outcome, Vec<usize>) {
        let mut client = self.begin(errand);
        for _ in 0..PATIENCE {
            for news in self.second(&mut client) {
                match news {
                    News::Done(outcome) => return (outcome.unwrap(), self.frames()),
                    News::Disclosed(disclosed) => self.disclosed.push(disclosed),
                    _ => {}
                }
            }
        }
        panic!("it does not end");
    }

    /// The sizes of all frames since the last look.
    pub(crate) fn frames(&mut self) -> Vec<usize> {
        self.network.take_sent().iter().map(|sent| sent.frame.len()).collect()
    }

    /// What comes of an errand, and the bytes on the air until then.
    fn run(&mut self, errand: Errand) -> (Outcome, usize) {
        let (outcome, frames) = self.frames_of(errand);
        (outcome, frames.iter().sum())
    }

    fn say(&mut self, text: &str) -> (Outcome, usize) {
        self.run(Errand::Send { text: text.to_owned() })
    }

    fn join(&mut self) {
        let wish = JoinWish { nick: Some("Anna".into()), ..JoinWish::default() };
        let (outcome, _) = self.run(Errand::Join(wish));
        assert!(matches!(outcome, Outcome::Joined { pending: false, number: Some(1), .. }), "{outcome:?}");
        // The next errand is another process, which knows the way and has no link.
        self.network.run_for(2_000 * SECOND);
        self.host.handle_timeouts(&mut self.network);
    }
}

pub(crate) fn texts(outcome: &Outcome) -> Vec<&str> {
    let (Outcome::Latest(messages) | Outcome::New(messages)) = outcome else { panic!("{outcome:?}") };
    messages.iter().map(|message| message.text.as_str()).collect()
}

pub(crate) fn fetch() -> Errand {
    Errand::Fetch { limit: 5, names: false }
}

fn sync() -> Errand {
    Errand::Sync { from: Since::LastTime, names: false }
}

/// About eighty characters each.
const SAID: [&str; 5] = [
    "Good morning all, the repeater on the ridge is back since about six, batteries at 80%",
    "Can somebody bring two metres of coax to the meeting tonight? Mine broke at the plug",
    "The ford by the old mill is closed, take the upper road until the water has gone down",
    "I hear you with five bars from the church tower, nothing at all behind the quarry yet",
    "Supper is at seven at our place, there is soup for everybody who helps with the mast",
];

#[test]
fn the_latest_five_cost_one_packet_there_and_one_back() {
    let mut shore = Shore::new(1, Modulation::SF8, 0);
    shore.join();
    for text in SAID {
        let (outcome, bytes) = shore.say(text);
        assert_eq!(outcome, Outcome::Sent { seq: None, held: None });
        assert!(bytes <= 291 + 83, "a packet and its proof, not {bytes} bytes");
    }
    let (outcome, bytes) = shore.run(fetch());
    assert_eq!(texts(&outcome), SAID);
    assert!(bytes <= 486, "{bytes} bytes");
    let (outcome, bytes) = shore.run(sync());
    assert_eq!(texts(&outcome), Vec::<&str>::new(), "they were here already");
    assert!(bytes <= 147 + 483, "{bytes} bytes");
    let (outcome, bytes) = shore.run(sync());
    assert_eq!((texts(&outcome).len(), bytes <= 147 + 131), (0, true), "{bytes} bytes for nothing new");
}

#[test]
fn where_one_packet_in_ten_gets_lost_all_errands_end_well_and_nothing_is_said_twice() {
    for (seed, lora) in [(2, Modulation::SF8), (3, Modulation::new(11, 125_000, 5).unwrap())] {
        let mut shore = Shore::new(seed, lora, 10);
        shore.join();
        for text in SAID {
            assert!(matches!(shore.say(text).0, Outcome::Sent { .. }));
        }
        assert_eq!(texts(&shore.run(fetch()).0), SAID);
        shore.run(sync());
        assert_eq!(texts(&shore.run(sync()).0), Vec::<&str>::new());
    }
}

#[test]
fn who_is_deaf_for_a_while_gets_through_afterwards_and_says_it_once() {
    let mut shore = Shore::new(4, Modulation::SF8, 0);
    shore.join();
    let mut client = shore.begin(Errand::Send { text: "once only".into() });
    shore.network.set_loss(shore.air, 100);
    for _ in 0..15 {
        assert!(!shore.second(&mut client).iter().any(|news| matches!(news, News::Done(_))));
    }
    drop(client);
    shore.network.set_loss(shore.air, 0);
    shore.say("once only");
    assert_eq!(texts(&shore.run(fetch()).0), ["once only"]);
}

#[test]
fn a_ping_brings_what_is_new_to_who_listens_and_there_is_none_after_goodbye() {
    let mut shore = Shore::new(5, Modulation::SF8, 0);
    shore.join();
    let ben = identity(77);
    let nick = [("nick", "Ben".into())];
    shore.host.ask(&mut shore.network, &ben, "/api/v1/join", &nick);
    let mut client = shore.begin(Errand::Listen(ListenWish { notify: "all".into(), every: None }));
    let heard = |news: Vec<News>| -> Vec<String> {
        let messages = news.into_iter().filter_map(|news| match news {
            News::Messages { messages, .. } => Some(messages),
            _ => None,
        });
        messages.flatten().map(|message| message.text).collect()
    };
    for _ in 0..60 {
        assert_eq!(heard(shore.second(&mut client)), Vec::<String>::new());
    }
    let hello = [("text", "is anybody there?".into())];
    shore.host.ask(&mut shore.network, &ben, "/api/v1/messages/post", &hello);
    let mut all = Vec::new();
    for _ in 0..120 {
        all.extend(heard(shore.second(&mut client)));
    }
    assert_eq!(all, ["is anybody there?"]);
    let pings = shore.host.pings;
    shore.network.call(shore.seat, |node, now| client.stop(now, node));
    let mut ended = false;
    for _ in 0..60 {
        ended |=
            shore.second(&mut client).iter().any(|news| matches!(news, News::Done(Ok(Outcome::Stopped))));
    }
    assert!(ended);
    shore.host.ask(&mut shore.network, &ben, "/api/v1/messages/post", &hello);
    for _ in 0..900 {
        shore.second(&mut client);
    }
    assert_eq!((pings, shore.host.pings), (1, 1));
}

/// How long after asking for the first time, in vain, an errand asks again: in packets of its own, or on a link, which
/// comes about before all is lost.
fn asked_again_after(lora: Modulation, errand: Errand, on_link: bool) -> Duration {
    let mut shore = Shore::new(6, lora, 0);
    shore.join();
    let mut client = shore.begin(errand);
    if on_link {
        while !shore.step().into_iter().any(|event| {
            shore.network.call(shore.seat, |node, now| client.handle_event(now, node, &event));
            matches!(event, Event::LinkEstablished { .. })
        }) {}
    }
    shore.network.set_loss(shore.air, 100);
    shore.network.take_sent();
    let asked = shore.network.now().instant;
    while shore.network.take_sent().is_empty() {
        shore.second(&mut client);
    }
    shore.network.now().instant.since(asked)
}

#[test]
fn who_gets_no_answer_asks_again_as_soon_as_none_can_come_any_more() {
    // Bytes of question and answer at most, what is sent before the question included.
    let by_packet = [(fetch(), 131 + 355), (Errand::Send { text: "x".repeat(80) }, 275 + 83)];
    let by_link = [(Errand::Send { text: "/help".into() }, 83 + 211 + 211 + 323)];
    for lora in [Modulation::SF8, Modulation::new(11, 125_000, 5).unwrap()] {
        for (errands, on_link) in [(&by_packet[..], false), (&by_link[..], true)] {
            for (errand, bytes) in errands {
                let waited = asked_again_after(lora, errand.clone(), on_link);
                let exchange = lora.time_on_air(*bytes);
                assert!(waited >= exchange, "{errand:?}: {waited:?}, and {exchange:?} on the air");
                // Somebody else's packet, chance, and what the exchange takes beside the air.
                let most = exchange * 3 / 2 + lora.time_on_air(500) * 2 + 5 * SECOND;
                assert!(waited <= most, "{errand:?}: {waited:?}, and {exchange:?} on the air");
            }
        }
    }
}
