//! Vectors of sixteen lanes of one instruction set, and code that uses them.

use core::fmt::Debug;
use core::ops::Range;

use crate::{Float, Real};

/// The number of elements in a vector. Sixteen samples make a *block*.
pub const LANES: usize = 16;

/// Vectors of sixteen lanes of one instruction set. A value is a token: the proof that the CPU has the instruction set.
///
/// A token comes only from [`Isa::run`](crate::Isa::run), which has checked the CPU. A vector comes only from a token.
/// So a token or a vector proves that the CPU has its instructions, and kernels need no `unsafe`.
pub trait Simd: Copy + Debug {
    /// The type of one element.
    type T: Float;
    /// A vector of sixteen elements.
    type V: Real<Scalar = Self::T>;
    /// The part of a vector that one register holds.
    type Part: Part<T = Self::T>;

    /// Whether the instruction set has vectors. If not, loops over single elements are as fast and are compiled sooner.
    const NATIVE: bool;
    /// The number of registers of a vector.
    const PARTS: usize;
    /// The highest number of registers that the sums of a tile take: three quarters of the CPU's registers. The other
    /// registers hold the factors.
    const TILE_REGISTERS: usize;
    /// Bytes of the first-level cache that a kernel counts on.
    const FIRST_LEVEL: usize;
    /// Bytes of the second-level cache that a kernel counts on.
    const SECOND_LEVEL: usize;

    /// The token of this instruction set.
    ///
    /// # Safety
    /// The CPU has every instruction of the instruction set.
    unsafe fn assume() -> Self;

    /// Runs `kernel` as a separate function, which is not inlined.
    ///
    /// The compile time grows faster than the size of a function. So code that is compiled for many constants, such as
    /// the tiles of a convolution, is a separate kernel.
    fn outline<K: Kernel<Self::T>>(self, kernel: K) -> K::Output;

    /// The parts of a vector, in order.
    fn parts(self) -> impl Iterator<Item = Self::Part>;

    /// The first part. It is for code that uses single registers instead of vectors of sixteen.
    fn part(self) -> Self::Part;

    /// `value` in all sixteen lanes.
    fn splat(self, value: Self::T) -> Self::V;

    /// Reads sixteen elements from memory.
    fn load(self, from: &[Self::T; LANES]) -> Self::V;

    /// Writes sixteen elements to memory.
    fn store(self, vector: Self::V, to: &mut [Self::T; LANES]);

    /// Reads the first sixteen elements of `from`. If `from` is shorter, the other lanes are zero.
    fn load_partial(self, from: &[Self::T]) -> Self::V;

    /// Writes as many lanes to memory as fit in `to`.
    fn store_partial(self, vector: Self::V, to: &mut [Self::T]);

    /// True in the lanes of `range`. The range may end after the last lane.
    fn mask(self, range: Range<usize>) -> <Self::V as Real>::Mask;

    /// The words of [`philox`](crate::philox) for sixteen counters. The second numbers of the counters count up from
    /// the second number of `counter`, and wrap around.
    fn philox(self, counter: [u32; 4], key: [u32; 2]) -> [[u32; LANES]; 4];

    /// True in the lanes whose words are below `limit`.
    fn below(self, words: &[u32; LANES], limit: u32) -> <Self::V as Real>::Mask;

    /// The sum of the lanes by the tree of [`tree_sum`].
    fn sum(self, vector: Self::V) -> Self::T;

    /// `to[j][i] = from[i][j]`
    fn transpose(self, from: [&[Self::T; LANES]; LANES], to: [&mut [Self::T; LANES]; LANES]);

    /// Keeps `vector` in registers here, before all loads that follow. A tile may fill all registers. Then the compiler
    /// must not load elements ahead, because no register is free for them.
    #[inline(always)]
    fn pin(self, vector: Self::V) -> Self::V {
        vector
    }
}

/// One of the registers of a vector. The value is a token like [`Simd`], for code that keeps as many sums as there are
/// registers.
///
/// If lanes are independent of each other, a tile may compute the parts of its vectors one after the other. Then the
/// tile is as large as the registers of each instruction set allow. A tile may also take as many elements as one
/// register holds, from any place.
pub trait Part: Copy + Debug {
    /// The type of one element.
    type T: Float;
    /// One register of elements.
    type R: Real<Scalar = Self::T>;

    /// The number of elements of a register.
    const WIDTH: usize;

    /// `value` in all lanes of the part.
    fn splat(self, value: Self::T) -> Self::R;

    /// Reads this part of sixteen elements.
    fn load(self, from: &[Self::T; LANES]) -> Self::R;

    /// Writes this part of sixteen elements.
    fn store(self, register: Self::R, to: &mut [Self::T; LANES]);

    /// Reads the first `WIDTH` elements of `from`, which has at least this length.
    fn read(self, from: &[Self::T]) -> Self::R;

    /// Reads `from[at + lane]` for each lane of `lanes`. The other lanes are zero.
    ///
    /// # Panics
    /// If there are not so many lanes, or if `from` lacks one of the places.
    fn read_lanes(self, from: &[Self::T], at: isize, lanes: Range<usize>) -> Self::R;

    /// Writes as many lanes to memory as fit in `to`.
    fn write(self, register: Self::R, to: &mut [Self::T]);

    /// True in the lanes of `range`. The range may end after the last lane.
    fn mask(self, range: Range<usize>) -> <Self::R as Real>::Mask;

    /// [`Simd::pin`] for a register.
    #[inline(always)]
    fn pin(self, register: Self::R) -> Self::R {
        register
    }
}

/// The `lanes` to read, of `width` lanes, and the places that they read. Each lane reads `from[at + lane]`.
///
/// # Panics
/// If there are not so many lanes, or if `from` lacks one of the places.
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
    // There are few lanes. So if an addition wraps around, `end` is less than `start` or greater than the length.
    let [start, end] = [lanes.start, lanes.end].map(|lane| at.wrapping_add(lane as isize) as usize);
    assert!(start < end && end <= from.len(), "lanes read what is there");
    (lanes, start..end)
}

/// All registers of a vector as one part.
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
        self.0.load_partial(&from[..LANES])
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
        self.0.store_partial(register, to);
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

/// The sum of sixteen elements by the fixed tree of the order contract: first lanes that are eight apart, then four,
/// two and one.
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

/// `array!(|n| …)` is `[…, …]` with 0, 1 … for `n`. It is [`core::array::from_fn`] without a closure.
///
/// Code that makes vectors has to be inlined into the function that has the CPU features. The compiler may not inline a
/// closure.
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

/// Code that is written once for every instruction set. [`Isa::run`](crate::Isa::run) runs it.
///
/// Mark `run`, and every generic function that it calls, with `#[inline(always)]`. Code that is not inlined into the
/// function with the CPU features is compiled without these features.
pub trait Kernel<T: Float> {
    /// The result of the code.
    type Output;

    /// Whether the code is also compiled for AVX-512. If not, a CPU with AVX-512 runs the code for AVX2, which has the same
    /// bits. This is for code that takes a small part of the time of a training: fewer instruction sets are compiled sooner.
    const WIDEST: bool = true;

    /// The code. `simd` makes its vectors.
    fn run<S: Simd<T = T>>(self, simd: S) -> Self::Output;
}
