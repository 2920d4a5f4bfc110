//! Tests that cross a socket or a process, and tests about the source itself; one binary.

mod budget;
mod cli;
mod client;
mod config;
mod embedded;
mod emulated;
#[path = "../emulator/mod.rs"]
mod emulator;
mod firmware_notes;
mod hdlc;
mod kiss;
mod layers;
mod mishaps;
mod owner;
mod pipe;
mod radio_ports;
mod requirements;
mod rnode;
mod sentences;
mod serial;
mod shared;
mod tcp;
mod udp;
mod words;
