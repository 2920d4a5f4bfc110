//! What the announce of an `lxmf.delivery` says: a display name, a stamp cost, and what its owner can do.
//! Not the announce itself; the node builds and checks it.

use rmpv::Value;

use crate::rns::msgpack;
use crate::rns::node::Compression;

/// Longest display name in bytes, so that the announce stays under what transport nodes can pass on with a ratchet.
pub const MAX_DISPLAY_NAME: usize = 128;
/// `SF_COMPRESSION`: Resources may be compressed.
const COMPRESSION: u64 = 0x00;

/// What a delivery announce says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryAnnounce {
    /// The name to show, without anything that a display could trip over.
    pub display_name: Option<String>,
    /// Leading zero bits that a stamp must have, 1 to 254; anything else counts as none.
    pub stamp_cost: Option<u8>,
    /// May Resources for this peer be compressed?
    pub compression: Compression,
}

impl DeliveryAnnounce {
    /// What we announce: a name, no stamp cost, compression welcome.
    pub fn named(display_name: &str) -> Self {
        Self {
            display_name: Some(sanitise(display_name)),
            stamp_cost: None,
            compression: Compression::Allowed,
        }
    }

    /// The app data, in the form since lxmf 1.0.
    pub fn encode(&self) -> Vec<u8> {
        let functions = match self.compression {
            Compression::Allowed => vec![Value::from(COMPRESSION)],
            Compression::Off => Vec::new(),
        };
        msgpack::encode(&Value::Array(vec![
            self.display_name.as_ref().map_or(Value::Nil, |name| Value::Binary(name.as_bytes().to_vec())),
            self.stamp_cost.map_or(Value::Nil, Value::from),
            Value::Array(functions),
        ]))
    }

    /// Reads app data of any age: an array of up to three elements, or the bare name from before lxmf 0.5.
    /// What can't be read counts as not said.
    pub fn decode(app_data: &[u8]) -> Self {
        let nothing = Self { display_name: None, stamp_cost: None, compression: Compression::Allowed };
        if !matches!(app_data.first(), Some(0x90..=0x9f | 0xdc)) {
            return Self { display_name: name(app_data).filter(|name| !name.is_empty()), ..nothing };
        }
        let Ok((Value::Array(elements), _)) = msgpack::decode_prefix(app_data) else {
            return nothing;
        };
        Self {
            display_name: match elements.first() {
                Some(Value::Binary(bytes)) => name(bytes),
                _ => None,
            },
            stamp_cost: elements.get(1).and_then(cost),
            compression: match elements.get(2) {
                Some(Value::Array(functions)) if !functions.contains(&Value::from(COMPRESSION)) => {
                    Compression::Off
                }
                _ => Compression::Allowed,
            },
        }
    }
}

/// A whole number, or the next one above a fraction: what is worth that is worth the fraction, however its owner reads it.
fn cost(value: &Value) -> Option<u8> {
    let asked = value.as_f64().filter(|asked| *asked >= 1.0)?;
    (1..=254).find(|cost| f64::from(*cost) >= asked)
}

fn name(bytes: &[u8]) -> Option<String> {
    std::str::from_utf8(bytes).ok().map(sanitise)
}

/// One line, trimmed, of at most [`MAX_DISPLAY_NAME`] bytes, without control characters and without the marks that
/// turn the direction of text around.
fn sanitise(name: &str) -> String {
    let clean: String = name.chars().filter(|c| !c.is_control() && !turns_text(*c)).collect();
    let mut out = String::new();
    for c in clean.trim().chars() {
        if out.len().saturating_add(c.len_utf8()) > MAX_DISPLAY_NAME {
            break;
        }
        out.push(c);
    }
    out.trim_end().to_owned()
}

fn turns_text(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announced(cost: Value) -> Option<u8> {
        let app_data = msgpack::encode(&Value::Array(vec![Value::Binary(b"Peer".to_vec()), cost]));
        let announce = DeliveryAnnounce::decode(&app_data);
        assert_eq!(announce.display_name.as_deref(), Some("Peer"));
        announce.stamp_cost
    }

    #[test]
    fn odd_stamp_costs_count_as_none() {
        for odd in [0.into(), 255.into(), (-1).into(), 70_000.into(), true.into(), "8".into(), Value::Nil] {
            assert_eq!(announced(odd), None);
        }
        for odd in [0.5, -8.0, 254.5, 1e300, f64::NAN, f64::INFINITY] {
            assert_eq!(announced(odd.into()), None);
        }
    }

    #[test]
    fn whole_costs_are_read_in_any_form_and_fractions_are_rounded_up() {
        let costs = [8.into(), 8.0.into(), Value::F32(8.0), 7.001.into(), 1.into(), 254.0.into()];
        assert_eq!(costs.map(announced), [8, 8, 8, 8, 1, 254].map(Some));
        assert_eq!(announced(12.5.into()), Some(13));
    }

    #[test]
    fn names_are_one_short_line() {
        let name = |name: &str| DeliveryAnnounce::named(name).display_name.unwrap();
        assert_eq!(name("  Net\u{202e}ton\n\tgroup \u{0}"), "Nettongroup");
        assert_eq!(name(&"ü".repeat(100)), "ü".repeat(64));
        assert_eq!(name(""), "");
        assert!(DeliveryAnnounce::named(&"x".repeat(1000)).encode().len() <= 285);
    }

    #[test]
    fn what_is_announced_is_read() {
        for announce in [
            DeliveryAnnounce::named("Gruppe"),
            DeliveryAnnounce { display_name: None, stamp_cost: Some(254), compression: Compression::Off },
        ] {
            assert_eq!(DeliveryAnnounce::decode(&announce.encode()), announce);
        }
    }

    #[test]
    fn broken_app_data_says_nothing() {
        let nothing =
            DeliveryAnnounce { display_name: None, stamp_cost: None, compression: Compression::Allowed };
        for app_data in [&[][..], &[0x93], &[0x93, 0xc4, 0xff], &[0xdc, 0xff], &[0xff, 0xfe], &[0xc1]] {
            assert_eq!(DeliveryAnnounce::decode(app_data), nothing, "{app_data:02x?}");
        }
    }
}
