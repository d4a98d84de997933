//! Pooling and padding.

use toddle::{AvgPool2d, MaxPool2d, Pad, PadMode, Sides, Size};

use super::layers::Step;
use crate::python::size;
use crate::window::{self, plane};

/// `x` with zeros around it.
pub(super) fn zeros(x: &str, sides: Sides) -> String {
    let Sides { top, bottom, left, right } = sides;
    match sides == Sides::default() {
        true => x.into(),
        false => format!("layers.ZeroPadding2D((({top}, {bottom}), ({left}, {right})))({x})"),
    }
}

/// `x` with rows and columns around it. `how` has other settings.
fn around(x: &str, sides: Sides, how: &str) -> String {
    let Sides { top, bottom, left, right } = sides;
    match sides == Sides::default() {
        true => x.into(),
        false => format!("ops.pad({x}, ((0, 0), ({top}, {bottom}), ({left}, {right}), (0, 0)){how})"),
    }
}

/// A padding.
pub(super) fn pad(step: &Step<'_>, pad: &Pad) -> String {
    let (x, sides) = (step.from[0], pad.padding);
    match pad.mode {
        PadMode::Zeros => zeros(x, sides),
        PadMode::Constant => around(x, sides, &format!(", constant_values={}", pad.value)),
        PadMode::Reflect => around(x, sides, ", mode=\"reflect\""),
        PadMode::Replicate => taken(step, pad, |place, size| place.clamp(0, size - 1)),
        PadMode::Circular => taken(step, pad, |place, size| place.rem_euclid(size)),
    }
}

/// Rows and columns of the value, one by one.
fn taken(step: &Step<'_>, pad: &Pad, place: impl Fn(isize, isize) -> isize) -> String {
    let Size(height, width) = plane(step.input);
    let places = |before: usize, size: usize, after: usize| {
        let all = -(before as isize)..(size + after) as isize;
        let all: Vec<String> = all.map(|at| place(at, size as isize).to_string()).collect();
        format!("[{}]", all.join(", "))
    };
    let Sides { top, bottom, left, right } = pad.padding;
    let (rows, columns) = (places(top, height, bottom), places(left, width, right));
    format!("ops.take(ops.take({}, {rows}, 1), {columns}, 2)", step.from[0])
}

/// Maximum pooling. Padding never wins.
pub(super) fn max(step: &Step<'_>, pool: &MaxPool2d) -> String {
    let sides = window::reached(pool, step.input, step.node.output());
    let x = around(step.from[0], sides, ", constant_values=-np.inf");
    let (window, dilation) = (pool.window, pool.dilation);
    let stride = pool.stride.unwrap_or(window);
    if dilation == Size(1, 1) {
        let settings = format!("{}, {}", size(window), size(stride));
        return format!("layers.MaxPooling2D({settings}, name=\"{}\")({x})", step.name);
    }
    // Keras has no dilation here: each element of the windows by itself.
    let Size(rows, columns) = plane(step.node.output());
    let slice = |letter, outputs: usize, stride| {
        format!("{letter} : {letter} + {} : {stride}", (outputs - 1) * stride + 1)
    };
    let (down, right) = (slice("r", rows, stride.0), slice("s", columns, stride.1));
    let range = |kernel, dilation| format!("range(0, {}, {dilation})", kernel * dilation);
    let (r, s) = (range(window.0, dilation.0), range(window.1, dilation.1));
    format!("ops.max(ops.stack([{x}[:, {down}, {right}] for r in {r} for s in {s}]), 0)")
}

/// Average pooling.
pub(super) fn avg(step: &Step<'_>, pool: &AvgPool2d) -> String {
    let AvgPool2d { window, stride, count_padding, .. } = *pool;
    let stride = stride.unwrap_or(window);
    let given = window::sides(pool, step.input, step.node.output());
    let sides = window::reached(pool, step.input, step.node.output());
    let x = zeros(step.from[0], sides);
    let settings = format!("{}, {}", size(window), size(stride));
    let mean = format!("layers.AveragePooling2D({settings}, name=\"{}\")({x})", step.name);
    if sides == if count_padding { given } else { Sides::default() } {
        return mean;
    }
    let (Size(height, width), Size(rows, columns)) = (plane(step.input), plane(step.node.output()));
    // The places of each window that count, of `size` places after `before` that do not.
    let counts = |before: usize, size: usize, kernel: usize, stride: usize, outputs: usize| {
        let counted = |window: usize| {
            let begin = window * stride;
            (begin + kernel).min(before + size).saturating_sub(begin.max(before)).to_string()
        };
        format!("[{}]", (0..outputs).map(counted).collect::<Vec<String>>().join(", "))
    };
    let Sides { top, bottom, left, right } = given;
    let [down, across] = match count_padding {
        true => [(0, top + height + bottom), (0, left + width + right)],
        false => [(top, height), (left, width)],
    };
    let down = counts(down.0, down.1, window.0, stride.0, rows);
    let across = counts(across.0, across.1, window.1, stride.1, columns);
    // The share of a window that counts makes the mean of the window the mean of this share.
    let all = window.0 * window.1;
    format!("{mean} * ({all} / np.outer({down}, {across})[:, :, None]).astype(\"float32\")")
}
