//! Derived search data beside each process: words (postings on disk, our own scoring) and vectors (an exact scan in
//! memory).

pub mod keywords;
mod marks;
mod ranking;
pub mod vectors;
