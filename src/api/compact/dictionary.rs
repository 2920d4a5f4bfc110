//! The words that both sides know beforehand.
//! Not chosen for the texts of the tests: `schemas/compact/README.md` says how they were found.

/// `schemas/compact/dictionary.txt`, in lines for people.
pub const DICTIONARY_FILE: &str = include_str!("../../../schemas/compact/dictionary.txt");

/// Dictionary 1: the file, with a space for each end of a line. What is frequent stands last, where pointing to it takes
/// fewest bits.
pub fn dictionary() -> Vec<u8> {
    DICTIONARY_FILE.bytes().map(|byte| if byte == b'\n' { b' ' } else { byte }).collect()
}
