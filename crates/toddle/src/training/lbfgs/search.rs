//! The length of a step: a search for the strong Wolfe conditions, algorithms 3.5 and 3.6 of Nocedal and Wright.
//!
//! ```text
//!  loss
//!   │ ●                    ●      ● start    ○ a point that satisfies both conditions
//!   │  ╲                 ╱
//!   │    ╲             ╱          1. the loss has fallen by a part of what the slope at the start promises
//!   │       ╲___○___╱             2. the slope is flat, compared with the slope at the start
//!   └──────────────────── length
//! ```

use toddle_lanes::Real;

use super::line::{Line, Point};
use crate::Float;

/// The part of the promised decrease that is enough.
const DECREASE: f64 = 1e-4;

/// The part of the slope at the start that is flat enough.
const FLATNESS: f64 = 0.9;

/// The largest number of points after the first.
const MOST: usize = 25;

/// A point whose loss has fallen enough and is flat enough, or else the best point. `first` is the length that is tried first. Two
/// points are the same if no weight differs by more than `tolerance`.
pub fn wolfe<T: Float>(line: &mut Line<'_, T>, here: &Point<T>, first: f64, tolerance: f64) -> Point<T> {
    let start = Point { length: 0.0, slope: line.slope(&here.gradient), ..here.clone() };
    let (loss, slope) = (start.loss, start.slope);
    let is_high =
        |point: &Point<T>| !point.loss.is_finite() || point.loss > loss + DECREASE * point.length * slope;
    let is_flat = |point: &Point<T>| point.slope.abs() <= -FLATNESS * slope;
    let (mut before, mut point, mut count) = (start.clone(), line.at(first), 0);
    // Longer and longer steps, until the minimum is passed.
    loop {
        if is_high(&point) || count > 1 && point.loss >= before.loss {
            break;
        }
        if is_flat(&point) {
            return point;
        }
        if point.slope >= 0.0 {
            break;
        }
        if count == MOST {
            before = start;
            break;
        }
        let bounds = [point.length + 0.01 * (point.length - before.length), 10.0 * point.length];
        let next = minimum(&before, &point, bounds);
        before = core::mem::replace(&mut point, line.at(next));
        count += 1;
    }
    // The minimum lies between two points.
    let (mut low, mut high) =
        if before.loss <= point.loss || !point.loss.is_finite() { (before, point) } else { (point, before) };
    let largest = super::largest(&line.direction);
    let mut is_slow = false;
    while count < MOST && (high.length - low.length).abs() * largest >= tolerance {
        let (left, right) = if low.length < high.length { (&low, &high) } else { (&high, &low) };
        let [from, to] = [left.length, right.length];
        let mut next =
            if high.loss.is_finite() { minimum(left, right, [from, to]) } else { 0.5 * (from + to) };
        // A point close to an end says little. The second time, the search goes away from the end.
        let margin = 0.1 * (to - from);
        let is_close = (to - next).min(next - from) < margin;
        if is_close && (is_slow || next >= to || next <= from) {
            next = if (next - to).abs() < (next - from).abs() { to - margin } else { from + margin };
            is_slow = false;
        } else {
            is_slow = is_close;
        }
        let point = line.at(next);
        count += 1;
        if is_high(&point) || point.loss >= low.loss {
            high = point;
            if high.loss < low.loss {
                core::mem::swap(&mut low, &mut high);
            }
        } else if is_flat(&point) {
            return point;
        } else {
            let turns = point.slope * (high.length - low.length) >= 0.0;
            let old = core::mem::replace(&mut low, point);
            if turns {
                high = old;
            }
        }
    }
    low
}

/// The minimum of the cubic polynomial that has the losses and the slopes of two points, within `bounds`. `left` has the smaller
/// length. Without a minimum, the middle of the bounds.
fn minimum<T>(left: &Point<T>, right: &Point<T>, [from, to]: [f64; 2]) -> f64 {
    let width = right.length - left.length;
    let mean = left.slope + right.slope - 3.0 * (right.loss - left.loss) / width;
    let square = mean * mean - left.slope * right.slope;
    if square < 0.0 {
        return 0.5 * (from + to);
    }
    let root = Real::sqrt(square);
    let part = (right.slope + root - mean) / (right.slope - left.slope + 2.0 * root);
    (right.length - width * part).max(from).min(to)
}
