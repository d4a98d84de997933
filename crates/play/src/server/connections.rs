//! Accepts connections. A client that sends its request slowly, or none, is closed; and there are only so many at a
//! time.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use crate::Fault;

/// The most connections at a time. Others wait in the queue of the system.
const CONNECTIONS: usize = 1024;

/// How long a client may take for the head of a request, and wait before the next one.
const HEAD: Duration = Duration::from_secs(10);

/// The largest head of a request, in bytes.
const HEAD_BYTES: usize = 16 << 10;

/// Connections that wait to be accepted. If there are more, clients try again after seconds.
const BACKLOG: u32 = 1024;

/// Listens at `address`. Returns the address with its port.
pub fn listen(runtime: &Runtime, address: SocketAddr) -> Result<(TcpListener, SocketAddr), Fault> {
    let _inside = runtime.enter();
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // A port can be used again at once. Elsewhere the option would let two programs listen at one port.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    listen().map_err(|cause: io::Error| {
        let expected = "an address of this machine and a free port";
        Fault::new(format!("cannot listen at {address}"), expected, cause.to_string(), "another --port")
    })
}

/// Serves `router` on `runtime`.
pub fn serve_on(runtime: &Runtime, listener: TcpListener, router: Router) {
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
}
