//! Which address means what.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use serde_json::json;

use super::answers::{PRINTED, fault, full, json, refusal};
use super::api;
use super::batches::Batches;
use super::guard::{Guard, guarded};
use super::page;
use super::session_thread::{NoAnswer, SessionThread};
use super::sessions::Sessions;
use crate::{Ask, Fault};

/// The largest body of a request, in bytes.
pub const BODY: usize = 4 << 20;

/// How long a client may take for a body.
const READ: Duration = Duration::from_secs(10);

/// The shortest time between two events.
const EVENTS: Duration = Duration::from_millis(100);

/// The addresses of the page, below `/TOKEN`.
pub fn page(token: &str, sessions: Arc<Sessions>, guard: Guard) -> Router {
    let below = format!("/{token}/");
    let to_page = below.clone();
    Router::new()
        .route(&format!("/{token}"), get(|| async move { Redirect::permanent(&to_page) }))
        .route(&below, get(|| async { file("") }))
        .route(&format!("{below}ask"), post(ask))
        .route(&format!("{below}events"), get(events))
        .route(&format!("{below}session"), post(session))
        .route(&format!("{below}{{*name}}"), get(|Path(name): Path<String>| async move { file(&name) }))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .with_state(sessions)
        .layer(from_fn_with_state(guard, guarded))
}

/// The addresses of a model that answers programs.
pub fn api(batches: Arc<Batches>, guard: Guard) -> Router {
    Router::new()
        .route("/v1/predict", post(api::predict))
        .route("/v1/model", get(api::model))
        .route("/v1/openapi.json", get(api::description))
        .fallback(api::nothing)
        .method_not_allowed_fallback(api::nothing)
        .with_state(batches)
        .layer(from_fn_with_state(guard, guarded))
}

async fn nothing() -> Response {
    refusal(
        StatusCode::NOT_FOUND,
        "there is nothing at this address",
        "an address of the page",
        "another one",
        PRINTED,
    )
}

fn file(name: &str) -> Response {
    page::file(name).unwrap_or_else(|| {
        let what = "there is nothing at this address";
        refusal(StatusCode::NOT_FOUND, what, "a file of the page", name, PRINTED)
    })
}

/// The session that a request names.
#[derive(Deserialize)]
struct Which {
    session: Option<String>,
}

fn no_session() -> Response {
    let error = Fault::new(
        "there is no such session",
        "a session that has not ended",
        "another name",
        "a new session",
    );
    fault(StatusCode::NOT_FOUND, &error)
}

async fn session(State(sessions): State<Arc<Sessions>>) -> Response {
    match sessions.add() {
        Ok(Some(name)) => json(StatusCode::OK, &json!({ "session": name })),
        Ok(None) => full("there are too many sessions"),
        Err(error) => fault(StatusCode::INTERNAL_SERVER_ERROR, &error),
    }
}

async fn ask(
    State(sessions): State<Arc<Sessions>>,
    Query(which): Query<Which>,
    request: Request,
) -> Response {
    let Some(session) = sessions.get(which.session.as_deref()) else { return no_session() };
    let (head, body) = request.into_parts();
    if !is_kind(&head.headers, "application/json") {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let (expected, remedy) = ("Content-Type: application/json", "this header, and an ask in JSON");
        return refusal(status, "an ask is JSON", expected, "another type, or none", remedy);
    }
    let bytes = match read(body).await {
        Ok(bytes) => bytes,
        Err(response) => return response,
    };
    let ask = match Ask::of_json(&bytes) {
        Ok(ask) => ask,
        Err(error) => return fault(StatusCode::BAD_REQUEST, &error),
    };
    match session.ask(ask).await {
        Ok(Ok(answer)) => json(StatusCode::OK, &answer),
        Ok(Err(error)) => fault(StatusCode::BAD_REQUEST, &error),
        Err(NoAnswer::Full) => full("too many asks wait"),
        Err(NoAnswer::Ended) => no_session(),
    }
}

/// Whether the body of a request is of this type.
pub fn is_kind(headers: &HeaderMap, kind: &str) -> bool {
    let given = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(kind)
}

/// The whole body, if it is not too large and comes in time.
pub async fn read(body: Body) -> Result<Vec<u8>, Response> {
    // Of a body that is too large by its own word, nothing is read.
    if body.size_hint().lower() > BODY as u64 {
        return Err(too_large());
    }
    tokio::time::timeout(READ, collect(body)).await.unwrap_or_else(|_| {
        let (what, expected) = ("the body takes too long", "all of it in ten seconds");
        Err(refusal(StatusCode::REQUEST_TIMEOUT, what, expected, "a part of it", "sending all of it at once"))
    })
}

async fn collect(body: Body) -> Result<Vec<u8>, Response> {
    let (mut parts, mut bytes) = (body.into_data_stream(), Vec::new());
    while let Some(part) = parts.next().await {
        let part = part.map_err(|error| {
            let (what, expected) = ("the body breaks off", "as many bytes as its head says");
            refusal(StatusCode::BAD_REQUEST, what, expected, &error.to_string(), "sending it again")
        })?;
        if bytes.len() + part.len() > BODY {
            return Err(too_large());
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes)
}

fn too_large() -> Response {
    let (status, what) = (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large");
    refusal(status, what, "at most 4 MiB", "more", "a smaller picture, or fewer samples")
}

async fn events(State(sessions): State<Arc<Sessions>>, Query(which): Query<Which>) -> Response {
    let Some(session) = sessions.get(which.session.as_deref()) else { return no_session() };
    Sse::new(newest(session)).keep_alive(KeepAlive::default()).into_response()
}

/// The newest news, whenever there are some. What comes while the client reads is left out.
fn newest(session: Arc<SessionThread>) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((session.news(), session, true), |(mut news, session, is_first)| async move {
        if !is_first {
            tokio::time::sleep(EVENTS).await;
            news.changed().await.ok()?;
        }
        let text = {
            let newest = news.borrow_and_update();
            let mut value = serde_json::to_value(&*newest).ok()?;
            value["answer"] = "news".into();
            value.to_string()
        };
        Some((Ok(Event::default().event("news").data(text)), (news, session, false)))
    })
}
