//! A serial port that is opened again whenever it is lost: what runs behind every interface on one but an RNode.
//! Not what passes over it: HDLC, or the words of a TNC.

use std::path::PathBuf;
use std::time::Duration;

use tracing::{debug, info};

use super::backoff::{Attempt, Doubling, outlived};
use super::connection::{self, Lost, Released};
use super::framing::Framing;
use super::kind::{Interface, Means, Place, Running};
use super::kiss_tnc::{self, TncSection};
use super::serial::SerialSection;
use super::{Attachment, Condition, Direction, Line, SerialPort, Template};

/// Longest wait between attempts to open a port: nobody is bothered by them, and a device that is plugged in again is to
/// be found soon.
const RETRY_MOST: Duration = Duration::from_secs(30);
/// A port that worked so long has stood; when it is lost then, the next wait is the first again.
const STOOD: Duration = Duration::from_secs(20);

/// How long to wait for a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortTiming {
    /// From opening to the first byte: many devices start anew when they are opened.
    pub settle: Duration,
    /// `RECONNECT_WAIT`: from its loss to the first attempt to open it again; longer after every failure in a row.
    pub retry: Duration,
}

/// A transparent line.
impl Default for PortTiming {
    fn default() -> Self {
        Self { settle: Duration::from_millis(500), retry: Duration::from_secs(5) }
    }
}

/// A port to keep open.
#[derive(Debug)]
pub struct KeptPort {
    path: PathBuf,
    line: Line,
    link: Link,
    template: Template,
    settle: Duration,
    waits: Doubling,
}

/// What passes over a port.
#[derive(Debug)]
enum Link {
    Hdlc,
    Tnc(Box<(TncSection, Means)>),
}

impl Interface for KeptPort {
    fn place(&self) -> Place {
        Place::Other(self.template.spec(self.path.display()).name)
    }

    fn run(self: Box<Self>, attachment: Attachment) -> Running {
        Box::pin((*self).run(attachment))
    }
}

impl KeptPort {
    /// A transparent line.
    pub fn serial(section: &SerialSection, template: Template, timing: PortTiming) -> Self {
        Self::new((section.port.clone(), section.line), Link::Hdlc, template, timing)
    }

    /// A TNC.
    pub fn tnc(section: TncSection, template: Template, means: Means, timing: PortTiming) -> Self {
        Self::new(
            (section.port.clone(), section.line),
            Link::Tnc(Box::new((section, means))),
            template,
            timing,
        )
    }

    fn new((path, line): (PathBuf, Line), link: Link, template: Template, timing: PortTiming) -> Self {
        let PortTiming { settle, retry } = timing;
        Self { path, line, link, template, settle, waits: Doubling::new(retry, RETRY_MOST) }
    }

    /// Keeps the port open until it is released.
    pub async fn run(mut self, attachment: Attachment) {
        loop {
            let attempt = match SerialPort::open(&self.path, self.line) {
                Ok(port) => match self.carry(port, &attachment).await {
                    Some(attempt) => attempt,
                    None => return,
                },
                Err(error) => {
                    attachment.say(Condition::Retrying(error.to_string())).await;
                    Attempt::Failed
                }
            };
            let wait = self.waits.wait_after(attempt);
            debug!(port = %self.path.display(), ?wait, "opening the port again after a wait");
            if !attachment.waits(wait).await {
                return;
            }
        }
    }

    /// Carries frames until the port is lost; `None` if we are to stop.
    async fn carry(&self, port: SerialPort, attachment: &Attachment) -> Option<Attempt> {
        if !attachment.waits(self.settle).await {
            return None;
        }
        info!(interface = self.template.name(), port = %self.path.display(), line = %self.line, "port opened");
        attachment.say(Condition::Up).await;
        match outlived(self.exchange(port, attachment), STOOD).await {
            (Ok(Released), _) => None,
            (Err(lost), attempt) => {
                attachment.say(Condition::Retrying(self.sentence(&lost))).await;
                Some(attempt)
            }
        }
    }

    async fn exchange(&self, port: SerialPort, attachment: &Attachment) -> Result<Released, Lost> {
        let spec = self.template.bare_spec();
        match &self.link {
            Link::Hdlc => {
                let (reader, writer) = tokio::io::split(port);
                let framing = Framing::Hdlc;
                connection::carry_between(reader, writer, framing, spec, Direction::Outgoing, attachment)
                    .await
            }
            Link::Tnc(tnc) => {
                let (section, means) = &**tnc;
                kiss_tnc::carry(port, section, spec, means, attachment).await
            }
        }
    }

    fn sentence(&self, lost: &Lost) -> String {
        let path = self.path.display();
        match lost {
            Lost::Stalled => format!("{path} takes no bytes; check the device and its speed"),
            Lost::PeerClosed | Lost::Io(_) | Lost::TakenOver => {
                format!("{path} is gone; plug the device in again, Roost opens it as soon as it is back")
            }
        }
    }
}
