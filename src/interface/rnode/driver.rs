//! The driver: opens the port of a radio, carries bytes between it and its device, and begins again when that ends.
//! Not what the bytes mean; that is the device's.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tracing::{debug, info, warn};

use super::parameters::Parameters;
use super::section::{RNodeSection, RadioPort};
use super::{Device, DeviceEvent, Fault, Hardware, Orders, Statistics, Timing};
use crate::interface::backoff::doubled;
use crate::interface::connection::{DEAD_TIME, set_options};
use crate::interface::kind::{Interface, Means, Place, Running};
use crate::interface::tcp_client::connect;
use crate::interface::{
    Attachment, Condition, Direction, Enrolled, Line, Loss, PortError, SerialPort, Template,
};
use crate::rns::time::Instant;

/// `serial_baudrate` in the firmware.
const SPEED: u32 = 115_200;
/// Longest wait between attempts.
const MOST_WAIT: Duration = Duration::from_secs(60);
/// A radio that worked for so long has worked; the next wait is the first again.
const STOOD: Duration = Duration::from_secs(60);
/// How often a radio may restart without its port being closed, before it has worked for a while.
const MOST_RESTARTS: u32 = 3;
/// Between two times of telling what the radio tells of itself.
const TELL: Duration = Duration::from_secs(1);
/// Most bytes of one read.
const READ_SIZE: usize = 4096;

/// A radio that is kept in use.
#[derive(Debug)]
pub struct RNode {
    section: RNodeSection,
    template: Template,
    means: Means,
    timing: Timing,
    /// Attempts in a row that came to nothing.
    failures: u32,
    /// Why the last one did.
    reason: Option<String>,
}

/// Why a radio is not, or no longer, in use.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error(transparent)]
    Port(#[from] PortError),
    #[error("there is no radio at {at}: {source}. Check that it is on, and in the same network")]
    Connect { at: RadioPort, source: std::io::Error },
    #[error("the port is gone: the radio was unplugged, or its power has failed. Plug it in again")]
    Gone,
    #[error("the radio takes no data. Unplug it and plug it in again")]
    Stalled,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// We are to stop, and the radio was left.
#[derive(Debug)]
struct Released;

/// Anything that carries bytes to and from a radio.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

impl Interface for RNode {
    fn place(&self) -> Place {
        Place::Other(format!("{} {}", self.template.name(), self.section.port))
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl RNode {
    /// A radio that is opened by [`Self::run`].
    pub fn new(section: RNodeSection, template: Template, means: Means) -> Self {
        let timing = timing_of(&section.port);
        Self { section, template, means, timing, failures: 0, reason: None }
    }

    /// The same with other waits than those that fit all radios.
    #[must_use]
    pub fn with_timing(self, timing: Timing) -> Self {
        Self { timing, ..self }
    }

    /// Keeps the radio in use until it is released, and switches it off then.
    pub async fn run(mut self, attachment: Attachment) {
        loop {
            let opened = tokio::select! {
                opened = open(&self.section.port) => opened,
                () = attachment.released() => return,
            };
            let started = self.means.now();
            let lost = match opened {
                Ok(mut stream) => match self.keep(&mut stream, &attachment).await {
                    Ok(Released) => return,
                    Err(lost) => lost,
                },
                Err(lost) => lost,
            };
            if self.means.now().since(started) >= STOOD {
                self.failures = 0;
            }
            self.say(&lost, &attachment).await;
            let wait = doubled(self.timing.reconnect, self.failures, MOST_WAIT);
            self.failures = self.failures.saturating_add(1);
            debug!(port = %self.section.port, ?wait, "opening the radio again after a wait");
            if !attachment.waits(wait).await {
                return;
            }
        }
    }

    /// Says why it is not in use. Another reason than before is worth a line: the operator has mended something.
    async fn say(&mut self, lost: &Lost, attachment: &Attachment) {
        let reason = lost.to_string();
        if self.reason.as_ref().is_some_and(|before| *before != reason) {
            warn!(interface = self.template.name(), %reason, "the radio is still not in use, now for another reason");
        }
        attachment.say(Condition::Retrying(reason.clone())).await;
        self.reason = Some(reason);
    }

    /// Uses the radio behind an open port until it fails or we are to stop.
    async fn keep(&mut self, stream: &mut dyn Stream, attachment: &Attachment) -> Result<Released, Lost> {
        let mut restarts = 0;
        loop {
            let started = self.means.now();
            let mut session = Session::new(self, stream, attachment, started);
            let outcome = session.run().await;
            let was_online = session.enrolled.is_some();
            session.leave().await;
            if was_online {
                self.reason = None;
            }
            match outcome {
                Err(Lost::Fault(fault)) if fault.keeps_port() && restarts < MOST_RESTARTS => {
                    restarts =
                        if self.means.now().since(started) >= STOOD { 0 } else { restarts.saturating_add(1) };
                    self.say(&fault.into(), attachment).await;
                }
                outcome => return outcome,
            }
        }
    }
}

/// The waits that fit a port.
pub(super) const fn timing_of(port: &RadioPort) -> Timing {
    match port {
        RadioPort::Serial(_) => Timing::SERIAL,
        RadioPort::Network(_) => Timing::NETWORK,
    }
}

/// Opens the port of a radio.
pub(super) async fn open(port: &RadioPort) -> Result<Box<dyn Stream>, Lost> {
    match port {
        RadioPort::Serial(path) => Ok(Box::new(SerialPort::open(path, Line::at(SPEED))?)),
        RadioPort::Network(host) => {
            let connected = connect(host).await;
            let with_options = connected.and_then(|stream| set_options(&stream).map(|()| stream));
            let stream = with_options.map_err(|source| Lost::Connect { at: port.clone(), source })?;
            Ok(Box::new(stream))
        }
    }
}

/// One radio in use.
struct Session<'s> {
    driver: &'s RNode,
    stream: &'s mut dyn Stream,
    attachment: &'s Attachment,
    device: Device,
    enrolled: Option<Enrolled>,
    /// What was told of the radio, and when.
    told: (Statistics, Instant),
    /// Until when it may send what it has, when we are to stop.
    leaving: Option<Instant>,
    /// There is nothing more for it to send.
    is_drained: bool,
}

/// What a session waits for.
enum Step {
    Read(std::io::Result<usize>),
    Send(Option<Vec<u8>>),
    Leave,
    Time,
}

impl<'s> Session<'s> {
    fn new(driver: &'s RNode, stream: &'s mut dyn Stream, attachment: &'s Attachment, now: Instant) -> Self {
        let RNodeSection { parameters, flow_control, beacon, .. } = driver.section.clone();
        let orders = Orders { parameters, flow_control, beacon, timing: driver.timing };
        let device = Device::new(now, orders);
        let told = (Statistics::default(), now);
        Self { driver, stream, attachment, device, enrolled: None, told, leaving: None, is_drained: false }
    }

    async fn run(&mut self) -> Result<Released, Lost> {
        let mut chunk = vec![0; READ_SIZE];
        loop {
            let now = self.driver.means.now();
            self.device.handle_timeout(now);
            self.write().await?;
            self.handle_events().await?;
            self.tell(now).await;
            if self.leaving.is_some_and(|until| until <= now || self.is_done(now)) {
                self.device.stop(now);
                self.write().await?;
                sleep(self.driver.timing.linger).await;
                return Ok(Released);
            }
            match self.wait(now, &mut chunk).await {
                Step::Read(Ok(0) | Err(_)) => return Err(Lost::Gone),
                Step::Read(Ok(len)) => self.read(chunk.get(..len).unwrap_or_default()).await,
                Step::Send(Some(packet)) => self.send(&packet),
                Step::Send(None) => {
                    self.is_drained = true;
                    self.leaving.get_or_insert(now.after(self.driver.timing.farewell));
                }
                Step::Leave => self.leaving = Some(now.after(self.driver.timing.farewell)),
                Step::Time => {}
            }
        }
    }

    /// Has it nothing to send any more?
    fn is_done(&mut self, now: Instant) -> bool {
        (self.is_drained || self.enrolled.is_none()) && !self.device.is_sending(now)
    }

    /// Waits until there is something to do.
    async fn wait(&mut self, now: Instant, chunk: &mut [u8]) -> Step {
        let has_room = self.device.has_room(now);
        let due = [self.device.poll_timeout(), self.leaving].into_iter().flatten().min();
        let (is_leaving, is_drained) = (self.leaving.is_some(), self.is_drained);
        let source = self.enrolled.as_mut().map(|enrolled| &mut enrolled.source);
        tokio::select! {
            read = self.stream.read(chunk) => Step::Read(read),
            packet = async {
                match source {
                    Some(source) if has_room => source.next().await,
                    Some(_) | None => std::future::pending().await,
                }
            }, if !is_drained => Step::Send(packet),
            () = self.attachment.released(), if !is_leaving => Step::Leave,
            () = async {
                match due {
                    Some(due) => sleep(due.since(now)).await,
                    None => std::future::pending().await,
                }
            } => Step::Time,
        }
    }

    fn send(&mut self, packet: &[u8]) {
        let now = self.driver.means.now();
        if !self.device.send(now, packet) {
            self.attachment.counters().add(Loss::FrameTooLong);
        }
        if let Some(enrolled) = &mut self.enrolled {
            enrolled.source.written();
        }
    }

    async fn read(&mut self, bytes: &[u8]) {
        let now = self.driver.means.now();
        self.device.handle_bytes(now, bytes);
        self.attachment.counters().add_many(Loss::Damaged, self.device.take_damaged());
        while let Some(frame) = self.device.poll_frame() {
            if let Some(enrolled) = &self.enrolled {
                self.attachment.deliver(enrolled.interface, frame).await;
            }
        }
    }

    async fn write(&mut self) -> Result<(), Lost> {
        while let Some(wire) = self.device.poll_write() {
            match timeout(DEAD_TIME, self.stream.write_all(&wire)).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return Err(Lost::Gone),
                Err(_) => return Err(Lost::Stalled),
            }
        }
        Ok(())
    }

    async fn handle_events(&mut self) -> Result<(), Lost> {
        while let Some(event) = self.device.poll_event() {
            match event {
                DeviceEvent::Online(hardware) => self.enrol(&hardware).await,
                DeviceEvent::Warning(warning) => {
                    warn!(interface = self.driver.template.name(), "{warning}");
                }
                DeviceEvent::Fault(fault) => {
                    // What it still says: a radio that is set wrongly is switched off.
                    let _ = self.write().await;
                    return Err(fault.into());
                }
            }
        }
        Ok(())
    }

    async fn enrol(&mut self, hardware: &Hardware) {
        let (template, section) = (&self.driver.template, &self.driver.section);
        let Parameters { frequency, modulation, tx_power, limits } = section.parameters;
        info!(
            interface = template.name(),
            port = %section.port,
            board = hardware.board_name(),
            firmware = hardware.version_text(),
            frequency,
            bandwidth = modulation.bandwidth(),
            spreading_factor = modulation.spreading_factor(),
            coding_rate = modulation.coding_rate(),
            txpower = tx_power,
            airtime_limit_long = limits.long.map(|share| share.to_string()),
            "the radio is on"
        );
        self.attachment.say(Condition::Up).await;
        self.enrolled = self.attachment.enrol(template.bare_spec(), Direction::Outgoing).await;
        if self.enrolled.is_none() {
            self.leaving = Some(self.driver.means.now());
        }
    }

    /// Tells what the radio tells of itself, now and then.
    async fn tell(&mut self, now: Instant) {
        let statistics = self.device.statistics();
        let (told, at) = self.told;
        if statistics != told && now.since(at) >= TELL && self.enrolled.is_some() {
            self.told = (statistics, now);
            self.attachment.tell_of_radio(statistics).await;
        }
    }

    async fn leave(self) {
        if let Some(enrolled) = self.enrolled {
            self.attachment.leave(enrolled.interface).await;
        }
    }
}
