//! Columns to types and back: sequence numbers, times, hashes, names, and what stands as JSON.
//! Not whole rows.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::group::Seq;
use crate::rns::hash::IdentityHash;
use crate::rns::time::UnixTime;

/// A number for SQLite, whose integers end at 2⁶³.
pub(super) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number from a column that is never negative.
pub(super) fn number_at(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value = row.get::<_, i64>(index)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

/// An event's number.
pub(super) fn seq_at(row: &Row<'_>, index: usize) -> rusqlite::Result<Seq> {
    number_at(row, index).map(Seq)
}

/// A time.
pub(super) fn time_at(row: &Row<'_>, index: usize) -> rusqlite::Result<UnixTime> {
    row.get(index).map(UnixTime::from_micros)
}

/// A person.
pub(super) fn identity_at(row: &Row<'_>, index: usize) -> rusqlite::Result<IdentityHash> {
    row.get(index).map(IdentityHash::from_bytes)
}

/// One of our enums by its name.
pub(super) fn named_at<T>(
    row: &Row<'_>,
    index: usize,
    from_name: fn(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let name = row.get_ref(index)?.as_str()?;
    from_name(name).ok_or_else(|| {
        let what = format!("{name:?} is no name that this version knows");
        rusqlite::Error::FromSqlConversionFailure(index, Type::Text, what.into())
    })
}

/// Something of many parts that is read with its row.
pub(super) fn json_at<T: DeserializeOwned>(row: &Row<'_>, index: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str()?;
    serde_json::from_str(text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(index, Type::Text, error.into()))
}

/// The same as it is written.
pub(super) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("settings and roles have text keys and no floats")
}
