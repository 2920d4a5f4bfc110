//! The parameters of a command, each read as the type that the command needs.
//! Not what the values mean; an unknown parameter is ignored.

use serde_json::{Map, Value};

use crate::failure::Failure;

/// The parameters of one command.
pub(crate) struct Params(Map<String, Value>);

impl Params {
    /// What stands under `params`; nothing and `null` are no parameters.
    pub(crate) fn new(value: Option<&Value>) -> Result<Self, Failure> {
        match value {
            None | Some(Value::Null) => Ok(Self(Map::new())),
            Some(Value::Object(params)) => Ok(Self(params.clone())),
            Some(_) => Err(Failure::new("params must be an object")),
        }
    }

    /// A parameter that must be there.
    pub(crate) fn get<T: Param>(&self, name: &str) -> Result<T, Failure> {
        self.optional(name)?.ok_or_else(|| Failure::new(format!("{name} is missing")))
    }

    /// Is there a `null`, where that means something else than nothing?
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Null)
    }

    /// A parameter that may be missing or `null`.
    pub(crate) fn optional<T: Param>(&self, name: &str) -> Result<Option<T>, Failure> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => T::read(value)
                .map(Some)
                .ok_or_else(|| Failure::new(format!("{name} must be {}, not {value}", T::expected()))),
        }
    }
}

/// A type that a parameter can have.
pub(crate) trait Param: Sized {
    /// For people: what values there are.
    fn expected() -> String;
    /// The value, if it is one.
    fn read(value: &Value) -> Option<Self>;
}

/// Bytes as hex.
impl Param for Vec<u8> {
    fn expected() -> String {
        "hex".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        hex::decode(value.as_str()?).ok()
    }
}

/// So many bytes as hex.
impl<const N: usize> Param for [u8; N] {
    fn expected() -> String {
        format!("{N} bytes as hex")
    }

    fn read(value: &Value) -> Option<Self> {
        Vec::read(value)?.try_into().ok()
    }
}

impl Param for String {
    fn expected() -> String {
        "text".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_str().map(str::to_owned)
    }
}

impl Param for bool {
    fn expected() -> String {
        "true or false".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

impl Param for f64 {
    fn expected() -> String {
        "a number".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_f64()
    }
}

impl Param for u64 {
    fn expected() -> String {
        "a number without a fraction, 0 or more".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_u64()
    }
}

impl Param for Map<String, Value> {
    fn expected() -> String {
        "an object".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_object().cloned()
    }
}

/// A number of bytes or of things.
impl Param for usize {
    fn expected() -> String {
        u64::expected()
    }

    fn read(value: &Value) -> Option<Self> {
        u64::read(value)?.try_into().ok()
    }
}

impl Param for u16 {
    fn expected() -> String {
        "a number from 0 to 65535".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        u64::read(value)?.try_into().ok()
    }
}

impl Param for u8 {
    fn expected() -> String {
        "a number from 0 to 255".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        u64::read(value)?.try_into().ok()
    }
}

/// A list; bytes are no list of numbers, but hex.
#[derive(Debug, PartialEq)]
pub(crate) struct List<T>(pub(crate) Vec<T>);

impl<T: Param> Param for List<T> {
    fn expected() -> String {
        format!("a list of {}", T::expected())
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_array()?.iter().map(T::read).collect::<Option<_>>().map(Self)
    }
}
