//! Emulated radios: RNodes and TNCs, their faults, and the air between them, for tests in memory or over ports.
//! Not the program with the ports; that is `program`.

pub(crate) mod ether;
pub(crate) mod fault;
mod host;
mod parameters;
pub(crate) mod rnode;
mod split;
mod tnc;
mod traffic;
mod turns;
pub(crate) mod world;
