//! What opening says of files that are missing or damaged.

use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use daybook_core::model::fault::{Fault, FaultKind};
use daybook_core::ports::embedder::{Embedder, EmbedderError};
use daybook_embedding::fetch::{FetchSettings, Fetched, fetch};
use daybook_embedding::{LocalEmbedder, Settings, is_installed};

use crate::model;

fn refusal(folder: &Path) -> EmbedderError {
    LocalEmbedder::open(&Settings { folder: folder.to_owned(), threads: 1 }).expect_err("it is refused")
}

#[test]
fn a_missing_model_is_not_installed_and_says_where_it_was_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, EmbedderError::NotInstalled { .. }));
    assert_eq!(error.kind(), FaultKind::Unavailable);
    let wanted = folder.path().join("all-MiniLM-L6-v2/model.safetensors");
    assert!(error.to_string().contains(&wanted.display().to_string()), "{error}");
    assert!(!is_installed(folder.path()));
}

#[test]
fn a_file_of_a_wrong_length_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("all-MiniLM-L6-v2");
    fs::create_dir(&inner).unwrap();
    fs::write(inner.join("model.safetensors"), "short").unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, EmbedderError::Broken { .. }));
    assert!(error.to_string().contains("has 5 bytes rather than 90868376"), "{error}");
}

#[tokio::test]
async fn one_wrong_bit_is_found_and_mended_by_another_fetch() {
    if !model::is_there("one_wrong_bit_is_found_and_mended_by_another_fetch") {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let settings = FetchSettings {
        folder: home.path().to_owned(),
        from: Some(model::folder().join("all-MiniLM-L6-v2")),
        ..FetchSettings::default()
    };
    let two = tokio::join!(fetch(&settings, |_| ()), fetch(&settings, |_| ()));
    let two = [two.0.unwrap(), two.1.unwrap()];
    let installed = |one: &&Fetched| matches!(one, Fetched::Installed { .. });
    assert_eq!(two.iter().filter(installed).count(), 1);
    assert!(is_installed(home.path()));
    let mut file =
        File::options().write(true).open(home.path().join("all-MiniLM-L6-v2/model.safetensors")).unwrap();
    file.seek(SeekFrom::Start(50_000_000)).unwrap();
    file.write_all(&[0x55]).unwrap();
    drop(file);
    let error = refusal(home.path());
    assert!(error.to_string().contains("has the checksum"), "{error}");
    assert!(installed(&&fetch(&settings, |_| ()).await.unwrap()));
    let embedder = LocalEmbedder::open(&Settings { folder: home.path().to_owned(), threads: 1 }).unwrap();
    assert_eq!(embedder.model().0, "all-MiniLM-L6-v2/53aa51172d14/i12-mean-1");
}
