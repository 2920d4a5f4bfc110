//! How an answer is written: with names, with numbers, or as JSON text; and made smaller.
//! Not how a request is read; that is `body`.

use rmp_serde::Serializer;
use rmpv::Value;
use serde::Serialize;

use super::deflate::deflated;
use super::fields;
use crate::rns::msgpack::{self, Token, Walker};

/// The form of an answer, which follows from the form of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A MessagePack map with names as keys.
    Named,
    /// A MessagePack map with the numbers of [`fields::FIELDS`] as keys.
    Numbered,
    /// A MessagePack str that holds JSON, hashes and bytes as hex.
    Json,
}

/// `value` as one packed MessagePack object.
pub fn pack<T: Serialize>(style: Style, value: &T) -> Vec<u8> {
    match style {
        Style::Named => named(value),
        Style::Numbered => numbered(&named(value)),
        Style::Json => {
            let json = serde_json::to_string(value).expect("answers have text keys and no floats");
            named(&json)
        }
    }
}

/// Bytes of `value` inside another answer of this style.
pub fn packed_len<T: Serialize>(style: Style, value: &T) -> usize {
    match style {
        Style::Named => named(value).len(),
        Style::Numbered => numbered(&named(value)).len(),
        Style::Json => serde_json::to_vec(value).expect("answers have text keys and no floats").len(),
    }
}

/// A packed map as raw deflate in a bin, if that is smaller. What is no map is small already.
pub(super) fn smaller(packed: Vec<u8>) -> Vec<u8> {
    if !matches!(Walker::new(&packed).token(), Some((Token::Map(_), _))) {
        return packed;
    }
    let small = bin(deflated(&packed, b""));
    if small.len() < packed.len() { small } else { packed }
}

/// Bytes as one packed MessagePack object.
pub(super) fn bin(bytes: Vec<u8>) -> Vec<u8> {
    msgpack::encode(&Value::Binary(bytes))
}

fn named<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    value
        .serialize(&mut Serializer::new(&mut out).with_struct_map())
        .expect("writing to a vector cannot fail, and answers know their lengths");
    out
}

/// Rewrites a named answer: every map key that the table knows becomes its number; all else stays as it is.
fn numbered(named: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(named.len());
    let mut walker = Walker::new(named);
    // Our own encoder wrote the input, so the walk reaches its end.
    let _ = renumber(&mut walker, &mut out);
    out
}

fn renumber(walker: &mut Walker<'_>, out: &mut Vec<u8>) -> Option<()> {
    let (token, raw) = walker.token()?;
    out.extend_from_slice(raw);
    match token {
        Token::Scalar => {}
        Token::Array(length) => {
            for _ in 0..length {
                renumber(walker, out)?;
            }
        }
        Token::Map(length) => {
            for _ in 0..length {
                renumber_key(walker, out)?;
                renumber(walker, out)?;
            }
        }
    }
    Some(())
}

fn renumber_key(walker: &mut Walker<'_>, out: &mut Vec<u8>) -> Option<()> {
    let (_, raw) = walker.token()?;
    // No field name is longer than 31 bytes, so each of them is a fixstr.
    let name = raw.split_first().filter(|(marker, _)| matches!(marker, 0xa0..=0xbf)).map(|(_, name)| name);
    match name.and_then(|name| std::str::from_utf8(name).ok()).and_then(fields::number) {
        Some(number) if number < 0x80 => out.push(number),
        Some(number) => out.extend_from_slice(&[0xcc, number]),
        None => out.extend_from_slice(raw),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::bytes::Bytes;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct Sample {
        seq: u64,
        text: String,
        messages: Vec<Sample>,
        payload: Bytes,
        other: BTreeMap<String, i64>,
    }

    fn sample(depth: usize) -> Sample {
        let messages = (0..depth).map(|_| sample(depth - 1)).collect();
        let other = BTreeMap::from([("seq".to_owned(), -7), ("what nobody knows".to_owned(), 70_000)]);
        Sample {
            seq: 1 << 40,
            text: "x".repeat(40 * depth * depth),
            messages,
            payload: Bytes(vec![0x81; 300 * depth]),
            other,
        }
    }

    /// The slow way to the same result.
    fn renumbered(value: Value) -> Value {
        match value {
            Value::Map(pairs) => Value::Map(
                pairs
                    .into_iter()
                    .map(|(key, value)| {
                        let number = key.as_str().and_then(fields::number);
                        (number.map_or(key, Value::from), renumbered(value))
                    })
                    .collect(),
            ),
            Value::Array(items) => Value::Array(items.into_iter().map(renumbered).collect()),
            other => other,
        }
    }

    #[test]
    fn numbered_answers_say_the_same_as_named_ones() {
        for depth in 0..4 {
            let value = sample(depth);
            let read = |bytes: &[u8]| rmpv::decode::read_value(&mut &bytes[..]).unwrap();
            assert_eq!(
                read(&pack(Style::Numbered, &value)),
                renumbered(read(&pack(Style::Named, &value))),
                "depth {depth}"
            );
        }
    }

    #[test]
    fn json_is_text_with_bytes_as_hex() {
        let packed = pack(Style::Json, &Sample { payload: Bytes(vec![0xab, 1]), ..sample(0) });
        let text = rmpv::decode::read_value(&mut &packed[..]).unwrap();
        let json: serde_json::Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        assert_eq!(json["payload"], "ab01");
        assert_eq!(json["other"]["seq"], -7);
    }

    #[test]
    fn measured_length_is_the_packed_length() {
        let value = sample(2);
        for style in [Style::Named, Style::Numbered] {
            assert_eq!(packed_len(style, &value), pack(style, &value).len());
        }
        let header = 3;
        assert_eq!(packed_len(Style::Json, &value) + header, pack(Style::Json, &value).len());
    }
}
