//! The words that both sides know beforehand.
//! Not chosen for the texts of the tests: `schemas/compact/README.md` says how they were found.

/// In lines for people.
const FILE: &[u8] = include_bytes!("../../../schemas/compact/dictionary.txt");

/// Dictionary 1: the file, with a space for each end of a line. What is frequent stands last, where pointing to it takes
/// fewest bits.
pub(super) static DICTIONARY: [u8; FILE.len()] = {
    let mut words = [b' '; FILE.len()];
    let mut at = 0;
    while at < FILE.len() {
        if FILE[at] != b'\n' {
            words[at] = FILE[at];
        }
        at += 1;
    }
    words
};
