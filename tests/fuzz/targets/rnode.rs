//! RNode: whatever a radio says, at whatever time, nothing that waits grows without bound, no packet is out of bounds, and
//! a radio that is not online is given none.

use std::time::Duration;

use roost::interface::kiss;
use roost::interface::rnode::{Device, DeviceEvent, HW_MTU, Orders, Parameters, Timing};
use roost::rns::air::Limits;
use roost::rns::airtime::Modulation;
use roost::rns::time::Instant;

use crate::bytes::Bytes;

/// What a radio says that is set as it is asked, after a byte for how long it takes: detected, versions, parameters, on.
const HEALTHY: &[(u8, &[u8])] = &[
    (0x08, &[0x46]),
    (0x50, &[1, 86]),
    (0x48, &[0x80]),
    (0x49, &[0x81]),
    (0x47, &[0x3a]),
    (0x06, &[1]),
    (0x01, &[0x33, 0xb0, 0x6c, 0x00]),
    (0x02, &[0x00, 0x01, 0xe8, 0x48]),
    (0x03, &[7]),
    (0x04, &[8]),
    (0x05, &[5]),
    (0x25, &[0; 11]),
    (0x23, &[57]),
    (0x24, &[0xc0]),
    (0x00, &[7; 40]),
    (0x0f, &[1]),
];

fn orders(flow_control: bool) -> Orders {
    let (modulation, limits) = (Modulation::SF8, Limits::default());
    let parameters = Parameters { frequency: 867_200_000, modulation, tx_power: 7, limits };
    let timing = Timing { settle: Duration::ZERO, extras: Duration::ZERO, ..Timing::NETWORK };
    Orders { parameters, flow_control, beacon: None, timing }
}

pub(super) fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut device = Device::new(Instant::ZERO, orders(bytes.byte() & 1 == 1));
    let (mut now, mut is_online, mut has_ended) = (Instant::ZERO, false, false);
    device.handle_timeout(now);
    while !bytes.is_empty() {
        now = now.after(Duration::from_millis(u64::from(bytes.byte()) * 10));
        let said = bytes.chunk();
        device.handle_bytes(now, said);
        device.handle_timeout(now);
        let mut waiting = 0;
        while let Some(event) = device.poll_event() {
            assert!(!has_ended, "nothing comes after the end");
            is_online |= matches!(event, DeviceEvent::Online(_));
            has_ended |= matches!(event, DeviceEvent::Fault(_));
            waiting += 1;
        }
        while let Some(frame) = device.poll_frame() {
            assert!((1..=HW_MTU).contains(&frame.len()) && is_online);
            waiting += 1;
        }
        while let Some(wire) = device.poll_write() {
            assert!(wire.len() < 2 * HW_MTU + 16);
            waiting += 1;
        }
        assert!(waiting <= 2 * said.len() + 8, "{waiting} for {} bytes", said.len());
        if device.has_room(now) {
            assert!(is_online && !has_ended);
            assert!(device.send(now, &[0xc0; HW_MTU]));
        }
    }
}

pub(super) fn seeds() -> Vec<Vec<u8>> {
    let healthy = HEALTHY.iter().fold(vec![0], |mut all, (command, data)| {
        let wire = kiss::encode(*command, data);
        all.extend([3, u8::try_from(wire.len()).unwrap()]);
        all.extend(wire);
        all
    });
    vec![healthy, vec![1, 255, 4, 0xc0, 0x55, 0xf8, 0xc0]]
}
