//! The radios of this machine, for who asks: which ports there are, who has them, what a board is, and what is wrong with it.
//! Not what runs on them; that is the interfaces'.

use anyhow::Context;

use crate::interface::rnode::{self, Findings, RadioPort};
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

/// What was found out about a radio, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What it is and how it is.
    pub about: Vec<String>,
    /// What is wrong with it, each with what to do.
    pub problems: Vec<String>,
}

/// Asks the radio at a port, which is a device or `tcp://host`.
pub fn check(port: &str) -> anyhow::Result<Checked> {
    let port: RadioPort = port.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start what waits for the radio")?;
    let findings = runtime.block_on(rnode::ask(&port));
    Ok(checked(&port, findings))
}

fn checked(port: &RadioPort, findings: Result<Findings, String>) -> Checked {
    match findings {
        Ok(findings) => {
            let heading = findings.hardware.detected.then(|| format!("{port}: an RNode"));
            let lines = findings.lines().into_iter().map(|line| format!("  {line}"));
            Checked { about: heading.into_iter().chain(lines).collect(), problems: findings.problems() }
        }
        Err(problem) => Checked { about: Vec::new(), problems: vec![problem] },
    }
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

    #[test]
    fn a_port_that_cannot_be_opened_is_one_problem_and_nothing_else() {
        let port = "/dev/ttyUSB0".parse().unwrap();
        let checked = checked(&port, Err("it is in use".to_owned()));
        assert_eq!((checked.about, checked.problems), (Vec::new(), vec!["it is in use".to_owned()]));
    }

    #[test]
    fn bluetooth_is_refused_with_what_to_write() {
        assert!(check("ble://").unwrap_err().to_string().contains("port = \"tcp://address\""));
    }
}
