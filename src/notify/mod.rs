//! Who is told that there is something new, when, and in which words: the least that a member who is away needs to know.
//! Not the messages themselves; those are fetched, or relayed to who asked for each.

pub mod audience;
pub mod digest;
pub mod price;
