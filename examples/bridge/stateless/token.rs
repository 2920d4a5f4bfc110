//! Tokens: the symmetric layer of everything that is encrypted.
//! Not who shares the key.

use roost::rns::crypto::{Token, TokenError};
use serde_json::{Value, json};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(crate) const COMMANDS: Family = &[
    ("token_encrypt", encrypt),
    ("token_decrypt", decrypt),
    ("token_verify_hmac", verify_hmac),
    ("token_generate_key", generate_key),
];

fn token(params: &Params) -> Result<Token, Failure> {
    Ok(Token::new(&params.get::<Vec<u8>>("key")?)?)
}

fn encrypt(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let plaintext: Vec<u8> = params.get("plaintext")?;
    Ok(json!({"token": hex::encode(token(params)?.encrypt(&plaintext, bridge.random.bytes()))}))
}

fn decrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let plaintext = token(params)?.decrypt(&params.get::<Vec<u8>>("token")?)?;
    Ok(json!({"plaintext": hex::encode(plaintext)}))
}

fn verify_hmac(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let valid = match token(params)?.authenticate(&params.get::<Vec<u8>>("token")?) {
        Ok(_) => true,
        Err(TokenError::Forged) => false,
        Err(error) => return Err(error.into()),
    };
    Ok(json!({"valid": valid}))
}

fn generate_key(bridge: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let key = match params.optional::<String>("mode")?.as_deref() {
        None | Some("AES_256_CBC") => Token::generate(&mut bridge.random).key().to_vec(),
        // The library makes no new keys of this kind, it only reads what was made with old ones.
        Some("AES_128_CBC") => bridge.random.bytes::<32>().to_vec(),
        Some(mode) => return Err(Failure::new(format!("{mode} is not a token mode"))),
    };
    Ok(json!({"key": hex::encode(key)}))
}
