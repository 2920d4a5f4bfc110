//! One peer that was found: an interface of its own, over the sockets of its device.
//! Not the finding, nor the sorting of what comes by who sent it.

use std::net::SocketAddrV6;
use std::sync::Arc;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tracing::debug;

use super::super::{Attachment, Direction, Enrolled, Loss};
use crate::rns::interface::InterfaceSpec;

/// Frames of one peer that may wait; then all peers of the interface wait.
const FRAME_QUEUE: usize = 16;

/// The near end of a peer's interface, which lives as long as this.
#[derive(Debug)]
pub(super) struct PeerHandle {
    frames: mpsc::Sender<Vec<u8>>,
}

impl PeerHandle {
    /// Starts the interface of the peer at `to`.
    pub(super) fn spawn(
        spec: InterfaceSpec,
        socket: Arc<UdpSocket>,
        to: SocketAddrV6,
        attachment: Attachment,
    ) -> Self {
        let (frames, received) = mpsc::channel(FRAME_QUEUE);
        tokio::spawn(carry(spec, socket, to, attachment, received));
        Self { frames }
    }

    /// Hands on what came from the peer.
    pub(super) async fn deliver(&self, frame: Vec<u8>) {
        // It ends before its handle only when everything does.
        let _ = self.frames.send(frame).await;
    }
}

async fn carry(
    spec: InterfaceSpec,
    socket: Arc<UdpSocket>,
    to: SocketAddrV6,
    attachment: Attachment,
    mut received: mpsc::Receiver<Vec<u8>>,
) {
    let Some(Enrolled { interface, mut source }) = attachment.enrol(spec, Direction::Found).await else {
        return;
    };
    loop {
        tokio::select! {
            frame = source.next() => {
                let Some(frame) = frame else { break };
                if let Err(error) = socket.send_to(&frame, to).await {
                    attachment.counters().add(Loss::NotSent);
                    debug!(%to, %error, "cannot send to a peer");
                }
                source.written();
            }
            frame = received.recv() => {
                let Some(frame) = frame else { break };
                attachment.deliver(interface, frame).await;
            }
        }
    }
    attachment.leave(interface).await;
}
