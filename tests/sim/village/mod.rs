//! A village with thirty members on one radio channel, its server, and three hundred members elsewhere: a whole day.
//! Not the details of any of it; what counts is that the air is enough, and that nobody waits longer than the rules say.

pub(crate) mod host;
mod ledger;
mod member;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use rmpv::Value;

use roost::rns::air::{Limits, Share};
use roost::rns::airtime::Modulation;
use roost::rns::hash::Address;
use roost::rns::identity::Identity;
use roost::rns::packet::Packet;
use roost::rns::random::Random;
use roost::rns::time::Instant;

use crate::network::{Network, Wire, WireId, identity};
use crate::pair::SECOND;
use crate::radio::Aired;
use host::Host;
use ledger::{most_within_an_hour, waits};
use member::{Member, Way};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);
const LORA_MEMBERS: usize = 30;
const TCP_MEMBERS: u64 = 300;
const MESSAGES: usize = 500;
/// One percent of an hour.
const BUDGET: Duration = Duration::from_secs(36);
/// What members on the radio have chosen: so many, of what, in which way.
const CHOICES: [(usize, &str, Way); 6] = [
    (8, "mentions", Way::Text),
    (4, "all", Way::Text),
    (4, "all", Way::Ping),
    (2, "all", Way::Silent),
    (5, "digest", Way::Text),
    (7, "off", Way::Text),
];
/// The rule for notices: a minute, for a burst is one notice; ten since the one before, where members have chosen nothing else;
/// and two hours and a half for the budget, which the ten who are told of everything fill by themselves: all who wait have
/// their turns, what was spent is there again in an hour, and what is lost is followed by the next.
const RULE: Duration = Duration::from_secs(60 * (1 + 10 + 150));

/// What happens in the village.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Announce,
    MemberAnnounces(usize),
    Post,
    Fetch(usize),
    Leaves(usize),
    Returns(usize),
}

struct Village {
    network: Network,
    air: WireId,
    host: Host,
    members: Vec<Member>,
    world: Vec<Identity>,
    random: Random,
    began: Instant,
    /// When each message was posted, by its number, and whom it names.
    posts: BTreeMap<u64, (Instant, Option<usize>)>,
}

impl Village {
    fn new(seed: u64) -> Self {
        let mut network = Network::new(seed);
        let host = Host::new(&mut network);
        let choices = CHOICES.iter().flat_map(|(count, mode, way)| vec![(*mode, *way); *count]);
        let members: Vec<_> = (1000..)
            .zip(choices)
            .map(|(number, choice)| Member::new(&mut network, number, host.group.group, choice))
            .collect();
        assert_eq!(members.len(), LORA_MEMBERS);
        let seats: Vec<_> = members.iter().map(|member| member.seat).chain([host.seat]).collect();
        let limits = Limits { long: Share::from_hundredths(100), short: None };
        let air = network.join(&seats, Wire::lora(Modulation::SF8).within(limits));
        let began = network.now().instant;
        let world = (2000..2000 + TCP_MEMBERS).map(identity).collect();
        let (random, posts) = (Random::from_seed([seed.to_le_bytes()[0]; 32]), BTreeMap::new());
        Self { network, air, host, members, world, random, began, posts }
    }

    /// Everybody joins and chooses, some time before, at home.
    fn settle_in(&mut self) {
        for index in 0..self.world.len() + self.members.len() {
            let (who, nick) = match index.checked_sub(self.world.len()) {
                None => (self.world[index].clone(), format!("World {index}")),
                Some(member) => (self.members[member].identity.clone(), format!("Radio{member}")),
            };
            self.pass(20 * SECOND);
            let answer = self.host.ask(&mut self.network, &who, "/api/v1/join", &[("nick", nick.into())]);
            assert!(is_ok(&answer), "{answer}");
        }
        for member in 0..self.members.len() {
            let Member { mode, way, identity, pinged_at, .. } = &self.members[member];
            let mut fields: Vec<(&str, Value)> = vec![("notify", (*mode).into())];
            match way {
                Way::Text => fields.push(("readable", true.into())),
                Way::Ping => fields.push(("ping", Value::Binary(pinged_at.as_bytes().to_vec()))),
                Way::Silent => {}
            }
            let answer = self.host.ask(&mut self.network, &identity.clone(), "/api/v1/notify", &fields);
            assert!(is_ok(&answer), "{answer}");
        }
    }

    /// Lets so much time pass.
    fn pass(&mut self, duration: Duration) {
        let end = self.network.now().instant.after(duration);
        loop {
            let now = self.network.now().instant;
            let due = self.members.iter().filter_map(Member::due).chain(self.host.due()).min();
            let due = due.into_iter().chain(self.network.next_due().map(Instant::from_micros)).min();
            let next = due.map_or(end, |due| due.max(now).min(end));
            self.network.run_for(next.since(now));
            let now = self.network.now().instant;
            if self.network.has_news(self.host.seat) || self.host.due().is_some_and(|due| due <= now) {
                self.host.handle_timeouts(&mut self.network);
            }
            for member in &mut self.members {
                if self.network.has_news(member.seat) || member.due().is_some_and(|due| due <= now) {
                    member.work(&mut self.network);
                }
            }
            if due.is_none_or(|due| due > end) {
                return;
            }
        }
    }

    /// Everything of a day, in its order.
    fn plan(&mut self) -> Vec<(Duration, Act)> {
        let mut plan = Vec::new();
        for hour in [0, 6, 12, 18] {
            plan.push((HOUR * hour, Act::Announce));
        }
        for member in 0..self.members.len() {
            let minutes = u32::try_from(member).unwrap();
            for hour in [0, 12] {
                plan.push((HOUR * hour + 40 * SECOND * minutes + 20 * SECOND, Act::MemberAnnounces(member)));
            }
            // Two never look.
            for _ in 0..if member < LORA_MEMBERS - 2 { 3 + self.below(4) } else { 0 } {
                plan.push((self.some_time(), Act::Fetch(member)));
            }
        }
        // Whoever of the eight wants all is away over noon, and does not fetch meanwhile.
        let away = LONELY;
        plan.retain(|(at, act)| *act != Act::Fetch(away) || *at < HOUR * 8 || *at > HOUR * 15);
        plan.push((HOUR * 9, Act::Leaves(away)));
        plan.push((HOUR * 13, Act::Returns(away)));
        for _ in 0..MESSAGES {
            plan.push((self.some_time(), Act::Post));
        }
        plan.sort_unstable();
        plan
    }

    /// By day more than by night, and most in the evening.
    fn some_time(&mut self) -> Duration {
        let hour = match self.below(10) {
            0 => self.below(7),
            1..=5 => 7 + self.below(11),
            _ => 17 + self.below(6),
        };
        HOUR * u32::try_from(hour).unwrap() + SECOND * u32::try_from(self.below(3600)).unwrap() + 30 * MINUTE
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Announce => self.host.announce(&mut self.network),
            Act::MemberAnnounces(member) => self.members[member].announce(&mut self.network),
            Act::Fetch(member) => self.members[member].fetch(&mut self.network),
            Act::Leaves(member) => {
                let seat = self.members[member].seat;
                let now = self.network.now().instant.as_micros();
                self.network.channel(self.air).set_away(now, seat, true);
            }
            Act::Returns(member) => {
                let seat = self.members[member].seat;
                let now = self.network.now().instant.as_micros();
                self.network.channel(self.air).set_away(now, seat, false);
                self.members[member].announce(&mut self.network);
            }
            Act::Post => self.post(),
        }
    }

    /// Somebody of the world says something; one in five times to somebody by name.
    fn post(&mut self) {
        let author = usize::try_from(self.below(TCP_MEMBERS)).unwrap();
        let named = (self.below(5) == 0).then(|| usize::try_from(self.below(8)).unwrap());
        let number = self.posts.len();
        let text = match named {
            Some(member) => format!("@Radio{member} can you bring the ladder tomorrow? That was {number}."),
            None => format!("The ferry leaves at {} today, and the bakery is open.", number % 24),
        };
        let author = self.world[author].clone();
        let answer =
            self.host.ask(&mut self.network, &author, "/api/v1/messages/post", &[("text", text.into())]);
        let seq = field(&answer, "seq").and_then(Value::as_u64).unwrap_or_else(|| panic!("{answer}"));
        self.posts.insert(seq, (self.network.now().instant, named));
    }
}

/// Who is away for some hours: one of those who are told of everything in words.
const LONELY: usize = 8;

fn field<'a>(answer: &'a Value, name: &str) -> Option<&'a Value> {
    answer.as_map()?.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
}

fn is_ok(answer: &Value) -> bool {
    field(answer, "error").is_none() && field(answer, "code").is_none()
}

/// For everything that a member wants to be told of: how long it took until they were, or saw it themselves.
fn told_after(village: &Village, index: usize, back: Instant) -> Vec<Duration> {
    let member = &village.members[index];
    let concerns = |named: Option<usize>| member.mode == "all" || named == Some(index);
    let posts = village.posts.iter().filter(|(_, (_, named))| concerns(*named));
    let wait = |(seq, (posted, _)): (&u64, &(Instant, Option<usize>))| {
        // Who is away can't be told, nor of what was said before and was still to be told.
        let left = village.began.after(9 * HOUR).before(RULE);
        let from = if index == LONELY && (left..back).contains(posted) { back } else { *posted };
        let told = member.told.iter().filter(|told| told.latest >= *seq).map(|told| told.at);
        let fetched = member.fetches.iter().filter_map(|fetch| fetch.answered);
        let known = told.chain(fetched).filter(|at| *at >= from).min();
        known.unwrap_or_else(|| panic!("member {index} was never told of {seq}")).since(from)
    };
    posts.map(wait).collect()
}

#[test]
fn a_day_on_one_percent_of_a_channel_serves_thirty_members_and_nobody_is_sent_what_they_did_not_ask_for() {
    let mut village = Village::new(6);
    village.settle_in();
    village.began = village.network.now().instant;
    for (at, act) in village.plan() {
        let elapsed = village.network.now().instant.since(village.began);
        village.pass(at.saturating_sub(elapsed));
        village.act(act);
    }
    village.pass((26 * HOUR).saturating_sub(village.network.now().instant.since(village.began)));
    let log = village.network.channel(village.air).log().to_vec();
    let sent = village.network.take_sent();

    let most = most_within_an_hour(&log, village.host.seat);
    for seat in village.members.iter().map(|member| member.seat).chain([village.host.seat]) {
        assert!(most_within_an_hour(&log, seat) <= BUDGET);
    }

    let mut fetches = Vec::new();
    for fetch in village.members.iter().flat_map(|member| &member.fetches) {
        let Some(answered) = fetch.answered else {
            let at = fetch.wanted.since(village.began);
            panic!(
                "{at:?} into the day a fetch was not answered in {} tries\n{}",
                fetch.tries,
                by_hours(&village, &log)
            );
        };
        fetches.push(answered.since(fetch.wanted));
    }

    let back = village.began.after(13 * HOUR);
    let mut told: BTreeMap<(&str, Way), Vec<Duration>> = BTreeMap::new();
    for (index, member) in village.members.iter().enumerate() {
        match member.mode {
            "digest" => assert!((1..=2).contains(&member.told.len()), "a digest is one notice in a day"),
            "off" => {}
            mode => told.entry((mode, member.way)).or_default().extend(told_after(&village, index, back)),
        }
    }
    let slowest = told.values().flatten().max();
    assert!(slowest <= Some(&RULE), "{slowest:?}\n{}", by_hours(&village, &log));

    // Whoever was there all day has been told as often as the others, in whatever way.
    let here =
        village.members.iter().enumerate().filter(|(index, one)| one.mode == "all" && *index != LONELY);
    let shares: Vec<_> = here.map(|(_, member)| member.told.len()).collect();
    let (least, most_told) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
    assert!(least * 5 >= most_told * 4, "{shares:?}");

    let missed = village.posts.values().filter(|(at, _)| (village.began.after(9 * HOUR)..back).contains(at));
    let missed = missed.count();
    let lonely = &village.members[LONELY];
    let soon = back..back.after(9 * MINUTE);
    let on_return: Vec<_> = lonely.told.iter().filter(|told| soon.contains(&told.at)).collect();
    assert!(missed > 40 && on_return.len() == 1, "{missed} missed, {on_return:?}");
    assert!(on_return[0].count >= 40, "{on_return:?}");

    for member in village.members.iter().filter(|member| member.mode == "off") {
        let theirs = [Address::from(member.delivery()), Address::from(member.pinged_at)];
        let to_them =
            sent.iter().filter(|sent| theirs.contains(&Packet::parse(&sent.frame).unwrap().address));
        assert_eq!((to_them.count(), member.told.len()), (0, 0), "who wants nothing is sent nothing");
    }
    insta::assert_snapshot!(table(&mut village, most, &mut fetches, &mut told));
}

/// What the server was on the air in each hour, for a report.
fn by_hours(village: &Village, log: &[Aired]) -> String {
    let seconds = (0..26).map(|hour| {
        let (from, to) = (village.began.after(HOUR * hour), village.began.after(HOUR * (hour + 1)));
        let within = log.iter().filter(|aired| {
            aired.from == village.host.seat && (from.as_micros()..to.as_micros()).contains(&aired.began)
        });
        format!(
            "hour {hour}: {:.1} s",
            within.map(|aired| Duration::from_micros(aired.ends - aired.began).as_secs_f64()).sum::<f64>()
        )
    });
    let status = village.network.node(village.host.seat).air(village.network.now());
    format!("{}\n{status:#?}", seconds.collect::<Vec<_>>().join("\n"))
}

fn table(
    village: &mut Village,
    most: Duration,
    fetches: &mut [Duration],
    told: &mut BTreeMap<(&str, Way), Vec<Duration>>,
) -> String {
    let now = village.network.now();
    let (_, status) = village.network.node(village.host.seat).air(now).remove(0);
    let mut text = "what the server sent   frames    bytes  seconds  dropped\n".to_owned();
    for class in &status.classes {
        let (sent, seconds) = (class.sent, class.sent.time.as_secs_f64());
        let name = class.class;
        writeln!(text, "{name:<20}{:>9}{:>9}{seconds:>9.1}{:>9}", sent.frames, sent.bytes, class.dropped)
            .unwrap();
    }
    writeln!(text, "its most in any hour: {:.1} s of 36 s", most.as_secs_f64()).unwrap();
    let traffic = village.network.channel(village.air).traffic();
    let taken = traffic.on_air.as_secs_f64() / (26.0 * 3600.0) * 100.0;
    writeln!(text, "the channel: {} packets, taken {taken:.1} % of the time", traffic.packets).unwrap();
    writeln!(text, "packets that somebody could not make out: {}", traffic.spoiled).unwrap();
    let tried = village.members.iter().map(|member| member.fetches.len()).sum::<usize>();
    assert_eq!(tried, fetches.len());
    writeln!(text, "{}", waits("fetches that were answered", fetches)).unwrap();
    for ((mode, way), told) in told {
        let name = format!("messages that somebody was told of, or saw, {mode} {way:?}");
        writeln!(text, "{}", waits(&name, told)).unwrap();
    }
    for (_, mode, way) in CHOICES {
        let those = village.members.iter().filter(|member| (member.mode, member.way) == (mode, way));
        let counts: Vec<_> = those.map(|member| member.told.len()).collect();
        writeln!(text, "notices that came, {mode} {way:?}: {counts:?}").unwrap();
    }
    text
}
