//! Simulated networks: real nodes, a virtual clock, wires with delay and loss, radio channels, and everything from a seed.
//! Not real sockets and not the Python reference; those have tests of their own.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod access;
mod acts;
mod announces;
mod broadcasts;
mod budgets;
mod bytes;
mod channels;
mod cost;
mod day;
mod errand_bytes;
mod errands;
#[path = "../emulator/ether.rs"]
#[expect(dead_code, reason = "other modems than LoRa are the emulator's")]
mod ether;
mod floods;
mod forged_links;
mod hostile;
mod jobs;
mod linkless;
mod links;
mod lookup;
mod lora;
mod network;
mod outages;
mod packets;
mod pair;
mod probes;
mod radio;
mod ratchets;
mod replies;
mod shared;
#[path = "../emulator/split.rs"]
mod split;
mod transport;
mod tunnels;
#[path = "../emulator/turns.rs"]
mod turns;
mod village;
mod ways_in;
