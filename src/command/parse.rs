//! Is a text a command? Forgiving about what phones do to it.
//! Not what the command does with its arguments.

use super::words::is_quote;
use super::{COMMANDS, Command};

/// What a text is.
#[derive(Debug)]
pub enum Parsed<'t> {
    /// A command, and what stands behind it.
    Command(&'static Command, &'t str),
    /// A word that is one slip away from this command.
    Nearly(&'static Command),
    /// A message.
    Text,
}

/// A word shorter than this is too much like too many others.
const SHORTEST_NEAR_MISS: usize = 3;
/// A word longer than this is no slip of a command's.
const LONGEST_WORD: usize = 32;

/// Words that mean another command when nothing stands behind them: a member mutes the group, staff mute somebody.
const ALONE: &[(&str, &str)] = &[("mute", "pause")];

/// Reads `text` as a command if it begins with a slash and a known word. The case of the word doesn't matter.
pub fn parse(text: &str) -> Parsed<'_> {
    let Some(rest) = text.trim().trim_start_matches(is_quote).strip_prefix('/') else {
        return Parsed::Text;
    };
    let (word, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    if word.len() > LONGEST_WORD {
        return Parsed::Text;
    }
    let word = word.trim_matches(is_quote).to_lowercase();
    if let Some(command) = named(&word, arguments) {
        return Parsed::Command(command, arguments.trim());
    }
    match find(&|known| is_near(known, &word)) {
        Some(command) => Parsed::Nearly(command),
        None => Parsed::Text,
    }
}

/// The command that a word in small letters stands for, with these arguments.
pub fn named(word: &str, arguments: &str) -> Option<&'static Command> {
    let alone = ALONE.iter().find(|(short, _)| *short == word && arguments.trim().is_empty());
    let word = alone.map_or(word, |(_, meant)| meant);
    find(&|known| known == word)
}

fn find(wanted: &dyn Fn(&str) -> bool) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| wanted(command.word) || command.aliases.iter().any(|alias| wanted(alias)))
}

/// One letter too many, too few, wrong, or two swapped.
fn is_near(known: &str, word: &str) -> bool {
    let (known, word): (Vec<char>, Vec<char>) = (known.chars().collect(), word.chars().collect());
    if known.len() < SHORTEST_NEAR_MISS || word.len() < SHORTEST_NEAR_MISS {
        return false;
    }
    let start = known.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let end = known.iter().rev().zip(word.iter().rev()).take_while(|(a, b)| a == b).count();
    match (known.get(start..), word.get(start..)) {
        (Some([_, known @ ..]), Some([_, word @ ..])) if known == word => true,
        (Some([a, b, known @ ..]), Some([c, d, word @ ..])) if a == d && b == c && known == word => true,
        _ => known.len().abs_diff(word.len()) == 1 && start + end >= known.len().min(word.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(text: &str) -> Option<(&'static str, &str)> {
        match parse(text) {
            Parsed::Command(command, arguments) => Some((command.word, arguments)),
            Parsed::Nearly(_) | Parsed::Text => None,
        }
    }

    fn near(text: &str) -> Option<&'static str> {
        match parse(text) {
            Parsed::Nearly(command) => Some(command.word),
            Parsed::Command(..) | Parsed::Text => None,
        }
    }

    #[test]
    fn commands_are_known_by_any_of_their_words_as_phones_write_them() {
        assert_eq!(command("/join"), Some(("join", "")));
        assert_eq!(command(" /Join \u{201c}Anna\u{201d} "), Some(("join", "\u{201c}Anna\u{201d}")));
        assert_eq!(command("\u{2019}/HISTORY  7\n"), Some(("history", "7")));
        assert_eq!(command("/last 7"), Some(("history", "7")));
        assert_eq!(command("/?"), Some(("help", "")));
        assert_eq!(command("/subscribe"), Some(("join", "")));
        assert_eq!(command("/part"), Some(("leave", "")));
        assert_eq!(command("/mute"), Some(("pause", "")));
    }

    #[test]
    fn a_slip_is_noticed() {
        for (typed, meant) in [
            ("/hlep", "help"),
            ("/joni me", "join"),
            ("/jion", "join"),
            ("/jin", "join"),
            ("/joinn", "join"),
            ("/joim", "join"),
            ("/histroy 3", "history"),
            ("/leaves are falling", "leave"),
            ("/resum", "resume"),
        ] {
            assert_eq!(near(typed), Some(meant), "{typed}");
        }
    }

    #[test]
    fn other_text_is_a_message() {
        for text in ["hello", "and/or", "/shrug", "/path/to/file", "/", "//", "/!", "/a", "", "join", "/jo"] {
            assert!(matches!(parse(text), Parsed::Text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn one_slip_away_is_what_one_slip_makes(at in 0usize..7, c in "[a-z]", kind in 0..4) {
            let mut word: Vec<char> = "history".chars().collect();
            let letter = c.chars().next().unwrap();
            match kind {
                0 => { word.remove(at); }
                1 => word.insert(at, letter),
                2 => word[at] = letter,
                _ => if at > 0 { word.swap(at, at - 1) },
            }
            let word: String = word.into_iter().collect();
            let text = format!("/{word}");
            proptest::prop_assert!(near(&text) == Some("history") || word == "history", "{}", word);
        }
    }
}
