//! Ranks that are threads of one process.

use std::any::Any;
use std::boxed::Box;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::vec::Vec;

use super::{Collective, Exchange, RankError};

/// What one rank gives another: a list of numbers or bytes.
type Message = Box<dyn Any + Send>;

/// A rank that is a thread of this process. It shows that ranks change no bit, without MPI.
///
/// A call allocates memory, and fails if another rank was dropped.
#[derive(Debug)]
pub struct Local {
    rank: usize,
    /// To each rank, and from each.
    to: Vec<Sender<Message>>,
    from: Vec<Mutex<Receiver<Message>>>,
}

impl Local {
    /// So many ranks that are connected with one another.
    pub fn ranks(size: usize) -> Vec<Local> {
        let mut ranks: Vec<Local> =
            (0..size).map(|rank| Local { rank, to: Vec::new(), from: Vec::new() }).collect();
        for from in 0..size {
            for to in 0..size {
                let (give, take) = channel();
                ranks[from].to.push(give);
                ranks[to].from.push(Mutex::new(take));
            }
        }
        ranks
    }

    fn give<X: Clone + Send + 'static>(&self, to: usize, list: &[X]) -> Result<(), RankError> {
        self.to[to].send(Box::new(list.to_vec())).map_err(|_| ended(to))
    }

    fn take<X: Copy + 'static>(&self, from: usize, list: &mut [X]) -> Result<(), RankError> {
        let receiver = self.from[from].lock().unwrap_or_else(PoisonError::into_inner);
        let message = receiver.recv().map_err(|_| ended(from))?;
        match message.downcast::<Vec<X>>() {
            Ok(message) if message.len() == list.len() => {
                list.copy_from_slice(&message);
                Ok(())
            }
            _ => Err(RankError(format!("rank {from} makes another call than rank {}", self.rank))),
        }
    }
}

fn ended(rank: usize) -> RankError {
    RankError(format!("rank {rank} has ended"))
}

impl<T: Copy + Send + 'static> Exchange<T> for Local {
    fn all_gather(&self, own: &[T], lengths: &[usize], all: &mut [T]) -> Result<(), RankError> {
        (0..self.to.len()).try_for_each(|to| self.give(to, own))?;
        let mut rest = all;
        for (from, length) in lengths.iter().enumerate() {
            let (part, behind) = rest.split_at_mut(*length);
            self.take(from, part)?;
            rest = behind;
        }
        Ok(())
    }

    fn all_to_all(
        &self,
        given: &[T],
        gives: &[usize],
        taken: &mut [T],
        takes: &[usize],
    ) -> Result<(), RankError> {
        let mut rest = given;
        for (to, length) in gives.iter().enumerate() {
            let (part, behind) = rest.split_at(*length);
            self.give(to, part)?;
            rest = behind;
        }
        let mut rest = taken;
        for (from, length) in takes.iter().enumerate() {
            let (part, behind) = rest.split_at_mut(*length);
            self.take(from, part)?;
            rest = behind;
        }
        Ok(())
    }
}

impl Collective for Local {
    fn rank(&self) -> usize {
        self.rank
    }

    fn size(&self) -> usize {
        self.to.len()
    }

    fn broadcast(&self, bytes: &mut [u8]) -> Result<(), RankError> {
        if self.rank == 0 {
            (1..self.to.len()).try_for_each(|to| self.give(to, bytes))
        } else {
            self.take(0, bytes)
        }
    }

    fn barrier(&self) -> Result<(), RankError> {
        Exchange::<f32>::all_gather(self, &[], &vec![0; self.to.len()], &mut [])
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// What each of so many ranks makes of its connection.
    fn each<R: Send>(size: usize, run: impl Fn(Local) -> R + Sync) -> Vec<R> {
        thread::scope(|scope| {
            let threads: Vec<_> =
                Local::ranks(size).into_iter().map(|rank| scope.spawn(|| run(rank))).collect();
            threads.into_iter().map(|thread| thread.join().expect("the rank returns")).collect()
        })
    }

    #[test]
    fn each_rank_gets_what_the_others_give() {
        let results = each(3, |local| {
            let rank = local.rank();
            let own = vec![rank as f64; rank];
            let mut all = [9.0; 3];
            local.all_gather(&own, &[0, 1, 2], &mut all).unwrap();
            // Each rank gives rank r as many numbers as r.
            let mut taken = vec![9.0_f32; 3 * rank];
            let given = [1, 2, 2].map(|to| (10 * rank + to) as f32);
            local.all_to_all(&given, &[0, 1, 2], &mut taken, &[rank; 3]).unwrap();
            let mut bytes = [rank as u8 + 7; 2];
            local.broadcast(&mut bytes).unwrap();
            local.barrier().unwrap();
            (all, taken, bytes)
        });
        for (rank, (all, taken, bytes)) in results.into_iter().enumerate() {
            assert_eq!((all, bytes), ([1.0, 2.0, 2.0], [7; 2]));
            let expected: Vec<f32> = (0..3).flat_map(|from| vec![(10 * from + rank) as f32; rank]).collect();
            assert_eq!(taken, expected);
        }
    }

    #[test]
    fn a_rank_that_has_ended_is_an_error_for_the_others() {
        let results: [_; 3] =
            each(3, |local| if local.rank() == 1 { Ok(()) } else { local.barrier() }).try_into().unwrap();
        assert_eq!(results.map(|result| result.is_ok()), [false, true, false]);
    }
}
