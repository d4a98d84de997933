//! The loops that define the updates.

use core::ops::Range;

use toddle_lanes::{Float, LANES, Real, tree_sum};

use super::{Adadelta, Adagrad, Adam, Adamax, Average, Lion, Nadam, Prepare, RmsProp, Sgd};

/// `w −= rate · g`, rounded once.
pub fn sgd<T: Float>(rate: T, g: &[T], w: &mut [T]) {
    for (g, w) in g.iter().zip(w) {
        *w = (-rate).mul_add(*g, *w);
    }
}

/// `m ← μ·m + take·g`, `w −= rate · m`. With Nesterov momentum, `w −= rate · (g + μ·m)`.
pub fn momentum<T: Float>(method: Sgd<T>, prepare: Prepare<T>, g: &[T], w: &mut [T], [m]: [&mut [T]; 1]) {
    let Sgd { rate, momentum, take, nesterov } = method;
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        m[i] = momentum.mul_add(m[i], take * g);
        let step = if nesterov { momentum.mul_add(m[i], g) } else { m[i] };
        w[i] = (-rate).mul_add(step, x);
    }
}

/// `m ← β₁·m + (1 − β₁)·g`, `v ← β₂·v + (1 − β₂)·g²`, `w −= rate · m / (c·√v + ε)`. `rate` includes the bias correction
/// of `m`, and `c` is the bias correction of `√v`.
///
/// The slots are `m` and `v`. If there is one more, `u`, it is AMSGrad: `u ← max(u, v)` replaces `v` in the root.
pub fn adam<T: Float>(method: Adam<T>, prepare: Prepare<T>, g: &[T], w: &mut [T], slots: &mut [&mut [T]]) {
    let Adam { rate, mean, square, correction, epsilon } = method;
    let [m, v, largest @ ..] = slots else { panic!("there are slots for the means") };
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        m[i] = averaged(mean, m[i], g);
        v[i] = averaged(square, v[i], g * g);
        let mut under = v[i];
        if let [u] = largest {
            u[i] = Real::max(u[i], v[i]);
            under = u[i];
        }
        let root = correction.mul_add(Real::sqrt(under), epsilon);
        w[i] = (-rate).mul_add(m[i] / root, x);
    }
}

/// `m ← β₁·m + (1 − β₁)·g`, `u ← max(β₂·u, |g| + ε)`, `w −= rate · m / u`. `rate` includes the bias correction of `m`.
pub fn adamax<T: Float>(method: Adamax<T>, prepare: Prepare<T>, g: &[T], w: &mut [T], [m, u]: [&mut [T]; 2]) {
    let Adamax { rate, mean, keep, epsilon } = method;
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        m[i] = averaged(mean, m[i], g);
        u[i] = Real::max(keep * u[i], Real::abs(g) + epsilon);
        w[i] = (-rate).mul_add(m[i] / u[i], x);
    }
}

/// `m` and `v` as in [`adam`], `w −= (a·g + b·m) / (c·√v + ε)`. `a` and `b` include the learning rate and the bias
/// corrections.
pub fn nadam<T: Float>(method: Nadam<T>, prepare: Prepare<T>, g: &[T], w: &mut [T], [m, v]: [&mut [T]; 2]) {
    let Nadam { of_gradient, of_mean, mean, square, correction, epsilon } = method;
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        m[i] = averaged(mean, m[i], g);
        v[i] = averaged(square, v[i], g * g);
        let root = correction.mul_add(Real::sqrt(v[i]), epsilon);
        w[i] = x - of_mean.mul_add(m[i], of_gradient * g) / root;
    }
}

/// `v ← α·v + (1 − α)·g²`, `s = g / (√v + ε)`, `w −= rate · s`.
///
/// If it is centered, `m ← α·m + (1 − α)·g`, and `v − m²` replaces `v` in the root, or 0 if `v − m²` is below zero.
/// With momentum, `b ← μ·b + s` replaces `s` in the step. The slots are `v`, then `m` if it is centered, then `b` if
/// there is one more.
pub fn rms_prop<T: Float>(
    method: RmsProp<T>,
    prepare: Prepare<T>,
    g: &[T],
    w: &mut [T],
    slots: &mut [&mut [T]],
) {
    let RmsProp { rate, average, centered, momentum, epsilon } = method;
    let (v, rest) = slots.split_first_mut().expect("there is a slot for the squares");
    let (m, b) = rest.split_at_mut(usize::from(centered));
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        v[i] = averaged(average, v[i], g * g);
        let mut variance = v[i];
        if let [m] = m {
            m[i] = averaged(average, m[i], g);
            variance = Real::max(T::ZERO, (-m[i]).mul_add(m[i], v[i]));
        }
        let mut step = g / (Real::sqrt(variance) + epsilon);
        if let [b] = b {
            b[i] = momentum.mul_add(b[i], step);
            step = b[i];
        }
        w[i] = (-rate).mul_add(step, x);
    }
}

/// `v ← v + g²`, `w −= rate · g / (√(v + a) + ε)`. `a` is the number with which the sum of the squares begins.
pub fn adagrad<T: Float>(method: Adagrad<T>, prepare: Prepare<T>, g: &[T], w: &mut [T], [v]: [&mut [T]; 1]) {
    let Adagrad { rate, initial, epsilon } = method;
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        v[i] = g.mul_add(g, v[i]);
        w[i] = (-rate).mul_add(g / (Real::sqrt(v[i] + initial) + epsilon), x);
    }
}

/// `v ← ρ·v + (1 − ρ)·g²`, `s = √(u + ε) / √(v + ε) · g`, `u ← ρ·u + (1 − ρ)·s²`, `w −= rate · s`.
pub fn adadelta<T: Float>(
    method: Adadelta<T>,
    prepare: Prepare<T>,
    g: &[T],
    w: &mut [T],
    [v, u]: [&mut [T]; 2],
) {
    let Adadelta { rate, average, epsilon } = method;
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        v[i] = averaged(average, v[i], g * g);
        let step = Real::sqrt(u[i] + epsilon) / Real::sqrt(v[i] + epsilon) * g;
        u[i] = averaged(average, u[i], step * step);
        w[i] = (-rate).mul_add(step, x);
    }
}

/// `w −= rate · sign(β₁·m + (1 − β₁)·g)`, `m ← β₂·m + (1 − β₂)·g`.
pub fn lion<T: Float>(method: Lion<T>, prepare: Prepare<T>, g: &[T], w: &mut [T], [m]: [&mut [T]; 1]) {
    let Lion { rate, step, mean } = method;
    for i in 0..w.len() {
        let (g, x) = prepared(prepare, g[i], w[i]);
        let step = sign(averaged(step, m[i], g));
        m[i] = averaged(mean, m[i], g);
        w[i] = (-rate).mul_add(step, x);
    }
}

/// `scale·g + l2·w + l1·sign(w)` without the terms whose factor is zero, and `shrink·w`.
fn prepared<T: Float>(Prepare { scale, l1, l2, shrink }: Prepare<T>, g: T, w: T) -> (T, T) {
    let mut g = scale * g;
    if l2 != T::ZERO {
        g = l2.mul_add(w, g);
    }
    if l1 != T::ZERO {
        g = l1.mul_add(sign(w), g);
    }
    (g, shrink * w)
}

/// `keep·a + take·x`, or zero if the result is subnormal.
fn averaged<T: Float>(Average { keep, take }: Average<T>, a: T, x: T) -> T {
    let next = keep.mul_add(a, take * x);
    if Real::abs(next) < T::MIN_POSITIVE { T::ZERO } else { next }
}

/// 1 or −1 with the sign of `x`. Zeros and NaN stay as they are.
fn sign<T: Float>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

/// `a += (1 − d)·(w − a)`
pub fn follow<T: Float>(take: T, w: &[T], a: &mut [T]) {
    for (w, a) in w.iter().zip(a) {
        *a = take.mul_add(*w - *a, *a);
    }
}

/// `x ← factor · x`
pub fn scale<T: Float>(factor: T, x: &mut [T]) {
    for x in x {
        *x = factor * *x;
    }
}

/// `x ← −limit` if `x` is below `−limit`, `x ← limit` if `x` is above `limit`. NaN stays NaN.
pub fn clamp<T: Float>(limit: T, x: &mut [T]) {
    for x in x {
        *x = Real::max(-limit, Real::min(limit, *x));
    }
}

/// The sum of the squares of one leaf: sixteen chains, then the tree over the lanes. Element `i` is added to chain
/// `i mod 16`.
pub fn square_sum<T: Float>(leaf: &[T]) -> T {
    let mut sums = [T::ZERO; LANES];
    for (i, x) in leaf.iter().enumerate() {
        sums[i % LANES] = x.mul_add(*x, sums[i % LANES]);
    }
    tree_sum(sums)
}

/// The sum of `leaves` by the binary tree over their index: `((0+1)+(2+3))+((4+5)+…)`. A node without a right child
/// equals its left child.
pub fn tree<T: Float>(leaves: &[T]) -> T {
    tree_of(0..leaves.len(), &|leaf| leaves[leaf])
}

/// The sum of [`tree`] for leaves that the function `leaf` computes.
pub fn tree_of<T: Float>(leaves: Range<usize>, leaf: &impl Fn(usize) -> T) -> T {
    match leaves.len() {
        0 => T::ZERO,
        1 => leaf(leaves.start),
        len => {
            let middle = leaves.start + len.next_power_of_two() / 2;
            tree_of(leaves.start..middle, leaf) + tree_of(middle..leaves.end, leaf)
        }
    }
}
