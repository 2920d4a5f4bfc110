//! Who may import whom: the import table of the design, checked against the source.
//! Not what a module does with what it imports.

mod paths;
mod tokens;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use paths::{SourceFile, crate_paths, tested_files};

/// Each module of `src`, and the paths of ours that it and its submodules may use beside their own.
const MAY_USE: &[(&str, &[&str])] = &[
    ("rns", &[]),
    ("lxmf", &["rns"]),
    ("interface", &["rns"]),
    ("group", &["rns::hash", "rns::msgpack", "rns::time"]),
    ("store", &["group", "rns::hash", "rns::time"]),
    ("notify", &["store", "group", "rns::hash", "rns::time", "rns::airtime"]),
    ("api", &["group", "store", "notify", "rns::air", "rns::hash", "rns::msgpack", "rns::time"]),
    ("command", &["api", "group", "rns::hash", "rns::time"]),
    ("pages", &["api", "group"]),
    ("server", &["api", "command", "pages", "notify", "store", "group", "lxmf", "rns"]),
    ("web", &["server::handle", "api", "group"]),
    ("client", &["api", "store", "group", "lxmf", "rns"]),
    ("config", &["interface", "group", "notify", "web"]),
    (
        "daemon",
        &[
            "rns",
            "lxmf",
            "interface",
            "group",
            "store",
            "notify",
            "api",
            "command",
            "pages",
            "server",
            "web",
            "client",
            "config",
        ],
    ),
    ("cli", &["daemon", "client", "config"]),
    ("main", &["cli", "daemon", "client", "config"]),
];

/// Crates that only some modules may name.
const OUTSIDE: &[(&str, &[&str])] = &[
    ("tokio", &["interface", "web", "daemon", "server::handle"]),
    ("socket2", &["interface"]),
    ("nix", &["interface", "daemon"]),
    ("rustix", &["interface"]),
    ("rusqlite", &["store"]),
];

/// Macros live at the root of the crate whatever module they belong to.
const ROOT_MACROS: &[(&str, &str)] = &[("hash_type", "rns::hash")];

/// Everything in one file that the tables forbid, as sentences.
fn violations(file: &SourceFile) -> Vec<String> {
    let Some(module) = file.module.first() else { return Vec::new() };
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| name == module) else {
        return vec![format!("{}: module `{module}` is not in the import table", file.name)];
    };
    let mut found = BTreeSet::new();
    for path in crate_paths(file) {
        let path = match ROOT_MACROS.iter().find(|(name, _)| path == *name) {
            Some((_, home)) => (*home).to_owned(),
            None => path,
        };
        if !starts_with(&path, module) && !allowed.iter().any(|prefix| starts_with(&path, prefix)) {
            found.insert(format!("{}: `{module}` may not use `{path}`", file.name));
        }
    }
    let own = file.module.join("::");
    for (name, homes) in OUTSIDE {
        if file.names(name) && !homes.iter().any(|home| starts_with(&own, home)) {
            found.insert(format!("{}: `{own}` may not name `{name}`", file.name));
        }
    }
    found.into_iter().collect()
}

/// Is `path` this module or inside it?
fn starts_with(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Every file below `src` that is not only compiled for tests.
fn source_files() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    let tested: BTreeSet<Vec<String>> = files.iter().flat_map(tested_files).collect();
    files.retain(|file| !tested.iter().any(|module| file.module.starts_with(module)));
    files
}

fn collect(root: &Path, dir: &Path, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(dir).expect("src can be listed") {
        let path: PathBuf = entry.expect("src can be listed").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).expect("below src").to_string_lossy().replace('\\', "/");
            files.push(SourceFile::new(&name, &fs::read_to_string(&path).expect("source is text")));
        }
    }
}

#[test]
fn no_module_imports_what_the_table_forbids() {
    let files = source_files();
    assert!(files.len() > 30, "only {} files found", files.len());
    let found: Vec<_> = files.iter().flat_map(violations).collect();
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

/// What the checker says about one file with this text.
fn check(name: &str, text: &str) -> Vec<String> {
    violations(&SourceFile::new(name, text))
}

#[test]
fn a_forbidden_use_is_found_in_every_form() {
    for text in [
        "use crate::store::Store;",
        "use crate::{store::Store, rns::hash};",
        "use crate::{rns::{hash::{sha256}, time}, store};",
        "use crate::store as disk;",
        "use crate :: store :: { self , Store } ;",
        "pub(crate) use crate::store::*;",
        "use super::super::store::Store;",
        "fn f() -> crate::store::Store { todo() }",
        "macro_rules! m { () => { $crate::store::Store::open() } }",
        "use crate::*;",
        "mod inner { use super::super::super::store; }",
        "#[doc(hidden)] use crate::r#store::Store;",
    ] {
        let found = check("lxmf/message.rs", text);
        assert!(found.iter().any(|line| line.contains("`lxmf` may not use")), "{text}: {found:?}");
    }
}

#[test]
fn what_the_table_allows_passes() {
    for text in [
        "use crate::rns::hash::DestinationHash; use super::message::Message; use self::inner::X;",
        "use crate::lxmf::{self, Router}; use super::super::lxmf::router;",
        "// use crate::store::Store;\n/* use crate::store; /* nested */ crate::store */ fn f() {}",
        "const S: &str = \"crate::store\"; const R: &str = r#\"use crate::store; \"quoted\" \"#;",
        "/// See [`crate::store`].\nfn f<'a>(c: char) -> &'a str { if c == '\"' { \"a\" } else { \"crate::store\" } }",
        "crate::hash_type! { Name, 16 }",
        "#[cfg(test)] mod tests { use crate::store::Store; mod deep { use tokio::x; } } fn after() {}",
        "pub(crate) fn f() {} pub(in crate::lxmf) fn g() {}",
    ] {
        assert_eq!(check("lxmf/message.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn code_after_a_test_module_is_checked_again() {
    let text = "#[cfg(test)] mod tests { fn f() { if x { y } } } use crate::store;";
    assert_eq!(check("lxmf/message.rs", text), ["lxmf/message.rs: `lxmf` may not use `store`"]);
}

#[test]
fn a_module_that_may_use_a_part_may_not_use_the_whole() {
    assert!(check("group/mod.rs", "use crate::rns::hash::IdentityHash;").is_empty());
    assert_eq!(check("group/mod.rs", "use crate::rns;"), ["group/mod.rs: `group` may not use `rns`"]);
    assert_eq!(check("group/mod.rs", "use crate::rns::{hash, Node};").len(), 1);
    assert_eq!(check("group/mod.rs", "use crate::rns::hashes;").len(), 1, "a longer name is another module");
}

#[test]
fn super_counts_from_the_file_and_from_inline_modules() {
    assert!(check("store/apply.rs", "use super::Store;").is_empty());
    assert_eq!(check("store/mod.rs", "use super::lxmf;").len(), 1);
    assert_eq!(check("store/tables/posts.rs", "use super::super::super::lxmf;").len(), 1);
    assert_eq!(check("store/apply.rs", "mod a { use super::super::super::lxmf; }").len(), 1);
    assert!(check("store/apply.rs", "mod a { use super::super::lxmf; }").is_empty());
}

#[test]
fn runtime_and_database_are_named_only_where_they_live() {
    assert_eq!(check("rns/node.rs", "use tokio::time;"), ["rns/node.rs: `rns::node` may not name `tokio`"]);
    assert_eq!(check("server/mod.rs", "fn f() { tokio::spawn(x) }").len(), 1);
    assert!(check("server/handle.rs", "use tokio::sync::oneshot;").is_empty());
    assert!(check("daemon/node_task.rs", "use tokio::sync::mpsc;").is_empty());
    assert_eq!(check("daemon/mod.rs", "use rusqlite::Connection;").len(), 1);
    assert_eq!(check("daemon/mod.rs", "use ::rusqlite::Connection;").len(), 1);
    assert!(check("store/mod.rs", "use rusqlite::Connection;").is_empty());
}

#[test]
fn the_program_names_the_library_by_its_own_name() {
    assert!(check("main.rs", "fn main() { roost::cli::main() }").is_empty());
    assert_eq!(check("main.rs", "fn main() { roost::store::open() }").len(), 1);
}

#[test]
fn a_module_that_the_table_does_not_know_is_reported() {
    assert_eq!(check("gossip/mod.rs", "").len(), 1);
    assert!(check("lib.rs", "pub mod gossip;").is_empty());
}
