//! Roost: a group server for Reticulum mesh networks.

pub mod lxmf;
pub mod rns;
pub mod server;
