//! A request's data: a MessagePack map whose fields go by name or by number, read into the type of its endpoint.
//! Not how the answer is written; that is `format`.

use std::cell::Cell;

use rmpv::Value;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess};

use super::fields;
use super::format::Style;
use super::refusal::{bad_field, malformed};
use crate::group::{Refusal, RefusalCode};
use crate::rns::msgpack;

/// Deepest nesting that is read.
const MAX_DEPTH: usize = 16;
/// Most fields and values in a request. Decoded, each takes many times the byte that it may have taken packed.
const MAX_TOKENS: usize = 1_024;
/// Longest text of a decoder's complaint that goes back to the caller, who may have sent a long one.
const MAX_COMPLAINT: usize = 120;

/// What every request may say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
pub struct Common {
    /// The protocol that the client speaks.
    pub v: Option<u32>,
    /// The form of the answer, by name or number; without it, a map in the style of the request.
    pub format: Option<Format>,
    /// Most milliseconds that the answer may be on the air, where the link comes over a radio of the server: then it is one
    /// packet, and no longer than this. Lists bring as much as fits then. An access code is not counted.
    pub max_ms: Option<u32>,
    /// `en` or `de`: the language of what people are to read in the answer. Who has chosen one as a member gets that
    /// unless this says otherwise.
    pub lang: Option<String>,
}

/// A form of answer that is asked for by its name or number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A MessagePack map in the style of the request: as if nothing were said.
    #[default]
    Msgpack,
    /// A MessagePack str that holds JSON.
    Json,
    /// A MessagePack bin that holds the map as raw deflate.
    Deflate,
    /// A MessagePack bin that holds messages as `schemas/compact/README.md` says; of all other answers, the same as
    /// `deflate`.
    Compact,
}

impl Format {
    /// All of them, with name and number.
    const ALL: [(Self, &'static str, u8); 4] = [
        (Self::Msgpack, "msgpack", 0),
        (Self::Json, "json", 1),
        (Self::Deflate, "deflate", 2),
        (Self::Compact, "compact", 3),
    ];

    /// How it is asked for in a request without names.
    pub(crate) fn number(self) -> u8 {
        Self::ALL.into_iter().find(|(format, ..)| *format == self).map_or(0, |(.., number)| number)
    }

    /// Is it one for those to whom each byte is dear?
    pub(super) const fn is_small(self) -> bool {
        matches!(self, Self::Deflate | Self::Compact)
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Given {
            Number(u8),
            Name(String),
        }
        let unknown =
            || D::Error::custom("expected `msgpack` (0), `json` (1), `deflate` (2) or `compact` (3)");
        let given = Given::deserialize(deserializer).map_err(|_| unknown())?;
        let is_given = |(_, name, number): &(Self, &str, u8)| match &given {
            Given::Number(given) => given == number,
            Given::Name(given) => given == name,
        };
        Self::ALL.into_iter().find(is_given).map(|(format, ..)| format).ok_or_else(unknown)
    }
}

impl JsonSchema for Format {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Format".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names = Self::ALL.map(|(_, name, _)| name);
        let numbers = Self::ALL.map(|(.., number)| number);
        json_schema!({ "anyOf": [{ "enum": names }, { "enum": numbers, "msgpack": "int" }] })
    }
}

/// What the values of an array are that stands for a map.
const SHORT: [&str; 3] = ["format", "limit", "since"];

/// A request's fields, all under their names.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    pairs: Vec<(&'static str, Value)>,
    style: Style,
    problem: Option<Refusal>,
}

impl Body {
    /// Reads one packed map, or the array that stands for one; nil counts as empty. A body that is something else has a problem and no fields.
    pub fn read(data: &[u8]) -> Self {
        let Some(pairs) = decode(data) else {
            return Self { pairs: Vec::new(), style: Style::Named, problem: Some(no_map()) };
        };
        let numbered = pairs.iter().any(|(key, _)| key.is_number());
        let style = if numbered { Style::Numbered } else { Style::Named };
        Self { pairs: known_fields(pairs), style, problem: None }
    }

    /// What every request may say, and the style of the answer that follows from it.
    pub fn common(&self) -> (Result<Common, Refusal>, Style) {
        match self.parse_cloned::<Common>(&["v", "format", "max_ms", "lang"]) {
            Ok(common) => {
                let style = if common.format == Some(Format::Json) { Style::Json } else { self.style };
                (self.problem.clone().map_or(Ok(common), Err), style)
            }
            Err(refusal) => (Err(refusal), self.style),
        }
    }

    /// The request as its endpoint's type. Fields that the type does not have are ignored.
    pub fn parse<T: DeserializeOwned>(self) -> Result<T, Refusal> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        parse_pairs(self.pairs)
    }

    fn parse_cloned<T: DeserializeOwned>(&self, names: &[&str]) -> Result<T, Refusal> {
        parse_pairs(self.pairs.iter().filter(|(name, _)| names.contains(name)).cloned().collect())
    }
}

fn decode(data: &[u8]) -> Option<Vec<(Value, Value)>> {
    if msgpack::has_more_tokens_than(data, MAX_TOKENS) {
        return None;
    }
    let mut rest = data;
    let value = rmpv::decode::read_value_with_max_depth(&mut rest, MAX_DEPTH).ok()?;
    match value {
        Value::Map(pairs) if rest.is_empty() => Some(pairs),
        Value::Array(values) if rest.is_empty() && values.len() <= SHORT.len() => {
            let numbers = SHORT.iter().filter_map(|name| fields::number(name)).map(Value::from);
            Some(numbers.zip(values).collect())
        }
        Value::Nil if rest.is_empty() => Some(Vec::new()),
        _ => None,
    }
}

fn no_map() -> Refusal {
    malformed(
        RefusalCode::BadRequest,
        "This request is no MessagePack map, or has too many parts.",
        "Send a map of fields, or nil for none.",
    )
}

fn known_fields(pairs: Vec<(Value, Value)>) -> Vec<(&'static str, Value)> {
    pairs.into_iter().filter_map(|(key, value)| Some((field_name(&key)?, renamed(value)))).collect()
}

fn field_name(key: &Value) -> Option<&'static str> {
    match key {
        Value::Integer(number) => fields::name(number.as_u64()?),
        Value::String(name) => fields::FIELDS.iter().find(|f| name.as_str() == Some(f.name)).map(|f| f.name),
        _ => None,
    }
}

/// Numbers become names, in maps inside a field, too. Signed payloads are bin, so nothing in them is touched.
pub(crate) fn renamed(value: Value) -> Value {
    match value {
        Value::Map(pairs) => {
            let pairs = pairs.into_iter().map(|(key, value)| match field_name(&key) {
                Some(name) => (Value::from(name), renamed(value)),
                None => (key, renamed(value)),
            });
            Value::Map(pairs.collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(renamed).collect()),
        other => other,
    }
}

fn parse_pairs<T: DeserializeOwned>(pairs: Vec<(&'static str, Value)>) -> Result<T, Refusal> {
    let current = Cell::new(None);
    let access = Pairs { pairs: pairs.into_iter(), value: None, current: &current };
    T::deserialize(MapAccessDeserializer::new(access)).map_err(|problem| problem.into_refusal(current.get()))
}

/// Hands serde one field after the other and remembers which one it is at.
struct Pairs<'a> {
    pairs: std::vec::IntoIter<(&'static str, Value)>,
    value: Option<Value>,
    current: &'a Cell<Option<&'static str>>,
}

impl<'de> MapAccess<'de> for Pairs<'_> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Problem> {
        let Some((name, value)) = self.pairs.next() else {
            self.current.set(None);
            return Ok(None);
        };
        self.current.set(Some(name));
        self.value = Some(value);
        seed.deserialize(serde::de::value::StrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Problem> {
        let value = self.value.take().unwrap_or(Value::Nil);
        seed.deserialize(value).map_err(Problem::custom)
    }
}

/// Why a request does not fit its type.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
struct Problem {
    field: Option<&'static str>,
    what: String,
}

impl Problem {
    fn into_refusal(self, current: Option<&'static str>) -> Refusal {
        let cut = self.what.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_COMPLAINT).last();
        let complaint = self.what.get(..cut.unwrap_or(0)).unwrap_or_default();
        match self.field.or(current) {
            Some(field) => {
                bad_field(field, format!("Field `{field}`: {complaint}."), "Send it as the schema says.")
            }
            None => malformed(RefusalCode::BadRequest, format!("{complaint}."), "See the schema."),
        }
    }
}

impl Error for Problem {
    fn custom<T: std::fmt::Display>(what: T) -> Self {
        let what = what.to_string();
        let short = what.strip_prefix("error while decoding value: ").unwrap_or(&what);
        Self { field: None, what: short.to_owned() }
    }
    fn missing_field(field: &'static str) -> Self {
        Self { field: Some(field), what: "it is missing".to_owned() }
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self { field: Some(field), what: "it is there twice".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::bytes::{Bytes, FixedBytes};

    #[derive(Debug, PartialEq, Deserialize)]
    struct Sample {
        text: String,
        limit: Option<u32>,
        payload: Option<Bytes>,
        id: Option<FixedBytes<8>>,
    }

    fn map(pairs: Vec<(Value, Value)>) -> Vec<u8> {
        let mut out = Vec::new();
        rmpv::encode::write_value(&mut out, &Value::Map(pairs)).unwrap();
        out
    }

    fn read(pairs: Vec<(Value, Value)>) -> Result<Sample, Refusal> {
        Body::read(&map(pairs)).parse()
    }

    #[test]
    fn names_and_numbers_mean_the_same_and_mix() {
        let expected = Sample { text: "hi".into(), limit: Some(3), payload: None, id: None };
        let text = Value::from(fields::number("text").unwrap());
        let named = read(vec![("text".into(), "hi".into()), ("limit".into(), 3.into())]);
        let mixed = read(vec![(text, "hi".into()), ("limit".into(), 3.into())]);
        assert_eq!(named.as_ref(), Ok(&expected));
        assert_eq!(mixed.as_ref(), Ok(&expected));
    }

    #[test]
    fn answers_take_the_style_of_the_request() {
        let style = |pairs| Body::read(&map(pairs)).common().1;
        let json = || (Value::from("format"), Value::from("json"));
        assert_eq!(style(vec![]), Style::Named);
        assert_eq!(Body::read(&[0xc0]).common(), (Ok(Common::default()), Style::Named));
        assert_eq!(style(vec![("limit".into(), 1.into())]), Style::Named);
        assert_eq!(style(vec![("limit".into(), 1.into()), (1.into(), 1.into())]), Style::Numbered);
        // A number that nobody knows is a number all the same.
        assert_eq!(style(vec![(250.into(), 1.into())]), Style::Numbered);
        assert_eq!(style(vec![json()]), Style::Json);
        assert_eq!(style(vec![json(), (1.into(), 1.into())]), Style::Json);
        assert_eq!(style(vec![("format".into(), "msgpack".into()), (1.into(), 1.into())]), Style::Numbered);
    }

    #[test]
    fn a_format_goes_by_name_or_number() {
        let format = |value: Value| Body::read(&map(vec![("format".into(), value)])).common().0;
        let read = |value: Value| format(value).map(|common| common.format.unwrap());
        for (meant, name, number) in Format::ALL {
            assert_eq!((read(name.into()), read(number.into())), (Ok(meant), Ok(meant)));
        }
        for value in
            [Value::from(4), "gzip".into(), Value::from(-1), Value::from(1_u64 << 40), Value::Array(vec![])]
        {
            assert_eq!(format(value).unwrap_err().field, Some("format"));
        }
    }

    #[test]
    fn an_array_is_the_shortest_way_to_say_format_limit_and_since() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Asked {
            limit: Option<u32>,
            since: Option<u64>,
        }
        let asked = |data: &[u8]| {
            let body = Body::read(data);
            let (common, style) = body.common();
            (common.unwrap().format, style, body.parse::<Asked>().unwrap())
        };
        let none = Asked { limit: None, since: None };
        assert_eq!(asked(&[0x90]), (None, Style::Named, none));
        let five = Asked { limit: Some(5), since: None };
        assert_eq!(asked(&[0x92, 2, 5]), (Some(Format::Deflate), Style::Numbered, five));
        let changes = Asked { limit: None, since: Some(9) };
        assert_eq!(asked(&[0x93, 3, 0xc0, 9]), (Some(Format::Compact), Style::Numbered, changes));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let field = |pairs| read(pairs).unwrap_err().field;
        let text = || (Value::from("text"), Value::from("hi"));
        assert_eq!(field(vec![]), Some("text"));
        assert_eq!(field(vec![("text".into(), 7.into())]), Some("text"));
        assert_eq!(field(vec![text(), ("limit".into(), "x".repeat(5000).into())]), Some("limit"));
        assert_eq!(field(vec![text(), ("limit".into(), Value::from(-1))]), Some("limit"));
        assert_eq!(field(vec![text(), (7.into(), 1.into()), ("limit".into(), 1.into())]), Some("limit"));
        assert_eq!(field(vec![text(), ("id".into(), Value::Binary(vec![1; 9]))]), Some("id"));
        let long = read(vec![text(), ("limit".into(), "x".repeat(5000).into())]).unwrap_err();
        assert!(long.what.to_string().len() < 200, "{}", long.what);
    }

    #[test]
    fn unknown_fields_are_ignored_and_nil_means_absent() {
        let pairs = vec![
            ("text".into(), "hi".into()),
            ("limit".into(), Value::Nil),
            ("what comes later".into(), 1.into()),
            (200.into(), 1.into()),
            (Value::Array(vec![]), 1.into()),
        ];
        assert_eq!(read(pairs).unwrap().limit, None);
    }

    #[test]
    fn bytes_come_as_bin_or_as_hex_and_text_as_str_or_bin() {
        let sample = read(vec![
            ("text".into(), Value::Binary(b"hi".to_vec())),
            ("payload".into(), Value::Binary(vec![1, 2])),
            ("id".into(), "0102030405060708".into()),
        ]);
        let sample = sample.unwrap();
        assert_eq!(sample.text, "hi");
        assert_eq!(sample.payload, Some(Bytes(vec![1, 2])));
        assert_eq!(sample.id, Some(FixedBytes([1, 2, 3, 4, 5, 6, 7, 8])));
    }

    #[test]
    fn what_is_no_map_or_goes_on_after_it_is_refused() {
        for data in [&b"\x94\x01\x02\x03\x04"[..], b"", b"\x80\x80", b"\xdf\xff\xff\xff\xff", b"\x05"] {
            let refusal = Body::read(data).parse::<Common>().unwrap_err();
            assert_eq!(refusal.code, RefusalCode::BadRequest, "{data:02x?}");
        }
        let deep = [[0x81, 0xa1, b'x'].repeat(100), vec![0xc0]].concat();
        assert!(Body::read(&deep).parse::<Common>().is_err());
        let many = [&[0x81, 0xa1, b'x', 0xdd, 0, 1, 0, 0][..], &[0xc0; 65_536]].concat();
        assert!(Body::read(&many).parse::<Common>().is_err());
    }
}
