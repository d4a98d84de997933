//! How places and outputs are cut into tiles.
//!
//! The sums of a tile take the registers that are there for them. A tile is high rather than wide: one broadcast of a
//! weight serves all places, but each place is a vector from a cache.
//!
//! | registers for sums | outputs × places of the tiles |
//! |---|---|
//! | 24 | 8×3, 6×4, 4×6, 2×6, 1×6 |
//! | 12 | 4×3, 2×6, 1×6 |
//! | 2 | 1×2 |

use std::ops::Range;

use toddle_lanes::Simd;

use crate::conv2d::axis::Class;

/// The number of outputs of the highest tile. It has at least three places, if there are enough registers.
#[inline(always)]
pub const fn height<S: Simd>() -> usize {
    if S::TILE_REGISTERS < 3 { 1 } else { S::TILE_REGISTERS / 3 }
}

/// The number of places of the widest tile of `outs` outputs.
#[inline(always)]
pub const fn width<S: Simd>(outs: usize) -> usize {
    let fit = S::TILE_REGISTERS / outs;
    if fit > 6 { 6 } else { fit }
}

/// Cuts `outs` into panels, one for each height of a tile: first as many of the highest panels as there are, then one
/// of the highest even number that is left, then one of a single output.
#[inline(always)]
pub fn panels<S: Simd>(outs: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let Range { start: mut begin, end } = outs;
    std::iter::from_fn(move || {
        let height = match (end - begin).min(height::<S>()) {
            0 => return None,
            3 => 2,
            5 => 4,
            7 => 6,
            height => height,
        };
        begin += height;
        Some(begin - height..begin)
    })
}

/// Cuts the places of a class into runs of places that have the same taps. A place for which some taps read nothing is
/// alone. The other places are cut into pieces of up to `most` places by [`piece`].
#[inline(always)]
pub fn bands(class: &Class<'_>, most: usize, step: usize) -> impl Iterator<Item = Range<usize>> {
    let (inner, places, mut begin) = (class.inner(), class.places, 0);
    std::iter::from_fn(move || {
        let piece = match begin {
            _ if begin == places => return None,
            _ if inner.contains(&begin) => piece(inner.end - begin, most, step),
            _ => 1,
        };
        begin += piece;
        Some(begin - piece..begin)
    })
}

/// The length of the next piece of `left` places. Pieces have up to `most` places. The last two pieces have nearly the
/// same length; the first of the two ends on a multiple of `step`.
#[inline(always)]
pub fn piece(left: usize, most: usize, step: usize) -> usize {
    match left {
        _ if left <= most => left,
        _ if left < 2 * most => left.div_ceil(2).next_multiple_of(step).min(most),
        _ => most,
    }
}
