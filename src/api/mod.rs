//! The wire API.
pub mod bytes;
pub mod fields;
pub mod format;
