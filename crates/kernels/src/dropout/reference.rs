//! The loop that defines dropout, for values forward and for gradients backward.

use toddle_lanes::{Float, philox};

use super::{Chance, Draw};

/// `y[i] = 0` if random word `⌊i/together⌋` of sample [`Draw::sample`] is below `rate · 2³²`, else
/// `x[i] · 1/(1 − rate)`.
#[inline(always)]
pub fn apply<T: Float>(draw: &Draw, rate: f64, together: usize, x: &[T], y: &mut [T]) {
    let chance = Chance::new(rate);
    for (four, (x, y)) in x.chunks(4 * together).zip(y.chunks_mut(4 * together)).enumerate() {
        let words = philox(draw.counter(four), draw.key());
        for ((x, y), word) in x.chunks(together).zip(y.chunks_mut(together)).zip(words) {
            for (x, y) in x.iter().zip(y) {
                *y = if word < chance.below { T::ZERO } else { *x * chance.scale };
            }
        }
    }
}
