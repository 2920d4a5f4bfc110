//! The RNode interface: a radio board with RNode firmware, on a serial port or on the network (page 22).
//! Wire-compatible with the reference's `RNodeInterface`. What is on air is the firmware's business.
//!
//! | File | What it holds |
//! |---|---|
//! | [`commands`] | the numbers of the firmware's commands |
//! | [`report`] | what a radio says, as values |
//! | [`device`] | one radio, from the opening of its port on; no I/O |
//! | `hardware`, `setup`, [`guard`], [`statistics`] | its parts: what it is, is it set, has it room, what it tells |
//! | `timing` | how long what may take |
//! | [`parameters`], [`board`], [`region`] | what it is asked for, and who allows that |
//! | `driver`, `section` | what opens the port and carries the bytes, and its options |
//! | `probe` | what an operator asks of a radio |
//! | `fault` | what is wrong, in sentences |
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

pub mod board;
pub mod commands;
pub mod device;
mod driver;
mod fault;
pub mod guard;
mod hardware;
pub mod parameters;
mod probe;
pub mod region;
pub mod report;
mod section;
mod setup;
pub mod statistics;
mod timing;

pub use device::{Device, DeviceEvent, Orders};
pub use driver::RNode;
pub use fault::{Fault, Warning};
pub use hardware::Hardware;
pub use parameters::{ParameterError, Parameters};
pub use probe::{Findings, Settings, ask, ask_within};
pub use region::Region;
pub use section::{RNodeSection, RadioPort, RadioPortError};
pub use statistics::Statistics;
pub use timing::Timing;

/// `RNodeInterface.HW_MTU`: the largest packet that the firmware sends, access code included.
pub const HW_MTU: usize = 508;
/// The longest that a radio says.
const MOST_REPLY: usize = 512;
