//! Simulated networks: real nodes, a virtual clock, wires with delay and loss, and everything from a seed.
//! Not real sockets and not the Python reference; those have tests of their own.

mod announces;
mod hostile;
mod network;
mod packets;
