//! Interfaces as the protocol sees them: a number, a hardware MTU and a bit rate.
//! Not sockets; those are in [`crate::interface`].

use super::ifac::AccessCode;

/// Names an interface of this node; never reused within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceId(pub u64);

/// What the protocol must know of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceSpec {
    /// For people: `tcp-server 127.0.0.1:4242 / 127.0.0.1:51234`.
    pub name: String,
    /// `Interface.HW_MTU`: largest packet in bytes.
    pub hw_mtu: usize,
    /// Can links signal `hw_mtu` here (auto or fixed MTU in the reference), or are they held to 500?
    pub mtu_discovery: bool,
    /// Bits per second, a guess where nobody knows.
    pub bitrate: u64,
    /// What frames must carry to be let in, and carry when they leave; `None` on an open interface.
    pub access: Option<AccessCode>,
}

impl InterfaceSpec {
    /// Most bytes of one frame: the largest packet and its access code.
    pub fn max_frame(&self) -> usize {
        self.hw_mtu.saturating_add(self.access.as_ref().map_or(0, AccessCode::size))
    }
}
