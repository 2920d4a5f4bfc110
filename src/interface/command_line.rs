//! A command as people write it in one line, cut into words the way a shell does it.
//! Not a shell: no variables, no patterns, no pipes, no redirection.

/// That is no command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// No word at all.
    #[error("the command is empty")]
    Empty,
    /// A quote is opened and never closed.
    #[error("the command has a quote without its end")]
    OpenQuote,
    /// A backslash with nothing behind it.
    #[error("the command ends with a backslash")]
    OpenEscape,
}

/// Where a character stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Word,
    SingleQuotes,
    DoubleQuotes,
}

/// The program and its arguments.
pub(super) fn split(command: &str) -> Result<(String, Vec<String>), CommandError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut place = Place::Outside;
    let mut rest = command.chars();
    while let Some(character) = rest.next() {
        place = match (place, character) {
            (Place::Outside, white) if white.is_whitespace() => Place::Outside,
            (Place::Word, white) if white.is_whitespace() => {
                words.push(std::mem::take(&mut word));
                Place::Outside
            }
            (Place::Outside | Place::Word, '\'') => Place::SingleQuotes,
            (Place::Outside | Place::Word, '"') => Place::DoubleQuotes,
            (Place::SingleQuotes, '\'') | (Place::DoubleQuotes, '"') => Place::Word,
            (Place::Outside | Place::Word, '\\') => {
                word.push(rest.next().ok_or(CommandError::OpenEscape)?);
                Place::Word
            }
            (Place::DoubleQuotes, '\\') => {
                let escaped = rest.next().ok_or(CommandError::OpenQuote)?;
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
                Place::DoubleQuotes
            }
            (Place::Outside | Place::Word, plain) => {
                word.push(plain);
                Place::Word
            }
            (Place::SingleQuotes | Place::DoubleQuotes, plain) => {
                word.push(plain);
                place
            }
        };
    }
    match place {
        Place::Outside => {}
        Place::Word => words.push(word),
        Place::SingleQuotes | Place::DoubleQuotes => return Err(CommandError::OpenQuote),
    }
    let mut words = words.into_iter();
    let program = words.next().filter(|program| !program.is_empty()).ok_or(CommandError::Empty)?;
    Ok((program, words.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_cut_as_a_shell_cuts_it() {
        for (command, words) in [
            ("modem", &["modem"][..]),
            ("  modem\t--port  /dev/x ", &["modem", "--port", "/dev/x"]),
            ("modem 'one word' \"and one\"", &["modem", "one word", "and one"]),
            ("modem a'b c'd\"e\"", &["modem", "ab cde"]),
            (r#"modem one\ word "a\"b\\c\d" 'a\b'"#, &["modem", "one word", r#"a"b\c\d"#, r"a\b"]),
            ("modem '' \"\"", &["modem", "", ""]),
            ("sh -c 'a | b > $C'", &["sh", "-c", "a | b > $C"]),
        ] {
            let (program, arguments) = split(command).unwrap();
            let found: Vec<_> = std::iter::once(program).chain(arguments).collect();
            assert_eq!(found, words, "{command}");
        }
    }

    #[test]
    fn a_command_without_its_end_is_refused() {
        for (command, error) in [
            ("", CommandError::Empty),
            (" \t ", CommandError::Empty),
            ("'' a", CommandError::Empty),
            ("modem 'a", CommandError::OpenQuote),
            ("modem \"a", CommandError::OpenQuote),
            ("modem \"a\\", CommandError::OpenQuote),
            ("modem \\", CommandError::OpenEscape),
        ] {
            assert_eq!(split(command), Err(error), "{command:?}");
        }
    }
}
