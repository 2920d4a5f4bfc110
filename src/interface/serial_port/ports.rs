//! The serial ports of this machine, and what the system knows of the devices behind them.
//! Not what the devices are; they must be asked, and asking resets some.

use std::fs;
use std::path::{Path, PathBuf};

/// Most ports that are told of.
const MOST: usize = 64;

/// A port that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPort {
    /// Its device; the number in it depends on the order in which devices are plugged in.
    pub path: PathBuf,
    /// A name that stays with the device, where the system gives one.
    pub stable: Option<PathBuf>,
    /// What the device says on USB, if it is there.
    pub usb: Option<UsbName>,
}

/// What a device on USB says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsbName {
    /// The maker's number, in four hexadecimal digits.
    pub vendor: String,
    /// The product's number.
    pub product: String,
    /// Maker and product in words, as far as they are said.
    pub words: String,
}

impl std::fmt::Display for UsbName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "USB {}:{}", self.vendor, self.product)?;
        if self.words.is_empty() { Ok(()) } else { write!(f, " {}", self.words) }
    }
}

/// A program that has a port open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortHolder {
    /// What it is called.
    pub name: String,
    /// Its number.
    pub process: u32,
}

impl std::fmt::Display for PortHolder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.name, self.process)
    }
}

/// Where a system keeps what is read here.
struct Places<'p> {
    devices: &'p Path,
    classes: &'p Path,
    stable: &'p Path,
}

/// The ports of this machine, by path.
pub fn found_ports() -> Vec<FoundPort> {
    find(&Places {
        devices: Path::new("/dev"),
        classes: Path::new("/sys/class/tty"),
        stable: Path::new("/dev/serial/by-id"),
    })
}

/// Who has a port open, as far as we may know: without opening it, which would reset some devices.
pub fn port_holder(path: &Path) -> Option<PortHolder> {
    holder_in(Path::new("/proc"), &fs::canonicalize(path).ok()?)
}

fn holder_in(processes: &Path, device: &Path) -> Option<PortHolder> {
    names_in(processes).into_iter().find_map(|name| {
        let process = name.parse().ok()?;
        let descriptors = processes.join(&name).join("fd");
        let has =
            |descriptor: String| fs::read_link(descriptors.join(descriptor)).is_ok_and(|to| to == device);
        if !names_in(&descriptors).into_iter().any(has) {
            return None;
        }
        let name = fs::read_to_string(processes.join(&name).join("comm")).unwrap_or_default();
        Some(PortHolder { name: printable(&name), process })
    })
}

fn find(places: &Places<'_>) -> Vec<FoundPort> {
    let mut names: Vec<String> =
        names_in(if places.classes.is_dir() { places.classes } else { places.devices });
    names.retain(|name| is_port(name, places));
    names.sort();
    names.truncate(MOST);
    let port = |name: String| {
        let path = places.devices.join(&name);
        let stable = stable_name(&path, places.stable);
        FoundPort { stable, usb: usb_name(&places.classes.join(&name).join("device")), path }
    };
    names.into_iter().map(port).collect()
}

fn names_in(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

/// Linux says of each terminal whether a device stands behind it; elsewhere only the name tells.
fn is_port(name: &str, places: &Places<'_>) -> bool {
    if !places.devices.join(name).exists() {
        return false;
    }
    if !places.classes.is_dir() {
        return ["cu.", "cuaU", "cuad", "ttyU"].iter().any(|start| name.starts_with(start));
    }
    let device = places.classes.join(name).join("device");
    // PCs have dozens of ttyS without hardware, whose type is 0.
    let kind = fs::read_to_string(places.classes.join(name).join("type"));
    device.exists() && kind.map_or(true, |kind| kind.trim() != "0")
}

/// The link that points to the device.
fn stable_name(path: &Path, dir: &Path) -> Option<PathBuf> {
    let device = fs::canonicalize(path).ok()?;
    let mut links: Vec<_> = names_in(dir).into_iter().map(|name| dir.join(name)).collect();
    links.sort();
    links.into_iter().find(|link| fs::canonicalize(link).is_ok_and(|target| target == device))
}

/// The USB device is the nearest directory above that has its numbers.
fn usb_name(device: &Path) -> Option<UsbName> {
    let device = fs::canonicalize(device).ok()?;
    let usb = device.ancestors().find(|dir| dir.join("idVendor").is_file())?;
    let line = |name: &str| fs::read_to_string(usb.join(name)).ok().map(|text| text.trim().to_owned());
    let words: Vec<_> = ["manufacturer", "product"].into_iter().filter_map(line).collect();
    Some(UsbName {
        vendor: line("idVendor")?,
        product: line("idProduct")?,
        words: printable(&words.join(" ")),
    })
}

/// Devices and programs call themselves what they like.
fn printable(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_port_is_shown_with_its_usb_name_and_the_name_that_stays() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        let usb = at("sys/devices/usb1/1-2");
        for dir in ["dev/serial/by-id", "sys/class/tty/ttyACM0", "sys/class/tty/ttyS0", "sys/class/tty/tty1"]
        {
            fs::create_dir_all(at(dir)).unwrap();
        }
        fs::create_dir_all(usb.join("1-2:1.0")).unwrap();
        for (name, text) in [("idVendor", "1a86"), ("idProduct", "55d4"), ("product", "USB Single Serial")] {
            fs::write(usb.join(name), format!("{text}\n")).unwrap();
        }
        symlink(usb.join("1-2:1.0"), at("sys/class/tty/ttyACM0/device")).unwrap();
        symlink(usb.parent().unwrap(), at("sys/class/tty/ttyS0/device")).unwrap();
        fs::write(at("sys/class/tty/ttyS0/type"), "0\n").unwrap();
        for name in ["ttyACM0", "ttyS0", "tty1"] {
            fs::write(at("dev").join(name), "").unwrap();
        }
        symlink("../../ttyACM0", at("dev/serial/by-id/usb-1a86_board-if00")).unwrap();
        let found = find(&Places {
            devices: &at("dev"),
            classes: &at("sys/class/tty"),
            stable: &at("dev/serial/by-id"),
        });
        let [port] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(port.path, at("dev/ttyACM0"));
        assert_eq!(port.stable, Some(at("dev/serial/by-id/usb-1a86_board-if00")));
        assert_eq!(port.usb.as_ref().unwrap().to_string(), "USB 1a86:55d4 USB Single Serial");
    }

    #[test]
    fn who_has_a_port_open_is_found_without_opening_it() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str| root.path().join(path);
        for (process, name, device) in
            [("12", "sh", "null"), ("34", "rnsd", "ttyACM0"), ("self", "x", "ttyACM0")]
        {
            fs::create_dir_all(at(process).join("fd")).unwrap();
            fs::write(at(process).join("comm"), format!("{name}\n")).unwrap();
            symlink(Path::new("/dev").join(device), at(process).join("fd/3")).unwrap();
        }
        let holder =
            |device: &str| holder_in(root.path(), Path::new(device)).map(|holder| holder.to_string());
        assert_eq!(holder("/dev/ttyACM0").as_deref(), Some("rnsd (process 34)"));
        assert_eq!(holder("/dev/ttyACM1"), None);
    }
}
