//! The golden vectors as a heap of bytes to begin from.
//! Not a check of them; `tests/vectors` does that.

use serde_json::Value;

/// Everything that is hex in Reticulum's vectors of these categories, under one of these names.
pub(crate) fn rns(categories: &[&str], names: &[&str]) -> Vec<Vec<u8>> {
    let file: Value =
        serde_json::from_str(include_str!("../vectors/rns.json")).expect("the vectors are JSON");
    let mut found = Vec::new();
    for vector in file["vectors"].as_array().expect("the vectors are a list") {
        if vector["category"].as_str().is_some_and(|category| categories.contains(&category)) {
            collect(vector, "", names, &mut found);
        }
    }
    sorted(found)
}

/// Everything that is hex in these sections of LXMF's vectors, under one of these names.
pub(crate) fn lxmf(sections: &[&str], names: &[&str]) -> Vec<Vec<u8>> {
    let file: Value =
        serde_json::from_str(include_str!("../vectors/lxmf.json")).expect("the vectors are JSON");
    let mut found = Vec::new();
    for section in sections {
        collect(&file[section], "", names, &mut found);
    }
    sorted(found)
}

/// The messages on paper of LXMF's vectors.
pub(crate) fn papers() -> Vec<String> {
    let file: Value =
        serde_json::from_str(include_str!("../vectors/lxmf.json")).expect("the vectors are JSON");
    let papers = file["paper"].as_array().into_iter().flatten();
    papers.filter_map(|paper| paper["uri"].as_str().map(str::to_owned)).collect()
}

/// Everything that is hex in a JSON text under one of these names.
pub(crate) fn hex_in(text: &str, names: &[&str]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    collect(&serde_json::from_str(text).expect("it is JSON"), "", names, &mut found);
    sorted(found)
}

fn sorted(mut found: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    found.sort();
    found.dedup();
    found
}

fn collect(value: &Value, name: &str, names: &[&str], found: &mut Vec<Vec<u8>>) {
    match value {
        Value::String(text) if names.contains(&name) => {
            found.extend(hex::decode(text).ok().filter(|bytes| !bytes.is_empty()));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, name, names, found)),
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| collect(value, name, names, found));
        }
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
