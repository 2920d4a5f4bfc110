//! Tier S: commands whose answer depends on nothing but their parameters and on chance.
//! Not a running node; that is tier W.

mod announce;
mod destination;
mod digests;
mod identity;
mod ratchet;
mod token;

use crate::command::Family;

/// Families of tier S. To add one: a file, and a line here.
pub(crate) const FAMILIES: &[Family] = &[
    digests::COMMANDS,
    token::COMMANDS,
    identity::COMMANDS,
    destination::COMMANDS,
    announce::COMMANDS,
    ratchet::COMMANDS,
];
