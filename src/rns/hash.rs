//! The hashes that name things on a Reticulum network, each a type of its own.
//! Not the keys behind them: those are in [`crate::rns::identity`].

use sha2::{Digest, Sha256};

/// SHA-256 of several byte strings, one after the other.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize().into()
}

/// The first `N` bytes of [`sha256`]; `N` must be at most 32.
pub fn truncated_sha256<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let full = sha256(parts);
    let mut out = [0u8; N];
    out.iter_mut().zip(full).for_each(|(to, from)| *to = from);
    out
}

/// Declares a fixed-size hash: `Debug` and `Display` are lower-case hex, serde is hex in text formats
/// and bytes in binary ones.
#[macro_export]
macro_rules! hash_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Wraps bytes that are known to be this hash.
            pub const fn from_bytes(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// Wraps a slice; `None` if its length is another.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// Reads hex of exactly this length, upper or lower case.
            pub fn from_hex(text: &str) -> Option<Self> {
                hex::decode(text).ok().and_then(|bytes| Self::from_slice(&bytes))
            }

            /// The bytes.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&hex::encode(self.0))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                if deserializer.is_human_readable() {
                    let text = String::deserialize(deserializer)?;
                    Self::from_hex(&text).ok_or_else(|| D::Error::custom(concat!("expected ", $len, " bytes as hex")))
                } else {
                    let bytes = serde_bytes::ByteBuf::deserialize(deserializer)?;
                    Self::from_slice(&bytes).ok_or_else(|| D::Error::custom(concat!("expected ", $len, " bytes")))
                }
            }
        }
    };
}

hash_type! {
    /// Names a person or a server: truncated SHA-256 of its 64-byte public key.
    IdentityHash, 16
}
impl IdentityHash {
    /// Its beginning, as people are shown it.
    pub fn short(&self) -> String {
        self.to_string().chars().take(8).collect()
    }
}

hash_type! {
    /// Names a destination: truncated SHA-256 of its name hash and its identity hash.
    DestinationHash, 16
}
hash_type! {
    /// First 10 bytes of SHA-256 of a destination's full name (`Identity.NAME_HASH_LENGTH`).
    NameHash, 10
}
hash_type! {
    /// Names a link: truncated SHA-256 of its request without signalling bytes.
    LinkId, 16
}
hash_type! {
    /// The 16-byte address field of a packet, whatever it names.
    Address, 16
}
hash_type! {
    /// SHA-256 of a packet's parts that no hop changes.
    PacketHash, 32
}
hash_type! {
    /// Names a tunnel: SHA-256 of a public key and the hash of an interface's name.
    TunnelId, 32
}
hash_type! {
    /// SHA-256 of a Resource's plain data and its random hash.
    ResourceHash, 32
}
hash_type! {
    /// Names a request on a link; the rule depends on how it was carried.
    RequestId, 16
}
hash_type! {
    /// Truncated SHA-256 of a request path's text.
    PathHash, 16
}

impl PathHash {
    /// The hash that a request for `path` carries.
    pub fn of(path: &str) -> Self {
        Self(truncated_sha256(&[path.as_bytes()]))
    }
}

impl PacketHash {
    /// The first 16 bytes, as they stand in the address field of a proof.
    pub fn truncated(&self) -> Address {
        let mut out = [0u8; 16];
        out.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        Address(out)
    }
}

impl From<DestinationHash> for Address {
    fn from(hash: DestinationHash) -> Self {
        Self(hash.0)
    }
}

impl From<LinkId> for Address {
    fn from(id: LinkId) -> Self {
        Self(id.0)
    }
}

impl From<Address> for DestinationHash {
    fn from(address: Address) -> Self {
        Self(address.0)
    }
}

impl From<Address> for LinkId {
    fn from(address: Address) -> Self {
        Self(address.0)
    }
}
