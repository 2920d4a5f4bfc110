//! Which group is meant: by name, by address or the beginning of one, or the one that was used last.
//! Not groups that were never joined.

use anyhow::bail;

use crate::client::{DestinationHash, GroupAddress, KnownGroup};

/// The group that is meant; the known ones come with the one that was used last first.
pub(super) fn chosen(known: &[KnownGroup], named: Option<&str>) -> anyhow::Result<DestinationHash> {
    let Some(last) = known.first() else {
        bail!("no group was joined from here yet. Join one first: roost join GROUP_ADDRESS");
    };
    let Some(named) = named else { return Ok(last.destination) };
    if let Some(address) = GroupAddress::parse(named) {
        return match known.iter().any(|group| group.destination == address.group) {
            true => Ok(address.group),
            false => {
                bail!("this group was not joined from here. Join it first: roost join {}", address.group)
            }
        };
    }
    let folded = named.trim().to_lowercase();
    let called: Vec<_> = known.iter().filter(|group| group.name.to_lowercase() == folded).collect();
    let starts =
        |group: &&KnownGroup| folded.len() >= 4 && group.destination.to_string().starts_with(&folded);
    let meant = if called.is_empty() { known.iter().filter(starts).collect() } else { called };
    match meant[..] {
        [one] => Ok(one.destination),
        [] => {
            let names: Vec<_> = known.iter().map(|group| format!("\"{}\"", group.name)).collect();
            bail!(
                "no group called {named:?} was joined from here, but {}. Name one of these",
                names.join(", ")
            )
        }
        _ => {
            let addresses: Vec<_> = meant.iter().map(|group| group.destination.to_string()).collect();
            bail!("{named:?} may be {}. Give the address", addresses.join(" or "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(byte: &str, name: &str) -> KnownGroup {
        let destination = GroupAddress::parse(&byte.repeat(16)).unwrap().group;
        KnownGroup {
            destination,
            gid: crate::client::GroupId::from_bytes([1; 16]),
            delivery: destination,
            name: name.to_owned(),
            cursor: None,
        }
    }

    #[test]
    fn a_group_is_meant_by_name_by_address_or_because_it_was_used_last() {
        let known = [group("ab", "Perch"), group("cd", "Nest"), group("ce", "Nest")];
        let meant = |named: Option<&str>| chosen(&known, named).map(|group| group.to_string());
        assert_eq!(meant(None).unwrap(), "ab".repeat(16));
        assert_eq!(meant(Some("perch")).unwrap(), "ab".repeat(16));
        assert_eq!(meant(Some("CDCD")).unwrap(), "cd".repeat(16));
        assert_eq!(meant(Some(&"ce".repeat(16))).unwrap(), "ce".repeat(16));
        assert!(meant(Some("nest")).unwrap_err().to_string().contains("Give the address"));
        assert!(meant(Some("tree")).unwrap_err().to_string().contains("\"Perch\""));
        assert!(meant(Some(&"ff".repeat(16))).unwrap_err().to_string().contains("roost join ffff"));
        assert!(chosen(&[], None).unwrap_err().to_string().contains("roost join"));
    }
}
