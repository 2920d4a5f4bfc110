//! Roost: a group server for Reticulum mesh networks.

pub mod rns;
