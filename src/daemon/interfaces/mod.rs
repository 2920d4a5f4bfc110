//! The interfaces of the daemon: opened from their sections, started, and watched while they run.
//! Not the interfaces themselves; those are in [`crate::interface`].

mod keeper;
mod open;
mod opener;
mod plan;
mod registry;
mod status;

pub(super) use open::Opened;
pub(super) use opener::Opener;
pub(super) use plan::Plan;
pub use plan::Source;
pub use registry::Registry;
pub use status::{ConnectionStatus, InterfaceStatus, Traffic};
