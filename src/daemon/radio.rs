//! The radios of this machine, for who asks: which ports there are, who has them, what a board is, and what is wrong with it.
//! Not what runs on them; that is the interfaces'.

use super::on_event_loop;
use crate::interface::rnode::{self, Findings, RadioPort};
use crate::interface::{FoundPort, found_ports, port_holder};

/// Whether the devices behind ports are asked what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// They are, which takes some seconds and restarts some boards; not those that a program uses.
    Each,
    /// No port is opened.
    None,
}

/// Every serial port, a paragraph each.
pub fn listed(asking: Asking) -> anyhow::Result<Vec<String>> {
    on_event_loop(async {
        let ports = found_ports().into_iter().map(|port| (port_holder(&port.path), port));
        // All are asked at once.
        let asked: Vec<_> = ports
            .map(|(holder, port)| {
                let radio = RadioPort::Serial(port.path.clone());
                let is_asked = asking == Asking::Each && holder.is_none();
                let answer = is_asked.then(|| tokio::spawn(async move { rnode::ask(&radio).await }));
                (port, holder, answer)
            })
            .collect();
        let mut told = Vec::new();
        for (port, holder, answer) in asked {
            let mut text = described(&port);
            if let Some(holder) = holder {
                text += &format!("\n    in use by {holder}");
            }
            if let Some(answer) = answer
                && let Ok(answer) = answer.await
            {
                text += &format!("\n    {}", recognised(&port, answer));
            }
            told.push(text);
        }
        told
    })
}

/// What answered at a port.
fn recognised(port: &FoundPort, answer: Result<Findings, String>) -> String {
    match answer {
        Ok(findings) if findings.hardware.detected => format!(
            "an RNode, firmware {}; `roost radio check {}` tells more",
            findings.hardware.version_text(),
            port.path.display()
        ),
        Ok(_) => "no RNode; it may be a TNC, which does not say so".to_owned(),
        Err(problem) => problem,
    }
}

fn described(port: &FoundPort) -> String {
    let mut text = port.path.display().to_string();
    if let Some(usb) = &port.usb {
        text += &format!("  {usb}");
    }
    if let Some(stable) = &port.stable {
        text += &format!("\n    write as port: {}", stable.display());
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
    let findings = on_event_loop(rnode::ask(&port))?;
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
    fn what_answers_at_a_port_is_told_and_what_does_not_is_not_guessed() {
        let port = FoundPort { path: "/dev/ttyACM97".into(), stable: None, usb: None };
        let mut findings = Findings::default();
        let told = |findings: &Findings| recognised(&port, Ok(findings.clone()));
        assert_eq!(told(&findings), "no RNode; it may be a TNC, which does not say so");
        (findings.hardware.detected, findings.hardware.version) = (true, Some((1, 86)));
        assert_eq!(told(&findings), "an RNode, firmware 1.86; `roost radio check /dev/ttyACM97` tells more");
        assert_eq!(recognised(&port, Err("it is in use".to_owned())), "it is in use");
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
