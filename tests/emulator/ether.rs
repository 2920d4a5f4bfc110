//! What stations on radio channels hear of each other: frames that take their time, collide, and get lost.
//! Not what a station is; it asks for its turn, and says what it sends when the turn has come. Time is in microseconds.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use roost::rns::random::Random;

/// Names a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Station(pub(crate) usize);

/// What a receiver is set to: it makes out only what was sent with the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tuning {
    /// The coding rate isn't here: it stands in the header of each frame.
    Lora { frequency: u32, spreading_factor: u8, bandwidth: u32 },
    /// Tones of a packet radio modem.
    Tones { bitrate: u32 },
}

/// A frame to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) time_on_air: u64,
}

/// How a station waits for its turn.
#[derive(Debug, Clone)]
pub(crate) struct Contention {
    /// How long the channel has to be silent first.
    pub(crate) silence: u64,
    /// What began within so long isn't noticed yet.
    pub(crate) slot: u64,
    /// How many more slots it waits, so that not everybody begins at once.
    pub(crate) window: Range<u64>,
}

/// What has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// The channel is free for a station that has asked: it may [`Ether::transmit`] now.
    Turn(Station),
    /// A station has sent a frame.
    Sent(Station, Vec<u8>),
    /// A station has made out a frame.
    Heard(Station, Vec<u8>),
    /// A station in range could not make out a frame.
    Missed(Station, Miss),
}

impl Event {
    /// Whose it is.
    pub(crate) const fn station(&self) -> Station {
        let (Self::Turn(station)
        | Self::Sent(station, _)
        | Self::Heard(station, _)
        | Self::Missed(station, _)) = self;
        *station
    }
}

/// Why a frame was not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Miss {
    /// Two at once, or it was sending itself.
    Collision,
    /// Lost by chance.
    Loss,
}

#[derive(Debug)]
struct OnAir {
    from: Station,
    tuning: Tuning,
    began: u64,
    ends: u64,
    bytes: Vec<u8>,
    /// Who can't make it out any more.
    spoiled: BTreeSet<Station>,
}

#[derive(Debug, Default)]
struct Place {
    /// What it is tuned to, and since when.
    tuned: Option<(u64, Tuning)>,
    /// When it listens whether the channel is free.
    attempt: Option<(u64, Contention)>,
    /// What it sends behind the frame on the air, without a turn for each.
    burst: VecDeque<Frame>,
}

/// The air between the stations.
#[derive(Debug)]
pub(crate) struct Ether {
    random: Random,
    places: Vec<Place>,
    deaf: BTreeSet<(Station, Station)>,
    loss_percent: u64,
    on_air: Vec<OnAir>,
    events: VecDeque<(u64, Event)>,
}

impl Ether {
    /// The same seed and the same calls give the same run.
    pub(crate) const fn new(random: Random) -> Self {
        Self {
            random,
            places: Vec::new(),
            deaf: BTreeSet::new(),
            loss_percent: 0,
            on_air: Vec::new(),
            events: VecDeque::new(),
        }
    }

    pub(crate) fn add(&mut self) -> Station {
        self.places.push(Place::default());
        Station(self.places.len() - 1)
    }

    /// There is a hill between two stations.
    pub(crate) fn hide(&mut self, one: Station, other: Station) {
        self.deaf.extend([(one, other), (other, one)]);
    }

    /// How many of a hundred frames get lost, for each listener anew.
    pub(crate) const fn lose(&mut self, percent: u64) {
        self.loss_percent = percent;
    }

    /// Sets a station to a channel, or switches it off; what it was about to send or to hear is gone.
    pub(crate) fn tune(&mut self, now: u64, station: Station, tuning: Option<Tuning>) {
        self.places[station.0] = Place { tuned: tuning.map(|tuning| (now, tuning)), ..Place::default() };
        let everybody = (0..self.places.len()).map(Station);
        for flight in self.on_air.iter_mut().filter(|flight| flight.from == station) {
            flight.spoiled.extend(everybody.clone());
        }
    }

    /// A station wants a turn.
    pub(crate) fn request(&mut self, now: u64, station: Station, contention: Contention) {
        if self.places[station.0].attempt.is_none() {
            let at = self.after_backoff(now, &contention);
            self.places[station.0].attempt = Some((at, contention));
        }
    }

    fn after_backoff(&mut self, from: u64, contention: &Contention) -> u64 {
        let Range { start, end } = contention.window;
        let slots = start + self.random.below(end.saturating_sub(start).max(1));
        from + contention.silence + contention.slot * slots
    }

    /// Sends frames back to back.
    pub(crate) fn transmit(&mut self, now: u64, station: Station, frames: impl IntoIterator<Item = Frame>) {
        self.places[station.0].burst.extend(frames);
        if !self.on_air.iter().any(|flight| flight.from == station) {
            self.begin_next(now, station);
        }
    }

    fn begin_next(&mut self, now: u64, from: Station) {
        let place = &mut self.places[from.0];
        let Some((_, tuning)) = place.tuned else { return };
        let Some(Frame { bytes, time_on_air }) = place.burst.pop_front() else { return };
        let ends = now + time_on_air;
        // Who sends is deaf, and who hears two hears neither.
        let mut spoiled = BTreeSet::from([from]);
        let mut on_air = std::mem::take(&mut self.on_air);
        for other in on_air.iter_mut().filter(|other| other.ends > now && other.tuning == tuning) {
            other.spoiled.insert(from);
            spoiled.insert(other.from);
            for listener in (0..self.places.len()).map(Station) {
                if self.hears(listener, from) && self.hears(listener, other.from) {
                    other.spoiled.insert(listener);
                    spoiled.insert(listener);
                }
            }
        }
        self.on_air = on_air;
        self.on_air.push(OnAir { from, tuning, began: now, ends, bytes, spoiled });
    }

    fn hears(&self, listener: Station, sender: Station) -> bool {
        listener != sender && !self.deaf.contains(&(listener, sender))
    }

    /// When there is something to [`Self::poll`].
    pub(crate) fn next_due(&self) -> Option<u64> {
        let waiting = self.events.front().map(|(at, _)| *at);
        let ends = self.on_air.iter().map(|flight| flight.ends);
        let attempts = self.places.iter().filter_map(|place| place.attempt.as_ref()).map(|(at, _)| *at);
        ends.chain(attempts).chain(waiting).min()
    }

    /// The next that has happened by now, and when it did.
    pub(crate) fn poll(&mut self, now: u64) -> Option<(u64, Event)> {
        while self.events.is_empty() {
            let at = self.next_due().filter(|at| *at <= now)?;
            match self.on_air.iter().position(|flight| flight.ends <= at) {
                Some(landed) => self.land(landed),
                None => self.listen(at),
            }
        }
        self.events.pop_front()
    }

    fn land(&mut self, index: usize) {
        let flight = self.on_air.remove(index);
        let at = flight.ends;
        self.events.push_back((at, Event::Sent(flight.from, flight.bytes.clone())));
        for listener in (0..self.places.len()).map(Station) {
            let listening = self.places[listener.0]
                .tuned
                .is_some_and(|(since, tuning)| since <= flight.began && tuning == flight.tuning);
            if !listening || !self.hears(listener, flight.from) {
                continue;
            }
            let event = if flight.spoiled.contains(&listener) {
                Event::Missed(listener, Miss::Collision)
            } else if self.random.below(100) < self.loss_percent {
                Event::Missed(listener, Miss::Loss)
            } else {
                Event::Heard(listener, flight.bytes.clone())
            };
            self.events.push_back((at, event));
        }
        self.begin_next(at, flight.from);
    }

    /// Stations whose time has come begin, or find the channel taken.
    fn listen(&mut self, at: u64) {
        let due = |place: &Place| place.attempt.as_ref().is_some_and(|(due, _)| *due <= at);
        let stations: Vec<Station> =
            (0..self.places.len()).filter(|index| due(&self.places[*index])).map(Station).collect();
        for station in stations {
            let Some((_, contention)) = self.places[station.0].attempt.take() else { continue };
            if let Some(end) = self.busy_until(at, station, &contention) {
                let next = self.after_backoff(end, &contention);
                self.places[station.0].attempt = Some((next, contention));
            } else {
                self.events.push_back((at, Event::Turn(station)));
            }
        }
    }

    /// Until when the channel is taken, as far as a station can tell.
    fn busy_until(&self, at: u64, station: Station, contention: &Contention) -> Option<u64> {
        let (_, tuning) = self.places[station.0].tuned?;
        let noticed = |flight: &&OnAir| {
            let old_enough = flight.began + contention.slot <= at || flight.from == station;
            flight.tuning == tuning
                && old_enough
                && (flight.from == station || self.hears(station, flight.from))
        };
        self.on_air.iter().filter(noticed).map(|flight| flight.ends).max()
    }
}
