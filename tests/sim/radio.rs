//! A LoRa channel: one frame at a time where all hear each other, and where not, frames that destroy each other.
//! Not the nodes on it; the network puts frames in and takes out who heard what. Every packet waits for its own turn,
//! where firmware on slow channels sends all that it has at once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use roost::rns::airtime::Modulation;
use roost::rns::random::Random;

use crate::network::Seat;

/// Slots of the contention window while the channel has little traffic.
const CONTENTION: u32 = 15;

/// A packet that some station has under way.
#[derive(Debug)]
struct OnAir {
    from: Seat,
    began: u64,
    ends: u64,
    frame: Vec<u8>,
    /// Who cannot make it out any more.
    spoiled: BTreeSet<Seat>,
}

/// A packet that has left the air.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) frame: Vec<u8>,
    pub(crate) heard_by: Vec<Seat>,
}

/// A packet that was on the air.
#[derive(Debug, Clone)]
pub(crate) struct Aired {
    pub(crate) from: Seat,
    pub(crate) began: u64,
    pub(crate) ends: u64,
    pub(crate) frame: Vec<u8>,
}

/// What has happened on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traffic {
    pub(crate) packets: u64,
    pub(crate) on_air: Duration,
    /// How often somebody in range could not make a packet out.
    pub(crate) spoiled: u64,
}

/// The channel.
#[derive(Debug)]
pub(crate) struct Channel {
    lora: Modulation,
    stations: BTreeSet<Seat>,
    deaf: BTreeSet<(Seat, Seat)>,
    away: BTreeSet<Seat>,
    queues: BTreeMap<Seat, VecDeque<Vec<u8>>>,
    /// When stations with something to send listen again.
    attempts: BTreeMap<Seat, u64>,
    on_air: Vec<OnAir>,
    traffic: Traffic,
    log: Vec<Aired>,
}

impl Channel {
    pub(crate) fn new(lora: Modulation, stations: &[Seat]) -> Self {
        Self {
            lora,
            stations: stations.iter().copied().collect(),
            deaf: BTreeSet::new(),
            away: BTreeSet::new(),
            queues: BTreeMap::new(),
            attempts: BTreeMap::new(),
            on_air: Vec::new(),
            traffic: Traffic::default(),
            log: Vec::new(),
        }
    }

    /// There is a hill between two stations.
    pub(crate) fn hide(&mut self, one: Seat, other: Seat) {
        self.deaf.extend([(one, other), (other, one)]);
    }

    /// A station is out of reach of all others, or is there again.
    pub(crate) fn set_away(&mut self, station: Seat, away: bool) {
        if away {
            self.away.insert(station);
        } else {
            self.away.remove(&station);
        }
    }

    /// Every packet that was on the air.
    pub(crate) fn log(&self) -> &[Aired] {
        &self.log
    }

    pub(crate) const fn traffic(&self) -> Traffic {
        self.traffic
    }

    fn hears(&self, listener: Seat, sender: Seat) -> bool {
        listener != sender
            && !self.deaf.contains(&(listener, sender))
            && !self.away.contains(&listener)
            && !self.away.contains(&sender)
    }

    /// A station has something to send.
    pub(crate) fn queue(&mut self, now: u64, from: Seat, frame: Vec<u8>, random: &mut Random) {
        self.queues.entry(from).or_default().push_back(frame);
        if !self.attempts.contains_key(&from) {
            let at = self.after_backoff(now, random);
            self.attempts.insert(from, at);
        }
    }

    /// Two slots of silence, and some more so that not everybody begins at once.
    fn after_backoff(&self, from: u64, random: &mut Random) -> u64 {
        from + micros(self.lora.slot()) * (2 + random.below(CONTENTION.into()))
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        let ends = self.on_air.iter().map(|packet| packet.ends);
        ends.chain(self.attempts.values().copied()).min()
    }

    /// What is due: packets leave the air, then stations that find it free begin.
    pub(crate) fn step(&mut self, now: u64, random: &mut Random) -> Vec<Landed> {
        let (landed, flying) = self.on_air.drain(..).partition(|packet: &OnAir| packet.ends <= now);
        self.on_air = flying;
        let landed = Vec::into_iter(landed).map(|packet: OnAir| self.land(packet)).collect();
        let due: Vec<Seat> =
            self.attempts.iter().filter(|(_, at)| **at <= now).map(|(seat, _)| *seat).collect();
        for seat in due {
            match self.busy_until(now, seat) {
                Some(end) => {
                    let at = self.after_backoff(end, random);
                    self.attempts.insert(seat, at);
                }
                None => self.begin(now, seat, random),
            }
        }
        landed
    }

    fn land(&mut self, packet: OnAir) -> Landed {
        let in_range: Vec<Seat> =
            self.stations.iter().copied().filter(|seat| self.hears(*seat, packet.from)).collect();
        let heard_by: Vec<Seat> =
            in_range.iter().copied().filter(|seat| !packet.spoiled.contains(seat)).collect();
        let OnAir { from, began, ends, ref frame, .. } = packet;
        self.log.push(Aired { from, began, ends, frame: frame.clone() });
        self.traffic.packets += 1;
        self.traffic.on_air += Duration::from_micros(packet.ends - packet.began);
        self.traffic.spoiled += (in_range.len() - heard_by.len()) as u64;
        Landed { frame: packet.frame, heard_by }
    }

    /// Until when the channel is taken, as far as a station can tell: what began within this slot it doesn't notice.
    fn busy_until(&self, now: u64, seat: Seat) -> Option<u64> {
        let noticed =
            |packet: &&OnAir| packet.began + micros(self.lora.slot()) <= now && self.hears(seat, packet.from);
        let own = |packet: &&OnAir| packet.from == seat;
        self.on_air.iter().filter(|packet| own(packet) || noticed(packet)).map(|packet| packet.ends).max()
    }

    fn begin(&mut self, now: u64, seat: Seat, random: &mut Random) {
        let queue = self.queues.entry(seat).or_default();
        let Some(frame) = queue.pop_front() else {
            self.attempts.remove(&seat);
            return;
        };
        let more = !queue.is_empty();
        let ends = now + micros(self.lora.time_on_air(frame.len()));
        // Who sends is deaf, and who hears two hears neither.
        let mut spoiled = BTreeSet::new();
        let mut on_air = std::mem::take(&mut self.on_air);
        for other in &mut on_air {
            other.spoiled.insert(seat);
            spoiled.insert(other.from);
            for listener in &self.stations {
                if self.hears(*listener, seat) && self.hears(*listener, other.from) {
                    other.spoiled.insert(*listener);
                    spoiled.insert(*listener);
                }
            }
        }
        self.on_air = on_air;
        self.on_air.push(OnAir { from: seat, began: now, ends, frame, spoiled });
        if more {
            let at = self.after_backoff(ends, random);
            self.attempts.insert(seat, at);
        } else {
            self.attempts.remove(&seat);
        }
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap()
}
