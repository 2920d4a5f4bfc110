//! The table of requirements names tests that exist.
//! Not whether they passed: `tests/run` looks at that when all have run.

use std::fs;
use std::path::Path;

/// A row: which requirement, and the tests that prove it.
struct Row<'a> {
    id: &'a str,
    tests: Vec<&'a str>,
}

fn rows(table: &str) -> Vec<Row<'_>> {
    table
        .lines()
        .filter(|line| line.starts_with("| MC-"))
        .map(|line| {
            let cells: Vec<_> = line.split('|').map(str::trim).collect();
            let [_, id, _, tests, _] = cells.as_slice() else { panic!("not three cells: {line}") };
            // Every other piece between backticks is a name.
            Row { id, tests: tests.split('`').skip(1).step_by(2).collect() }
        })
        .collect()
}

/// The source of all tests, those against the Python packages too.
fn source_of(directory: &Path) -> String {
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let entries = fs::read_dir(directory)
        .expect("a directory of the project")
        .map(|entry| entry.expect("a readable one").path());
    entries
        .filter(|path| !hidden(path))
        .map(|path| match (path.is_dir(), path.extension().and_then(|extension| extension.to_str())) {
            (true, _) => source_of(&path),
            (false, Some("rs" | "py")) => fs::read_to_string(&path).expect("source is text"),
            (false, _) => String::new(),
        })
        .collect()
}

#[test]
fn every_row_names_tests_that_exist() {
    let table = include_str!("../requirements.md");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source = source_of(&root.join("src")) + &source_of(&root.join("tests"));
    for Row { id, tests } in rows(table) {
        assert!(!tests.is_empty(), "{id} is proved by nothing");
        for test in tests {
            let declared = ["fn ", "def "].iter().any(|word| source.contains(&format!("{word}{test}(")));
            assert!(declared, "{id} names {test}, which is no test");
        }
    }
}

/// MC-60 to MC-66 are about groups that nobody hosts.
#[test]
fn every_requirement_of_a_hosted_group_has_its_row_in_order() {
    let table = include_str!("../requirements.md");
    let ids: Vec<_> = rows(table).iter().map(|row| row.id.to_owned()).collect();
    let wanted: Vec<_> = (1..=59).chain(67..=80).map(|number| format!("MC-{number:02}")).collect();
    assert_eq!(ids, wanted);
}
