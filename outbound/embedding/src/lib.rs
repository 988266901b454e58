//! Texts to vectors, in process: all-MiniLM-L6-v2 in Rust, and the means to install its files.

pub mod fetch;
mod files;
mod local;
mod network;
mod safetensors;
mod wordpiece;

pub use files::is_installed;
pub use local::{LocalEmbedder, Settings};
