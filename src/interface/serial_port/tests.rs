//! Ports that are pseudo-terminals.

use std::fs::File;

use nix::pty::openpty;
use nix::unistd::ttyname;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

/// The device's end, and the path of ours.
fn device() -> (File, std::path::PathBuf) {
    let pair = openpty(None, None).unwrap();
    (pair.master.into(), ttyname(&pair.slave).unwrap())
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn bytes_pass_as_they_are_both_ways() {
    run(async {
        let (mut device, path) = device();
        let mut port = SerialPort::open(&path, Line::at(115_200)).unwrap();
        let all: Vec<u8> = (0..=255).collect();
        port.write_all(&all).await.unwrap();
        port.shutdown().await.unwrap();
        let mut read = vec![0; 256];
        device.read_exact(&mut read).unwrap();
        assert_eq!(read, all);
        device.write_all(&all).unwrap();
        let mut read = vec![0; 256];
        port.read_exact(&mut read).await.unwrap();
        assert_eq!(read, all);
    });
}

#[test]
fn a_port_that_is_open_is_in_use_and_free_again_when_it_is_dropped() {
    run(async {
        let (_device, path) = device();
        let port = SerialPort::open(&path, Line::at(9600)).unwrap();
        let refused = SerialPort::open(&path, Line::at(9600)).unwrap_err();
        assert!(matches!(refused, PortError::InUse { .. }), "{refused}");
        assert!(
            refused
                .to_string()
                .ends_with("is in use; stop the other program that has it, only one can use a port")
        );
        drop(port);
        SerialPort::open(&path, Line::at(9600)).unwrap();
    });
}

#[test]
fn a_device_that_vanishes_ends_the_stream() {
    run(async {
        let (device, path) = device();
        let mut port = SerialPort::open(&path, Line::at(9600)).unwrap();
        drop(device);
        let ended = port.read(&mut [0; 8]).await;
        assert!(!matches!(ended, Ok(1..)), "{ended:?}");
    });
}

#[test]
fn a_path_without_a_port_says_what_to_do() {
    run(async {
        let of = |path: &Path| SerialPort::open(path, Line::at(9600)).unwrap_err().to_string();
        let dir = tempfile::tempdir().unwrap();
        let missing = of(&dir.path().join("ttyUSB0"));
        assert!(missing.contains("there is no port") && missing.contains("plug the device in"), "{missing}");
        assert!(of(dir.path()).contains("is no serial port"));
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(of(&file).contains("is no serial port"));
        let denied = PortError::of_opening(&file, std::io::ErrorKind::PermissionDenied.into()).to_string();
        assert!(denied.contains("dialout"), "{denied}");
    });
}

#[test]
fn a_line_that_the_device_does_not_take_is_refused() {
    run(async {
        let (_device, path) = device();
        let line =
            Line { data_bits: DataBits::Seven, parity: Parity::Odd, stop_bits: StopBits::Two, speed: 1200 };
        // A pseudo-terminal knows only characters of 8 bits without parity.
        let refused = SerialPort::open(&path, line).unwrap_err().to_string();
        assert!(refused.contains("1200 7O2"), "{refused}");
        SerialPort::open(&path, Line { stop_bits: StopBits::Two, ..Line::at(1200) }).unwrap();
    });
}
