//! How a group shows itself beside its name: its icon, and whether it announces itself.
//! Not what the announce says; see [`crate::group::announcement`].

use std::fmt;
use std::str::FromStr;

/// How a group shows itself. What is not set costs no byte in an event.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Showing {
    /// What clients show beside its name.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub icon: Option<Icon>,
    /// Whether it never announces itself. Who knows its address finds it still.
    #[serde(rename = "s", default, skip_serializing_if = "is_false")]
    pub silent: bool,
}

impl Showing {
    /// Is nothing set?
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_false(value: &bool) -> bool {
    !*value
}

/// An icon by its name in the Material Design set, which clients have, and two colours.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Icon {
    /// For example `account-group`.
    #[serde(rename = "n")]
    name: String,
    /// Red, green and blue of the icon.
    #[serde(rename = "f")]
    foreground: [u8; 3],
    /// And of what is behind it.
    #[serde(rename = "b")]
    background: [u8; 3],
}

impl Icon {
    /// Longest name.
    pub const MAX_NAME: usize = 32;

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Red, green and blue of the icon.
    pub const fn foreground(&self) -> [u8; 3] {
        self.foreground
    }

    /// Red, green and blue of what is behind it.
    pub const fn background(&self) -> [u8; 3] {
        self.background
    }
}

/// A text is no icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an icon is a name and two colours, such as account-group ffffff 336699")]
pub struct NoIcon;

impl FromStr for Icon {
    type Err = NoIcon;

    fn from_str(text: &str) -> Result<Self, NoIcon> {
        let mut words = text.split_whitespace();
        let name = words.next().ok_or(NoIcon)?.to_lowercase();
        let is_name = name.len() <= Self::MAX_NAME
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        let mut colour = |otherwise| match words.next() {
            None => Ok(otherwise),
            Some(word) => {
                let bytes = hex::decode(word.trim_start_matches('#')).map_err(|_| NoIcon)?;
                bytes.try_into().map_err(|_| NoIcon)
            }
        };
        let (foreground, background) = (colour([0xff; 3])?, colour([0x33, 0x66, 0x99])?);
        match (is_name, words.next()) {
            (true, None) => Ok(Self { name, foreground, background }),
            _ => Err(NoIcon),
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (foreground, background) = (hex::encode(self.foreground), hex::encode(self.background));
        write!(f, "{} {foreground} {background}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icon_is_a_name_and_colours_as_people_write_them() {
        let icon = |text: &str| text.parse::<Icon>().map(|icon| icon.to_string());
        assert_eq!(icon("account-group FFFFFF #336699"), Ok("account-group ffffff 336699".into()));
        assert_eq!(icon("Fish"), Ok("fish ffffff 336699".into()));
        for odd in ["", "a/b", "fish fff", "fish ffffff 336699 more", "fish red", &"x".repeat(33)] {
            assert_eq!(icon(odd), Err(NoIcon), "{odd}");
        }
    }
}
