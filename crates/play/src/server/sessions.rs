//! All sessions: the one that all pages share, and those of one page each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use toddle::Machine;
use tokio::runtime::Runtime;

use super::session_thread::SessionThread;
use super::{Keep, Settings, no_system, token};
use crate::{Ask, Fault, Session, Shelf};

/// The most sessions at a time.
const MOST: usize = 64;

/// The time between two looks for idle sessions.
const SWEEP: Duration = Duration::from_secs(1);

/// All sessions.
pub struct Sessions {
    shared: Arc<SessionThread>,
    own: Mutex<HashMap<String, Arc<SessionThread>>>,
    shelf: Arc<dyn Shelf>,
    machine: Machine,
    keep: Keep,
    idle: Duration,
}

impl Sessions {
    /// The shared session, in which what the settings name is open.
    pub fn new(settings: Settings) -> Result<Sessions, Fault> {
        let Settings { shelf, open, machine, keep, idle, .. } = settings;
        let mut session = Session::new(shelf.clone(), machine);
        open.map(|open| session.handle(Ask::Open(open))).transpose()?;
        let shared = Arc::new(start(session, &keep)?);
        Ok(Sessions { shared, own: Mutex::default(), shelf, machine, keep, idle })
    }

    /// A session of its own, and its name. None if there are too many.
    pub fn add(&self) -> Result<Option<String>, Fault> {
        let mut own = self.own();
        if own.len() + 1 >= MOST {
            return Ok(None);
        }
        let name = token()?;
        let session = Session::new(self.shelf.clone(), self.machine);
        own.insert(name.clone(), Arc::new(start(session, &self.keep)?));
        Ok(Some(name))
    }

    /// The session of this name, or the shared one.
    pub fn get(&self, name: Option<&str>) -> Option<Arc<SessionThread>> {
        match name {
            None => Some(self.shared.clone()),
            Some(name) => self.own().get(name).cloned(),
        }
    }

    fn own(&self) -> MutexGuard<'_, HashMap<String, Arc<SessionThread>>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends idle sessions, now and then.
    pub fn sweep_on(self: &Arc<Self>, runtime: &Runtime) {
        let sessions = Arc::downgrade(self);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(sessions) = sessions.upgrade() else { return };
                // A page with open events holds the session, too. The thread ends with the last sender of its messages.
                let is_kept = |session: &Arc<SessionThread>| {
                    Arc::strong_count(session) > 1 || !session.is_idle(sessions.idle)
                };
                sessions.own().retain(|_, session| is_kept(session));
            }
        });
    }

    /// Ends all sessions and keeps their trainings, but does not wait longer than `limit`. Returns how many sessions
    /// have not ended.
    pub fn end(&self, limit: Duration) -> usize {
        let deadline = Instant::now() + limit;
        let own = self.own().drain().map(|(_, session)| session).collect::<Vec<_>>();
        let all = || std::iter::once(&self.shared).chain(&own);
        all().for_each(|session| session.end());
        all().filter(|session| !session.wait(deadline)).count()
    }
}

fn start(session: Session, keep: &Keep) -> Result<SessionThread, Fault> {
    SessionThread::start(session, keep.clone()).map_err(|cause| no_system("cannot start a session", &cause))
}
