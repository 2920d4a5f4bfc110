//! A serial port: opened for us alone, set as asked, then a stream of bytes that is closed when it is dropped.
//! Not what goes over it, nor how long a device needs after opening; its driver knows that.

mod error;
mod line;
mod ports;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;
use rustix::termios::{
    OptionalActions, QueueSelector, Termios, ioctl_tiocexcl, ioctl_tiocnxcl, tcflush, tcgetattr, tcsetattr,
};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub use error::PortError;
pub use line::{DataBits, Line, Parity, StopBits};
pub use ports::{FoundPort, PortHolder, UsbName, found_ports, port_holder};

/// An open port. Opening one lets the system raise DTR and RTS, which resets many boards.
#[derive(Debug)]
pub struct SerialPort {
    tty: AsyncFd<Tty>,
}

/// The device, kept from others as long as it is open.
#[derive(Debug)]
struct Tty(File);

impl SerialPort {
    /// Opens the port at `path` and sets its line. Pseudo-terminals are ports, too. What had come before is thrown
    /// away. Must be called on a runtime.
    pub fn open(path: &Path, line: Line) -> Result<Self, PortError> {
        let tty = Tty::open(path)?;
        tty.set(line).map_err(|errno| PortError::Line {
            path: path.to_owned(),
            line,
            source: errno.into(),
        })?;
        // Bytes of another speed, or of whoever had it before.
        let _ = tcflush(&tty.0, QueueSelector::IFlush);
        #[expect(
            deprecated,
            reason = "its successor is unsafe, for descriptors that change; that of a file does not"
        )]
        let tty = AsyncFd::new(tty);
        Ok(Self { tty: tty.map_err(|source| PortError::Io { path: path.to_owned(), source })? })
    }
}

impl Tty {
    fn open(path: &Path) -> Result<Self, PortError> {
        let own = || path.to_owned();
        // Without waiting for a carrier, and not as the terminal that could interrupt us.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(
            open(path, flags, Mode::empty()).map_err(|errno| PortError::of_opening(path, errno.into()))?,
        );
        // The lock keeps out who asks for it, even root; the other keeps out everybody else.
        if flock(&file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK) {
            return Err(PortError::InUse { path: own() });
        }
        match ioctl_tiocexcl(&file) {
            Ok(()) => Ok(Self(file)),
            Err(_) => Err(PortError::NotAPort { path: own() }),
        }
    }

    /// Bytes as they are, without flow control, and deaf to the carrier: many TNCs show with it whether they hear
    /// something, and that must not hang up.
    fn set(&self, line: Line) -> Result<(), Errno> {
        let mut termios = tcgetattr(&self.0)?;
        termios.make_raw();
        line.put_into(&mut termios)?;
        tcsetattr(&self.0, OptionalActions::Now, &termios)?;
        // The system takes what it can and tells of the rest only when it is asked.
        let taken = tcgetattr(&self.0)?;
        let shown = |termios: &Termios| (termios.output_speed(), termios.control_modes & line::SHAPE);
        if shown(&taken) == shown(&termios) { Ok(()) } else { Err(Errno::INVAL) }
    }
}

impl AsRawFd for Tty {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

impl Drop for Tty {
    /// A pseudo-terminal would stay closed to others as long as its other end is open.
    fn drop(&mut self) {
        let _ = ioctl_tiocnxcl(&self.0);
    }
}

impl AsyncRead for SerialPort {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        loop {
            let mut guard = ready!(self.tty.poll_read_ready(context))?;
            let read = guard.try_io(|tty| (&tty.get_ref().0).read(buffer.initialize_unfilled()));
            if let Ok(read) = read {
                buffer.advance(read?);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for SerialPort {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        loop {
            let mut guard = ready!(self.tty.poll_write_ready(context))?;
            if let Ok(written) = guard.try_io(|tty| (&tty.get_ref().0).write(bytes)) {
                return Poll::Ready(written);
            }
        }
    }

    /// What was written is with the system, which sends it.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// A port has no half that could be closed alone.
    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
