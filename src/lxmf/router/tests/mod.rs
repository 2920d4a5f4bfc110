//! Routers over nodes over a wire in memory.

mod inbound;
mod outbound;
mod paper;
mod stamps;
mod world;
