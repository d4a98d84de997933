//! The files of the page, which are in the program.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};

/// The name and the contents of each file.
pub const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/page.rs"));

/// The file `name` of the page. Only the names of the table lead to a file.
pub fn file(name: &str) -> Option<Response> {
    let name = if name.is_empty() { "index.html" } else { name };
    let (_, contents) = FILES.iter().find(|(other, _)| *other == name)?;
    Some(([(CONTENT_TYPE, kind(name))], *contents).into_response())
}

/// The type of a file, by its ending.
fn kind(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_there_and_small() {
        assert!(file("").is_some() && file("index.html").is_some());
        assert!(file("../Cargo.toml").is_none() && file("nothing").is_none());
        let bytes: usize = FILES.iter().map(|(_, contents)| contents.len()).sum();
        assert!(bytes < 600_000, "{bytes} bytes");
    }
}
