//! The radios of this machine, for who asks: which ports there are, and who has them.
//! Not what runs on them; that is the interfaces'.

use crate::interface::{FoundPort, found_ports, port_holder};

/// Every serial port, a paragraph each.
pub fn listed() -> Vec<String> {
    found_ports().iter().map(described).collect()
}

fn described(port: &FoundPort) -> String {
    let mut text = port.path.display().to_string();
    if let Some(usb) = &port.usb {
        text += &format!("  {usb}");
    }
    if let Some(stable) = &port.stable {
        text += &format!("\n    write as port: {}", stable.display());
    }
    if let Some(holder) = port_holder(&port.path) {
        text += &format!("\n    in use by {holder}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interface::UsbName;

    #[test]
    fn a_port_is_told_with_the_name_to_write() {
        let usb = UsbName {
            vendor: "1a86".to_owned(),
            product: "55d4".to_owned(),
            words: "USB Single Serial".to_owned(),
        };
        let bare = FoundPort { path: "/dev/ttyACM97".into(), stable: None, usb: None };
        assert_eq!(described(&bare), "/dev/ttyACM97");
        let stable = Some("/dev/serial/by-id/usb-1a86_board-if00".into());
        assert_eq!(
            described(&FoundPort { stable, usb: Some(usb), ..bare }),
            "/dev/ttyACM97  USB 1a86:55d4 USB Single Serial\n    write as port: /dev/serial/by-id/usb-1a86_board-if00"
        );
    }
}
