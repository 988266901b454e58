//! `Admin`: a proof that only this file can make. Who may do a thing is a parameter, not a comment.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Proof that the caller may administer this Daybook. Actions that change things ask for it.
#[derive(Debug, Clone)]
pub struct Admin {
    who: &'static str,
}

impl Admin {
    /// The person at the machine's own command line: whoever can read the database file needs no key.
    pub fn at_the_console() -> Self {
        Self { who: "console" }
    }

    /// In what capacity this proof was given, for the record of who asked.
    pub fn who(&self) -> &'static str {
        self.who
    }
}

/// The configured admin key, held as a digest: it can be compared but not read back.
#[derive(Clone)]
pub struct AdminKey {
    digest: [u8; 32],
}

impl AdminKey {
    /// Keeps the digest of a key.
    pub fn new(secret: &str) -> Self {
        Self { digest: Sha256::digest(secret.as_bytes()).into() }
    }

    /// The proof, if the presented key is this one. Digests are compared in constant time, so that the time of a
    /// refusal says nothing about the key or its length.
    pub fn admit(&self, presented: &str) -> Option<Admin> {
        let presented: [u8; 32] = Sha256::digest(presented.as_bytes()).into();
        bool::from(self.digest.ct_eq(&presented)).then_some(Admin { who: "admin key" })
    }
}

impl std::fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminKey(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_key_is_admitted() {
        let key = AdminKey::new("a key of some length");
        assert!(key.admit("a key of some length").is_some());
        for wrong in ["", "a key of some lengt", "a key of some length ", "A key of some length"] {
            assert!(key.admit(wrong).is_none(), "admitted {wrong:?}");
        }
    }

    #[test]
    fn a_key_does_not_print_itself() {
        assert_eq!(format!("{:?}", AdminKey::new("secret")), "AdminKey(hidden)");
    }
}
