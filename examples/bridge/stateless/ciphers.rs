//! AES in CBC mode, its padding, and bzip2, each for itself.
//! Nothing that the library offers alone, or with 16-byte keys: they come from the crates that it builds on.

use std::io::{Read, Write};

use aes::{Aes128, Aes256};
use bzip2::read::BzDecoder;
use bzip2::write::BzEncoder;
use cbc::cipher::block_padding::{NoPadding, Padding, Pkcs7};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use cbc::{Decryptor, Encryptor};
use roost::rns::crypto::Token;
use serde_json::{Value, json};

use crate::command::{Bridge, Family};
use crate::failure::Failure;
use crate::params::Params;

pub(crate) const COMMANDS: Family = &[
    ("aes_encrypt", aes_encrypt),
    ("aes_decrypt", aes_decrypt),
    ("aes_256_cbc_encrypt", aes_256_cbc_encrypt),
    ("aes_256_cbc_decrypt", aes_256_cbc_decrypt),
    ("pkcs7_pad", pkcs7_pad),
    ("pkcs7_unpad", pkcs7_unpad),
    ("bz2_compress", bz2_compress),
    ("bz2_decompress", bz2_decompress),
];

fn aes_encrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let [data, key, iv] = input(params, "plaintext")?;
    let ciphertext = match mode(params)? {
        Mode::Aes128 => Encryptor::<Aes128>::new_from_slices(&key, &iv)?.encrypt_padded_vec::<Pkcs7>(&data),
        Mode::Aes256 => Encryptor::<Aes256>::new_from_slices(&key, &iv)?.encrypt_padded_vec::<Pkcs7>(&data),
    };
    Ok(json!({"ciphertext": hex::encode(ciphertext)}))
}

fn aes_decrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let [data, key, iv] = input(params, "ciphertext")?;
    let plaintext = match mode(params)? {
        Mode::Aes128 => Decryptor::<Aes128>::new_from_slices(&key, &iv)?.decrypt_padded_vec::<Pkcs7>(&data),
        Mode::Aes256 => Decryptor::<Aes256>::new_from_slices(&key, &iv)?.decrypt_padded_vec::<Pkcs7>(&data),
    };
    Ok(json!({"plaintext": hex::encode(plaintext?)}))
}

fn aes_256_cbc_encrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let [data, key, iv] = input(params, "plaintext")?;
    if data.len() % Token::BLOCK != 0 {
        return Err(Failure::new("without padding, plaintext must be whole blocks"));
    }
    let cipher = Encryptor::<Aes256>::new_from_slices(&key, &iv)?;
    Ok(json!({"ciphertext": hex::encode(cipher.encrypt_padded_vec::<NoPadding>(&data))}))
}

fn aes_256_cbc_decrypt(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let [data, key, iv] = input(params, "ciphertext")?;
    let plaintext =
        Decryptor::<Aes256>::new_from_slices(&key, &iv)?.decrypt_padded_vec::<NoPadding>(&data)?;
    Ok(json!({"plaintext": hex::encode(plaintext)}))
}

/// What to work on, the key and the IV.
fn input(params: &Params, data: &str) -> Result<[Vec<u8>; 3], Failure> {
    Ok([params.get(data)?, params.get("key")?, params.get("iv")?])
}

enum Mode {
    Aes128,
    Aes256,
}

fn mode(params: &Params) -> Result<Mode, Failure> {
    match params.optional::<String>("mode")?.as_deref() {
        None | Some("AES_256_CBC") => Ok(Mode::Aes256),
        Some("AES_128_CBC") => Ok(Mode::Aes128),
        Some(mode) => Err(Failure::new(format!("{mode} is not a cipher mode"))),
    }
}

fn pkcs7_pad(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut data: Vec<u8> = params.get("data")?;
    let (whole, rest) = data.as_chunks::<{ Token::BLOCK }>();
    let mut last = [0u8; Token::BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    Pkcs7::raw_pad(&mut last, rest.len());
    data.truncate(whole.len() * Token::BLOCK);
    data.extend_from_slice(&last);
    Ok(json!({"padded": hex::encode(data)}))
}

fn pkcs7_unpad(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let data: Vec<u8> = params.get("data")?;
    let last = data.len().checked_sub(Token::BLOCK).ok_or_else(|| Failure::new("less than a block"))?;
    let (before, last) = data.split_at(last);
    let rest = Pkcs7::raw_unpad(last)?;
    Ok(json!({"unpadded": hex::encode([before, rest].concat())}))
}

fn bz2_compress(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let data: Vec<u8> = params.get("data")?;
    let mut encoder = BzEncoder::new(Vec::new(), bzip2::Compression::best());
    encoder.write_all(&data)?;
    let compressed = encoder.finish()?;
    Ok(json!({
        "compressed": hex::encode(&compressed),
        "original_size": data.len(),
        "compressed_size": compressed.len(),
    }))
}

fn bz2_decompress(_: &mut Bridge, params: &Params) -> Result<Value, Failure> {
    let mut data = Vec::new();
    BzDecoder::new(params.get::<Vec<u8>>("compressed")?.as_slice()).read_to_end(&mut data)?;
    Ok(json!({"decompressed": hex::encode(&data), "size": data.len()}))
}
