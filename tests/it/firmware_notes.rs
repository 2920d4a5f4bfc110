//! The notes on radios say numbers; these must be the program's.
//! Not what boards do; nothing here has seen one.

use roost::rns::airtime::Modulation;

/// Spreading factors and bandwidths in kHz that the table of `radio-parameters.md` shows.
const ROWS: [(u8, u32); 13] = [
    (7, 125),
    (8, 125),
    (9, 125),
    (10, 125),
    (11, 125),
    (12, 125),
    (8, 250),
    (9, 250),
    (10, 250),
    (11, 250),
    (7, 500),
    (8, 500),
    (9, 500),
];
/// An hour, in milliseconds.
const HOUR: u128 = 3_600_000;

fn row(spreading_factor: u8, kilohertz: u32) -> String {
    let modulation = Modulation::new(spreading_factor, kilohertz * 1000, 5).expect("a row of the table");
    let micros = |bytes: &[usize]| -> u128 {
        bytes.iter().map(|bytes| modulation.time_on_air(*bytes).as_micros()).sum()
    };
    let [announce, answer, link] = [micros(&[219]), micros(&[355]), micros(&[118, 355])];
    let members = |percent: u128, cost: u128| HOUR * 1000 * percent / 100 / cost;
    let millis = |micros: u128| (micros + 500) / 1000;
    format!(
        "| {spreading_factor} | {kilohertz} | {} | {} | {} | {} | {}, {} | {}, {} |",
        modulation.bitrate(),
        millis(announce),
        millis(answer),
        millis(link),
        members(1, answer),
        members(1, link),
        members(10, answer),
        members(10, link),
    )
}

#[test]
fn the_table_of_airtimes_is_what_the_program_reckons_with() {
    let page = include_str!("../../firmware-notes/radio-parameters.md");
    let written: Vec<_> =
        page.lines().skip_while(|line| !line.starts_with("| SF |")).skip(2).take(ROWS.len()).collect();
    let reckoned: Vec<_> = ROWS.map(|(spreading_factor, kilohertz)| row(spreading_factor, kilohertz)).into();
    assert_eq!(written, reckoned, "the rows should be\n{}", reckoned.join("\n"));
}
