//! The section of the Auto interface.
//! Not the finding of peers; that is in [`crate::interface`].

use super::super::key::{Key, Takes};
use super::super::section::{Values, Vocabulary};
use super::{BITRATE, COMMON, COMMON_LEFT_OUT, Network, Unfit};
use crate::interface::{AddressType, AutoSection, Scope};

const DEVICES: Takes = Takes::Names { most: 32, each: 64, of: "names of network devices" };

impl AutoSection {
    pub(super) const VOCABULARY: Vocabulary = Vocabulary {
        keys: &[
            COMMON,
            &[
                Key::optional("group_id", Takes::Text { most: 256, of: "the name of a group" }),
                Key::optional(
                    "discovery_scope",
                    Takes::OneOf(&["link", "admin", "site", "organisation", "global"]),
                ),
                Key::optional("multicast_address_type", Takes::OneOf(&["temporary", "permanent"])),
                Key::optional(
                    "discovery_port",
                    Takes::Number { least: 1, most: 65_534, of: "a port; the next one is used, too" },
                ),
                Key::optional("data_port", Takes::Number { least: 1, most: 65_535, of: "a port" }),
                Key::optional("devices", DEVICES),
                Key::optional("ignored_devices", DEVICES),
                Key::optional("bitrate", BITRATE),
            ],
        ],
        left_out: &[COMMON_LEFT_OUT],
    };

    pub(super) fn build(values: &Values, _: Network) -> Result<Self, Unfit> {
        let port = |name| values.number(name).and_then(|port| u16::try_from(port).ok());
        let default = Self::default();
        let section = Self {
            group_id: values.text("group_id").map_or(default.group_id, str::to_owned),
            discovery_scope: values.text("discovery_scope").and_then(scope).unwrap_or_default(),
            multicast_address_type: match values.text("multicast_address_type") {
                Some("permanent") => AddressType::Permanent,
                Some(_) | None => AddressType::Temporary,
            },
            discovery_port: port("discovery_port").unwrap_or(default.discovery_port),
            data_port: port("data_port").unwrap_or(default.data_port),
            devices: values.names("devices").to_vec(),
            ignored_devices: values.names("ignored_devices").to_vec(),
            bitrate: values.number("bitrate").unwrap_or(default.bitrate),
        };
        if section.data_port.checked_sub(section.discovery_port).is_some_and(|apart| apart <= 1) {
            return Err(Unfit::Because(format!(
                "data_port must differ from discovery_port and the port after it, which are {} and {}",
                section.discovery_port,
                section.discovery_port.saturating_add(1)
            )));
        }
        Ok(section)
    }
}

fn scope(name: &str) -> Option<Scope> {
    match name {
        "link" => Some(Scope::Link),
        "admin" => Some(Scope::Admin),
        "site" => Some(Scope::Site),
        "organisation" => Some(Scope::Organisation),
        "global" => Some(Scope::Global),
        _ => None,
    }
}

impl std::fmt::Display for AutoSection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { group_id, devices, .. } = self;
        write!(f, "finds peers of the group \"{group_id}\" on ")?;
        if devices.is_empty() { f.write_str("local networks") } else { f.write_str(&devices.join(" and ")) }
    }
}
