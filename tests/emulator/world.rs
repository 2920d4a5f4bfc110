//! Radios and the air between them: hosts write to their radios and read from them, and time goes by as it is told.
//! Not a program and not a port; time is in microseconds, and everything follows from the seed.

use roost::rns::random::Random;

use super::ether::{Ether, Event, Station};
use super::fault::Faults;
use super::rnode::{Output, Rnode};
use super::tnc::Tnc;
use super::traffic::Traffic;

#[derive(Debug)]
enum Radio {
    Rnode(Box<Rnode>),
    Tnc(Box<Tnc>),
}

/// The world.
#[derive(Debug)]
pub(crate) struct World {
    random: Random,
    pub(crate) ether: Ether,
    radios: Vec<Radio>,
    happened: Option<Vec<(u64, Event)>>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut random = Random::from_seed(bytes);
        let ether = Ether::new(Random::from_seed(random.bytes()));
        Self { random, ether, radios: Vec::new(), happened: None }
    }

    /// An RNode, switched off until its host switches it on.
    pub(crate) fn add_rnode(&mut self, faults: Faults) -> Station {
        let station = self.ether.add();
        let random = Random::from_seed(self.random.bytes());
        self.radios.push(Radio::Rnode(Box::new(Rnode::new(station, faults, random))));
        station
    }

    /// A TNC, whose receiver is on.
    pub(crate) fn add_tnc(&mut self, bitrate: u32) -> Station {
        let station = self.ether.add();
        self.radios.push(Radio::Tnc(Box::new(Tnc::new(0, station, bitrate, &mut self.ether))));
        station
    }

    pub(crate) fn stations(&self) -> impl Iterator<Item = Station> + use<> {
        (0..self.radios.len()).map(Station)
    }

    pub(crate) fn traffic(&self, station: Station) -> &Traffic {
        match &self.radios[station.0] {
            Radio::Rnode(rnode) => rnode.traffic(),
            Radio::Tnc(tnc) => tnc.traffic(),
        }
    }

    /// What has happened on the air since the last call, and when; from the first call on.
    pub(crate) fn take_happened(&mut self) -> Vec<(u64, Event)> {
        self.happened.replace(Vec::new()).unwrap_or_default()
    }

    /// A host writes to its radio.
    pub(crate) fn write(&mut self, now: u64, station: Station, bytes: &[u8]) {
        self.run_until(now);
        match &mut self.radios[station.0] {
            Radio::Rnode(rnode) => rnode.handle_host(now, &mut self.ether, bytes),
            Radio::Tnc(tnc) => tnc.handle_host(now, &mut self.ether, bytes),
        }
    }

    /// The host of a radio closes a connection over WiFi.
    pub(crate) fn disconnect(&mut self, now: u64, station: Station) {
        self.run_until(now);
        if let Radio::Rnode(rnode) = &mut self.radios[station.0] {
            rnode.handle_disconnect(now, &mut self.ether);
        }
    }

    /// What a host reads from its radio by now.
    pub(crate) fn read(&mut self, now: u64, station: Station) -> Option<Output> {
        match &mut self.radios[station.0] {
            Radio::Rnode(rnode) => rnode.poll_output(now),
            Radio::Tnc(tnc) => Some(tnc.take_output()).filter(|bytes| !bytes.is_empty()).map(Output::Bytes),
        }
    }

    /// When something happens next, or when there is something to read.
    pub(crate) fn next_due(&self) -> Option<u64> {
        let rnodes = self.radios.iter().filter_map(|radio| match radio {
            Radio::Rnode(rnode) => Some(rnode),
            Radio::Tnc(_) => None,
        });
        let outputs = rnodes.filter_map(|rnode| rnode.next_output());
        self.next_event().into_iter().chain(outputs).min()
    }

    fn next_event(&self) -> Option<u64> {
        let timeouts = self.radios.iter().filter_map(|radio| match radio {
            Radio::Rnode(rnode) => rnode.poll_timeout(),
            Radio::Tnc(_) => None,
        });
        timeouts.chain(self.ether.next_due()).min()
    }

    /// Lets everything happen that is due by now, each at its time.
    pub(crate) fn run_until(&mut self, now: u64) {
        while let Some(at) = self.next_event().filter(|at| *at <= now) {
            while let Some((at, event)) = self.ether.poll(at) {
                let station = event.station();
                if let Some(happened) = &mut self.happened {
                    happened.push((at, event.clone()));
                }
                match &mut self.radios[station.0] {
                    Radio::Rnode(rnode) => rnode.handle_event(at, &mut self.ether, event),
                    Radio::Tnc(tnc) => tnc.handle_event(at, &mut self.ether, event),
                }
            }
            for radio in &mut self.radios {
                if let Radio::Rnode(rnode) = radio
                    && rnode.poll_timeout().is_some_and(|due| due <= at)
                {
                    rnode.handle_timeout(at, &mut self.ether);
                }
            }
        }
    }
}
