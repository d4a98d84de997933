//! Worker threads that wait for work. toddle starts threads only here.

use std::any::Any;
use std::boxed::Box;
use std::format;
use std::hint::spin_loop;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};
use std::vec::Vec;

/// A fixed number of workers with one thread each. The caller of [`run`](Pool::run) is the first worker.
///
/// Between two runs, the other threads spin for a moment and then sleep. A run allocates no memory.
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
    workers: usize,
    /// The threads beside the thread of the caller. If there are fewer threads than workers, some threads do the work
    /// of several workers, one after the other.
    threads: Vec<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    /// The number of runs so far. A change is the signal to begin.
    run: AtomicU64,
    order: Mutex<Order>,
    /// The number of threads that have not finished this run, without the thread of the caller.
    busy: AtomicUsize,
}

#[derive(Debug)]
struct Order {
    job: Option<Job>,
    caller: Thread,
    /// The number of workers, and the number of threads that do their work.
    workers: usize,
    threads: usize,
    /// The panic of the first worker that panicked in this run.
    panic: Option<Box<dyn Any + Send>>,
}

/// The closure of the current run, without its lifetime.
#[derive(Clone, Copy, Debug)]
struct Job(*const (dyn Fn(usize) + Sync));

// SAFETY: the closure is `Sync`, and `Pool::run` keeps it alive until every worker is done.
unsafe impl Send for Job {}

impl Pool {
    /// The highest number of workers of a pool.
    pub const MOST: usize = 64;

    /// How long a waiting thread keeps its core for itself, and how long it is ready to run before it sleeps.
    const SPIN: Duration = Duration::from_micros(5);
    const READY: Duration = Duration::from_micros(50);

    /// A pool of `workers` workers: at least one, at most [`MOST`](Self::MOST). One of them is the calling thread.
    ///
    /// If the system starts fewer threads, the pool has fewer [`threads`](Self::threads). Each job still runs once for
    /// each worker, but fewer workers run at the same time.
    pub fn new(workers: usize) -> Self {
        Pool::on_threads(workers, Self::MOST)
    }

    /// A pool of `workers` workers on at most `most` threads.
    fn on_threads(workers: usize, most: usize) -> Self {
        let workers = workers.clamp(1, Self::MOST);
        let order = Order { job: None, caller: thread::current(), workers, threads: 1, panic: None };
        let shared =
            Arc::new(Shared { run: AtomicU64::new(0), order: Mutex::new(order), busy: AtomicUsize::new(0) });
        let start = |worker| {
            let shared = Arc::clone(&shared);
            thread::Builder::new().name(format!("toddle-{worker}")).spawn(move || shared.serve(worker)).ok()
        };
        let threads: Vec<JoinHandle<()>> = (1..workers.min(most)).map_while(start).collect();
        shared.order().threads += threads.len();
        Pool { shared, workers, threads }
    }

    /// The number of workers, with the caller.
    pub fn workers(&self) -> usize {
        self.workers
    }

    /// The number of threads of the workers, with the thread of the caller. It is lower than [`workers`](Self::workers)
    /// if the system did not start more threads.
    pub fn threads(&self) -> usize {
        self.threads.len() + 1
    }

    /// Calls `job(0)`, `job(1)` … at the same time, one on each worker, and waits for all of them.
    ///
    /// # Panics
    /// If a call panics. The panic continues here when all calls are done. If several calls panic, the first panic that
    /// arrives continues, and the others are dropped.
    pub fn run(&mut self, job: impl Fn(usize) + Sync) {
        if self.threads.is_empty() {
            return (0..self.workers).for_each(job);
        }
        let job_here: &(dyn Fn(usize) + Sync) = &job;
        // SAFETY: only the lifetime changes. The pointer is not used after this function returns: the function waits
        // until no worker is busy, also if its own call panics.
        let job_everywhere = Job(unsafe {
            std::mem::transmute::<*const (dyn Fn(usize) + Sync + '_), *const (dyn Fn(usize) + Sync + 'static)>(
                job_here,
            )
        });
        self.shared.begin(Some(job_everywhere), self.threads.len());
        self.wake();
        let turns = (0..self.workers).step_by(self.threads());
        let mine = catch_unwind(AssertUnwindSafe(|| turns.for_each(&job)));
        self.shared.wait();
        let theirs = self.shared.order().panic.take();
        match (mine, theirs) {
            (Err(mine), theirs) => {
                // The payload may panic when it is dropped. Then two panics would happen at once.
                std::mem::forget(theirs);
                resume_unwind(mine)
            }
            (Ok(()), Some(theirs)) => resume_unwind(theirs),
            (Ok(()), None) => {}
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
            // A worker catches the panics of its jobs. So `join` has nothing to report.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a run of `job` on all threads. Without a job, the threads end.
    fn begin(&self, job: Option<Job>, workers: usize) {
        let mut order = self.order();
        order.job = job;
        order.caller = thread::current();
        self.busy.store(workers, Relaxed);
        self.run.fetch_add(1, Release);
    }

    /// Waits until no worker is busy.
    fn wait(&self) {
        wait_until(|| self.busy.load(Acquire) == 0);
    }

    /// The loop of one thread.
    fn serve(&self, first: usize) {
        let mut seen = 0;
        loop {
            wait_until(|| self.run.load(Acquire) != seen);
            seen += 1;
            let Order { job, workers, threads, .. } = *self.order();
            let Some(Job(job)) = job else { return };
            let turns = (first..workers).step_by(threads);
            // SAFETY: `Pool::run` keeps the closure alive until no thread is busy, and this thread is still busy.
            let done = catch_unwind(AssertUnwindSafe(|| turns.for_each(|worker| unsafe { (*job)(worker) })));
            let mut order = self.order();
            match (done, &order.panic) {
                (Err(panic), None) => order.panic = Some(panic),
                // The payload may panic when it is dropped. Then the caller would wait for this thread forever.
                (done, _) => std::mem::forget(done),
            }
            let caller = order.caller.clone();
            drop(order);
            if self.busy.fetch_sub(1, Release) == 1 {
                caller.unpark();
            }
        }
    }
}

/// Waits for `done`: first it spins, then it lets other threads run, then it sleeps. The thread that makes `done` true has to
/// unpark the waiting thread.
fn wait_until(done: impl Fn() -> bool) {
    let start = Instant::now();
    let mut waited = Duration::ZERO;
    while waited < Pool::READY {
        for _ in 0..16 {
            if done() {
                return;
            }
            spin_loop();
        }
        waited = start.elapsed();
        // The system may have put both threads on one core. Then the other thread needs this core to finish.
        if waited >= Pool::SPIN {
            thread::yield_now();
        }
    }
    while !done() {
        thread::park();
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

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

    /// A payload that panics when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[test]
    fn panics_that_panic_when_they_are_dropped_end_a_run_too() {
        let mut pool = Pool::new(4);
        let run = catch_unwind(AssertUnwindSafe(|| pool.run(|_| std::panic::panic_any(Bomb))));
        std::mem::forget(run.unwrap_err());
        pool.run(|_| ());
    }

    #[test]
    fn fewer_threads_do_the_same_work() {
        for threads in 1..5 {
            let mut pool = Pool::on_threads(5, threads);
            assert_eq!((pool.workers(), pool.threads()), (5, threads));
            let calls: Vec<AtomicUsize> = (0..5).map(|_| AtomicUsize::new(0)).collect();
            for _ in 0..20 {
                pool.run(|worker| {
                    calls[worker].fetch_add(1, Relaxed);
                });
            }
            assert!(calls.iter().all(|count| count.load(Relaxed) == 20), "{threads} threads");
        }
    }
}
