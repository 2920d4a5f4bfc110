//! What all interfaces of one section have in common: the one place where an [`InterfaceSpec`] is made.
//! Not what a kind of interface has for itself.

use std::fmt::Display;

use super::Medium;
use crate::rns::ifac::AccessCode;
use crate::rns::interface::{InterfaceSpec, Mode, Neighbour};
use crate::rns::policy::Policy;

/// The mould of the interfaces of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    name: String,
    neighbour: Neighbour,
    medium: Medium,
    access: Option<AccessCode>,
    mode: Mode,
    policy: Policy,
}

impl Template {
    /// Interfaces to the network that are called `name`, open to everybody, and of mode "full".
    pub fn new(name: impl Into<String>, medium: Medium) -> Self {
        let (neighbour, access, mode) = (Neighbour::Network, None, Mode::Full);
        Self { name: name.into(), neighbour, medium, access, mode, policy: Policy::default() }
    }

    /// Who is at the other end.
    #[must_use]
    pub fn with_neighbour(self, neighbour: Neighbour) -> Self {
        Self { neighbour, ..self }
    }

    /// What peers must prove to know.
    #[must_use]
    pub fn with_access(self, access: Option<AccessCode>) -> Self {
        Self { access, ..self }
    }

    /// What a transport node passes on over them.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// What the operator says about that.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// What they are called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The interface to `peer`: an address, a program, whatever tells it from the others.
    pub fn spec(&self, peer: impl Display) -> InterfaceSpec {
        InterfaceSpec { name: format!("{} {peer}", self.name), ..self.bare_spec() }
    }

    /// All of them together.
    pub fn bare_spec(&self) -> InterfaceSpec {
        InterfaceSpec {
            name: self.name.clone(),
            neighbour: self.neighbour,
            hw_mtu: self.medium.hw_mtu,
            mtu_discovery: self.medium.mtu_discovery,
            bitrate: self.medium.bitrate,
            access: self.access.clone(),
            mode: self.mode,
            policy: self.policy,
            air: self.medium.air,
        }
    }
}
