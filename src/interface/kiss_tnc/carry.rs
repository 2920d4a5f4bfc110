//! Carrying packets between a TNC's port and the owner of the node.
//! Not what a TNC must be told and when; [`super::link`] knows that.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tracing::warn;

use super::super::connection::{DEAD_TIME, Lost, Released};
use super::super::kind::Means;
use super::super::transmit_queue::TransmitSource;
use super::super::{Attachment, Direction, Enrolled, SerialPort};
use super::TncSection;
use super::link::TncLink;
use crate::rns::interface::{InterfaceId, InterfaceSpec};

/// Most bytes of one read.
const READ_SIZE: usize = 1024;
/// How long what waits may take to be written when we are to stop.
const LINGER: Duration = Duration::from_secs(2);

/// A port that carries packets.
struct Carrier<'c> {
    port: SerialPort,
    link: TncLink,
    means: &'c Means,
    attachment: &'c Attachment,
}

/// Tells the TNC how to send, then carries packets until the port is lost or we are to stop.
pub(in super::super) async fn carry(
    port: SerialPort,
    section: &TncSection,
    spec: InterfaceSpec,
    means: &Means,
    attachment: &Attachment,
) -> Result<Released, Lost> {
    let link = TncLink::new(section, spec.max_frame());
    let mut carrier = Carrier { port, link, means, attachment };
    carrier.write_due().await?;
    let Some(Enrolled { interface, mut source }) = attachment.enrol(spec, Direction::Outgoing).await else {
        return Ok(Released);
    };
    let outcome = tokio::select! {
        lost = carrier.exchange(interface, &mut source) => lost.map(|()| Released),
        () = attachment.released() => Ok(Released),
    };
    if outcome.is_ok() {
        let _ = timeout(LINGER, carrier.write_rest(&mut source)).await;
    }
    attachment.leave(interface).await;
    outcome
}

impl Carrier<'_> {
    /// Until the queue is let go and empty.
    async fn exchange(&mut self, interface: InterfaceId, source: &mut TransmitSource) -> Result<(), Lost> {
        let mut chunk = [0; READ_SIZE];
        loop {
            self.write_due().await?;
            source.written();
            let now = self.means.now();
            let wait = self.link.poll_timeout(now).map(|at| at.since(now));
            tokio::select! {
                read = self.port.read(&mut chunk) => match read? {
                    0 => return Err(Lost::PeerClosed),
                    len => self.take(interface, chunk.get(..len).unwrap_or_default()).await,
                },
                packet = source.next(), if self.link.takes_packet(now) => match packet {
                    Some(packet) => self.link.send(self.means.now(), &packet),
                    None => return Ok(()),
                },
                () = sleep(wait.unwrap_or_default()), if wait.is_some() => self.time_out(),
            }
        }
    }

    async fn take(&mut self, interface: InterfaceId, bytes: &[u8]) {
        self.link.handle_bytes(self.means.now(), bytes);
        self.attachment.counters().add_discards(self.link.take_discards());
        while let Some(packet) = self.link.poll_packet() {
            self.attachment.deliver(interface, packet).await;
        }
    }

    fn time_out(&mut self) {
        let before = self.link.lock_outs();
        self.link.handle_timeout(self.means.now());
        if before == 0 && self.link.lock_outs() > 0 {
            warn!(
                "the TNC does not say that it is ready for the next frame, so each waits 5 s; set flow_control to \
                 false if it can't"
            );
        }
    }

    async fn write_due(&mut self) -> Result<(), Lost> {
        while let Some(wire) = self.link.poll_write() {
            let written = timeout(DEAD_TIME, self.port.write(wire)).await.map_err(|_| Lost::Stalled)??;
            self.link.handle_written(written);
        }
        Ok(())
    }

    /// All that waits, whether the TNC is ready or not: it is the last.
    async fn write_rest(&mut self, source: &mut TransmitSource) -> Result<(), Lost> {
        while let Some(packet) = source.next().await {
            self.link.send(self.means.now(), &packet);
            self.write_due().await?;
        }
        Ok(())
    }
}
