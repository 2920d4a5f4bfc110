//! Where the members of a group of Auto interfaces meet, and what they show to be let in.
//! Not sockets; and no secret: whoever knows the name of the group is a member.

use std::net::Ipv6Addr;

use crate::rns::hash::sha256;

/// `AutoInterface.DEFAULT_GROUP_ID`.
pub(super) const GROUP_ID: &str = "reticulum";

/// How far the search for peers goes: `AutoInterface.SCOPE_LINK` and its siblings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// `SCOPE_LINK`: devices on the same cable or radio network.
    #[default]
    Link,
    /// `SCOPE_ADMIN`.
    Admin,
    /// `SCOPE_SITE`.
    Site,
    /// `SCOPE_ORGANISATION`.
    Organisation,
    /// `SCOPE_GLOBAL`.
    Global,
}

/// Whether a multicast address is assigned for good or made up: both ends must say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressType {
    /// `MULTICAST_PERMANENT_ADDRESS_TYPE`.
    Permanent,
    /// `MULTICAST_TEMPORARY_ADDRESS_TYPE`.
    #[default]
    Temporary,
}

impl Scope {
    const fn digit(self) -> u16 {
        match self {
            Self::Link => 0x2,
            Self::Admin => 0x4,
            Self::Site => 0x5,
            Self::Organisation => 0x8,
            Self::Global => 0xe,
        }
    }
}

impl AddressType {
    const fn digit(self) -> u16 {
        match self {
            Self::Permanent => 0x0,
            Self::Temporary => 0x1,
        }
    }
}

/// The multicast address of a group: type and scope, then twelve bytes of the hash of its name.
pub(super) fn address(group_id: &str, scope: Scope, address_type: AddressType) -> Ipv6Addr {
    let [_, _, a, b, c, d, e, f, g, h, i, j, k, l, ..] = sha256(&[group_id.as_bytes()]);
    let pair = |high, low| u16::from_be_bytes([high, low]);
    let first = 0xff00 | (address_type.digit() << 4) | scope.digit();
    Ipv6Addr::new(first, 0, pair(a, b), pair(c, d), pair(e, f), pair(g, h), pair(i, j), pair(k, l))
}

/// What a member sends from `address` to be found: the hash of the group's name and the address as text.
pub(super) fn token(group_id: &str, address: Ipv6Addr) -> [u8; 32] {
    sha256(&[group_id.as_bytes(), address.to_string().as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_meets_where_the_reference_does() {
        let at = |scope, address_type| address(GROUP_ID, scope, address_type).to_string();
        assert_eq!(at(Scope::Link, AddressType::Temporary), "ff12:0:d70b:fb1c:16e4:5e39:485e:31e1");
        assert_eq!(at(Scope::Site, AddressType::Permanent), "ff05:0:d70b:fb1c:16e4:5e39:485e:31e1");
        assert_eq!(at(Scope::Global, AddressType::Temporary), "ff1e:0:d70b:fb1c:16e4:5e39:485e:31e1");
    }

    #[test]
    fn a_token_is_what_the_reference_makes_of_an_address() {
        let token = |address: &str| hex::encode(token(GROUP_ID, address.parse().unwrap()));
        assert_eq!(token("fe80::1"), "97b25576749ea936b0d8a8536ffaf442d157cf47d460dcf13c48b7bd18b6c163");
        assert_eq!(token("fe80::1"), token("FE80:0:0:0::0001"), "the text is the canonical one");
    }
}
