//! How people name a group that they have not joined: by its address in any spelling, or by a link with an invite in it.
//! Not by its name; that is only known of groups that were joined.

use crate::api::person::hex_digits;
use crate::group::InviteCode;
use crate::group::invite::strip_scheme;
use crate::rns::hash::DestinationHash;

/// Where a group is, and the code that came along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupAddress {
    /// Its `meshchat.group`.
    pub group: DestinationHash,
    /// The code of an invite.
    pub code: Option<String>,
}

impl GroupAddress {
    /// Reads what people paste. `None` if it is none of these.
    pub fn parse(text: &str) -> Option<Self> {
        let Some(link) = strip_scheme(text) else {
            return Some(Self { group: hash(text.trim())?, code: None });
        };
        let (address, rest) = link.split_once(['/', '?']).unwrap_or((link, ""));
        let code = rest.split('?').next().filter(|code| InviteCode::parse(code).is_some());
        Some(Self { group: hash(address)?, code: code.map(str::to_owned) })
    }
}

fn hash(text: &str) -> Option<DestinationHash> {
    DestinationHash::from_hex(&hex_digits(text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rns::hash::DestinationHash;

    const GROUP: DestinationHash = DestinationHash::from_bytes([0xab; 16]);

    #[test]
    fn an_address_is_read_in_any_spelling() {
        let plain = "ab".repeat(16);
        let colons = vec!["AB"; 16].join(":");
        for text in [plain.clone(), format!("<{plain}>"), colons, format!(" {plain}\n"), format!("0x{plain}")]
        {
            assert_eq!(GroupAddress::parse(&text), Some(GroupAddress { group: GROUP, code: None }), "{text}");
        }
        for wrong in ["", "perch", "abab", "roost://", "roost://perch/x"] {
            assert_eq!(GroupAddress::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_link_brings_its_code() {
        let code = InviteCode::from_random([7; 16]);
        let link = code.link(GROUP, DestinationHash::from_bytes([1; 16]), "Perch & Co");
        let read = GroupAddress::parse(&link).unwrap();
        assert_eq!((read.group, read.code), (GROUP, Some(code.to_string())));
        let bare = GroupAddress::parse(&format!("ROOST://{GROUP}")).unwrap();
        assert_eq!((bare.group, bare.code), (GROUP, None));
    }
}
