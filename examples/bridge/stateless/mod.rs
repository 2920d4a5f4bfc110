//! Tier S: commands whose answer depends on nothing but their parameters and on chance.
//! Not a running node; that is tier W.

mod announce;
mod ciphers;
mod curves;
mod destination;
mod digests;
mod framing;
mod identity;
mod packet;
mod ratchet;
mod token;

use crate::command::Family;

/// Families of tier S. To add one: a file, and a line here.
pub(crate) const FAMILIES: &[Family] = &[
    digests::COMMANDS,
    ciphers::COMMANDS,
    curves::COMMANDS,
    token::COMMANDS,
    identity::COMMANDS,
    destination::COMMANDS,
    packet::COMMANDS,
    announce::COMMANDS,
    ratchet::COMMANDS,
    framing::COMMANDS,
];
