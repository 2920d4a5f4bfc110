//! The compact body as a client reads it from a server that may be anybody's: what is read is written again and says the
//! same.

use roost::api::compact::{decode, encode};

pub(super) fn run(body: &[u8]) {
    if let Ok(page) = decode(body) {
        assert_eq!(decode(&encode(&page)), Ok(page));
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let golden = include_str!("../../../schemas/compact/golden.json");
    let golden: serde_json::Value = serde_json::from_str(golden).expect("JSON");
    let bodies = golden.as_array().into_iter().flatten().filter_map(|one| one["body"].as_str());
    bodies.map(|body| hex::decode(body).expect("hexadecimal")).collect()
}
