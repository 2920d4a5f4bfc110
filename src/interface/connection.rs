//! One connection that carries frames, whoever opened it.
//! Not how it came about, nor what happens after its end.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Poll, ready};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::framing::{Decoder, Framing};
use super::transmit_queue::TransmitSource;
use super::{Attachment, Direction, Enrolled};
use crate::rns::interface::{InterfaceId, InterfaceSpec};

/// `TCP_PROBE_AFTER`.
const PROBE_AFTER: Duration = Duration::from_secs(5);
/// `TCP_PROBE_INTERVAL`.
const PROBE_INTERVAL: Duration = Duration::from_secs(2);
/// `TCP_PROBES`.
const PROBES: u32 = 12;
/// `TCP_USER_TIMEOUT`.
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(24);
/// `DP_EC_DEAD_TIME`: a peer that takes no byte for so long while some wait is given up.
pub(super) const DEAD_TIME: Duration = Duration::from_secs(12);
/// Most bytes of one read.
const READ_SIZE: usize = 16 * 1024;
/// Frames are written together until there are so many bytes.
const WRITE_SIZE: usize = 64 * 1024;
/// Between our last byte and the end of the connection. The reference drops what it has read but not yet handled when
/// a connection ends: of fifty links closed right before, ten stayed open on its side, and with this pause none.
const FAREWELL: Duration = Duration::from_millis(100);
/// How long the peer may take to close its side after we closed ours.
const LINGER: Duration = Duration::from_millis(250);

/// Why a connection ended that we would have kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum Lost {
    #[error("the other side closed it")]
    PeerClosed,
    #[error("the other side took no data for {} s", DEAD_TIME.as_secs())]
    Stalled,
    #[error("another client needs its place, and it has sent nothing")]
    TakenOver,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// The owner of the node let go of the connection, and what waited is written.
#[derive(Debug)]
pub(super) struct Released;

/// Sends at once, and finds dead peers: there is no keepalive above TCP.
pub(super) fn set_options(stream: &TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    let keepalive =
        TcpKeepalive::new().with_time(PROBE_AFTER).with_interval(PROBE_INTERVAL).with_retries(PROBES);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    Ok(())
}

/// Carries frames over TCP until either side has enough.
pub(super) async fn carry(
    mut stream: TcpStream,
    framing: Framing,
    spec: InterfaceSpec,
    direction: Direction,
    attachment: &Attachment,
) -> Result<Released, Lost> {
    set_options(&stream)?;
    let (reader, writer) = stream.split();
    carry_between(reader, writer, framing, spec, direction, attachment).await
}

/// Carries frames over the two halves of any stream.
pub(super) async fn carry_between(
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Unpin,
    framing: Framing,
    spec: InterfaceSpec,
    direction: Direction,
    attachment: &Attachment,
) -> Result<Released, Lost> {
    let decoder = framing.decoder(spec.max_frame());
    let Some(Enrolled { interface, source }) = attachment.enrol(spec, direction).await else {
        return Ok(Released);
    };
    let reading = async {
        tokio::select! {
            lost = read(reader, interface, decoder, attachment) => lost,
            () = attachment.taken_over() => Lost::TakenOver,
        }
    };
    let outcome = exchange(reading, writer, framing, source).await;
    attachment.leave(interface).await;
    outcome
}

async fn exchange(
    reading: impl Future<Output = Lost>,
    writer: impl AsyncWrite + Unpin,
    framing: Framing,
    source: TransmitSource,
) -> Result<Released, Lost> {
    let mut reading = pin!(reading);
    tokio::select! {
        lost = &mut reading => return Err(lost),
        written = write(writer, framing, source) => written?,
    }
    // Closing with unread bytes would reset the connection and take from the peer what we have just written.
    let _ = timeout(LINGER, reading).await;
    Ok(Released)
}

/// Reads until the peer closes. When the owner of the node is gone, what comes is thrown away.
pub(super) async fn read(
    mut stream: impl AsyncRead + Unpin,
    interface: InterfaceId,
    mut decoder: Decoder,
    attachment: &Attachment,
) -> Lost {
    loop {
        match read_waiting(&mut stream, &mut decoder).await {
            Ok(0) => return Lost::PeerClosed,
            Ok(_) => {}
            Err(error) => return error.into(),
        }
        attachment.counters().add_discards(decoder.take_discards());
        while let Some(packet) = decoder.next_packet() {
            attachment.deliver(interface, packet).await;
        }
    }
}

/// Reads what waits. The buffer is on the stack only while it is used: hundreds of idle clients cost none.
async fn read_waiting(
    stream: &mut (impl AsyncRead + Unpin),
    decoder: &mut Decoder,
) -> std::io::Result<usize> {
    poll_fn(|context| {
        let mut chunk = [0u8; READ_SIZE];
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
        decoder.push(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    })
    .await
}

/// Writes until the queue is let go and empty, then closes our side.
pub(super) async fn write(
    mut stream: impl AsyncWrite + Unpin,
    framing: Framing,
    mut source: TransmitSource,
) -> Result<(), Lost> {
    while let Some(frame) = source.next().await {
        let mut wire = Vec::new();
        framing.encode_into(&frame, &mut wire);
        while wire.len() < WRITE_SIZE
            && let Some(frame) = source.try_next()
        {
            framing.encode_into(&frame, &mut wire);
        }
        let mut rest = wire.as_slice();
        while !rest.is_empty() {
            let written = timeout(DEAD_TIME, stream.write(rest)).await.map_err(|_| Lost::Stalled)??;
            rest = rest.get(written..).unwrap_or_default();
        }
        source.written();
    }
    sleep(FAREWELL).await;
    stream.shutdown().await?;
    Ok(())
}
