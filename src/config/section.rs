//! A section of the configuration: which keys it has, and the checked values of one that was read.
//! Not what the values mean; whoever asks for them says that.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::DeTable;

use super::key::{Key, Need, Value};
use super::problem::Review;
use crate::interface::Passphrase;

/// An option of the reference that does nothing here.
#[derive(Debug, Clone, Copy)]
pub struct LeftOut {
    /// What it is called.
    pub names: &'static [&'static str],
    /// With these values nothing is missed: it is what happens anyway.
    pub no_loss: &'static [&'static str],
    /// Why it does nothing here, without a full stop.
    pub why: &'static str,
    /// Whether the rest of its section is of use without it.
    pub weight: Weight,
}

impl LeftOut {
    /// One that the rest of its section does without.
    pub(super) const fn minor(
        names: &'static [&'static str],
        no_loss: &'static [&'static str],
        why: &'static str,
    ) -> Self {
        Self { names, no_loss, why, weight: Weight::Minor }
    }

    fn sentence(&self) -> String {
        match self.weight {
            Weight::Minor => format!("{}. Remove this line", self.why),
            Weight::Vital => format!("{}. Remove this line, or the interface", self.why),
        }
    }
}

/// The words for no.
pub(super) const NO: &[&str] = &["false", "no", "off", "0"];
/// The words for yes.
pub(super) const YES: &[&str] = &["true", "yes", "on", "1"];

/// Whether a section is of use without an option that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It is.
    Minor,
    /// It would do something else than was wanted.
    Vital,
}

/// What may stand in a section.
#[derive(Debug, Clone, Copy)]
pub struct Vocabulary {
    /// The keys; several lists, so that sections can share some.
    pub keys: &'static [&'static [Key]],
    /// What the reference has beyond that.
    pub left_out: &'static [&'static [LeftOut]],
}

impl Vocabulary {
    /// Every key.
    pub fn keys(&self) -> impl Iterator<Item = &'static Key> + Clone + use<> {
        self.keys.iter().copied().flatten()
    }

    /// The key that is called so.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.is_called(name))
    }

    /// The option of the reference that is called so and does nothing here.
    pub fn left_out(&self, name: &str) -> Option<&'static LeftOut> {
        self.left_out.iter().copied().flatten().find(|option| option.names.contains(&name))
    }

    /// The values of the section at `path`. What is wrong with them goes to `review` and has no value.
    pub(super) fn read(&self, path: &str, at: usize, table: &DeTable<'_>, review: &mut Review<'_>) -> Values {
        let mut values = Values::new(BTreeMap::new());
        let mut named = BTreeMap::new();
        for (written, value) in in_order(table) {
            let (name, span) = (written.get_ref().as_ref(), written.span());
            let full = format!("{path}.{name}");
            let Some(key) = self.key(name) else {
                match self.left_out(name) {
                    Some(option) => review.add(span.start, full, option.sentence()),
                    None => review.add_unknown(span.start, full, name, self.keys().map(|key| key.name)),
                }
                continue;
            };
            if let Some(other) = named.insert(key.name, name) {
                review.add(span.start, &full, format!("this is the same as {other}. Keep one of them"));
            }
            match key.takes.take_toml(value.get_ref()) {
                Some(value) => {
                    values.values.insert(key.name, value);
                }
                None => review.add_wrong_value(value.span(), full, key.takes),
            }
        }
        for key in self.keys().filter(|key| key.need == Need::Required && !named.contains_key(key.name)) {
            let what = format!("this key is missing. Write {}", key.takes);
            review.add(at, format!("{path}.{}", key.name), what);
        }
        values
    }
}

/// A name and what it stands for, both with their places.
pub(super) type Entry<'t, 'i> = (&'t Spanned<std::borrow::Cow<'i, str>>, &'t Spanned<toml::de::DeValue<'i>>);

/// What a table holds, in the order of the file.
pub(super) fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

/// Values that their keys take.
#[derive(Debug)]
pub struct Values {
    values: BTreeMap<&'static str, Value>,
}

impl Values {
    /// Of values that were checked elsewhere.
    pub(super) fn new(values: BTreeMap<&'static str, Value>) -> Self {
        Self { values }
    }

    /// The text of a key.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name)? {
            Value::Text(text) => Some(text),
            Value::Switch(_) | Value::Number(_) | Value::Percent(_) | Value::Secret(_) | Value::Names(_) => {
                None
            }
        }
    }

    /// The secret of a key.
    pub fn secret(&self, name: &str) -> Option<&Passphrase> {
        match self.values.get(name)? {
            Value::Secret(secret) => Some(secret),
            Value::Switch(_) | Value::Number(_) | Value::Percent(_) | Value::Text(_) | Value::Names(_) => {
                None
            }
        }
    }

    /// The number of a key.
    pub fn number(&self, name: &str) -> Option<u64> {
        match self.values.get(name)? {
            Value::Number(number) => Some(*number),
            Value::Switch(_) | Value::Percent(_) | Value::Text(_) | Value::Secret(_) | Value::Names(_) => {
                None
            }
        }
    }

    /// The percent of a key, in hundredths.
    pub fn percent(&self, name: &str) -> Option<u64> {
        match self.values.get(name)? {
            Value::Percent(hundredths) => Some(*hundredths),
            Value::Switch(_) | Value::Number(_) | Value::Text(_) | Value::Secret(_) | Value::Names(_) => None,
        }
    }

    /// The names of a key; none if it says nothing.
    pub fn names(&self, name: &str) -> &[String] {
        match self.values.get(name) {
            Some(Value::Names(names)) => names,
            Some(
                Value::Switch(_) | Value::Number(_) | Value::Percent(_) | Value::Text(_) | Value::Secret(_),
            )
            | None => &[],
        }
    }

    /// Whether a key is on.
    pub fn switch(&self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            Value::Switch(on) => Some(*on),
            Value::Number(_) | Value::Percent(_) | Value::Text(_) | Value::Secret(_) | Value::Names(_) => {
                None
            }
        }
    }
}
