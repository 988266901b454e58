//! The rules of the house, so that nobody has to say them in review: who may depend on whom, how files begin, how long
//! they are, and whether the documents speak of what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Every package of ours with its folder and what it depends on outside of tests.
fn packages() -> BTreeMap<String, (String, BTreeSet<String>)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let manifest = Path::new(package["manifest_path"].as_str().unwrap());
            let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap().display().to_string();
            let dependencies = package["dependencies"].as_array().unwrap().iter();
            let dependencies = dependencies.filter(|dependency| dependency["kind"] != "dev");
            let names = dependencies.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), (folder, names.collect()))
        })
        .collect()
}

#[test]
fn arrows_point_down() {
    let packages = packages();
    assert!(packages.len() >= 10, "{packages:#?}");
    for (name, (folder, dependencies)) in &packages {
        let ours: BTreeSet<&str> =
            dependencies.iter().map(String::as_str).filter(|one| packages.contains_key(*one)).collect();
        let allowed: &[&str] = match folder.as_str() {
            "core" | "sim" => &[],
            "testkit" => &["daybook-core"],
            "daybook" | "xtask" | "bench" => continue,
            folder if folder.starts_with("inbound/") || folder.starts_with("outbound/") => &["daybook-core"],
            other => panic!("{name} stands in {other}, which is no floor of the house"),
        };
        let forbidden: Vec<_> = ours.iter().filter(|one| !allowed.contains(one)).collect();
        assert!(forbidden.is_empty(), "{name} ({folder}) may not depend on {forbidden:?}");
    }
}

#[test]
fn the_core_knows_no_world_outside() {
    let (_, dependencies) = &packages()["daybook-core"];
    let allowed = [
        "async-trait",
        "chrono",
        "chrono-tz",
        "serde",
        "serde_json",
        "sha2",
        "subtle",
        "thiserror",
        "tracing",
        "uuid",
    ];
    let strangers: Vec<_> = dependencies.iter().filter(|one| !allowed.contains(&one.as_str())).collect();
    assert!(strangers.is_empty(), "the core must not depend on {strangers:?}");
    for (path, text) in sources().filter(|(path, _)| path.starts_with("core/src")) {
        for word in
            ["std::fs", "std::net", "std::env", "std::process", "std::thread", "Utc::now", "Instant::now"]
        {
            // The tests at a file's foot may look at a clock.
            let production = text.split("#[cfg(test)]").next().unwrap();
            assert!(!production.contains(word), "{path} knows {word}");
        }
    }
}

#[test]
fn inside_the_core_actions_know_ports_and_ports_know_the_model() {
    for (path, text) in sources() {
        let forbidden: &[&str] = if path.starts_with("core/src/model") {
            &["crate::ports", "crate::actions"]
        } else if path.starts_with("core/src/ports") {
            &["crate::actions"]
        } else {
            &[]
        };
        for word in forbidden {
            assert!(!text.contains(word), "{path} looks up to {word}");
        }
    }
}

#[test]
fn only_the_store_has_sql_and_only_the_web_has_status_codes() {
    for (path, text) in sources().filter(|(path, _)| !path.contains("/tests/") && !path.starts_with("sim/")) {
        if !path.starts_with("outbound/store/") {
            assert!(!text.contains("sqlx::"), "{path} has SQL");
        }
        let is_http = path.starts_with("inbound/web/") || path.starts_with("outbound/sources/src/http");
        let is_fetch = path.starts_with("outbound/embedding/src/fetch");
        if !is_http && !is_fetch {
            assert!(!text.contains("StatusCode"), "{path} has status codes");
        }
    }
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_too_long() {
    let mut count = 0;
    for (path, text) in sources() {
        count += 1;
        let first = text.lines().next().unwrap_or_default();
        assert!(
            first.starts_with("//! ") && first.len() > 20,
            "{path} does not begin with what it is for: {first}"
        );
        let lines = text.lines().count();
        let comment: String = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let has_reason = comment.contains("long because") || comment.contains("Long because");
        assert!(
            lines <= 400 || has_reason,
            "{path} has {lines} lines: find the seam, or say why it is `long because`"
        );
        assert!(!path.ends_with("/mod.rs"), "{path}: a folder's file stands beside it");
    }
    assert!(count > 100, "only {count} files were looked at");
}

#[test]
fn documents_speak_of_files_that_are_there() {
    let documents = tracked("*.md");
    assert!(documents.len() >= 8, "{documents:?}");
    for document in documents {
        let text = std::fs::read_to_string(root().join(&document)).unwrap();
        let folder = root().join(&document).parent().unwrap().to_owned();
        for link in links(&text) {
            assert!(folder.join(link).exists(), "{document} links to {link}, which is not there");
        }
        for path in named_paths(&text) {
            assert!(root().join(path).exists(), "{document} names `{path}`, which is not there");
        }
    }
}

#[test]
fn every_test_that_is_named_as_a_proof_is_there() {
    let text = std::fs::read_to_string(root().join("docs/PROOFS.md")).unwrap();
    let everything: String = sources().map(|(_, text)| text).collect();
    let named = text.split('`').skip(1).step_by(2).filter(|name| !name.contains('/') && name.contains('_'));
    let is_test = |name: &&str| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let missing: Vec<_> =
        named.filter(is_test).filter(|name| !everything.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/PROOFS.md names tests that are nowhere: {missing:?}");
    assert!(text.matches("| V").count() == 16, "every row of the faults has its line");
}

#[test]
fn every_invariant_of_the_architecture_names_a_test_or_lint_that_is_there() {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let everything: String = sources()
        .map(|(_, text)| text)
        .chain([std::fs::read_to_string(root().join("clippy.toml")).unwrap()])
        .collect();
    let held_by: Vec<&str> =
        text.split("Held by").skip(1).map(|rest| rest.split('.').next().unwrap_or_default()).collect();
    assert!(held_by.len() >= 9, "the invariants say what holds them");
    for claim in held_by {
        for name in claim.split('`').skip(1).step_by(2).filter(|name| !name.contains('/')) {
            assert!(
                everything.contains(name),
                "ARCHITECTURE.md says `{name}` holds an invariant, and it is nowhere"
            );
        }
    }
}

fn tracked(pattern: &str) -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", pattern])
        .current_dir(root())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).filter(|path| root().join(path).is_file()).collect()
}

/// Every Rust file of ours: its path and its text.
fn sources() -> impl Iterator<Item = (String, String)> {
    tracked("*.rs").into_iter().map(|path| {
        let text = std::fs::read_to_string(root().join(&path)).unwrap();
        (path, text)
    })
}

/// Targets of links within the repository.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter_map(|target| {
        let target = target.split('#').next().unwrap_or_default();
        (!target.is_empty() && !target.contains("://") && !target.starts_with("mailto:")).then_some(target)
    })
}

/// Paths in code marks that begin with a folder of ours.
fn named_paths(text: &str) -> impl Iterator<Item = &str> {
    let folders = ["core/", "inbound/", "outbound/", "sim/", "testkit/", "daybook/", "xtask/", "docs/"];
    text.split('`').skip(1).step_by(2).filter(move |word| {
        folders.iter().any(|folder| word.starts_with(folder)) && !word.contains(['*', '<', '{', ' ', '…'])
    })
}
