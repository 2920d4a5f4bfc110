//! A key of the configuration: its name, what it takes, and the values that were checked against that.
//! Not where it stands; sections know that.

use std::net::Ipv4Addr;

use toml::de::DeValue;

use crate::interface::{HostPort, Passphrase};

/// Most bytes of a network name or a passphrase.
const MOST_SHARED: usize = 4096;

/// One key of a section.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// What it is called.
    pub name: &'static str,
    /// What else it is called in the reference.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub takes: Takes,
    /// Whether a section makes sense without it.
    pub need: Need,
}

impl Key {
    /// A key that may be left away.
    pub const fn optional(name: &'static str, takes: Takes) -> Self {
        Self { name, aliases: &[], takes, need: Need::Optional }
    }

    /// A key that must be there.
    pub const fn required(name: &'static str, takes: Takes) -> Self {
        Self { name, aliases: &[], takes, need: Need::Required }
    }

    /// The same key, with other names of the reference.
    #[must_use]
    pub const fn or(self, aliases: &'static [&'static str]) -> Self {
        Self { aliases, ..self }
    }

    /// Is it called so?
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.aliases.contains(&name)
    }
}

/// Whether a section makes sense without a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It doesn't.
    Required,
    /// It does.
    Optional,
}

/// Whether a value may be shown, in messages and in imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It may.
    Yes,
    /// It is a secret.
    Never,
}

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub enum Takes {
    /// `true` or `false`.
    Switch,
    /// A whole number within bounds, both included.
    Number {
        /// The smallest.
        least: u64,
        /// The largest.
        most: u64,
        /// What it counts.
        of: &'static str,
    },
    /// A number of percent, from none to all, with two digits behind the point.
    Percent {
        /// Of what.
        of: &'static str,
    },
    /// Text of so many bytes at most, and at least one.
    Text {
        /// The most bytes.
        most: usize,
        /// What the text is.
        of: &'static str,
    },
    /// A list of texts, at least one.
    Names {
        /// The most of them.
        most: usize,
        /// The most bytes of each.
        each: usize,
        /// What they are.
        of: &'static str,
    },
    /// A host name or an address, without a port.
    Host,
    /// An IPv4 address.
    Ipv4,
    /// What the members of a closed network share: any text but none at all and "None", which the reference takes for
    /// none.
    Shared {
        /// What it is.
        of: &'static str,
        /// Whether it may be shown.
        shown: Shown,
    },
    /// A secret in hexadecimal, of so many bytes.
    Hex {
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
        /// What it is.
        of: &'static str,
    },
    /// A list of hashes of 16 bytes in hexadecimal, at least one.
    Hashes {
        /// The most of them.
        most: usize,
        /// A word that may stand among them.
        or: Option<&'static str>,
        /// What they name.
        of: &'static str,
    },
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl Takes {
    /// The value, if it is one that the key takes.
    pub(super) fn take_toml(self, value: &DeValue<'_>) -> Option<Value> {
        match (self, value) {
            (Self::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
            (Self::Number { .. }, DeValue::Integer(number)) => {
                self.number(u64::from_str_radix(number.as_str(), number.radix()).ok()?)
            }
            (Self::Percent { .. }, DeValue::Integer(number)) if number.radix() == 10 => {
                percent(number.as_str())
            }
            (Self::Percent { .. }, DeValue::Float(number)) => percent(number.as_str()),
            (Self::Shared { .. }, DeValue::String(text)) => self.shared(text),
            (Self::Names { .. } | Self::Hashes { .. }, DeValue::Array(list)) => {
                let names: Option<Vec<_>> = list.iter().map(|name| name.get_ref().as_str()).collect();
                self.names(&names?)
            }
            (Self::Hex { .. }, DeValue::String(text)) => self.hex(text),
            (Self::Text { .. } | Self::Host | Self::Ipv4 | Self::OneOf(_), DeValue::String(text)) => {
                self.text(text)
            }
            _ => None,
        }
    }

    /// The same for a value of a reference configuration file, where everything is text and switches have many names.
    pub(super) fn take_words(self, words: &str) -> Option<Value> {
        match self {
            Self::Switch => match words.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(Value::Switch(true)),
                "false" | "no" | "off" | "0" => Some(Value::Switch(false)),
                _ => None,
            },
            Self::Number { .. } => self.number(words.parse().ok()?),
            Self::Percent { .. } => percent(words),
            Self::Shared { .. } => self.shared(words),
            Self::Names { .. } | Self::Hashes { .. } => self.take_list(&[words]),
            Self::Hex { .. } => self.hex(words),
            Self::Text { .. } | Self::Host | Self::Ipv4 | Self::OneOf(_) => self.text(words),
        }
    }

    /// The same for a list.
    pub(super) fn take_list(self, words: &[impl AsRef<str>]) -> Option<Value> {
        match self {
            Self::Names { .. } | Self::Hashes { .. } => self.names(words),
            _ => None,
        }
    }

    fn names(self, names: &[impl AsRef<str>]) -> Option<Value> {
        let (most, fits): (usize, &dyn Fn(&str) -> bool) = match self {
            Self::Names { most, each, of } => {
                (most, &move |name| Self::Text { most: each, of }.text(name).is_some())
            }
            Self::Hashes { most, or, .. } => (most, &move |name| or == Some(name) || is_hash(name)),
            _ => return None,
        };
        let fit = (1..=most).contains(&names.len()) && names.iter().all(|name| fits(name.as_ref()));
        fit.then(|| Value::Names(names.iter().map(|name| name.as_ref().to_owned()).collect()))
    }

    fn number(self, number: u64) -> Option<Value> {
        match self {
            Self::Number { least, most, .. } if (least..=most).contains(&number) => {
                Some(Value::Number(number))
            }
            _ => None,
        }
    }

    fn shared(self, text: &str) -> Option<Value> {
        let fits = !text.is_empty() && text != "None" && text.len() <= MOST_SHARED;
        match self {
            Self::Shared { shown: Shown::Never, .. } if fits => {
                Some(Value::Secret(Passphrase::from(text.to_owned())))
            }
            Self::Shared { shown: Shown::Yes, .. } if fits => Some(Value::Text(text.to_owned())),
            _ => None,
        }
    }

    fn hex(self, text: &str) -> Option<Value> {
        let bytes = text.len().checked_div(2)?;
        let fits = matches!(self, Self::Hex { least, most, .. } if (least..=most).contains(&bytes));
        let digits = text.len().is_multiple_of(2) && text.chars().all(|digit| digit.is_ascii_hexdigit());
        (fits && digits).then(|| Value::Secret(Passphrase::from(text.to_owned())))
    }

    /// Is it nobody's business?
    pub(super) const fn is_secret(self) -> bool {
        matches!(self, Self::Shared { shown: Shown::Never, .. } | Self::Hex { .. })
    }

    fn text(self, text: &str) -> Option<Value> {
        let fits = match self {
            Self::Text { most, .. } => {
                !text.trim().is_empty() && text.len() <= most && !text.contains(char::is_control)
            }
            Self::Host => host_port(text, 0).is_some(),
            Self::Ipv4 => text.parse::<Ipv4Addr>().is_ok(),
            Self::OneOf(words) => words.contains(&text),
            Self::Switch
            | Self::Number { .. }
            | Self::Percent { .. }
            | Self::Shared { .. }
            | Self::Names { .. }
            | Self::Hashes { .. }
            | Self::Hex { .. } => false,
        };
        fits.then(|| Value::Text(text.to_owned()))
    }
}

impl std::fmt::Display for Takes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Switch => f.write_str("true or false"),
            Self::Number { least, most, of } => write!(f, "{of}, a whole number from {least} to {most}"),
            Self::Percent { of } => write!(f, "percent of {of}, a number from 0 to 100"),
            Self::Text { most, of } => write!(f, "{of}, in quotes, at most {most} bytes"),
            Self::Names { most, of, .. } => {
                write!(
                    f,
                    r#"{of}, at most {most}, each in quotes, in brackets, for example ["eth0", "wlan0"]"#
                )
            }
            Self::Host => f.write_str(r#"a host name or an address, in quotes, for example "0.0.0.0""#),
            Self::Shared { of, .. } => {
                write!(f, "{of}, in quotes, at most {MOST_SHARED} bytes, and not \"None\"")
            }
            Self::Hex { least, most, of } => {
                write!(f, "{of} in hexadecimal, in quotes, of {least} to {most} bytes")
            }
            Self::Hashes { most, or, of } => {
                write!(f, "{of}, at most {most}, each of 32 hexadecimal digits in quotes, in brackets")?;
                or.map_or(Ok(()), |word| write!(f, "; {} stands for others", quoted(word)))
            }
            Self::Ipv4 => f.write_str(r#"an IPv4 address, in quotes, for example "0.0.0.0""#),
            Self::OneOf(words) => {
                let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
                f.write_str(&words.join(" or "))
            }
        }
    }
}

/// A number from 0 to 100, in hundredths.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is between 0 and 10,000, and rounded"
)]
fn percent(text: &str) -> Option<Value> {
    let percent: f64 = text.parse().ok()?;
    (0.0..=100.0).contains(&percent).then(|| Value::Percent((percent * 100.0).round() as u64))
}

/// 16 bytes in hexadecimal.
fn is_hash(text: &str) -> bool {
    text.len() == 32 && text.chars().all(|digit| digit.is_ascii_hexdigit())
}

/// A host as it is written here, with its port.
pub(super) fn host_port(host: &str, port: u16) -> Option<HostPort> {
    let written = HostPort { host: host.to_owned(), port }.to_string();
    written.parse().ok().filter(|parsed: &HostPort| parsed.host == host)
}

/// A value that its key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `true` or `false`.
    Switch(bool),
    /// A number.
    Number(u64),
    /// Percent, in hundredths.
    Percent(u64),
    /// Text.
    Text(String),
    /// Several texts.
    Names(Vec<String>),
    /// Text that is nobody's business.
    Secret(Passphrase),
}

/// As it is written in `server.toml`; but a secret is not shown.
impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Percent(hundredths) => {
                write!(f, "{}.{:02}", hundredths.div_euclid(100), hundredths.rem_euclid(100))
            }
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Names(names) => {
                let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
                write!(f, "[{}]", names.join(", "))
            }
            Self::Secret(_) => f.write_str("…"),
        }
    }
}

/// A TOML string.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len().saturating_add(2));
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            control if control.is_control() => quoted += &format!("\\u{:04X}", u32::from(control)),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use toml::de::DeTable;

    #[test]
    fn quoted_text_reads_back_as_it_was() {
        for text in ["plain", "with \"quotes\" and \\", "tab\tline\nnull\0del\u{7f}\u{85}", "Ünï 🐦"] {
            let line = format!("a = {}", quoted(text));
            let table = DeTable::parse(&line).unwrap_or_else(|error| panic!("{line:?}: {error}"));
            assert_eq!(
                table.get_ref().values().next().and_then(|value| value.get_ref().as_str()),
                Some(text)
            );
        }
    }

    #[test]
    fn bounds_belong_to_what_is_taken() {
        let takes = Takes::Number { least: 5, most: 7, of: "n" };
        let taken = |text: &str| takes.take_words(text).is_some();
        assert_eq!(
            ["4", "5", "7", "8", "-5", "5.0", ""].map(taken),
            [false, true, true, false, false, false, false]
        );
    }

    #[test]
    fn percent_have_two_digits_behind_the_point() {
        let takes = Takes::Percent { of: "an hour" };
        let taken = |text: &str| takes.take_words(text).map(|value| value.to_string());
        assert_eq!(
            ["1", "1.5", "0.259", "100", "0"].map(taken),
            ["1.00", "1.50", "0.26", "100.00", "0.00"].map(|text| Some(text.to_owned()))
        );
        assert_eq!(["-1", "100.1", "NaN", "inf", "1 %", ""].map(taken), [const { None }; 6]);
        for (toml, hundredths) in [("1", 100), ("1.5", 150), ("1e1", 1000)] {
            let line = format!("a = {toml}");
            let table = DeTable::parse(&line).unwrap();
            let value = table.get_ref().values().next().unwrap();
            assert_eq!(takes.take_toml(value.get_ref()), Some(Value::Percent(hundredths)), "{toml}");
        }
    }

    #[test]
    fn a_host_has_no_port_and_no_brackets() {
        let taken = |text: &str| Takes::Host.take_words(text).is_some();
        for host in ["0.0.0.0", "::1", "radio.example.org"] {
            assert!(taken(host), "{host}");
        }
        for wrong in ["", "[::1]", "a:1", "127.0.0.1:4242", "a b", "http://a"] {
            assert!(!taken(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_secret_is_taken_as_it_is_and_never_shown() {
        let takes = Takes::Shared { of: "a passphrase", shown: Shown::Never };
        for secret in [" a b ", "none", "\t"] {
            let value = takes.take_words(secret).unwrap();
            assert_eq!(value, Value::Secret(Passphrase::from(secret.to_owned())));
            assert!(!format!("{value} {value:?}").contains(secret), "{secret:?}");
        }
        assert_eq!(["", "None"].map(|none| takes.take_words(none)), [None, None]);
    }

    #[test]
    fn switches_have_the_words_of_the_reference_only_there() {
        let read = |words| Takes::Switch.take_words(words);
        assert_eq!(["Yes", "on", "TRUE", "1"].map(read), [const { Some(Value::Switch(true)) }; 4]);
        assert_eq!(["No", "off", "False", "0"].map(read), [const { Some(Value::Switch(false)) }; 4]);
        assert_eq!(read("maybe"), None);
        assert_eq!(Takes::Switch.take_toml(&DeValue::String("yes".into())), None);
    }
}
