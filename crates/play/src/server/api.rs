//! A model that answers programs: `POST /v1/predict`, as `openapi.json` describes it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use toddle::argmax;
use toddle_data::{Answers, AskedFor, Dataset, Model, Picture};

use super::answers::{fault, full, json as as_json, refusal};
use super::batches::Batches;
use super::routes::{is_kind, read};
use crate::Fault;

/// The most samples of a request.
const MOST: usize = 4096;

/// A request in JSON.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Samples {
    /// Values of the kind that the training data had, a list for each sample.
    inputs: Vec<Vec<f32>>,
}

/// The answers about the samples of a request.
pub async fn predict(State(batches): State<Arc<Batches>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let bytes = match read(body).await {
        Ok(bytes) => bytes,
        Err(response) => return response,
    };
    let model = &batches.model;
    let inputs = match () {
        () if is_kind(&head.headers, "application/json") || bytes.trim_ascii_start().starts_with(b"{") => {
            of_json(model, &bytes)
        }
        () if Picture::is_picture(&bytes) => of_picture(model, &bytes),
        () => of_array(model, bytes),
    };
    let inputs = match inputs {
        Ok(inputs) => inputs,
        Err(error) => return fault(StatusCode::BAD_REQUEST, &error),
    };
    match batches.ask(inputs).await {
        None => full("too many requests wait"),
        Some(Err(error)) => fault(StatusCode::BAD_REQUEST, &error),
        Some(Ok(answers)) => as_json(StatusCode::OK, &predictions(model, &answers)),
    }
}

fn of_json(model: &Model, bytes: &[u8]) -> Result<Vec<f32>, Fault> {
    let Samples { inputs } = serde_json::from_slice(bytes).map_err(|error| {
        let expected = "{ \"inputs\": [[…], …] }, a list of numbers for each sample";
        Fault::new("this is no request", expected, error.to_string(), "as in /v1/openapi.json")
    })?;
    let size = model.input().size();
    let wrong = inputs.iter().find(|sample| sample.len() != size);
    if inputs.is_empty() || inputs.len() > MOST || wrong.is_some() {
        let got = match wrong {
            Some(sample) => format!("a sample of {} numbers", sample.len()),
            None => format!("{} samples", inputs.len()),
        };
        let expected = format!("1 to {MOST} samples of {size} numbers");
        return Err(Fault::new("these samples cannot be computed", expected, got, "other samples"));
    }
    let targets = vec![0.0; inputs.len()];
    let samples = Dataset::with_numbers("the samples", [size, 1, 1], inputs.concat(), targets, 1)?;
    Ok(model.inputs_of(&samples, &AskedFor::default())?.0)
}

fn of_picture(model: &Model, bytes: &[u8]) -> Result<Vec<f32>, Fault> {
    let asked = AskedFor::default();
    let picture = Picture::decode("the picture", bytes)?;
    let prepared = model.preparation(&asked)?.prepare("the picture", picture)?;
    Ok(model.inputs_of_picture(&prepared.picture, &asked)?)
}

fn of_array(model: &Model, bytes: Vec<u8>) -> Result<Vec<f32>, Fault> {
    let asked = AskedFor::default();
    if !bytes.starts_with(b"\x93NUMPY") {
        let expected = "JSON, a picture file, or an array in NPY";
        return Err(Fault::new(
            "the body is of an unknown kind",
            expected,
            "other bytes",
            "as in /v1/openapi.json",
        ));
    }
    let samples = model.samples("the array", bytes, &asked)?.dataset;
    if samples.is_empty() || samples.len() > MOST {
        let got = format!("{} samples", samples.len());
        return Err(Fault::new(
            "these samples cannot be computed",
            format!("1 to {MOST}"),
            got,
            "other samples",
        ));
    }
    Ok(model.inputs_of(&samples, &asked)?.0)
}

/// An object for each sample.
fn predictions(model: &Model, answers: &Answers) -> Value {
    let width = model.output().size();
    let Answers { outputs, probabilities } = answers;
    let classes = model.classes();
    let samples = outputs.chunks_exact(width).enumerate().map(|(n, outputs)| {
        let probabilities = probabilities.get(n * classes.len()..(n + 1) * classes.len()).unwrap_or_default();
        if probabilities.is_empty() {
            return json!({ "outputs": outputs });
        }
        let index = argmax(probabilities);
        json!({ "class": classes[index], "index": index, "probability": probabilities[index],
                "probabilities": probabilities, "outputs": outputs })
    });
    json!({ "predictions": samples.collect::<Vec<_>>() })
}

/// What the model is.
pub async fn model(State(batches): State<Arc<Batches>>) -> Response {
    let model = &batches.model;
    as_json(
        StatusCode::OK,
        &json!({
            "name": model.name(),
            "input": model.input().to_string(),
            "output": model.output().to_string(),
            "classes": model.classes(),
        }),
    )
}

/// The answer at an address that means nothing.
pub async fn nothing() -> Response {
    let (what, expected) = ("there is nothing at this address", "POST /v1/predict or GET /v1/model");
    refusal(StatusCode::NOT_FOUND, what, expected, "another address or method", "GET /v1/openapi.json")
}

/// The description of this interface.
pub async fn description() -> Response {
    ([(CONTENT_TYPE, "application/json")], include_str!("openapi.json")).into_response()
}
