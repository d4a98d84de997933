//! A model that answers over HTTP: `cargo run --release -p toddle-examples --bin http -- runs/lenet5 127.0.0.1:8080`, and then
//! `curl --data-binary @seven.png http://127.0.0.1:8080/predict`.
//!
//! The model is opened once. The answer is JSON: the class, the probability of every class, and the changes that were made to the picture.

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::post;
use serde_json::json;
use toddle_data::{Model, Picture};
use tokio::net::TcpListener;
use tokio::runtime::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let [run, address] = &std::env::args().skip(1).collect::<Vec<_>>()[..] else {
        return Err(
            "two arguments are needed: a run or a model file, and an address as 127.0.0.1:8080".into()
        );
    };
    let model = Arc::new(Model::open(run)?);
    let app = Router::new().route("/predict", post(predict)).with_state(model);
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let listener = TcpListener::bind(address).await?;
        println!("listening at http://{}/predict", listener.local_addr()?);
        axum::serve(listener, app).await?;
        Ok(())
    })
}

/// The answer about the picture in the body of a request. If the picture cannot be used, the status is 400.
async fn predict(State(model): State<Arc<Model>>, body: Bytes) -> impl IntoResponse {
    let prediction = Picture::decode("the picture", &body).and_then(|picture| model.predict_image(&picture));
    match prediction {
        Ok(prediction) => {
            ([(CONTENT_TYPE, "application/json")], json!(prediction).to_string()).into_response()
        }
        Err(fault) => (StatusCode::BAD_REQUEST, fault.to_string()).into_response(),
    }
}
