//! All sessions: the one that all pages share, and those of one page each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use toddle::Machine;
use tokio::runtime::Runtime;

use super::room::Room;
use super::{Settings, no_system, token};
use crate::{Ask, Fault, Kept, Session, Shelf};

/// The most sessions at a time.
const MOST: usize = 64;

/// The time between two looks for idle sessions.
const SWEEP: Duration = Duration::from_secs(1);

/// All sessions.
pub struct Rooms {
    shared: Arc<Room>,
    own: Mutex<HashMap<String, Arc<Room>>>,
    shelf: Arc<dyn Shelf>,
    machine: Machine,
    keep: Arc<dyn Fn(Kept) + Send + Sync>,
    idle: Duration,
}

impl Rooms {
    /// The shared session, in which what the settings name is open.
    pub fn new(settings: Settings) -> Result<Rooms, Fault> {
        let Settings { shelf, open, machine, keep, idle, .. } = settings;
        let mut session = Session::new(shelf.clone(), machine);
        open.map(|open| session.handle(Ask::Open(open))).transpose()?;
        let shared = Arc::new(room(session, &keep)?);
        Ok(Rooms { shared, own: Mutex::default(), shelf, machine, keep, idle })
    }

    /// A session of its own, and its name. None if there are too many.
    pub fn add(&self) -> Result<Option<String>, Fault> {
        let mut own = self.own();
        if own.len() + 1 >= MOST {
            return Ok(None);
        }
        let name = token()?;
        let session = Session::new(self.shelf.clone(), self.machine);
        own.insert(name.clone(), Arc::new(room(session, &self.keep)?));
        Ok(Some(name))
    }

    /// The session of this name, or the shared one.
    pub fn get(&self, name: Option<&str>) -> Option<Arc<Room>> {
        match name {
            None => Some(self.shared.clone()),
            Some(name) => self.own().get(name).cloned(),
        }
    }

    fn own(&self) -> MutexGuard<'_, HashMap<String, Arc<Room>>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends idle sessions, now and then.
    pub fn sweep_on(self: &Arc<Self>, runtime: &Runtime) {
        let rooms = Arc::downgrade(self);
        runtime.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(rooms) = rooms.upgrade() else { return };
                // A page that watches holds the room, too. The thread ends with the last sender of its letters.
                let is_kept = |room: &Arc<Room>| Arc::strong_count(room) > 1 || !room.is_idle(rooms.idle);
                rooms.own().retain(|_, room| is_kept(room));
            }
        });
    }

    /// Ends all sessions. Their trainings are kept, if that takes no longer than `limit`.
    pub fn end(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let rooms: Vec<Arc<Room>> =
            std::iter::once(self.shared.clone()).chain(self.own().drain().map(|(_, room)| room)).collect();
        rooms.iter().for_each(|room| room.end());
        rooms.iter().for_each(|room| room.wait(deadline));
    }
}

fn room(session: Session, keep: &Arc<dyn Fn(Kept) + Send + Sync>) -> Result<Room, Fault> {
    Room::start(session, keep.clone()).map_err(|cause| no_system("cannot start a session", &cause))
}
