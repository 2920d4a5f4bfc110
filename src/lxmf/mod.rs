//! LXMF on top of Reticulum, sans-I/O: messages, their signatures and carriers, and the delivery announce.
//! Not what a group does with a message; the server decides that.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

pub mod announce;
mod delivery;
mod event;
mod held;
mod inbound_stamps;
mod intake;
pub mod job;
mod job_queue;
pub mod message;
pub mod outbound_message;
mod outbox;
pub mod paper;
mod payload;
pub mod propagation;
mod road;
pub mod router;
pub mod stamp;
mod tables;
pub mod ticket;

pub use announce::DeliveryAnnounce;
pub use event::Event;
pub use inbound_stamps::StampState;
pub use message::{Message, MessageHash, SignedMessage, UnverifiedMessage, delivery_destination};
pub use outbound_message::{Method, OutboundMessage, SendFailure};
pub use road::{DeliveryToken, Road};
pub use router::Router;
pub use tables::TableSizes;
