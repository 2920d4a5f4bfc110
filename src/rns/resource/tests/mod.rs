//! Tests of Resources: golden vectors, and transfers over a pipe that loses, repeats and reorders.

mod advertisements;
mod transfers;
mod vectors;

/// Data that does not compress: SHA-256 of label and counter, one after the other.
fn incompressible(label: &[u8], length: usize) -> Vec<u8> {
    let blocks = (0u32..).flat_map(|i| super::super::hash::sha256(&[label, &i.to_be_bytes()]));
    blocks.take(length).collect()
}
