//! One radio from the opening of its port on: found out what it is, set, checked, used, watched, and left.
//! Not the port; whoever has it hands bytes over and asks what to write.

mod online;

use std::collections::VecDeque;
use std::time::Duration;

use self::online::{Flow, Online};
use super::commands as is;
use super::fault::{Fault, Warning};
use super::hardware::Hardware;
use super::parameters::Parameters;
use super::report::{Report, Room};
use super::setup::Setup;
use super::statistics::Statistics;
use super::timing::Timing;
use super::{HW_MTU, MOST_REPLY};
use crate::interface::BeaconSection;
use crate::interface::kiss::{self, Decoder};
use crate::rns::time::Instant;

/// Packets received and not yet fetched; the oldest go first. Whoever has the port fetches them after every read.
const MOST_FRAMES: usize = 256;

/// Between two warnings of the same radio about its errors: it may report one with every packet.
const WARNINGS: Duration = Duration::from_mins(1);

/// What a radio is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orders {
    /// What it is set to.
    pub parameters: Parameters,
    /// `flow_control`: it is asked after every packet whether it has room for another one.
    pub flow_control: bool,
    /// What it says on air who sends, for those who must.
    pub beacon: Option<BeaconSection>,
    /// How long what may take.
    pub timing: Timing,
}

/// What whoever has the port should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeviceEvent {
    /// It can be used from now on.
    Online(Hardware),
    /// It works on, and something is to be known.
    Warning(Warning),
    /// It can't be used, or no longer. Nothing comes after that.
    Fault(Fault),
}

/// A radio.
#[derive(Debug)]
pub struct Device {
    orders: Orders,
    state: State,
    decoder: Decoder,
    writes: VecDeque<Vec<u8>>,
    frames: VecDeque<Vec<u8>>,
    events: VecDeque<DeviceEvent>,
    statistics: Statistics,
    /// When we wrote something last.
    written: Instant,
    damaged: u64,
    /// Until when it is not repeated that something in it fails.
    quiet: Instant,
}

#[derive(Debug)]
enum State {
    /// It may still be starting; what it says is not listened to.
    Settling { until: Instant },
    /// It is asked what it is.
    Detecting { until: Instant, ask: Instant, hardware: Hardware },
    /// It is being set.
    Configuring { until: Instant, ask: Instant, hardware: Hardware, setup: Box<Setup> },
    /// It works.
    Online(Box<Online>),
    /// It failed, or was left.
    Ended,
}

impl Device {
    /// A radio whose port has been opened at `now`.
    pub fn new(now: Instant, orders: Orders) -> Self {
        let until = now.after(orders.timing.settle);
        Self {
            orders,
            state: State::Settling { until },
            decoder: Decoder::new(MOST_REPLY),
            writes: VecDeque::new(),
            frames: VecDeque::new(),
            events: VecDeque::new(),
            statistics: Statistics::default(),
            written: now,
            damaged: 0,
            quiet: now,
        }
    }

    /// Takes bytes that came from the port, cut anywhere.
    pub fn handle_bytes(&mut self, now: Instant, bytes: &[u8]) {
        if matches!(self.state, State::Settling { .. } | State::Ended) {
            return;
        }
        self.decoder.push(bytes);
        while let Some(frame) = self.decoder.next_frame() {
            let is_known = is::Command::of(frame.command).is_some();
            match Report::of(frame) {
                Some(report) => self.hear(now, report),
                None if is_known => self.damaged = self.damaged.saturating_add(1),
                None => {}
            }
        }
    }

    /// Does what is due; when something is, [`Self::poll_timeout`] says.
    pub fn handle_timeout(&mut self, now: Instant) {
        let timing = self.orders.timing;
        match &mut self.state {
            State::Settling { until } if *until <= now => self.detect(now),
            State::Detecting { until, hardware, .. } if *until <= now => {
                let hardware = std::mem::take(hardware);
                self.configure(now, hardware);
            }
            State::Detecting { ask, hardware, .. } if *ask <= now => {
                *ask = now.after(timing.ask_again);
                let questions = hardware.questions();
                self.write(now, questions);
            }
            State::Configuring { until, setup, .. } if *until <= now => {
                let fault = setup.fault().unwrap_or(Fault::NotAnRNode);
                self.fail(now, fault);
            }
            State::Configuring { ask, setup, .. } if *ask <= now => {
                *ask = now.after(timing.ask_again);
                let commands = setup.again();
                self.write(now, commands);
            }
            State::Online(_) => self.watch(now),
            State::Settling { .. } | State::Detecting { .. } | State::Configuring { .. } | State::Ended => {}
        }
    }

    /// When [`Self::handle_timeout`] is due, or [`Self::has_room`] may say something else than before.
    pub fn poll_timeout(&mut self) -> Option<Instant> {
        let timing = self.orders.timing;
        match &mut self.state {
            State::Settling { until } => Some(*until),
            State::Detecting { until, ask, .. } | State::Configuring { until, ask, .. } => {
                Some((*until).min(*ask))
            }
            State::Online(online) => online.due(timing, self.written),
            State::Ended => None,
        }
    }

    /// Bytes for the port.
    pub fn poll_write(&mut self) -> Option<Vec<u8>> {
        self.writes.pop_front()
    }

    /// A packet that was received.
    pub fn poll_frame(&mut self) -> Option<Vec<u8>> {
        self.frames.pop_front()
    }

    /// What has happened.
    pub fn poll_event(&mut self) -> Option<DeviceEvent> {
        self.events.pop_front()
    }

    /// May it be given a packet, of whatever size?
    pub fn has_room(&mut self, now: Instant) -> bool {
        let State::Online(online) = &mut self.state else { return false };
        online.has_room(now)
    }

    /// Sends a packet of 1 to 508 bytes; others the firmware takes for something else. `false` if it is not sent.
    pub fn send(&mut self, now: Instant, packet: &[u8]) -> bool {
        if packet.is_empty() || packet.len() > HW_MTU {
            return false;
        }
        let interval = self.orders.beacon.as_ref().map(|beacon| beacon.interval);
        let State::Online(online) = &mut self.state else { return false };
        if let Some(interval) = interval {
            online.beacon_due.get_or_insert(now.after(interval));
        }
        self.hand_over(now, packet);
        true
    }

    /// Leaves it: it is switched off, if it was on.
    pub fn stop(&mut self, now: Instant) {
        if matches!(self.state, State::Configuring { .. } | State::Online(_)) {
            self.switch_off(now);
        }
        self.state = State::Ended;
    }

    /// Is there something that it has still to send?
    pub fn is_sending(&mut self, now: Instant) -> bool {
        let State::Online(online) = &mut self.state else { return false };
        online.guard.may_have_some(now)
    }

    /// What it last told of itself.
    pub const fn statistics(&self) -> Statistics {
        self.statistics
    }

    /// How many frames were not what they should be, since the last call.
    pub fn take_damaged(&mut self) -> u64 {
        let too_long = self.decoder.take_too_long();
        std::mem::take(&mut self.damaged).saturating_add(too_long)
    }

    fn hear(&mut self, now: Instant, report: Report) {
        self.statistics.take(&report);
        match &mut self.state {
            State::Settling { .. } | State::Ended => return,
            State::Detecting { .. } | State::Configuring { .. } | State::Online(_) => {}
        }
        match report {
            Report::Reset => return self.fail(now, Fault::Restarted),
            Report::Error(error) => match Fault::of_error(error) {
                Ok(warning) => return self.warn(now, warning),
                Err(fault) => return self.fail(now, fault),
            },
            _ => {}
        }
        match &mut self.state {
            State::Detecting { until, hardware, .. } => {
                let was_known = hardware.is_known();
                hardware.take(&report);
                if hardware.is_complete() {
                    let hardware = std::mem::take(hardware);
                    self.configure(now, hardware);
                } else if hardware.is_known() && !was_known {
                    *until = now.after(self.orders.timing.extras).min(*until);
                }
            }
            State::Configuring { setup, .. } => {
                let questions = setup.take(&report);
                let is_done = setup.is_done();
                if let Some(questions) = questions {
                    self.write(now, questions);
                }
                if is_done {
                    self.go_online(now);
                }
            }
            State::Online(_) => self.hear_online(now, report),
            State::Settling { .. } | State::Ended => {}
        }
    }

    fn warn(&mut self, now: Instant, warning: Warning) {
        if self.quiet <= now {
            self.quiet = now.after(WARNINGS);
            self.events.push_back(DeviceEvent::Warning(warning));
        }
    }

    fn hear_online(&mut self, now: Instant, report: Report) {
        let State::Online(online) = &mut self.state else { return };
        (online.heard, online.is_asked) = (now, false);
        match report {
            Report::Packet(packet) => {
                if self.frames.len() >= MOST_FRAMES {
                    self.frames.pop_front();
                }
                self.frames.push_back(packet);
            }
            Report::Channel(channel) => {
                let hold = online.guard.take(now, channel);
                self.events.extend(hold.map(Warning::of_hold).map(DeviceEvent::Warning));
            }
            Report::Ready(Room::Some) => {
                online.guard.has_said_room();
                if online.flow != Flow::Off {
                    online.flow = Flow::Free;
                }
            }
            other => {
                if let Some(fault) = online.setup.fault_after(&other) {
                    self.fail(now, fault);
                }
            }
        }
    }

    /// Asks what it is.
    fn detect(&mut self, now: Instant) {
        let timing = self.orders.timing;
        // Whatever a starting board has written stays outside.
        self.decoder = Decoder::new(MOST_REPLY);
        let hardware = Hardware::default();
        self.write(now, hardware.questions());
        let (until, ask) = (now.after(timing.detect), now.after(timing.ask_again));
        self.state = State::Detecting { until, ask, hardware };
    }

    /// Sets it, if it can be used.
    fn configure(&mut self, now: Instant, hardware: Hardware) {
        let timing = self.orders.timing;
        if let Some(fault) = hardware.fault_with(&self.orders.parameters) {
            return self.fail(now, fault);
        }
        let setup = Box::new(Setup::new(self.orders.parameters));
        self.write(now, setup.commands());
        let (until, ask) = (now.after(timing.configure), now.after(timing.ask_again));
        self.state = State::Configuring { until, ask, hardware, setup };
    }

    fn go_online(&mut self, now: Instant) {
        let State::Configuring { hardware, setup, .. } = std::mem::replace(&mut self.state, State::Ended)
        else {
            return;
        };
        let online = Online::new(now, *setup, &self.orders);
        self.state = State::Online(Box::new(online));
        self.events.push_back(DeviceEvent::Online(hardware));
    }

    /// What is due while it works.
    fn watch(&mut self, now: Instant) {
        let timing = self.orders.timing;
        let State::Online(online) = &mut self.state else { return };
        let mut ask_whether_there = timing.keepalive.is_some_and(|wait| self.written.after(wait) <= now);
        if online.silence(timing) <= now {
            if online.is_asked {
                return self.fail(now, Fault::Silent);
            }
            (online.is_asked, ask_whether_there) = (true, true);
        }
        let mut ask_for_room = online.guard.next_question().is_some_and(|due| due <= now);
        if ask_for_room {
            let hold = online.guard.asked(now);
            self.events.extend(hold.map(Warning::of_hold).map(DeviceEvent::Warning));
        }
        match online.flow {
            Flow::Asked { since, .. } if now.since(since) >= timing.silence => {
                online.flow = Flow::Off;
                self.events.push_back(DeviceEvent::Warning(Warning::NoFlowControl));
            }
            Flow::Asked { since, again } if again <= now => {
                online.flow = Flow::Asked { since, again: now.after(timing.ask_again) };
                ask_for_room = true;
            }
            Flow::Asked { .. } | Flow::Off | Flow::Free => {}
        }
        let is_beacon_due = online.beacon_due.is_some_and(|due| due <= now);
        if ask_whether_there {
            self.ask(now, is::DETECT, is::DETECT_REQUEST);
        }
        if ask_for_room {
            self.ask(now, is::READY, 0);
        }
        if is_beacon_due {
            self.send_beacon(now);
        }
    }

    fn send_beacon(&mut self, now: Instant) {
        let has_room = self.has_room(now);
        let State::Online(online) = &mut self.state else { return };
        if !has_room {
            // The next look is when there may be.
            online.beacon_due = Some(now.after(self.orders.timing.ask_again));
            return;
        }
        online.beacon_due = None;
        if let Some(text) = self.orders.beacon.as_ref().map(|beacon| beacon.text.clone()) {
            self.hand_over(now, text.as_bytes());
        }
    }

    /// Gives it a packet, and asks whether it takes another.
    fn hand_over(&mut self, now: Instant, packet: &[u8]) {
        let State::Online(online) = &mut self.state else { return };
        online.guard.give(now, packet.len());
        let mut wire = kiss::encode(is::DATA, packet);
        if online.flow != Flow::Off {
            online.flow = Flow::Asked { since: now, again: now.after(self.orders.timing.ask_again) };
            kiss::encode_into(is::READY, &[0], &mut wire);
        }
        self.write(now, wire);
    }

    fn ask(&mut self, now: Instant, command: u8, byte: u8) {
        self.write(now, kiss::encode(command, &[byte]));
    }

    fn write(&mut self, now: Instant, wire: Vec<u8>) {
        if !wire.is_empty() {
            self.written = now;
            self.writes.push_back(wire);
        }
    }

    fn switch_off(&mut self, now: Instant) {
        let mut wire = kiss::encode(is::RADIO_STATE, &[is::OFF]);
        kiss::encode_into(is::LEAVE, &[is::ASK], &mut wire);
        self.write(now, wire);
    }

    /// It can't be used. What was set and is not right must not go on sending.
    fn fail(&mut self, now: Instant, fault: Fault) {
        if matches!(self.state, State::Configuring { .. }) {
            self.switch_off(now);
        }
        self.state = State::Ended;
        self.events.push_back(DeviceEvent::Fault(fault));
    }
}

#[cfg(test)]
mod tests;
