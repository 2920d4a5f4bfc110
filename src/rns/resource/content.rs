//! What a Resource carries: data, and metadata in front of it.
//! Not how it is cut into segments and parts.

use super::super::error::MisuseError;
use super::advertisement::Metadata;
use super::sender::SEGMENT_SIZE;

/// Bytes in front of metadata that say its length.
pub(super) const METADATA_LENGTH: usize = 3;
/// Most packed metadata. The reference allows 16 MB (`Resource.METADATA_MAX_SIZE`), but all of it must fit in the
/// first segment.
pub const MAX_METADATA: usize = SEGMENT_SIZE - METADATA_LENGTH;

/// Data with something said about it, a name for example. The reference calls it a Resource with metadata; in answer
/// to a request it is what it calls a file response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The data.
    pub data: Vec<u8>,
    /// One packed MessagePack object of at most [`MAX_METADATA`] bytes.
    pub metadata: Vec<u8>,
}

/// The plain bytes of a whole Resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) metadata: Metadata,
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, metadata: Metadata::Absent }
    }
}

impl TryFrom<File> for Content {
    type Error = MisuseError;

    fn try_from(file: File) -> Result<Self, MisuseError> {
        let (size, limit) = (file.metadata.len(), MAX_METADATA);
        let length = u32::try_from(size).map_err(|_| MisuseError::TooLarge { size, limit })?;
        if size > limit {
            return Err(MisuseError::TooLarge { size, limit });
        }
        let [_, high, middle, low] = length.to_be_bytes();
        let bytes = [&[high, middle, low], file.metadata.as_slice(), &file.data].concat();
        Ok(Self { bytes, metadata: Metadata::Prefixed })
    }
}

/// Takes the metadata off the front of a first segment; `None` if it is longer than what is there.
pub(super) fn split_metadata(plain: &mut Vec<u8>) -> Option<Vec<u8>> {
    let (length, rest) = plain.split_first_chunk::<METADATA_LENGTH>()?;
    let [high, middle, low] = *length;
    let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
    let metadata = rest.get(..length)?.to_vec();
    plain.drain(..METADATA_LENGTH.saturating_add(length).min(plain.len()));
    Some(metadata)
}
