//! The embedder as its callers see it. What needs the model is skipped aloud where the model is not installed.

mod model;
mod opening;
mod vectors;
