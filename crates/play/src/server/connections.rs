//! Accepts connections. A client that sends its request slowly, or none, is closed; and there are only so many at a
//! time.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::no_system;
use crate::Fault;

/// The most connections at a time. Others wait in the queue of the system.
const CONNECTIONS: usize = 1024;

/// How long a client may take for the head of a request, and wait before the next one.
const HEAD: Duration = Duration::from_secs(10);

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 16 << 10;

/// Serves `router` on `runtime`.
pub fn serve_on(runtime: &Runtime, listener: TcpListener, router: Router) -> Result<(), Fault> {
    let listener = {
        let _inside = runtime.enter();
        tokio::net::TcpListener::from_std(listener).map_err(|cause| no_system("cannot listen", &cause))?
    };
    runtime.spawn(async move {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            let Ok((stream, _)) = listener.accept().await else {
                // Too many open files, for instance: some will be closed.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            // Answers are small and wait for nothing.
            let _ = stream.set_nodelay(true);
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let mut builder = http1::Builder::new();
                builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(HEAD_BYTES);
                // A client that breaks off is no error of the server.
                let _ = builder.serve_connection(TokioIo::new(stream), service).await;
                drop(permit);
            });
        }
    });
    Ok(())
}
