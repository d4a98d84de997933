//! Answers and errors as responses.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::Fault;

/// A value as JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(text) => (status, [(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the answer is no JSON",
            "an answer",
            &error.to_string(),
            "another ask; and a report, please",
        ),
    }
}

/// An error as JSON.
pub fn fault(status: StatusCode, fault: &Fault) -> Response {
    json(status, &json!({ "error": fault }))
}

/// What to try where the address of a request is wrong.
pub const PRINTED: &str = "the address that toddle play has printed";

/// A refusal of the server itself.
pub fn refusal(status: StatusCode, what: &str, expected: &str, got: &str, remedy: &str) -> Response {
    fault(status, &Fault::new(what, expected, got, remedy))
}

/// There is no room at the moment.
pub fn full(what: &str) -> Response {
    let error = Fault::new(what, "fewer at a time", "as many as there can be", "again in some seconds");
    let mut response = fault(StatusCode::SERVICE_UNAVAILABLE, &error);
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("5"));
    response
}
