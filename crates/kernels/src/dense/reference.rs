//! The loops that define a dense layer, one sample.

use toddle_lanes::{Float, LANES, tree_sum};

/// `y[o] = b[o] + Σ i  x[i] · w[i,o]`. Without biases, each sum begins with zero.
pub fn forward<T: Float>(x: &[T], w: &[T], b: Option<&[T]>, y: &mut [T]) {
    let outputs = y.len();
    for o in 0..outputs {
        let mut sum = b.map_or(T::ZERO, |b| b[o]);
        for i in 0..x.len() {
            sum = x[i].mul_add(w[i * outputs + o], sum);
        }
        y[o] = sum;
    }
}

/// `dx[i] = Σ o  dy[o] · w[i,o]`
pub fn backward_input<T: Float>(w: &[T], dy: &[T], dx: &mut [T]) {
    for (i, dx) in dx.iter_mut().enumerate() {
        let mut sum = T::ZERO;
        for o in 0..dy.len() {
            sum = dy[o].mul_add(w[i * dy.len() + o], sum);
        }
        *dx = sum;
    }
}

/// The sums of [`backward_input`] in the order for one sample, whose weights are side by side along the outputs:
/// sixteen partial sums, then [`tree_sum`]. Output `o` is added to partial sum `o mod 16`. The outputs are padded with
/// zeros to a multiple of sixteen.
pub fn backward_input_row<T: Float>(w: &[T], dy: &[T], dx: &mut [T]) {
    for (i, dx) in dx.iter_mut().enumerate() {
        let mut sums = [T::ZERO; LANES];
        for o in 0..dy.len().next_multiple_of(LANES) {
            let (dy, w) = if o < dy.len() { (dy[o], w[i * dy.len() + o]) } else { (T::ZERO, T::ZERO) };
            sums[o % LANES] = dy.mul_add(w, sums[o % LANES]);
        }
        *dx = tree_sum(sums);
    }
}

/// `dw[i,o] += x[i] · dy[o]` and `db[o] += dy[o]`. `db` is empty if there are no biases.
///
/// The leaf of a block is this function for its sixteen samples, one after the other, from zero. So each sum of a leaf
/// is one chain.
pub fn backward_weights<T: Float>(x: &[T], dy: &[T], dw: &mut [T], db: &mut [T]) {
    for i in 0..x.len() {
        for o in 0..dy.len() {
            dw[i * dy.len() + o] = x[i].mul_add(dy[o], dw[i * dy.len() + o]);
        }
    }
    for (db, dy) in db.iter_mut().zip(dy) {
        *db += *dy;
    }
}

/// `dx` as in [`backward_input_row`], then `w[i,o] += (−rate · x[i]) · dy[o]` and `b[o] += −rate · dy[o]`: plain SGD
/// for one sample. The factor `−rate · x[i]` is rounded once for each row, which saves a multiplication for each
/// weight. `b` is empty if there are no biases.
pub fn descend_row<T: Float>(x: &[T], w: &mut [T], b: &mut [T], dy: &[T], dx: &mut [T], rate: T) {
    backward_input_row(w, dy, dx);
    for i in 0..x.len() {
        let step = -rate * x[i];
        for o in 0..dy.len() {
            w[i * dy.len() + o] = step.mul_add(dy[o], w[i * dy.len() + o]);
        }
    }
    for (b, dy) in b.iter_mut().zip(dy) {
        *b = (-rate).mul_add(*dy, *b);
    }
}
