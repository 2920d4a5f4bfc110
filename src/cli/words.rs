//! `roost ban anna 2d spam`: the words of the chat, for whoever sits at the machine.
//! Not what they do; the table of commands is the chat's own.

use std::process::ExitCode;

use clap::{Args, FromArgMatches};

use super::config::ConfigArgs;
use super::print;
use crate::daemon::{self, DeskAnswer, DeskCommand, Word};

/// What every word takes.
#[derive(Debug, Args)]
struct WordArgs {
    /// What stands behind the word, as in chat: a nick, a member's number or a hash in any spelling; a time such as 30m,
    /// 2h, 7d or 4w; a reason
    arguments: Vec<String>,

    /// In which group, by its name or its address. Needed where there are several
    #[arg(long, value_name = "NAME")]
    group: Option<String>,

    /// Answer in this language: en or de [default: that of the terminal]
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<String>,

    /// Print the answer as one line of JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    config: ConfigArgs,
}

/// The words that `own` has no command for, added to it.
pub(super) fn added_to(own: clap::Command) -> clap::Command {
    let is_taken =
        |name: &str| name == "help" || own.get_subcommands().any(|command| command.get_name() == name);
    let words: Vec<_> = daemon::words()
        .iter()
        .filter(|word| !is_taken(word.word))
        .map(|word| subcommand(word, is_taken))
        .collect();
    own.subcommands(words)
}

fn subcommand(word: &Word, is_taken: impl Fn(&str) -> bool) -> clap::Command {
    let aliases = word.aliases.iter().copied().filter(|alias| !is_taken(alias));
    let about = format!("In chat: {}", word.usage);
    // The arguments bring the text of their type, so the word's own comes last.
    WordArgs::augment_args(clap::Command::new(word.word).visible_aliases(aliases)).about(about)
}

/// Carries out `word` if it is one; `None` if it is a command of the program itself.
pub(super) fn run(word: &str, matches: &clap::ArgMatches) -> Option<anyhow::Result<ExitCode>> {
    let is_word = daemon::words().iter().any(|known| known.word == word);
    // The program's own commands come first, and have other arguments.
    (is_word && matches.try_contains_id("arguments").is_ok()).then(|| carry_out(word, matches))
}

fn carry_out(word: &str, matches: &clap::ArgMatches) -> anyhow::Result<ExitCode> {
    let WordArgs { arguments, group, lang, json, config } = WordArgs::from_arg_matches(matches)?;
    let data = config.load()?.data;
    let lang = lang.unwrap_or_else(|| spoken(|name| std::env::var(name).ok()));
    let command = DeskCommand { group, word: word.to_owned(), arguments: joined(&arguments), lang };
    let answer = daemon::operate(&data, command)?;
    show(&answer, json)
}

/// Shows what the server has answered; how the command ends by that.
pub(super) fn show(answer: &DeskAnswer, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        print(&format!("{}\n", serde_json::to_string(answer)?))?;
    } else if answer.ok {
        print(&format!("{}\n", answer.text))?;
    } else {
        eprintln!("roost: {}", answer.text);
    }
    Ok(if answer.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The arguments as they would be typed in chat: what the shell kept together stays together.
fn joined(arguments: &[String]) -> String {
    let typed = arguments.iter().map(|argument| match argument.contains(char::is_whitespace) {
        true if !argument.contains('"') => format!("\"{argument}\""),
        _ => argument.clone(),
    });
    typed.collect::<Vec<_>>().join(" ")
}

/// The language of the terminal, by its short name.
pub(super) fn spoken(variable: impl Fn(&str) -> Option<String>) -> String {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| variable(name).filter(|v| !v.is_empty()));
    set.map(|value| value.chars().take(2).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_shell_kept_together_stays_together() {
        let typed =
            |arguments: &[&str]| joined(&arguments.iter().map(|&one| one.to_owned()).collect::<Vec<_>>());
        assert_eq!(typed(&["Anna B", "2d", "he is rude"]), "\"Anna B\" 2d \"he is rude\"");
        assert_eq!(typed(&["anna", "2d", "he", "is", "rude"]), "anna 2d he is rude");
        assert_eq!(typed(&[]), "");
    }

    #[test]
    fn the_language_is_that_of_the_terminal() {
        let spoken = |all: Option<&str>, lang: Option<&str>| {
            spoken(|name| match name {
                "LC_ALL" => all.map(str::to_owned),
                "LANG" => lang.map(str::to_owned),
                _ => None,
            })
        };
        assert_eq!(spoken(None, Some("de_DE.UTF-8")), "de");
        assert_eq!(spoken(Some("en_GB.UTF-8"), Some("de_DE.UTF-8")), "en");
        assert_eq!(spoken(Some(""), Some("de_DE.UTF-8")), "de");
        assert_eq!(spoken(None, None), "");
    }
}
