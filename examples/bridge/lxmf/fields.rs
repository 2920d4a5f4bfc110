//! Fields of a message, between the JSON of the contract and MessagePack.
//! Not what a field means; only file names of attachments are known to be text.

use rmpv::Value as Field;
use roost::rns::msgpack;
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// `FIELD_FILE_ATTACHMENTS`.
const FILE_ATTACHMENTS: u64 = 0x05;

/// The fields as they stand in a message: one map.
pub(super) fn encode(fields: &Map<String, Value>) -> Result<Vec<u8>, Failure> {
    let pairs = fields.iter().map(|(id, value)| Ok((Field::from(id.parse::<u64>()?), to_field(value)?)));
    Ok(msgpack::encode(&Field::Map(pairs.collect::<Result<_, Failure>>()?)))
}

fn to_field(value: &Value) -> Result<Field, Failure> {
    if let Value::Array(items) = value {
        return items.iter().map(to_field).collect::<Result<_, _>>().map(Field::Array);
    }
    let leaf = value.as_object().and_then(|leaf| leaf.iter().next());
    Ok(match leaf.map(|(kind, value)| (kind.as_str(), value)) {
        Some(("bytes", Value::String(text))) => Field::Binary(hex::decode(text)?),
        Some(("str", Value::String(text))) => Field::from(text.as_str()),
        Some(("int", Value::Number(number))) => match number.as_i64() {
            Some(number) => Field::from(number),
            None => return Err(Failure::new(format!("{number} is no int"))),
        },
        Some(("bool", Value::Bool(value))) => Field::from(*value),
        _ => return Err(Failure::new(format!("{value} is no field"))),
    })
}

/// The fields of a message that has come.
pub(super) fn decode(fields: &[u8]) -> Value {
    let Ok(Field::Map(pairs)) = msgpack::decode(fields) else { return json!({}) };
    pairs
        .iter()
        .map(|(id, value)| {
            let value =
                if id.as_u64() == Some(FILE_ATTACHMENTS) { attachments(value) } else { from_field(value) };
            (id.to_string(), value)
        })
        .collect::<Map<_, _>>()
        .into()
}

/// A file's name is text, however it came.
fn attachments(files: &Field) -> Value {
    let Field::Array(files) = files else { return from_field(files) };
    let file = |file: &Field| match file.as_array().map(Vec::as_slice) {
        Some([Field::Binary(name), data]) => json!([String::from_utf8_lossy(name), from_field(data)]),
        _ => from_field(file),
    };
    files.iter().map(file).collect()
}

fn from_field(value: &Field) -> Value {
    match value {
        Field::Nil => Value::Null,
        Field::Boolean(value) => json!(value),
        Field::Integer(number) => json!(number.as_i64()),
        Field::F32(number) => json!(number),
        Field::F64(number) => json!(number),
        Field::String(text) => json!(text.as_str()),
        Field::Binary(bytes) => json!(hex::encode(bytes)),
        Field::Array(items) => items.iter().map(from_field).collect(),
        Field::Map(pairs) => pairs
            .iter()
            .map(|(key, value)| (key.to_string(), from_field(value)))
            .collect::<Map<_, _>>()
            .into(),
        Field::Ext(..) => Value::Null,
    }
}
