//! `/api/v1/identities`: the public keys of people, so that readers can check what those have signed.
//! Not who is a member; a key says nothing about that.

use serde::{Deserialize, Serialize};

use super::budget::{self, Budget};
use super::bytes::FixedBytes;
use super::format::Style;
use super::{Call, Failure};
use crate::api::refusal::bad_field;
use crate::rns::hash::IdentityHash;

/// Most people in a request.
const MAX_PEOPLE: usize = 200;

/// Asks for keys.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
pub struct IdentitiesRequest {
    /// The identities of whom; 200 at most.
    #[serde(default)]
    pub people: Vec<FixedBytes<16>>,
    /// Most bytes of answer; what fits one packet unless said otherwise.
    pub max_bytes: Option<u32>,
}

/// Keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct IdentitiesAnswer {
    /// Public keys (X25519 ‖ Ed25519) in the order that was asked; an identity is the first 16 bytes of SHA-256 of its
    /// key. Whoever is not known here is left out.
    pub keys: Vec<FixedBytes<64>>,
    /// Did not all of them fit?
    pub more: bool,
}

/// Serves `/api/v1/identities`.
pub fn identities(
    call: &mut Call<'_, '_>,
    request: IdentitiesRequest,
    style: Style,
) -> Result<IdentitiesAnswer, Failure> {
    if request.people.len() > MAX_PEOPLE {
        let what = format!("{} identities are too many at once.", request.people.len());
        return Err(bad_field("people", what, format!("Ask for {MAX_PEOPLE} at most.")).into());
    }
    let max_bytes = budget::max_bytes(call, request.max_bytes)?;
    let mut answer = IdentitiesAnswer { keys: Vec::new(), more: false };
    let mut budget = Budget::new(style, max_bytes, &answer);
    for person in request.people {
        let Some(key) = call.store.identity_key(IdentityHash::from_bytes(person.0))?.map(FixedBytes) else {
            continue;
        };
        if !budget.take(Budget::cost(style, &key)) {
            answer.more = true;
            break;
        }
        answer.keys.push(key);
    }
    Ok(answer)
}
