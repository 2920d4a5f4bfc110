//! Roost: a group server for Reticulum mesh networks.

pub mod cli;
pub mod daemon;
pub mod interface;
pub mod lxmf;
pub mod rns;
pub mod server;
