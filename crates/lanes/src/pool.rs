//! Worker threads that wait for work: the only place where toddle starts any.

use std::any::Any;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

/// A fixed number of workers. The caller of [`run`](Pool::run) is the first of them.
///
/// Between two runs the others spin for a moment, then sleep. A run allocates nothing.
///
/// ```
/// use std::sync::atomic::{AtomicUsize, Ordering};
///
/// let mut pool = toddle_lanes::Pool::new(3);
/// let sum = AtomicUsize::new(0);
/// pool.run(|worker| { sum.fetch_add(worker, Ordering::Relaxed); });
/// assert_eq!(sum.into_inner(), 0 + 1 + 2);
/// ```
#[derive(Debug)]
pub struct Pool {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// Counts the runs: a change is the signal to begin.
    run: AtomicU64,
    order: Mutex<Order>,
    /// Workers, other than the caller, that have not finished this run.
    busy: AtomicUsize,
}

#[derive(Debug)]
struct Order {
    job: Option<Job>,
    caller: Thread,
    /// What the first worker to panic in this run said.
    panic: Option<Box<dyn Any + Send>>,
}

/// The closure of the current run, its lifetime put aside.
#[derive(Clone, Copy, Debug)]
struct Job(*const (dyn Fn(usize) + Sync));

// SAFETY: what it points to is `Sync`, and `Pool::run` keeps it alive until every worker is done.
unsafe impl Send for Job {}

impl Pool {
    /// The most workers that a pool has.
    pub const MOST: usize = 64;

    /// How long a thread looks for work, or for its end, before it sleeps.
    const SPIN: Duration = Duration::from_micros(50);

    /// A pool of `workers`, of which one is the calling thread; at least one, at most [`MOST`](Self::MOST).
    ///
    /// # Panics
    /// The system cannot start a thread.
    pub fn new(workers: usize) -> Self {
        let shared = Arc::new(Shared {
            run: AtomicU64::new(0),
            order: Mutex::new(Order { job: None, caller: thread::current(), panic: None }),
            busy: AtomicUsize::new(0),
        });
        // Threads go into a pool as they start, which ends them again if the next one fails.
        let mut pool = Pool { shared, threads: Vec::new() };
        for worker in 1..workers.clamp(1, Self::MOST) {
            let shared = Arc::clone(&pool.shared);
            let named = thread::Builder::new().name(format!("toddle-{worker}"));
            pool.threads.push(named.spawn(move || shared.serve(worker)).expect("the system starts a thread"));
        }
        pool
    }

    /// The number of workers, the caller included.
    pub fn workers(&self) -> usize {
        self.threads.len() + 1
    }

    /// Calls `job(0)`, `job(1)` … at once, one on each worker, and waits for all of them.
    ///
    /// # Panics
    /// A call panicked; its panic goes on here once all are done.
    pub fn run(&mut self, job: impl Fn(usize) + Sync) {
        if self.threads.is_empty() {
            return job(0);
        }
        let job_here: &(dyn Fn(usize) + Sync) = &job;
        // SAFETY: only the lifetime changes, and the pointer is not followed after this function returns: it waits until
        // no worker is busy, whether its own call panics or not.
        let job_everywhere = Job(unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync + 'static)>(
                job_here,
            )
        });
        self.shared.begin(Some(job_everywhere), self.threads.len());
        self.wake();
        let mine = catch_unwind(AssertUnwindSafe(|| job(0)));
        self.shared.wait();
        let theirs = self.shared.order().panic.take();
        if let Some(panic) = mine.err().or(theirs) {
            resume_unwind(panic);
        }
    }

    fn wake(&self) {
        self.threads.iter().for_each(|worker| worker.thread().unpark());
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.begin(None, 0);
        self.wake();
        for worker in self.threads.drain(..) {
            // A worker catches what its jobs throw, so there is nothing to hear from it.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives all workers `job`, or their leave.
    fn begin(&self, job: Option<Job>, workers: usize) {
        let mut order = self.order();
        order.job = job;
        order.caller = thread::current();
        self.busy.store(workers, Relaxed);
        self.run.fetch_add(1, Release);
    }

    /// Waits until no worker is busy.
    fn wait(&self) {
        spin_until(|| self.busy.load(Acquire) == 0);
    }

    /// A worker's life.
    fn serve(&self, worker: usize) {
        let mut seen = 0;
        loop {
            spin_until(|| self.run.load(Acquire) != seen);
            seen += 1;
            let Some(Job(job)) = self.order().job else { return };
            // SAFETY: `Pool::run` keeps the closure alive until this worker, among all, is no longer busy.
            let done = catch_unwind(AssertUnwindSafe(|| unsafe { (*job)(worker) }));
            let mut order = self.order();
            if let Err(panic) = done {
                order.panic.get_or_insert(panic);
            }
            let caller = order.caller.clone();
            drop(order);
            if self.busy.fetch_sub(1, Release) == 1 {
                caller.unpark();
            }
        }
    }
}

/// Waits for `done`, spinning at first and then asleep; whoever makes it true unparks the thread.
fn spin_until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while start.elapsed() < Pool::SPIN {
        for _ in 0..16 {
            if done() {
                return;
            }
            spin_loop();
        }
    }
    while !done() {
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_worker_is_called_once_in_every_run() {
        for workers in [1, 2, 3, 8] {
            let mut pool = Pool::new(workers);
            let calls: Vec<AtomicUsize> = (0..workers).map(|_| AtomicUsize::new(0)).collect();
            for _ in 0..200 {
                pool.run(|worker| {
                    calls[worker].fetch_add(1, Relaxed);
                });
            }
            assert!(calls.iter().all(|count| count.load(Relaxed) == 200), "{workers} workers: {calls:?}");
        }
    }

    #[test]
    fn workers_that_slept_wake_up() {
        let mut pool = Pool::new(2);
        for _ in 0..3 {
            thread::sleep(std::time::Duration::from_millis(20));
            let calls = AtomicUsize::new(0);
            pool.run(|_| {
                calls.fetch_add(1, Relaxed);
            });
            assert_eq!(calls.into_inner(), 2);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        let mut pool = Pool::new(3);
        for guilty in 0..3 {
            let run = catch_unwind(AssertUnwindSafe(|| {
                pool.run(|worker| assert!(worker != guilty, "from {guilty}"))
            }));
            let message = run.unwrap_err().downcast::<String>().unwrap();
            assert!(message.contains(&format!("from {guilty}")), "{message}");
        }
        pool.run(|_| ());
    }
}
