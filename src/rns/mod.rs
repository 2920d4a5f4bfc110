//! Reticulum, sans-I/O: identities, packets, announces, links, requests and Resources.
//! No sockets, no files, no clock: bytes and `now` go in, bytes and events come out.
#![cfg_attr(
    not(test),
    deny(clippy::indexing_slicing, clippy::arithmetic_side_effects, clippy::panic, clippy::expect_used)
)]

pub mod air;
pub mod airtime;
pub mod announce;
pub(crate) mod bounded;
pub mod broadcast;
pub mod budget;
pub mod crypto;
pub mod destination;
pub mod error;
pub mod event;
pub mod hash;
pub mod identity;
pub mod ifac;
pub mod interface;
pub mod job;
pub(crate) mod job_queue;
pub(crate) mod known_destinations;
pub mod link;
pub mod msgpack;
pub mod node;
pub mod packet;
pub mod policy;
pub mod random;
pub mod ratchet;
pub mod resource;
pub mod snapshot;
pub mod time;
pub mod transport;

pub use node::Node;
