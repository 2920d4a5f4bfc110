//! The network devices of this machine that have an IPv6 link-local address.
//! Not the decision to use one, except for those that the operator or the system rules out.

use std::collections::BTreeMap;

use super::discovery::Device;

/// `ALL_IGNORE_IFS`, and what macOS (`DARWIN_IGNORE_IFS`) and Android (`ANDROID_IGNORE_IFS`) keep for themselves:
/// only used where the operator names them.
const RESERVED: &[&str] = if cfg!(target_os = "macos") {
    &["awdl0", "llw0", "lo0", "en5"]
} else if cfg!(target_os = "android") {
    &["dummy0", "lo", "tun0", "rmnet0", "rmnet1", "rmnet2", "rmnet3", "rmnet4", "rmnet5", "rmnet6", "rmnet7"]
} else {
    &["lo0"]
};

/// Which devices the operator wants.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Choice {
    /// Only these, if there are any.
    pub(super) devices: Vec<String>,
    /// Not these.
    pub(super) ignored: Vec<String>,
}

impl Choice {
    fn takes(&self, name: &str) -> bool {
        let named = self.devices.iter().any(|device| device == name);
        let wanted = if self.devices.is_empty() { !RESERVED.contains(&name) } else { named };
        wanted && !self.ignored.iter().any(|device| device == name)
    }
}

/// Those that are up, can multicast and are wanted; one link-local address of each, the lowest, so that it stays the
/// same from one look to the next.
#[cfg(unix)]
pub(super) fn usable(choice: &Choice) -> std::io::Result<Vec<Device>> {
    use nix::net::if_::InterfaceFlags;

    let mut found: BTreeMap<u32, Device> = BTreeMap::new();
    for entry in nix::ifaddrs::getifaddrs()? {
        let ready = entry.flags.contains(InterfaceFlags::IFF_UP | InterfaceFlags::IFF_MULTICAST)
            && !entry.flags.contains(InterfaceFlags::IFF_LOOPBACK);
        let address = entry.address.as_ref().and_then(|address| address.as_sockaddr_in6());
        let Some(socket) = address.filter(|socket| ready && socket.ip().is_unicast_link_local()) else {
            continue;
        };
        if !choice.takes(&entry.interface_name) {
            continue;
        }
        let (index, address) = (socket.scope_id(), without_scope(socket.ip()));
        let device = Device { index, name: entry.interface_name, address };
        found.entry(index).and_modify(|known| known.address = known.address.min(address)).or_insert(device);
    }
    Ok(found.into_values().collect())
}

/// BSD systems write the scope into the second group of the address itself.
#[cfg(unix)]
fn without_scope(address: std::net::Ipv6Addr) -> std::net::Ipv6Addr {
    let [first, _, rest @ ..] = address.segments();
    let [c, d, e, f, g, h] = rest;
    std::net::Ipv6Addr::new(first, 0, c, d, e, f, g, h)
}

/// Nobody has written how to ask here.
#[cfg(not(unix))]
pub(super) fn usable(_: &Choice) -> std::io::Result<Vec<Device>> {
    Err(std::io::Error::new(std::io::ErrorKind::Unsupported, "the devices of this system can't be listed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(devices: &[&str], ignored: &[&str]) -> Choice {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Choice { devices: owned(devices), ignored: owned(ignored) }
    }

    #[test]
    fn the_operator_chooses_devices_by_name() {
        let taken = |choice: &Choice| ["eth0", "wlan0", "lo0"].map(|name| choice.takes(name));
        assert_eq!(taken(&choice(&[], &[])), [true, true, false]);
        assert_eq!(taken(&choice(&["wlan0"], &[])), [false, true, false]);
        assert_eq!(taken(&choice(&[], &["wlan0"])), [true, false, false]);
        assert_eq!(taken(&choice(&["eth0", "wlan0"], &["wlan0"])), [true, false, false]);
        assert_eq!(taken(&choice(&["lo0"], &[])), [false, false, true], "named, so meant");
    }

    #[cfg(unix)]
    #[test]
    fn an_address_with_its_scope_inside_is_read_without() {
        let address = without_scope("fe80:4::1".parse().unwrap());
        assert_eq!(address, "fe80::1".parse::<std::net::Ipv6Addr>().unwrap());
    }
}
