//! The interfaces of the daemon: opened from their sections, started, and watched while they run.
//! Not the interfaces themselves; those are in [`crate::interface`].

mod open;
mod opener;
mod registry;
mod status;

use crate::interface::Bus;
use crate::rns::time::Now;

pub(super) use open::Opened;
pub(super) use opener::Opener;
pub use registry::Registry;
pub use status::{ConnectionStatus, InterfaceStatus, Traffic};

/// Starts interfaces that are open; they run as long as the registry holds them and the bus is not closed.
pub(super) fn start(now: Now, opened: Opened, bus: &Bus, registry: &mut Registry) {
    for open in opened.into_interfaces() {
        let (attachment, hold) = bus.attach();
        registry.attach(now, open.kind, open.template.bare_spec(), hold);
        tokio::spawn(open.interface.run(attachment));
    }
}
