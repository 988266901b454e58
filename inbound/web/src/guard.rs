//! Who may call a route. Declared with the route, enforced before anything of the request is read, and handed to the
//! handler as a proof.

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use daybook_core::model::account::Admin;
use daybook_core::model::audience::Viewer;

use crate::problem::Problem;
use crate::state::{Access, Visitors};

/// The header that carries the admin key.
pub(crate) const ADMIN_KEY: &str = "x-admin-key";

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Whoever reaches the port.
    Anyone,
    /// Whoever may read: holders of a key, and visitors if the settings say so.
    Reader,
    /// Holders of the admin key.
    Admin,
}

/// Proof that the caller may administer this Daybook; only in handlers of routes guarded by [`Guard::Admin`].
pub(crate) struct AdminOnly(pub(crate) Admin);

/// Who reads; only in handlers of routes guarded by [`Guard::Reader`].
pub(crate) struct Reader(pub(crate) Viewer);

/// Lets a request pass, with its proof, or refuses it.
pub(crate) async fn admit(
    State((access, guard)): State<(Access, Guard)>,
    mut request: Request,
    next: Next,
) -> Response {
    match guard {
        Guard::Anyone => {}
        Guard::Admin => match admin(&access, request.headers()) {
            Ok(admin) => drop(request.extensions_mut().insert(admin)),
            Err(problem) => return problem.into_response(),
        },
        Guard::Reader => match viewer(&access, request.headers()) {
            Ok(viewer) => drop(request.extensions_mut().insert(viewer)),
            Err(problem) => return problem.into_response(),
        },
    }
    next.run(request).await
}

fn admin(access: &Access, headers: &HeaderMap) -> Result<Admin, Problem> {
    let Some(key) = &access.admin_key else {
        return Err(Problem::unauthorized(
            "This needs an admin key, and this Daybook has none: set ADMIN_API_KEY, start it again, and send the key in \
             the header X-Admin-Key.",
        ));
    };
    let mut presented = headers.get_all(ADMIN_KEY).iter();
    match (presented.next(), presented.next()) {
        (None, _) => Err(Problem::unauthorized("This needs the admin key in the header X-Admin-Key.")),
        (Some(one), None) => one.to_str().ok().and_then(|one| key.admit(one)).ok_or_else(|| {
            Problem::unauthorized("The key in the header X-Admin-Key is not the admin key of this Daybook.")
        }),
        (Some(_), Some(_)) => {
            Err(Problem::unauthorized("The header X-Admin-Key stands there more than once; send it once."))
        }
    }
}

/// A wrong key is refused and never read as "no key": who thinks to be an admin must not get a member's answer.
fn viewer(access: &Access, headers: &HeaderMap) -> Result<Viewer, Problem> {
    if headers.contains_key(ADMIN_KEY) {
        return admin(access, headers).map(|_| Viewer::admin());
    }
    match access.visitors {
        Visitors::Members => Ok(Viewer::member()),
        Visitors::Nobody => Err(Problem::unauthorized(
            "Visitors may not read here. Send the admin key in the header X-Admin-Key; or set DAYBOOK_VISITORS=members, \
             and whoever reaches this address reads what every member may read.",
        )),
    }
}

impl<S: Sync> FromRequestParts<S> for AdminOnly {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.remove().map(Self).ok_or_else(|| undeclared(parts))
    }
}

impl<S: Sync> FromRequestParts<S> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.remove().map(Self).ok_or_else(|| undeclared(parts))
    }
}

fn undeclared(parts: &Parts) -> Problem {
    tracing::error!(request.method = %parts.method, "a handler wants a proof that its route does not ask for");
    Problem::broken()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use daybook_core::model::account::AdminKey;

    use super::*;

    fn access(key: Option<&str>, visitors: Visitors) -> Access {
        Access { admin_key: key.map(AdminKey::new), visitors }
    }

    fn presented(keys: &[&[u8]]) -> HeaderMap {
        keys.iter().map(|key| (ADMIN_KEY.parse().unwrap(), HeaderValue::from_bytes(key).unwrap())).collect()
    }

    #[test]
    fn a_wrong_key_never_falls_back_to_a_visitor() {
        let open = access(Some("right"), Visitors::Members);
        for wrong in [&[b"wrong".as_slice()][..], &[b""], &[b"\xff"], &[b"right", b"right"]] {
            assert!(viewer(&open, &presented(wrong)).is_err(), "{wrong:?}");
        }
        assert!(viewer(&access(None, Visitors::Members), &presented(&[b"any"])).is_err());
    }

    #[test]
    fn the_right_key_reads_everything_and_a_visitor_what_members_read() {
        let open = access(Some("right"), Visitors::Members);
        assert!(viewer(&open, &presented(&[b"right"])).unwrap().is_admin());
        assert_eq!(viewer(&open, &HeaderMap::new()).unwrap(), Viewer::member());
        assert!(viewer(&access(Some("right"), Visitors::Nobody), &HeaderMap::new()).is_err());
    }

    #[test]
    fn without_a_configured_key_the_refusal_names_the_setting() {
        let problem = admin(&access(None, Visitors::Members), &presented(&[b"any"])).unwrap_err();
        assert!(problem.detail.contains("ADMIN_API_KEY"));
    }
}
