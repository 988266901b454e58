//! Generated files and their check.
