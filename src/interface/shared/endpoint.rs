//! Where on this machine a shared instance is, or is to be: an abstract socket by its name, or a port of loopback.
//! Not what is said there.

use std::fmt::{self, Display};
use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::time::timeout;

use crate::interface::connection;

/// A program on the same machine takes a connection at once, or has stopped.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Which of the two sockets of a shared instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Packets.
    Data,
    /// Questions about the instance (RPC).
    Control,
}

/// Where a shared instance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedEndpoint {
    /// `instance_name`: abstract Unix sockets, which only Linux has.
    Name(String),
    /// `shared_instance_port` and `instance_control_port`: ports of 127.0.0.1.
    Ports {
        /// For packets.
        data: u16,
        /// For questions.
        control: u16,
    },
}

impl SharedEndpoint {
    /// `Reticulum.__init__`: the name where none is said.
    pub const DEFAULT_NAME: &str = "default";
    /// `shared_instance_port` where none is said.
    pub const DEFAULT_PORT: u16 = 37_428;
    /// `instance_control_port` where none is said.
    pub const DEFAULT_CONTROL_PORT: u16 = 37_429;
    /// Are there abstract sockets here?
    pub const HAS_NAMES: bool = cfg!(any(target_os = "linux", target_os = "android"));

    /// Connects to one of its sockets.
    pub async fn connect(&self, which: Which) -> io::Result<SharedStream> {
        let connecting = async {
            Ok(match self.port(which) {
                None => SharedStream::Unix(UnixStream::connect(self.path(which)).await?),
                Some(port) => SharedStream::Tcp(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?),
            })
        };
        timeout(CONNECT_TIMEOUT, connecting).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }

    /// Takes one of its sockets for us.
    pub async fn bind(&self, which: Which) -> io::Result<SharedListener> {
        Ok(match self.port(which) {
            None => SharedListener::Unix(UnixListener::bind(self.path(which))?),
            Some(port) => SharedListener::Tcp(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?),
        })
    }

    fn port(&self, which: Which) -> Option<u16> {
        match (self, which) {
            (Self::Name(_), _) => None,
            (Self::Ports { data, .. }, Which::Data) => Some(*data),
            (Self::Ports { control, .. }, Which::Control) => Some(*control),
        }
    }

    /// A path that begins with a zero byte is no file, but the name of an abstract socket.
    fn path(&self, which: Which) -> String {
        match which {
            Which::Data => format!("\0{self}"),
            Which::Control => format!("\0{self}/rpc"),
        }
    }
}

impl Display for SharedEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "rns/{name}"),
            Self::Ports { data, .. } => write!(f, "127.0.0.1:{data}"),
        }
    }
}

/// A connection inside this machine.
#[derive(Debug)]
pub enum SharedStream {
    /// By name.
    Unix(UnixStream),
    /// By port.
    Tcp(TcpStream),
}

/// The reading half of a [`SharedStream`].
pub type SharedReader = Box<dyn AsyncRead + Send + Unpin>;
/// The writing half.
pub type SharedWriter = Box<dyn AsyncWrite + Send + Unpin>;

impl SharedStream {
    /// Its two halves.
    pub fn into_split(self) -> io::Result<(SharedReader, SharedWriter)> {
        Ok(match self {
            Self::Unix(stream) => {
                let (reader, writer) = stream.into_split();
                (Box::new(reader), Box::new(writer))
            }
            Self::Tcp(stream) => {
                connection::set_options(&stream)?;
                let (reader, writer) = stream.into_split();
                (Box::new(reader), Box::new(writer))
            }
        })
    }
}

/// A socket that others connect to.
#[derive(Debug)]
pub enum SharedListener {
    /// By name.
    Unix(UnixListener),
    /// By port.
    Tcp(TcpListener),
}

impl SharedListener {
    /// Waits for a connection.
    pub async fn accept(&self) -> io::Result<SharedStream> {
        Ok(match self {
            Self::Unix(listener) => SharedStream::Unix(listener.accept().await?.0),
            Self::Tcp(listener) => SharedStream::Tcp(listener.accept().await?.0),
        })
    }
}
