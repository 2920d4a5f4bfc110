//! What can be asked about the interfaces that run: a copy, for whoever wants to show it.
//! Not the interfaces, nor how the answer is written.

use crate::interface::rnode::Statistics;
use crate::interface::{Condition, Direction};
use crate::rns::interface::{InterfaceId, InterfaceSpec};
use crate::rns::time::Now;

/// What has passed over one connection, or over all of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Traffic {
    /// Frames that came.
    pub frames_in: u64,
    /// Their bytes, without framing.
    pub bytes_in: u64,
    /// Frames that were handed on to be sent.
    pub frames_out: u64,
    /// Their bytes, without framing.
    pub bytes_out: u64,
    /// Frames that found too many waiting already.
    pub frames_lost: u64,
    /// Their bytes.
    pub bytes_lost: u64,
}

impl Traffic {
    pub(super) fn received(&mut self, bytes: usize) {
        self.frames_in = self.frames_in.saturating_add(1);
        self.bytes_in = self.bytes_in.saturating_add(count(bytes));
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.frames_out = self.frames_out.saturating_add(1);
        self.bytes_out = self.bytes_out.saturating_add(count(bytes));
    }

    pub(super) fn lost(&mut self, bytes: usize) {
        self.frames_lost = self.frames_lost.saturating_add(1);
        self.bytes_lost = self.bytes_lost.saturating_add(count(bytes));
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            frames_in: self.frames_in.saturating_add(other.frames_in),
            bytes_in: self.bytes_in.saturating_add(other.bytes_in),
            frames_out: self.frames_out.saturating_add(other.frames_out),
            bytes_out: self.bytes_out.saturating_add(other.bytes_out),
            frames_lost: self.frames_lost.saturating_add(other.frames_lost),
            bytes_lost: self.bytes_lost.saturating_add(other.bytes_lost),
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// An interface of the configuration or the command line, as it is.
#[derive(Debug, Clone)]
pub struct InterfaceStatus {
    /// What stands in `type`.
    pub kind: &'static str,
    /// What its connections are made from. Its name is that of the section.
    pub spec: InterfaceSpec,
    /// How it fares.
    pub condition: Condition,
    /// Since when.
    pub since: Now,
    /// Why it failed last, and when; also where it works again.
    pub last_failure: Option<(Now, String)>,
    /// What its radio has told last, if it is one that tells.
    pub radio: Option<Statistics>,
    /// All that has passed, also over connections that are gone.
    pub traffic: Traffic,
    /// Its connections: what the protocol calls interfaces.
    pub connections: Vec<ConnectionStatus>,
}

/// A connection, as it is.
#[derive(Debug, Clone)]
pub struct ConnectionStatus {
    /// Its number in the node.
    pub interface: InterfaceId,
    /// What the protocol knows of it.
    pub spec: InterfaceSpec,
    /// Who opened it.
    pub direction: Direction,
    /// Since when it stands.
    pub since: Now,
    /// What has passed over it.
    pub traffic: Traffic,
    /// Bytes that wait to be written.
    pub waiting: usize,
    /// Do so many wait that more are lost?
    pub full: bool,
}
