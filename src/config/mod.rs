//! The configuration file `server.toml`: read strictly, so that it says what happens.
//! Not the command line, and nothing is started here.

pub mod groups;
pub mod import;
pub mod interfaces;
mod key;
mod log_level;
pub mod lxmf;
mod problem;
pub mod propagation;
mod reticulum;
mod section;
pub mod shared;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use self::groups::GroupsSection;
use self::interfaces::{InterfaceSection, Network};
pub use self::key::{Key, Need, Shown, Takes, Value};
pub use self::log_level::LogLevel;
use self::lxmf::LxmfSection;
use self::problem::Review;
pub use self::problem::{ConfigError, Problem};
use self::section::in_order;
pub use self::section::{LeftOut, Values, Vocabulary, Weight};
use self::shared::SharedSection;

/// What the file is called in the data directory.
pub const FILE_NAME: &str = "server.toml";

/// Most bytes of a file.
pub const MAX_FILE: usize = 1024 * 1024;

/// What a file says. What it doesn't say is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Config {
    /// Where identity and database are kept.
    pub data: Option<PathBuf>,
    /// What is logged.
    pub log: Option<LogLevel>,
    /// What the group that the first start makes is called.
    pub group_name: Option<String>,
    /// Whether the node passes on packets of others.
    pub enable_transport: Option<bool>,
    /// Whether a transport node answers probes.
    pub respond_to_probes: Option<bool>,
    /// Whether proofs of packets leave out which packet they prove.
    pub use_implicit_proof: Option<bool>,
    /// What is wanted of the shared instance.
    pub shared: SharedSection,
    /// How messages are taken and kept.
    pub lxmf: LxmfSection,
    /// How groups are made, found and announced.
    pub groups: GroupsSection,
    /// The interfaces, in the order of the file.
    pub interfaces: Vec<InterfaceSection>,
}

/// Keys of `[server]`.
pub const SERVER: Vocabulary = Vocabulary {
    keys: &[&[
        Key::optional("data", Takes::Text { most: 4096, of: "a directory" }),
        Key::optional("log", Takes::OneOf(LogLevel::NAMES)),
    ]],
    left_out: &[],
};

/// Keys of `[group]`.
pub const GROUP: Vocabulary =
    Vocabulary { keys: &[&[Key::optional("name", Takes::Text { most: 100, of: "a name" })]], left_out: &[] };

/// Keys of `[groups]`.
pub const GROUPS: Vocabulary = Vocabulary { keys: &[groups::KEYS], left_out: &[] };

/// Keys of `[reticulum]`.
pub const RETICULUM: Vocabulary = Vocabulary {
    keys: &[
        &[
            Key::optional("enable_transport", Takes::Switch),
            Key::optional("respond_to_probes", Takes::Switch),
            Key::optional("use_implicit_proof", Takes::Switch),
            Key::optional("link_mtu_discovery", Takes::Switch),
        ],
        shared::KEYS,
    ],
    left_out: &[reticulum::LEFT_OUT],
};

/// Keys of `[lxmf]`.
pub const LXMF: Vocabulary = Vocabulary { keys: &[lxmf::KEYS, propagation::KEYS], left_out: &[] };

/// The sections with fixed names.
pub const SECTIONS: &[(&str, Vocabulary)] =
    &[("server", SERVER), ("group", GROUP), ("groups", GROUPS), ("reticulum", RETICULUM), ("lxmf", LXMF)];

/// The section whose sections are interfaces.
pub const INTERFACES: &str = "interfaces";

impl Config {
    /// Reads the file at `path`. Paths in it are taken from the directory that it is in.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = text_of(path)?;
        let mut config =
            Self::parse(&text).map_err(|problems| ConfigError::Wrong { path: path.to_owned(), problems })?;
        if let (Some(data), Some(dir)) = (&config.data, path.parent()) {
            config.data = Some(dir.join(data));
        }
        Ok(config)
    }

    /// Reads a text; or says everything that is wrong with it, in the order of its lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Problem>> {
        let mut review = Review::new(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let what = format!("this can't be read: {}", error.message().replace('\n', ", "));
            review.add(error.span().map_or(0, |span| span.start), "", what);
        }
        // After an error the rest is guesswork, and its problems would be guesses too.
        let config =
            if errors.is_empty() { read_sections(table.get_ref(), &mut review) } else { Self::default() };
        let problems = review.into_problems();
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }
}

/// The text of a file that is meant for people to write.
pub fn text_of(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let foreign = |what| ConfigError::Foreign { path: path.to_owned(), what };
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_FILE).unwrap_or(u64::MAX).saturating_add(1);
    File::open(path).map_err(unreadable)?.take(most).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_FILE {
        return Err(foreign("has more than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| foreign("is not UTF-8 text"))
}

fn read_sections(root: &DeTable<'_>, review: &mut Review<'_>) -> Config {
    let mut config = Config::default();
    let mut network = Network { link_mtu_discovery: true };
    let mut interfaces = None;
    for (name, value) in in_order(root) {
        let (at, name) = (name.span().start, name.get_ref().as_ref());
        let known = SECTIONS.iter().map(|(name, _)| *name).chain([INTERFACES]);
        let vocabulary =
            SECTIONS.iter().find(|(section, _)| *section == name).map(|(_, vocabulary)| vocabulary);
        if vocabulary.is_none() && name != INTERFACES {
            match SECTIONS.iter().find(|(_, vocabulary)| vocabulary.key(name).is_some()) {
                Some((section, _)) => review.add(at, name, format!("this belongs below a line [{section}]")),
                None => review.add_unknown(at, name, name, known),
            }
            continue;
        }
        let DeValue::Table(table) = value.get_ref() else {
            review.add(at, name, format!("this is a section. Write [{name}] on a line of its own"));
            continue;
        };
        let Some(vocabulary) = vocabulary else {
            interfaces = Some(table);
            continue;
        };
        let values = vocabulary.read(name, at, table, review);
        config.data = config.data.or_else(|| values.text("data").map(PathBuf::from));
        config.log = config.log.or_else(|| values.text("log").and_then(LogLevel::from_name));
        config.group_name = config.group_name.or_else(|| values.text("name").map(str::to_owned));
        config.enable_transport = config.enable_transport.or_else(|| values.switch("enable_transport"));
        config.respond_to_probes = config.respond_to_probes.or_else(|| values.switch("respond_to_probes"));
        config.use_implicit_proof = config.use_implicit_proof.or_else(|| values.switch("use_implicit_proof"));
        if name == "reticulum" {
            config.shared = SharedSection::of(&values);
        }
        if name == "groups" {
            config.groups = GroupsSection::of(&values);
        }
        if name == "lxmf" {
            config.lxmf = LxmfSection::of(&values);
        }
        network.link_mtu_discovery &= values.switch("link_mtu_discovery").unwrap_or(true);
    }
    if let Some(table) = interfaces {
        config.interfaces = interfaces::read(table, network, review);
    }
    config
}
