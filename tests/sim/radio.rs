//! A LoRa channel of nodes that have RNodes: the emulated air, with each packet as the frames that firmware makes of it.
//! Not the firmware itself; there is no host's port between node and radio.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use roost::rns::airtime::Modulation;
use roost::rns::random::Random;

use crate::ether::{Ether, Event, Miss, Station, Tuning};
use crate::network::Seat;
use crate::split::Joiner;
use crate::turns::{Burst, Underway, contention};

/// A packet that a node has heard.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) to: Seat,
    pub(crate) frame: Vec<u8>,
}

/// What has happened on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traffic {
    pub(crate) packets: u64,
    pub(crate) on_air: Duration,
    /// How often somebody in range could not make a frame out because another was on the air.
    pub(crate) spoiled: u64,
}

/// A frame that was on the air.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Aired {
    pub(crate) from: Seat,
    pub(crate) began: u64,
    pub(crate) ends: u64,
}

#[derive(Debug, Default)]
struct Radio {
    queue: VecDeque<Vec<u8>>,
    underway: VecDeque<Underway>,
    joiner: Joiner,
}

/// The channel.
#[derive(Debug)]
pub(crate) struct Channel {
    lora: Modulation,
    tuning: Tuning,
    random: Random,
    ether: Ether,
    seats: Vec<Seat>,
    radios: BTreeMap<Seat, Radio>,
    traffic: Traffic,
    log: Vec<Aired>,
}

impl Channel {
    pub(crate) fn new(lora: Modulation, seats: &[Seat], mut random: Random) -> Self {
        let (spreading_factor, bandwidth) = (lora.spreading_factor(), lora.bandwidth());
        let tuning = Tuning::Lora { frequency: 867_200_000, spreading_factor, bandwidth };
        let mut ether = Ether::new(Random::from_seed(random.bytes()));
        for _ in seats {
            let station = ether.add();
            ether.tune(0, station, Some(tuning));
        }
        let radios = seats.iter().map(|seat| (*seat, Radio::default())).collect();
        let (seats, traffic, log) = (seats.to_vec(), Traffic::default(), Vec::new());
        Self { lora, tuning, random, ether, seats, radios, traffic, log }
    }

    fn station(&self, seat: Seat) -> Station {
        Station(self.seats.iter().position(|known| *known == seat).expect("it is on the channel"))
    }

    /// There is a hill between two stations.
    pub(crate) fn hide(&mut self, one: Seat, other: Seat) {
        self.ether.hide(self.station(one), self.station(other));
    }

    /// How many of a hundred frames get lost, for each listener anew.
    pub(crate) const fn lose(&mut self, percent: u64) {
        self.ether.lose(percent);
    }

    /// A station is out of reach of all others, or is there again.
    pub(crate) fn set_away(&mut self, now: u64, seat: Seat, away: bool) {
        let tuning = (!away).then_some(self.tuning);
        self.ether.tune(now, self.station(seat), tuning);
        self.radios.insert(seat, Radio::default());
    }

    /// Every frame that was on the air.
    pub(crate) fn log(&self) -> &[Aired] {
        &self.log
    }

    pub(crate) const fn traffic(&self) -> Traffic {
        self.traffic
    }

    /// A station has something to send.
    pub(crate) fn queue(&mut self, now: u64, from: Seat, packet: Vec<u8>) {
        self.radios.entry(from).or_default().queue.push_back(packet);
        self.want_turn(now, from);
    }

    fn want_turn(&mut self, now: u64, seat: Seat) {
        let radio = self.radios.entry(seat).or_default();
        if radio.underway.is_empty() && !radio.queue.is_empty() {
            let station = self.station(seat);
            self.ether.request(now, station, contention(self.lora, 0));
        }
    }

    pub(crate) fn next_due(&self) -> Option<u64> {
        self.ether.next_due()
    }

    /// All that has happened by now.
    pub(crate) fn step(&mut self, now: u64) -> Vec<Landed> {
        let mut landed = Vec::new();
        while let Some((at, event)) = self.ether.poll(now) {
            match event {
                Event::Turn(station) => self.take_turn(at, station),
                Event::Sent(station, _) => self.has_sent(at, self.seats[station.0]),
                Event::Heard(station, frame) => {
                    let to = self.seats[station.0];
                    let joined = self.radios.entry(to).or_default().joiner.take(&frame);
                    landed.extend(joined.map(|frame| Landed { to, frame }));
                }
                Event::Missed(_, Miss::Collision) => self.traffic.spoiled += 1,
                Event::Missed(_, Miss::Loss) => {}
            }
        }
        landed
    }

    fn take_turn(&mut self, now: u64, station: Station) {
        let radio = self.radios.entry(self.seats[station.0]).or_default();
        let packets = std::iter::from_fn(|| radio.queue.pop_front());
        let Burst { frames, underway } = Burst::of(self.lora, packets, &mut self.random);
        radio.underway = underway;
        self.ether.transmit(now, station, frames);
    }

    fn has_sent(&mut self, now: u64, seat: Seat) {
        let Some(Underway { time_on_air, ends }) = self.radios.entry(seat).or_default().underway.pop_front()
        else {
            return;
        };
        self.log.push(Aired { from: seat, began: now.saturating_sub(time_on_air), ends: now });
        self.traffic.on_air += Duration::from_micros(time_on_air);
        self.traffic.packets += u64::from(ends.is_some());
        self.want_turn(now, seat);
    }
}
