//! Routers over nodes over a wire in memory.

mod air;
mod fetching;
mod hostile;
mod inbound;
mod keeper;
mod outbound;
mod own_node;
mod paper;
mod stamps;
mod uploading;
mod world;
