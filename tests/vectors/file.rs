//! The file of vectors: `rns.json`, described by its own field names.
//! Not the checks.

use serde_json::Value;

/// One vector: what goes in, and what must come out.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct Vector {
    pub(crate) category: String,
    pub(crate) name: String,
    pub(crate) inputs: Fields,
    pub(crate) expected: Fields,
}

/// The inputs or the expected values of a vector.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(crate) struct Fields(serde_json::Map<String, Value>);

/// All vectors.
pub(crate) fn load() -> Vec<Vector> {
    let mut file: Value = serde_json::from_str(include_str!("rns.json")).unwrap();
    assert_eq!(file["generated_with"], "rns 1.5.7");
    serde_json::from_value(file["vectors"].take()).unwrap()
}

/// The vectors of one category; there must be some.
pub(crate) fn of(category: &str) -> Vec<Vector> {
    let vectors: Vec<_> = load().into_iter().filter(|vector| vector.category == category).collect();
    assert!(!vectors.is_empty(), "no vectors in {category}");
    vectors
}

impl Fields {
    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|value| !value.is_null())
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_else(|| panic!("no text in {key}"))
    }

    pub(crate) fn number(&self, key: &str) -> u64 {
        self.0.get(key).and_then(Value::as_u64).unwrap_or_else(|| panic!("no number in {key}"))
    }

    pub(crate) fn flag(&self, key: &str) -> bool {
        self.0.get(key).and_then(Value::as_bool).unwrap_or_else(|| panic!("no boolean in {key}"))
    }

    pub(crate) fn bytes(&self, key: &str) -> Vec<u8> {
        hex::decode(self.text(key)).unwrap()
    }

    pub(crate) fn array<const N: usize>(&self, key: &str) -> [u8; N] {
        self.bytes(key).try_into().unwrap_or_else(|_| panic!("{key} has not {N} bytes"))
    }

    pub(crate) fn array_if_any<const N: usize>(&self, key: &str) -> Option<[u8; N]> {
        self.has(key).then(|| self.array(key))
    }

    pub(crate) fn list(&self, key: &str) -> Vec<Vec<u8>> {
        let items = self.0.get(key).and_then(Value::as_array).unwrap_or_else(|| panic!("no list in {key}"));
        items.iter().map(|item| hex::decode(item.as_str().unwrap()).unwrap()).collect()
    }

    /// The one text of a list that must have one.
    pub(crate) fn only(&self, key: &str) -> &str {
        match self.0.get(key).and_then(Value::as_array).map(Vec::as_slice) {
            Some([Value::String(text)]) => text,
            other => panic!("not one text in {key}: {other:?}"),
        }
    }
}
