//! The model for the tests, if it is there.

use std::path::PathBuf;
use std::sync::OnceLock;

use daybook_embedding::{LocalEmbedder, Settings, is_installed};

/// Where it is: `DAYBOOK_TEST_MODELS_DIR`, or `target/models`.
pub(crate) fn folder() -> PathBuf {
    variable("DAYBOOK_TEST_MODELS_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/models")),
        PathBuf::from,
    )
}

/// Whether it is there. Where it must be there, its absence is a failure.
pub(crate) fn is_there(test: &str) -> bool {
    let folder = folder();
    if is_installed(&folder) {
        return true;
    }
    let is_required = variable("CI").is_some_and(|ci| ci == "true")
        || variable("DAYBOOK_TEST_REQUIRE_MODELS").is_some_and(|required| required == "1");
    assert!(!is_required, "there is no model in {}", folder.display());
    eprintln!(
        "SKIPPED: {test}: there is no model in {}; `daybook models fetch` installs it",
        folder.display()
    );
    false
}

/// One for all tests.
pub(crate) fn embedder(test: &str) -> Option<&'static LocalEmbedder> {
    static EMBEDDER: OnceLock<LocalEmbedder> = OnceLock::new();
    let settings = Settings { folder: folder(), threads: 2 };
    is_there(test).then(|| EMBEDDER.get_or_init(|| LocalEmbedder::open(&settings).expect("the model opens")))
}

#[expect(clippy::disallowed_methods, reason = "where the tests' model lies is no setting of the product")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
