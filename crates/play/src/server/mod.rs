//! The server of the page: sessions in threads, and requests over HTTP.
//!
//! | file | idea |
//! |---|---|
//! | `mod.rs` | the server from its start to its end |
//! | `connections.rs` | accepts connections, with limits of time and number |
//! | `guard.rs` | refuses requests that do not come from the page |
//! | `page.rs` | the files of the page |
//! | `session_thread.rs` | a session in its thread |
//! | `sessions.rs` | all sessions, and their end |
//! | `routes.rs` | which address means what |
//! | `answers.rs` | answers and errors as responses |
//! | `api.rs` | a model that answers programs |
//! | `batches.rs` | the thread that computes the answers of a model |

mod answers;
mod api;
mod batches;
mod connections;
mod guard;
pub(crate) mod page;
mod routes;
mod session_thread;
mod sessions;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use toddle::Machine;
use toddle_data::Model;
use tokio::runtime::{Builder, Runtime};

use self::batches::Batches;
use self::guard::Guard;
use self::sessions::Sessions;
use crate::protocol::Open;
use crate::{Fault, Kept, Shelf};

/// What is done with a training that is kept.
pub type Keep = Arc<dyn Fn(Kept) + Send + Sync>;

/// What a server shows, and where.
pub struct Settings {
    /// The address to listen at.
    pub listen: IpAddr,
    /// The port. 0: any that is free.
    pub port: u16,
    /// What pages may open.
    pub shelf: Arc<dyn Shelf>,
    /// What is opened at the start.
    pub open: Option<Open>,
    /// What computes.
    pub machine: Machine,
    /// Called with what was trained, when another network is opened instead of it and when its session ends.
    pub keep: Keep,
    /// How long a session of its own lives without an ask.
    pub idle: Duration,
}

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    /// The page's address behind the host: the token. None for a model that answers programs.
    token: Option<String>,
    runtime: Runtime,
    sessions: Option<Arc<Sessions>>,
}

/// How long a server waits for trainings to be kept.
const END_LIMIT: Duration = Duration::from_millis(1700);

impl Server {
    /// Starts a server of the page.
    ///
    /// # Errors
    /// The address cannot be listened at, or the network cannot be opened.
    pub fn start(settings: Settings) -> Result<Server, Fault> {
        let runtime = runtime()?;
        let (listener, address) =
            connections::listen(&runtime, SocketAddr::new(settings.listen, settings.port))?;
        let token = token()?;
        let guard = Guard::new(address);
        let sessions = Arc::new(Sessions::new(settings)?);
        let router = routes::page(&token, sessions.clone(), guard);
        sessions.sweep_on(&runtime);
        connections::serve_on(&runtime, listener, router);
        Ok(Server { address, token: Some(token), runtime, sessions: Some(sessions) })
    }

    /// Starts a server that answers programs about `model`.
    ///
    /// # Errors
    /// The address cannot be listened at.
    pub fn start_api(listen_at: IpAddr, port: u16, model: Model) -> Result<Server, Fault> {
        let runtime = runtime()?;
        let (listener, address) = connections::listen(&runtime, SocketAddr::new(listen_at, port))?;
        let router = routes::api(Arc::new(Batches::new(model)), Guard::new(address));
        connections::serve_on(&runtime, listener, router);
        Ok(Server { address, token: None, runtime, sessions: None })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for a browser or a program on this machine.
    pub fn url(&self) -> String {
        let host = match self.address.ip() {
            ip if ip.is_unspecified() => format!("localhost:{}", self.address.port()),
            _ => self.address.to_string(),
        };
        match &self.token {
            Some(token) => format!("http://{host}/{token}/"),
            None => format!("http://{host}/v1/"),
        }
    }

    /// Ends all sessions, keeps their trainings, and closes all connections. It takes less than two seconds. Returns how many
    /// sessions were in the middle of a step or an answer until then; their trainings are not kept.
    #[must_use]
    pub fn end(self) -> usize {
        let left = self.sessions.as_ref().map_or(0, |sessions| sessions.end(END_LIMIT));
        self.runtime.shutdown_timeout(Duration::from_millis(100));
        left
    }
}

fn runtime() -> Result<Runtime, Fault> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.map_err(|cause| no_system("cannot start the threads of the server", &cause))
}

/// 128 random bits in hexadecimal.
fn token() -> Result<String, Fault> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|cause| {
        no_system("the system has no random numbers", &io::Error::other(cause.to_string()))
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn no_system(what: &str, cause: &io::Error) -> Fault {
    Fault::new(what, "a system that has them", cause.to_string(), "again later")
}
