//! What the configuration says about access to an interface, in the words of the reference's configuration.
//! Not the options of one kind of interface; those stand beside it.

use serde::Deserialize;
use zeroize::Zeroizing;

use crate::rns::ifac::{AccessCode, CodeSize};

/// What an interface without a value is given in the reference's own files; it means "none" there.
const NONE: &str = "None";

/// The options about access that every kind of interface has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSection {
    /// Name of the network.
    pub network_name: Option<String>,
    /// Secret of the network.
    pub passphrase: Option<Passphrase>,
    /// Length of the access code in bits; the same on both ends.
    pub ifac_size: Option<u16>,
}

/// Why the options about access can't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Present without a value, which would leave the interface open to everybody.
    #[error("{0} is empty; leave it out, or give it a value")]
    Empty(&'static str),
    /// The reference reads this text as "none".
    #[error("{0} is \"None\", which Reticulum takes for none at all; leave it out, or choose another")]
    LiteralNone(&'static str),
    /// Not one of the lengths that there are.
    #[error("ifac_size is {0} bits; it must be 8 to 512, and is usually left out")]
    Size(u16),
    /// A length without anything to make a code from.
    #[error(
        "ifac_size protects nothing without network_name or passphrase; add one of them, or leave it out"
    )]
    SizeAlone,
}

impl AccessSection {
    /// The access code that these options mean; `default` is the length where none is said.
    pub fn code(&self, default: CodeSize) -> Result<Option<AccessCode>, AccessError> {
        let name = self.network_name.as_deref();
        let passphrase = self.passphrase.as_ref().map(Passphrase::text);
        for (option, value) in [("network_name", name), ("passphrase", passphrase)] {
            match value {
                Some("") => return Err(AccessError::Empty(option)),
                Some(NONE) => return Err(AccessError::LiteralNone(option)),
                Some(_) | None => {}
            }
        }
        let size = match self.ifac_size {
            Some(bits) => CodeSize::from_bits(bits).ok_or(AccessError::Size(bits))?,
            None => default,
        };
        let code = AccessCode::new(name, passphrase, size);
        if code.is_none() && self.ifac_size.is_some() {
            return Err(AccessError::SizeAlone);
        }
        Ok(code)
    }
}

/// The secret of a network. It is wiped when it is dropped, and never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

impl From<String> for Passphrase {
    fn from(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code(section: serde_json::Value) -> Result<Option<AccessCode>, AccessError> {
        serde_json::from_value::<AccessSection>(section).unwrap().code(CodeSize::SERIAL)
    }

    #[test]
    fn options_about_access_mean_the_code_of_their_network() {
        assert_eq!(code(json!({})), Ok(None));
        let expected = AccessCode::new(Some("perch"), Some("on a branch"), CodeSize::SERIAL);
        assert_eq!(code(json!({"network_name": "perch", "passphrase": "on a branch"})), Ok(expected));
        let sized = code(json!({"passphrase": "on a branch", "ifac_size": 128})).unwrap().unwrap();
        assert_eq!(sized.size(), 16);
    }

    #[test]
    fn a_mistake_never_leaves_an_interface_open() {
        assert_eq!(code(json!({"network_name": ""})), Err(AccessError::Empty("network_name")));
        assert_eq!(
            code(json!({"network_name": "a", "passphrase": ""})),
            Err(AccessError::Empty("passphrase"))
        );
        assert_eq!(code(json!({"passphrase": "None"})), Err(AccessError::LiteralNone("passphrase")));
        assert_eq!(code(json!({"passphrase": "a", "ifac_size": 4})), Err(AccessError::Size(4)));
        assert_eq!(code(json!({"ifac_size": 64})), Err(AccessError::SizeAlone));
        assert!(serde_json::from_value::<AccessSection>(json!({"pass_phrase": "a"})).is_err());
    }

    #[test]
    fn a_passphrase_is_not_printed() {
        let section: AccessSection = serde_json::from_value(json!({"passphrase": "on a branch"})).unwrap();
        assert!(!format!("{section:?}").contains("branch"));
    }
}
