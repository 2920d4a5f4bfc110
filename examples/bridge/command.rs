//! What a command is: a name and a function.
//! Not the commands; each family has a file.

use roost::daemon::clock::Clock;
use roost::rns::random::Random;
use serde_json::Value;

use crate::failure::Failure;
use crate::lxmf::Post;
use crate::params::Params;
use crate::wire::Nodes;

/// What the commands have in common.
pub(crate) struct Bridge {
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) nodes: Nodes,
    pub(crate) post: Post,
}

/// Carries out a command; the answer is an object.
pub(crate) type Handler = fn(&mut Bridge, &Params) -> Result<Value, Failure>;

/// Commands that belong together, by name.
pub(crate) type Family = &'static [(&'static str, Handler)];
