//! The port of an emulated radio, as programs see it: a pseudo-terminal, or a TCP port for one client.
//! Not what goes over it.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::pty::openpty;
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::ttyname;
use tokio::io::AsyncReadExt;
use tokio::io::unix::AsyncFd;
use tokio::net::TcpListener;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinHandle;

/// `WR_READ_TIMEOUT_MS`: a client over WiFi that is silent for so long is sent away.
const SILENCE: Duration = Duration::from_millis(6500);

/// What happens at a port.
#[derive(Debug)]
pub(crate) enum Happening {
    Bytes(Vec<u8>),
    Connected(OwnedWriteHalf),
    Disconnected,
}

type Tell = Arc<dyn Fn(Happening) + Send + Sync>;

/// The port.
pub(crate) struct Port {
    tell: Tell,
    means: Means,
}

enum Means {
    Serial { link: Option<PathBuf>, terminal: Option<Terminal> },
    Tcp { address: SocketAddr, writer: Option<OwnedWriteHalf> },
}

struct Terminal {
    master: Arc<AsyncFd<File>>,
    path: PathBuf,
    /// Held open: without a program at the other end a terminal has hung up.
    _slave: OwnedFd,
    reader: JoinHandle<()>,
}

impl fmt::Debug for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Port").field(&self.name()).finish()
    }
}

impl Port {
    /// A serial port; `link` is a name that stays.
    pub(crate) fn serial(
        link: Option<PathBuf>,
        tell: impl Fn(Happening) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let mut port = Self { tell: Arc::new(tell), means: Means::Serial { link, terminal: None } };
        port.plug_in()?;
        Ok(port)
    }

    /// A TCP port that takes one client at a time.
    pub(crate) fn tcp(
        address: SocketAddr,
        tell: impl Fn(Happening) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let tell: Tell = Arc::new(tell);
        tokio::spawn(serve(TcpListener::from_std(listener)?, tell.clone()));
        Ok(Self { tell, means: Means::Tcp { address, writer: None } })
    }

    /// What a program opens.
    pub(crate) fn name(&self) -> String {
        match &self.means {
            Means::Serial { link: Some(link), .. } => link.display().to_string(),
            Means::Serial { terminal, .. } => {
                terminal.as_ref().map(|terminal| terminal.path.display().to_string()).unwrap_or_default()
            }
            Means::Tcp { address, .. } => address.to_string(),
        }
    }

    /// A client over TCP.
    pub(crate) fn connect(&mut self, client: OwnedWriteHalf) {
        if let Means::Tcp { writer, .. } = &mut self.means {
            *writer = Some(client);
        }
    }

    /// What nobody reads is lost, as on a cable.
    pub(crate) fn write(&self, bytes: &[u8]) {
        let _ = match &self.means {
            Means::Serial { terminal: Some(terminal), .. } => terminal.master.get_ref().write(bytes),
            Means::Tcp { writer: Some(writer), .. } => writer.try_write(bytes),
            Means::Serial { .. } | Means::Tcp { .. } => Ok(0),
        };
    }

    /// The port is gone.
    pub(crate) fn unplug(&mut self) {
        match &mut self.means {
            Means::Serial { link, terminal } => {
                if let Some(terminal) = terminal.take() {
                    terminal.reader.abort();
                }
                if let Some(link) = link {
                    let _ = std::fs::remove_file(link);
                }
            }
            Means::Tcp { writer, .. } => *writer = None,
        }
    }

    /// The port is there.
    pub(crate) fn plug_in(&mut self) -> io::Result<()> {
        let Means::Serial { link, terminal } = &mut self.means else { return Ok(()) };
        let opened = Terminal::open(self.tell.clone())?;
        if let Some(link) = link {
            let _ = std::fs::remove_file(&*link);
            symlink(&opened.path, link)?;
        }
        *terminal = Some(opened);
        Ok(())
    }
}

impl Terminal {
    fn open(tell: Tell) -> io::Result<Self> {
        let pair = openpty(None, None)?;
        let mut raw = tcgetattr(&pair.slave)?;
        cfmakeraw(&mut raw);
        tcsetattr(&pair.slave, SetArg::TCSANOW, &raw)?;
        fcntl(&pair.master, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
        let path = ttyname(&pair.slave)?;
        #[expect(
            deprecated,
            reason = "sound with a file, which keeps its descriptor; what replaces it is unsafe"
        )]
        let master = Arc::new(AsyncFd::new(File::from(pair.master))?);
        let reader = tokio::spawn(read_terminal(master.clone(), tell));
        Ok(Self { master, path, _slave: pair.slave, reader })
    }
}

async fn read_terminal(master: Arc<AsyncFd<File>>, tell: Tell) {
    let mut buffer = [0; 4096];
    while let Ok(mut ready) = master.readable().await {
        match ready.try_io(|master| master.get_ref().read(&mut buffer)) {
            Ok(Ok(count)) => tell(Happening::Bytes(buffer[..count].to_vec())),
            Ok(Err(_)) => return,
            Err(_) => {}
        }
    }
}

async fn serve(listener: TcpListener, tell: Tell) {
    while let Ok((client, _)) = listener.accept().await {
        let (reader, writer) = client.into_split();
        tell(Happening::Connected(writer));
        read_client(reader, &tell).await;
        tell(Happening::Disconnected);
    }
}

async fn read_client(mut reader: OwnedReadHalf, tell: &Tell) {
    let mut buffer = [0; 4096];
    while let Ok(Ok(count)) = tokio::time::timeout(SILENCE, reader.read(&mut buffer)).await {
        if count == 0 {
            return;
        }
        tell(Happening::Bytes(buffer[..count].to_vec()));
    }
}
