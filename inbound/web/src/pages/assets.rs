//! The few files that pages need. Their addresses hold a hash of their content, so that browsers may keep them for ever.

use std::sync::LazyLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use daybook_core::model::document::hex;
use sha2::{Digest, Sha256};

use crate::extract::{FromSegment, Path};
use crate::problem::Problem;

/// A file that is part of the program.
pub(crate) struct Asset {
    bytes: &'static [u8],
    media_type: &'static str,
    /// `daybook.css` is `daybook.0123456789abcdef.css`.
    name: String,
}

impl Asset {
    fn new(stem: &str, extension: &str, media_type: &'static str, bytes: &'static [u8]) -> Self {
        let hash = hex(&Sha256::digest(bytes));
        Self { bytes, media_type, name: format!("{stem}.{}.{extension}", &hash[..16]) }
    }
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        Asset::new("daybook", "css", "text/css; charset=utf-8", include_bytes!("../../static/daybook.css")),
        Asset::new("daybook", "js", SCRIPT, include_bytes!("../../static/daybook.js")),
        Asset::new("daybook", "svg", "image/svg+xml", include_bytes!("../../static/daybook.svg")),
        Asset::new("admin", "js", SCRIPT, include_bytes!("../../static/admin.js")),
    ]
});

/// Where the style is.
pub(crate) fn style() -> String {
    format!("/static/{}", ASSETS[0].name)
}

/// Where the script is.
pub(crate) fn script() -> String {
    format!("/static/{}", ASSETS[1].name)
}

/// Where the picture is that stands for Daybook.
pub(crate) fn icon() -> String {
    format!("/static/{}", ASSETS[2].name)
}

/// Where the script is of pages that show more to holders of the admin key.
pub(crate) fn admin_script() -> String {
    format!("/static/{}", ASSETS[3].name)
}

impl FromSegment for &'static Asset {
    fn read(word: &str) -> Result<Self, Problem> {
        let asset = ASSETS.iter().find(|asset| asset.name == word);
        asset.ok_or_else(|| {
            Problem::missing("There is no such file; the page that names it may be an old one.")
        })
    }
}

/// Serves them.
pub(crate) async fn show(Path(asset): Path<&'static Asset>) -> Response {
    let headers = [(CONTENT_TYPE, asset.media_type), (CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.bytes).into_response()
}
