//! Texts to vectors, in process.
