//! One form of sixteen lanes, and code that runs in it.

use std::fmt::Debug;
use std::ops::Range;

use crate::{Float, Real};

/// The numbers in a vector. Sixteen samples make a *block*.
pub const LANES: usize = 16;

/// One form of vectors of sixteen: a token that proves that the CPU can run it.
///
/// A token of a form comes only from [`Isa::run`](crate::Isa::run), which has looked at the CPU, and a vector comes only
/// from a token: so holding either is the proof that its instructions exist, and kernels need no `unsafe`.
pub trait Simd: Copy + Debug {
    /// The type of one number.
    type T: Float;
    /// Sixteen of them.
    type V: Real<Scalar = Self::T>;
    /// The part of them that one register holds.
    type Part: Part<T = Self::T>;

    /// How many registers there are, which is what tile sizes follow from.
    const REGISTERS: usize;
    /// Whether vectors are the instruction set's own. If not, loops over single elements are as fast, and compile sooner.
    const NATIVE: bool;
    /// How many registers a vector takes.
    const PARTS: usize;

    /// The token of this form.
    ///
    /// # Safety
    /// The CPU has every instruction of the form.
    unsafe fn assume() -> Self;

    /// Runs `kernel` as a function of its own, which is not inlined.
    ///
    /// The compiler's time grows faster than the size of a function. So what is compiled for many constants, as the tiles of a
    /// convolution are, is a kernel of its own.
    fn outline<K: Kernel<Self::T>>(self, kernel: K) -> K::Output;

    /// A vector's parts, in order.
    fn parts(self) -> impl Iterator<Item = Self::Part>;

    /// The first of them, which stands for any register where vectors of sixteen mean nothing.
    fn part(self) -> Self::Part;

    /// `value` in all sixteen lanes.
    fn splat(self, value: Self::T) -> Self::V;

    /// Sixteen numbers from memory.
    fn load(self, from: &[Self::T; LANES]) -> Self::V;

    /// Sixteen numbers into memory.
    fn store(self, vector: Self::V, to: &mut [Self::T; LANES]);

    /// The first sixteen numbers of `from`, or as many as it has and zero in the other lanes.
    fn load_part(self, from: &[Self::T]) -> Self::V;

    /// As many lanes into memory as `to` has room for.
    fn store_part(self, vector: Self::V, to: &mut [Self::T]);

    /// True in the lanes of `range`, which may go on where there are no more lanes.
    fn mask(self, range: Range<usize>) -> <Self::V as Real>::Mask;

    /// The words of [`philox`](crate::philox) for sixteen counters, whose second numbers count up from that of `counter`,
    /// wrapping around.
    fn philox(self, counter: [u32; 4], key: [u32; 2]) -> [[u32; LANES]; 4];

    /// True in the lanes whose word is below `limit`.
    fn below(self, words: &[u32; LANES], limit: u32) -> <Self::V as Real>::Mask;

    /// The lanes summed by the tree of [`tree_sum`].
    fn sum(self, vector: Self::V) -> Self::T;

    /// `to[j][i] = from[i][j]`
    fn transpose(self, from: [&[Self::T; LANES]; LANES], to: [&mut [Self::T; LANES]; LANES]);

    /// `vector`, whose registers are registers now, and before anything that is loaded after this: a tile that fills the
    /// registers has none for what the compiler would like to load ahead.
    #[inline(always)]
    fn pin(self, vector: Self::V) -> Self::V {
        vector
    }
}

/// One of the registers that a vector takes: a token like [`Simd`], for code that keeps as many sums as there are registers.
///
/// Where lanes have nothing to do with each other, a tile may take the parts of its vectors one after the other: then it is
/// as large in every form as the registers allow. Or it takes as many numbers as a register has, wherever they lie.
pub trait Part: Copy + Debug {
    /// The type of one number.
    type T: Float;
    /// A register of them.
    type R: Real<Scalar = Self::T>;

    /// How many numbers a register has.
    const WIDTH: usize;

    /// `value` in all lanes of the part.
    fn splat(self, value: Self::T) -> Self::R;

    /// This part of sixteen numbers.
    fn load(self, from: &[Self::T; LANES]) -> Self::R;

    /// This part of sixteen numbers into its place among them.
    fn store(self, register: Self::R, to: &mut [Self::T; LANES]);

    /// The first `WIDTH` numbers of `from`, which has as many.
    fn read(self, from: &[Self::T]) -> Self::R;

    /// `from[at + lane]` in the `lanes` and zero in the others.
    ///
    /// # Panics
    /// There are not so many lanes, or `from` lacks one of the places.
    fn read_lanes(self, from: &[Self::T], at: isize, lanes: Range<usize>) -> Self::R;

    /// As many lanes into memory as `to` has room for.
    fn write(self, register: Self::R, to: &mut [Self::T]);

    /// True in the lanes of `range`, which may go on where there are no more lanes.
    fn mask(self, range: Range<usize>) -> <Self::R as Real>::Mask;

    /// [`Simd::pin`] for a register.
    #[inline(always)]
    fn pin(self, register: Self::R) -> Self::R {
        register
    }
}

/// The `lanes` of `width` that are read, and what they read, which is `from[at + lane]` for each.
///
/// # Panics
/// There are not so many lanes, or `from` lacks one of the places.
#[inline(always)]
pub(crate) fn places<T>(
    from: &[T],
    at: isize,
    lanes: Range<usize>,
    width: usize,
) -> (Range<usize>, Range<usize>) {
    if lanes.is_empty() {
        return (0..0, 0..0);
    }
    assert!(lanes.end <= width, "lanes end at the {width}th");
    // With so few lanes, a sum that wraps around has its end before its start or behind all that there is.
    let [start, end] = [lanes.start, lanes.end].map(|lane| at.wrapping_add(lane as isize) as usize);
    assert!(start < end && end <= from.len(), "lanes read what is there");
    (lanes, start..end)
}

/// A bit for each lane of `range`, of sixteen lanes.
#[inline(always)]
pub(crate) fn bits(range: Range<usize>) -> u32 {
    let below = |lane: usize| (1u32 << lane.min(LANES)) - 1;
    below(range.end) & !below(range.start)
}

/// All of a vector's registers as one part of it.
#[derive(Clone, Copy, Debug)]
pub struct Whole<S>(pub S);

impl<S: Simd> Part for Whole<S> {
    type T = S::T;
    type R = S::V;

    const WIDTH: usize = LANES;

    #[inline(always)]
    fn splat(self, value: S::T) -> S::V {
        self.0.splat(value)
    }
    #[inline(always)]
    fn load(self, from: &[S::T; LANES]) -> S::V {
        self.0.load(from)
    }
    #[inline(always)]
    fn store(self, register: S::V, to: &mut [S::T; LANES]) {
        self.0.store(register, to);
    }
    #[inline(always)]
    fn read(self, from: &[S::T]) -> S::V {
        self.0.load_part(&from[..LANES])
    }
    #[inline(always)]
    fn read_lanes(self, from: &[S::T], at: isize, lanes: Range<usize>) -> S::V {
        let mut numbers = [S::T::ZERO; LANES];
        let (lanes, places) = places(from, at, lanes, LANES);
        numbers[lanes].copy_from_slice(&from[places]);
        self.0.load(&numbers)
    }
    #[inline(always)]
    fn write(self, register: S::V, to: &mut [S::T]) {
        self.0.store_part(register, to);
    }
    #[inline(always)]
    fn mask(self, range: Range<usize>) -> <S::V as Real>::Mask {
        self.0.mask(range)
    }
    #[inline(always)]
    fn pin(self, register: S::V) -> S::V {
        self.0.pin(register)
    }
}

/// Sums sixteen numbers by the fixed tree of the order contract: lanes eight apart, then four, two and one.
///
/// ```
/// let eighths = [0.125f64; 16];
/// assert_eq!(toddle_lanes::tree_sum(eighths), 2.0);
/// ```
#[inline(always)]
pub fn tree_sum<T: Float>(mut lanes: [T; LANES]) -> T {
    for half in [8, 4, 2, 1] {
        for l in 0..half {
            lanes[l] += lanes[l + half];
        }
    }
    lanes[0]
}

/// `array!(|n| …)` is `[…, …]` with 0, 1 … for `n`: [`std::array::from_fn`] without a closure.
///
/// What makes vectors has to be inlined into the function that carries the CPU features, and a closure may not be.
///
/// ```
/// let squares: [usize; 4] = toddle_lanes::array!(|n| n * n);
/// assert_eq!(squares, [0, 1, 4, 9]);
/// ```
#[macro_export]
macro_rules! array {
    (|$n:ident| $make:expr) => {{
        let mut array = [{
            let $n = 0;
            $make
        }; _];
        for $n in 1..array.len() {
            array[$n] = $make;
        }
        array
    }};
}

/// Code written once for every form: what [`Isa::run`](crate::Isa::run) runs.
///
/// Mark `run`, and every generic function that it calls, `#[inline(always)]`: what is not inlined into the function that
/// carries the CPU features is compiled without them.
pub trait Kernel<T: Float> {
    /// What the code returns.
    type Output;

    /// The code. `simd` makes its vectors.
    fn run<S: Simd<T = T>>(self, simd: S) -> Self::Output;
}
