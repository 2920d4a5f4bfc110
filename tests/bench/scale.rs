//! Fills two groups, a small one and a large one, asks both the same, and says what the size costs. Not a test:
//! `tests/bench/scale` runs it.
//!
//!     scale fill DATABASE MESSAGES MEMBERS
//!     scale measure LARGE SMALL

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rmpv::Value;
use roost::group::event::{MemberJoined, MessagePosted};
use roost::group::{Authorship, Body, GroupEvent, Head, MemberNumber, Post};
use roost::rns::event::InboundRequest;
use roost::rns::hash::{IdentityHash, LinkId, PathHash, RequestId, sha256, truncated_sha256};
use roost::rns::identity::Identity;
use roost::rns::msgpack;
use roost::rns::random::Random;
use roost::rns::time::{Instant as NodeInstant, Now, UnixTime};
use roost::server::{Effect, Input, Server};
use roost::store::{Store, Transaction};

/// Events that are written in one transaction.
const AT_ONCE: u64 = 10_000;
/// Different words of all messages. Each is said about as often as the one with half its number is said twice.
const WORDS: u64 = 20_000;
/// How often each question is asked.
const ROUNDS: usize = 301;
/// `Link.MDU` at the MTU of 500.
const LINK_MDU: usize = 431;
/// A morning in 2026.
const START: i64 = 1_795_000_000_000_000;

/// How much more the large group may cost.
const MOST_TIMES: f64 = 1.10;
/// The longest that a search may take.
const LONGEST_SEARCH: Duration = Duration::from_millis(50);
/// The most memory of a process with the large group.
const MOST_MEMORY_KIB: u64 = 25 * 1_024;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["fill", database, messages, members] => fill(database, messages, members),
        ["measure", large, small] => measure(large, small),
        _ => Err(anyhow::anyhow!("scale fill DATABASE MESSAGES MEMBERS, or scale measure LARGE SMALL")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scale: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn host() -> Identity {
    Identity::generate(&mut Random::from_seed(sha256(&[b"scale"])))
}

/// The member whom all questions come from has a key; the others are hashes.
fn reader() -> Identity {
    Identity::generate(&mut Random::from_seed(sha256(&[b"reader"])))
}

fn open(path: &str) -> anyhow::Result<Server> {
    let now = Now { instant: NodeInstant::from_micros(0), unix: UnixTime::from_micros(START) };
    Server::open(Path::new(path), &host(), Some("Scale"), now, [7; 32])
        .with_context(|| format!("opening {path}"))
}

fn member(number: u64) -> IdentityHash {
    match number {
        0 => reader().hash(),
        _ => IdentityHash::from_bytes(truncated_sha256(&[&number.to_be_bytes()])),
    }
}

fn fill(path: &str, messages: &str, members: &str) -> anyhow::Result<()> {
    let (messages, members): (u64, u64) = (messages.parse()?, members.parse()?);
    drop(open(path)?);
    let mut store = Store::open(Path::new(path))?;
    let tx = store.begin()?;
    let group = tx.groups()?.pop().context("no group was made")?;
    drop(tx);
    let (gid, mut head) = (group.facts.gid, group.head);
    let people: Vec<_> = (0..members).map(member).collect();
    let mut write = |range: std::ops::Range<u64>, event: &dyn Fn(u64) -> GroupEvent| -> anyhow::Result<()> {
        let mut next = range.start;
        while next < range.end {
            let end = range.end.min(next + AT_ONCE);
            let tx = store.begin()?;
            for number in next..end {
                head = apply(&tx, &head, gid, number, &event(number))?;
            }
            tx.commit()?;
            next = end;
        }
        Ok(())
    };
    write(0..members, &|number| {
        let number_in_group = MemberNumber(u32::try_from(number + 1).unwrap_or(u32::MAX));
        MemberJoined::new(
            people[usize::try_from(number).unwrap_or(0)],
            number_in_group,
            Some(format!("nick{number}")),
        )
        .into()
    })?;
    write(0..messages, &|number| {
        let author = people[usize::try_from(number * 7_919 % members).unwrap_or(0)];
        let body = Body::Plain { title: Vec::new(), text: text(number).into_bytes(), fields: vec![0x80] };
        let authorship = Authorship::Link { client_id: number.to_be_bytes() };
        let post = Post::new(gid, author, UnixTime::from_micros(START), body, authorship);
        MessagePosted::from(post).into()
    })
}

fn apply(
    tx: &Transaction<'_>,
    head: &Head,
    gid: roost::group::GroupId,
    number: u64,
    event: &GroupEvent,
) -> anyhow::Result<Head> {
    let salt = truncated_sha256(&[b"salt", &number.to_be_bytes()]);
    Ok(tx.apply(gid, Some(head), event, UnixTime::from_micros(START), salt)?)
}

/// Ten words, some of them frequent.
fn text(number: u64) -> String {
    let words = (0..10_u64).map(|place| {
        let drawn = sha256(&[&number.to_be_bytes(), &place.to_be_bytes()]);
        let drawn = drawn.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        // The lower half is as frequent as the upper half, again and again.
        let bound = WORDS >> (drawn % 12).min(11);
        format!("word{}", (drawn >> 8) % bound.max(1))
    });
    words.collect::<Vec<_>>().join(" ")
}

/// One question, asked of both groups in turn.
struct Question {
    what: &'static str,
    /// Must it cost the same in both? Else it is a search.
    alike: bool,
    fields: fn(u64) -> Vec<(&'static str, Value)>,
}

const QUESTIONS: &[Question] = &[
    Question { what: "latest, in one packet", alike: true, fields: |_| vec![] },
    Question {
        what: "latest 200",
        alike: true,
        fields: |_| vec![("limit", 200.into()), ("max_bytes", 100_000.into())],
    },
    Question { what: "the last 50 changes", alike: true, fields: |head| vec![("since", (head - 50).into())] },
    Question { what: "nothing new", alike: true, fields: |head| vec![("since", head.into())] },
    Question {
        what: "50 from the middle",
        alike: true,
        fields: |head| {
            vec![("before", (head * 3 / 4).into()), ("limit", 50.into()), ("max_bytes", 50_000.into())]
        },
    },
    Question {
        what: "search: the most frequent word",
        alike: false,
        fields: |_| vec![("q", "word0".into())],
    },
    Question { what: "search: a rare word", alike: false, fields: |_| vec![("q", "word19999".into())] },
    Question {
        what: "search: a frequent and a rare word",
        alike: false,
        fields: |_| vec![("q", "word0 word19998".into())],
    },
    Question {
        what: "search: two rare words",
        alike: false,
        fields: |_| vec![("q", "word19997 word19996".into())],
    },
    Question { what: "search: a word nobody said", alike: false, fields: |_| vec![("q", "nothing".into())] },
];

struct Asked {
    server: Server,
    head: u64,
    asked: u64,
}

impl Asked {
    fn open(path: &str) -> anyhow::Result<Self> {
        let mut asked = Self { server: open(path)?, head: 0, asked: 0 };
        let answer = asked.ask(&[])?.1;
        let head = answer.as_map().and_then(|map| map.iter().find(|(key, _)| key.as_str() == Some("next")));
        asked.head = head.and_then(|(_, next)| next.as_u64()).context("an answer without `next`")?;
        Ok(asked)
    }

    #[expect(clippy::disallowed_methods, reason = "this measures")]
    fn ask(&mut self, fields: &[(&'static str, Value)]) -> anyhow::Result<(Duration, Value)> {
        self.asked += 1;
        let data = Value::Map(fields.iter().map(|(name, value)| ((*name).into(), value.clone())).collect());
        let request = InboundRequest {
            link: LinkId::from_bytes([1; 16]),
            destination: self.server.hosted_groups().first().context("no group")?.group,
            request_id: RequestId::from_bytes(truncated_sha256(&[&self.asked.to_be_bytes()])),
            path_hash: PathHash::of("/api/v1/messages"),
            data: msgpack::encode(&data),
            requested_at: UnixTime::from_micros(START),
            caller: Some(reader().public().clone()),
            link_mdu: LINK_MDU,
            air: None,
        };
        let now = Now { instant: NodeInstant::from_micros(0), unix: UnixTime::from_micros(START) };
        let input = vec![Input::Request(request)];
        let begin = Instant::now();
        let rest = self.server.handle_inputs(now, input);
        let took = begin.elapsed();
        if !rest.is_empty() {
            bail!("a request was handed back");
        }
        match self.server.poll_effect() {
            Some(Effect::Respond { data, .. }) => Ok((took, msgpack::decode(&data)?)),
            other => bail!("no answer but {other:?}"),
        }
    }
}

fn measure(large: &str, small: &str) -> anyhow::Result<()> {
    let mut large = Asked::open(large)?;
    for question in QUESTIONS {
        let fields = (question.fields)(large.head);
        (0..20).try_for_each(|_| large.ask(&fields).map(drop))?;
    }
    let memory = memory_kib()?;
    let mut small = Asked::open(small)?;
    let mut broken = Vec::new();
    println!("{:<36} {:>10} {:>10} {:>7}", "µs", small.head, large.head, "times");
    for question in QUESTIONS {
        let (ask_small, ask_large) = ((question.fields)(small.head), (question.fields)(large.head));
        let (mut in_small, mut in_large) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            in_small.push(small.ask(&ask_small)?.0);
            in_large.push(large.ask(&ask_large)?.0);
        }
        let (in_small, in_large) = (median(in_small), median(in_large));
        let times = in_large.as_secs_f64() / in_small.as_secs_f64();
        let [small_us, large_us] = [in_small, in_large].map(|took| took.as_micros());
        println!("{:<36} {small_us:>10} {large_us:>10} {times:>7.2}", question.what);
        if question.alike && times > MOST_TIMES {
            broken.push(format!("{} takes {times:.2} times as long in the large group", question.what));
        }
        if !question.alike && in_large > LONGEST_SEARCH {
            broken.push(format!("{} takes {large_us} µs", question.what));
        }
    }
    println!("memory with the large group: {:.1} MiB", f64::from(u32::try_from(memory)?) / 1_024.0);
    if memory > MOST_MEMORY_KIB {
        broken.push(format!("{memory} KiB of memory are too many"));
    }
    if broken.is_empty() { Ok(()) } else { bail!("{}", broken.join("; ")) }
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took.get(took.len() / 2).copied().unwrap_or_default()
}

/// The most memory that this process has had.
fn memory_kib() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("this system has no /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
