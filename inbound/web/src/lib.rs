//! The HTTP way in: API and pages.
