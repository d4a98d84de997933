//! One slice, cut into shares that different workers may write.

use core::marker::PhantomData;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::Pool;

/// A mutable slice that is cut at fixed places. Its shares are handed out one by one, each at most once.
///
/// The workers decide at run time which share they take. Each call of [`take`](Self::take) checks that no share is taken
/// twice.
///
/// ```
/// use toddle_lanes::{Pool, Shares};
///
/// let mut numbers = [0, 1, 2, 3, 4, 5];
/// let shares = Shares::new(&mut numbers, &[0, 2, 6]);
/// Pool::new(2).run(|worker| shares.take(worker).iter_mut().for_each(|x| *x *= *x));
/// assert_eq!(numbers, [0, 1, 4, 9, 16, 25]);
/// ```
#[derive(Debug)]
pub struct Shares<'a, T> {
    first: *mut T,
    cuts: &'a [usize],
    /// A bit for each share.
    taken: [AtomicU32; Pool::MOST / 32],
    slice: PhantomData<&'a mut [T]>,
}

// SAFETY: a `Shares` hands out only disjoint `&mut [T]`. They may be sent to other threads if `T` may.
unsafe impl<T: Send> Sync for Shares<'_, T> {}

impl<'a, T> Shares<'a, T> {
    /// Cuts `slice` so that share `n` is `slice[cuts[n]..cuts[n + 1]]`.
    ///
    /// # Panics
    /// If the cuts decrease, exceed the end of the slice, or make more shares than a [`Pool`] has workers.
    pub fn new(slice: &'a mut [T], cuts: &'a [usize]) -> Self {
        assert!(
            cuts.is_sorted() && cuts.last().is_none_or(|&end| end <= slice.len()),
            "cuts rise within the slice"
        );
        assert!(cuts.len() <= Pool::MOST + 1, "at most {} shares", Pool::MOST);
        Shares { first: slice.as_mut_ptr(), cuts, taken: Default::default(), slice: PhantomData }
    }

    /// Share `n`.
    ///
    /// # Panics
    /// If there is no such share, or if it has been taken before.
    #[allow(clippy::mut_from_ref, reason = "each share is given out once")]
    pub fn take(&self, n: usize) -> &'a mut [T] {
        let (begin, end) = (self.cuts[n], self.cuts[n + 1]);
        let bit = 1 << (n % 32);
        let before = self.taken[n / 32].fetch_or(bit, Ordering::Relaxed);
        assert!(before & bit == 0, "share {n} is taken");
        // SAFETY: `new` has checked that the cuts increase within the slice, which is borrowed for 'a. Shares are
        // disjoint, and this share is handed out for the first time.
        unsafe { core::slice::from_raw_parts_mut(self.first.add(begin), end - begin) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "share 1 is taken")]
    fn a_share_is_given_out_once() {
        let mut numbers = [1, 2, 3];
        let shares = Shares::new(&mut numbers, &[0, 1, 3]);
        assert_eq!(shares.take(1), [2, 3]);
        assert_eq!(shares.take(0), [1]);
        shares.take(1);
    }

    #[test]
    #[should_panic(expected = "cuts rise within the slice")]
    fn a_cut_past_the_end_is_refused() {
        Shares::new(&mut [1, 2, 3], &[0, 4]);
    }
}
