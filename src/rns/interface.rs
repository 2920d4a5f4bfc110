//! Interfaces as the protocol sees them: a number, who is at the other end, a hardware MTU, a bit rate and a mode.
//! Not sockets; those are in [`crate::interface`].

use std::time::Duration;

use super::air::Air;
use super::ifac::AccessCode;
use super::policy::Policy;

/// Names an interface of this node; never reused within a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InterfaceId(pub u64);

/// What the protocol must know of an interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceSpec {
    /// For people: `tcp-server 127.0.0.1:4242 / 127.0.0.1:51234`.
    pub name: String,
    /// Who is at the other end.
    pub neighbour: Neighbour,
    /// `Interface.HW_MTU`: largest packet in bytes.
    pub hw_mtu: usize,
    /// Can links signal `hw_mtu` here (auto or fixed MTU in the reference), or are they held to 500?
    pub mtu_discovery: bool,
    /// Bits per second, a guess where nobody knows.
    pub bitrate: u64,
    /// What frames must carry to be let in, and carry when they leave; `None` on an open interface.
    pub access: Option<AccessCode>,
    /// What a transport node passes on here.
    pub mode: Mode,
    /// What the operator has said about that.
    pub policy: Policy,
    /// If it is a radio: what a packet costs there, and how much may be spent.
    pub air: Option<Air>,
}

impl InterfaceSpec {
    /// What tests need where it does not matter which interface it is.
    #[cfg(test)]
    pub(crate) fn wire() -> Self {
        Self {
            name: "wire".to_owned(),
            hw_mtu: 1196,
            mtu_discovery: true,
            bitrate: 10_000_000,
            access: None,
            mode: Mode::Full,
            neighbour: Neighbour::Network,
            policy: Policy::default(),
            air: None,
        }
    }

    /// Does a transport node search for what peers here ask for and it does not know?
    pub const fn searches(&self) -> bool {
        self.mode.searches() || self.policy.recursive_prs
    }

    /// Most bytes of one frame: the largest packet and its access code.
    pub fn max_frame(&self) -> usize {
        self.hw_mtu.saturating_add(self.code_size())
    }

    /// Bytes that the access code adds to each packet.
    pub fn code_size(&self) -> usize {
        self.access.as_ref().map_or(0, AccessCode::size)
    }
}

/// Who is at the other end of an interface. A shared instance and the programs that use it are several processes, and
/// one node of the network: what passes between them makes no hop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Neighbour {
    /// Other nodes.
    #[default]
    Network,
    /// A program on this machine that has no interfaces but ours: we are its shared instance.
    LocalClient,
    /// The shared instance whose interfaces we use.
    SharedInstance,
}

impl Neighbour {
    /// How many hops a packet from there has made that says `on_wire` in its header: the receiver counts the one that
    /// the packet has just made, if it was one.
    pub const fn hops_of(self, on_wire: u8) -> u8 {
        match self {
            Self::Network => on_wire.saturating_add(1),
            Self::LocalClient | Self::SharedInstance => on_wire,
        }
    }
}

/// `Interface.MODE_FULL` and its siblings: which announces a transport node passes on, and for whom it searches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// Everything.
    #[default]
    Full,
    /// Everything; there is one peer.
    PointToPoint,
    /// Peers come for a moment: no announces go out, paths are short-lived, and peers are searched for.
    AccessPoint,
    /// We move about: announces of other moving parts stay outside, and peers are searched for.
    Roaming,
    /// The edge of a network of another kind: announces of moving parts stay outside.
    Boundary,
    /// The way out for those who are here: they are searched for.
    Gateway,
    /// The inside of an organisation: announces from the edge stay outside.
    Internal,
}

impl Mode {
    /// The mode that configurations call so.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "full" => Some(Self::Full),
            "gateway" | "gw" => Some(Self::Gateway),
            "access_point" | "accesspoint" | "ap" => Some(Self::AccessPoint),
            "pointtopoint" | "ptp" => Some(Self::PointToPoint),
            "roaming" => Some(Self::Roaming),
            "boundary" => Some(Self::Boundary),
            "internal" => Some(Self::Internal),
            _ => None,
        }
    }

    /// `Interface.DISCOVER_PATHS_FOR`: does a transport node search for what peers here ask for and it does not know?
    pub const fn searches(self) -> bool {
        matches!(self, Self::AccessPoint | Self::Gateway | Self::Roaming | Self::Internal | Self::Boundary)
    }

    /// May a search that came in here go out on an interface of mode `out`?
    pub const fn searches_on(self, out: Self) -> bool {
        !matches!(self, Self::Boundary) || matches!(out, Self::Boundary | Self::Gateway)
    }

    /// How long a path over an interface of this mode lasts unused: `Transport.AP_PATH_TIME`, `ROAMING_PATH_TIME`,
    /// `DESTINATION_TIMEOUT`.
    pub const fn path_lifetime(self) -> Duration {
        Duration::from_secs(match self {
            Self::AccessPoint => 86_400,
            Self::Roaming => 21_600,
            Self::Full | Self::PointToPoint | Self::Boundary | Self::Gateway | Self::Internal => 604_800,
        })
    }

    /// May an announce that came in on an interface of mode `from` go out on one of this mode (page 04 §8)?
    pub const fn passes_announce_from(self, from: Self) -> bool {
        match self {
            Self::AccessPoint => false,
            Self::Internal => !matches!(from, Self::Boundary),
            Self::Roaming => !matches!(from, Self::Roaming | Self::Boundary),
            Self::Boundary => !matches!(from, Self::Roaming),
            Self::Full | Self::PointToPoint | Self::Gateway => true,
        }
    }

    /// May an announce of our own go out on an interface of this mode?
    pub const fn passes_own_announce(self) -> bool {
        !matches!(self, Self::AccessPoint)
    }

    /// Is the announce bandwidth cap in force here? The other modes have rules of their own instead.
    pub const fn caps_announces(self) -> bool {
        matches!(self, Self::Full | Self::PointToPoint | Self::Gateway)
    }
}

#[cfg(test)]
mod tests {
    use super::Mode::{AccessPoint, Boundary, Full, Gateway, Internal, PointToPoint, Roaming};

    #[test]
    fn announces_cross_from_mode_to_mode_as_the_table_says() {
        let modes = [Full, PointToPoint, AccessPoint, Roaming, Boundary, Gateway, Internal];
        for from in modes {
            for out in [Full, PointToPoint, Gateway] {
                assert!(out.passes_announce_from(from));
            }
            assert!(!AccessPoint.passes_announce_from(from));
            assert_eq!(Internal.passes_announce_from(from), from != Boundary);
            assert_eq!(Roaming.passes_announce_from(from), from != Roaming && from != Boundary);
            assert_eq!(Boundary.passes_announce_from(from), from != Roaming);
        }
        assert_eq!(modes.map(super::Mode::passes_own_announce), [true, true, false, true, true, true, true]);
    }

    #[test]
    fn only_modes_with_visitors_search_and_the_edge_only_along_the_edge() {
        let modes = [Full, PointToPoint, AccessPoint, Roaming, Boundary, Gateway, Internal];
        assert_eq!(modes.map(super::Mode::searches), [false, false, true, true, true, true, true]);
        for out in modes {
            assert!(AccessPoint.searches_on(out));
            assert_eq!(Boundary.searches_on(out), out == Boundary || out == Gateway);
        }
    }
}
