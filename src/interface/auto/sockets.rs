//! The sockets of one network device: where peers are found, and where frames come and go.
//! Not what is said there.

use std::io;
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::UdpSocket;

use super::discovery::{Announcement, Device, Peer};

/// Ports, and the address where the group meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places {
    pub(super) group: Ipv6Addr,
    /// Tokens to all; those to one peer go to the next.
    pub(super) discovery_port: u16,
    pub(super) data_port: u16,
}

impl Places {
    const fn unicast_port(self) -> u16 {
        self.discovery_port.saturating_add(1)
    }
}

/// One device's.
#[derive(Debug, Clone)]
pub(super) struct Sockets {
    /// What is sent to the group.
    pub(super) group: Arc<UdpSocket>,
    /// What is sent to us to be found. Our own announcements leave from here: its address is the one that they prove.
    pub(super) direct: Arc<UdpSocket>,
    /// Frames.
    pub(super) data: Arc<UdpSocket>,
}

impl Sockets {
    /// Binds all three, or says which address can't be had.
    pub(super) fn open(device: &Device, places: Places) -> Result<Self, OpenSocketError> {
        let Device { index, address, .. } = *device;
        let opened = |at: Ipv6Addr, port: u16, share: Share| {
            let at = SocketAddrV6::new(at, port, 0, index);
            bind(at, share).map_err(|source| OpenSocketError { at, source })
        };
        let group = opened(places.group, places.discovery_port, Share::WithOthers)?;
        let direct = opened(address, places.unicast_port(), Share::WithOthers)?;
        let data = opened(address, places.data_port, Share::Not)?;
        let joined = group
            .join_multicast_v6(&places.group, index)
            .and_then(|()| direct.set_multicast_if_v6(index))
            .and_then(|()| Ok(Self { group: tokio(group)?, direct: tokio(direct)?, data: tokio(data)? }));
        let at = SocketAddrV6::new(places.group, places.discovery_port, 0, index);
        joined.map_err(|source| OpenSocketError { at, source })
    }

    /// Sends a token.
    pub(super) async fn announce(&self, announcement: &Announcement, places: Places) -> io::Result<()> {
        let (address, port) = match announcement.to {
            Some(peer) => (peer, places.unicast_port()),
            None => (places.group, places.discovery_port),
        };
        let to = SocketAddrV6::new(address, port, 0, announcement.device);
        self.direct.send_to(&announcement.token, to).await.map(|_| ())
    }
}

/// A socket that can't be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot use {at}: {source}")]
pub(super) struct OpenSocketError {
    at: SocketAddrV6,
    source: io::Error,
}

/// Whether other programs may have the same address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    WithOthers,
    Not,
}

fn bind(at: SocketAddrV6, share: Share) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_nonblocking(true)?;
    if share == Share::WithOthers {
        socket.set_reuse_address(true)?;
        #[cfg(unix)]
        socket.set_reuse_port(true)?;
    }
    socket.bind(&at.into())?;
    Ok(socket)
}

fn tokio(socket: Socket) -> io::Result<Arc<UdpSocket>> {
    UdpSocket::from_std(socket.into()).map(Arc::new)
}

/// Who sent a datagram, if it came from a neighbour on the network of a device.
pub(super) fn sender(from: SocketAddr) -> Option<Peer> {
    match from {
        SocketAddr::V6(from) if from.ip().is_unicast_link_local() => {
            Some(Peer { device: from.scope_id(), address: *from.ip() })
        }
        SocketAddr::V6(_) | SocketAddr::V4(_) => None,
    }
}
