//! The web page at `/`: desk, channel and directory side by side, in one self-contained document.

use axum::Router;
use axum::http::HeaderValue;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header;

/// One document: markup, style and script put together when the program is built.
const PAGE: &str = concat!(
    include_str!("head.html"),
    "<style>\n",
    include_str!("style.css"),
    "</style>\n",
    include_str!("body.html"),
    "<script>\n\"use strict\";\n",
    include_str!("dom.js"),
    include_str!("desk.js"),
    include_str!("channel.js"),
    include_str!("directory.js"),
    include_str!("main.js"),
    "</script>\n</body>\n</html>\n",
);

/// Nothing is loaded from elsewhere, and nothing but this server is talked to.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page's route.
pub(crate) fn router() -> Router {
    Router::new().route("/", get(page))
}

async fn page() -> Response {
    let mut response = Html(PAGE).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
