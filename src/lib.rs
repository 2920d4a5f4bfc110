//! Roost: a group server for Reticulum mesh networks.

pub mod api;
pub mod command;
pub mod group;
pub mod lxmf;
pub mod rns;
pub mod server;
pub mod store;
