//! The steps, computed in Rust with the arithmetic of the file in C.

use std::iter::StepBy;
use std::ops::Range;

use toddle::{LogSoftmax, NetworkSpec, Shape, Softmax};

use super::Quantized;
use super::number::{Factor, Scale, rounded};
use super::step::{Form, Linear, Step, Target};
use crate::calls::Axis;

/// The outputs `y` of one sample `x`.
pub(super) fn run(quantized: &Quantized, x: &[f32], y: &mut [f32]) {
    let mut values: Vec<Vec<i8>> = quantized.values.iter().map(|value| vec![0; value.size]).collect();
    let scale = |value: usize| quantized.values[value].scale;
    for step in &quantized.steps {
        // What a step writes is no value that it reads.
        let mut written = step.writes().map(|to| std::mem::take(&mut values[to])).unwrap_or_default();
        let to = step.writes().map_or(Scale::of([0.0, 0.0]), scale);
        match step {
            Step::Quantize { begin, .. } => quantize(&x[*begin..], &mut written, to),
            Step::Embedding { begin, table, features, .. } => {
                let steps = written.len() / features;
                for (t, x) in x[*begin..][..steps].iter().enumerate() {
                    let class = class(*x, table.len() / features);
                    for (f, integer) in table[class * features..][..*features].iter().enumerate() {
                        written[f * steps + t] = *integer;
                    }
                }
            }
            Step::Norm { from, groups, factors, summands, step, epsilon, .. } => {
                let (zero, size) = (scale(*from).zero, written.len() / groups);
                let places = written.len() / factors.len();
                let groups = values[*from].chunks(size).zip(written.chunks_mut(size));
                for (g, (x, y)) in groups.enumerate() {
                    let apart = normed(x, zero, *step, *epsilon);
                    for (i, (apart, integer)) in apart.zip(y).enumerate() {
                        let k = (g * size + i) / places;
                        *integer = nearest(factors[k].mul_add(apart, summands[k]), to.zero);
                    }
                }
            }
            Step::Linear(linear) => {
                let from = scale(linear.from);
                let sums = sums(linear, &values[linear.from], from.zero);
                match &linear.target {
                    Target::Value { factors, .. } => {
                        for (k, (sums, to_of)) in each_filter(&sums, &mut written, linear).enumerate() {
                            let Factor { factor, shift } = factors[k];
                            for (sum, integer) in sums.iter().zip(to_of) {
                                *integer = rounded(i64::from(*sum) * i64::from(factor), shift, to.zero);
                            }
                        }
                    }
                    Target::Outputs { begin, steps } => {
                        for (k, (sums, to_of)) in each_filter(&sums, &mut y[*begin..], linear).enumerate() {
                            for (sum, number) in sums.iter().zip(to_of) {
                                *number = steps[k] * *sum as f32;
                            }
                        }
                    }
                }
            }
            Step::Table { from, table, .. } => {
                for (integer, x) in written.iter_mut().zip(&values[*from]) {
                    *integer = table[(i32::from(*x) + 128) as usize];
                }
            }
            Step::MaxPool { from, axes, .. } => {
                pool(&values[*from], &mut written, axes, |window: Window<_>| {
                    window.elements.fold(i8::MIN, i8::max)
                });
            }
            Step::AvgPool { from, padded, axes, factor: Factor { factor, shift }, .. } => {
                let zero = scale(*from).zero;
                pool(&values[*from], &mut written, axes, |Window { elements, place, inside }| {
                    let sum: i64 = elements.map(|x| i64::from(x) - i64::from(zero)).sum();
                    let cells = counted(&axes[0], padded[0], place[0], inside[0])
                        * counted(&axes[1], padded[1], place[1], inside[1]);
                    rounded(sum * (i64::from(*factor) / cells as i64), *shift, to.zero)
                });
            }
            Step::Place { from, outside, sides: [rows, columns], .. } => {
                for (n, integer) in written.iter_mut().enumerate() {
                    let (channel, place) =
                        (n / columns.output / rows.output, n / columns.output % rows.output);
                    let at = rows.place(place).zip(columns.place(n % columns.output));
                    *integer = at.map_or(*outside, |(iy, ix)| {
                        values[*from][(channel * rows.input + iy) * columns.input + ix]
                    });
                }
            }
            Step::Prelu { from, positive, negative, .. } => {
                let (zero, places) = (scale(*from).zero, written.len() / negative.len());
                for (n, (integer, x)) in written.iter_mut().zip(&values[*from]).enumerate() {
                    let steps = i64::from(*x) - i64::from(zero);
                    let Factor { factor, shift } = if steps < 0 { negative[n / places] } else { *positive };
                    *integer = rounded(steps * i64::from(factor), shift, to.zero);
                }
            }
            Step::Rescale { from, begin, factor: Factor { factor, shift }, .. } => {
                let zero = scale(*from).zero;
                for (integer, x) in written[*begin..].iter_mut().zip(&values[*from]) {
                    let steps = i64::from(*x) - i64::from(zero);
                    *integer = rounded(steps * i64::from(*factor), *shift, to.zero);
                }
            }
            Step::Sum { from, factors, shift, .. } => {
                for (i, integer) in written.iter_mut().enumerate() {
                    let part = |(&value, &factor): (&usize, &i32)| {
                        (i64::from(values[value][i]) - i64::from(scale(value).zero)) * i64::from(factor)
                    };
                    *integer = rounded(from.iter().zip(factors).map(part).sum(), *shift, to.zero);
                }
            }
            Step::Product { from, factor: Factor { factor, shift }, .. } => {
                for (i, integer) in written.iter_mut().enumerate() {
                    let part = |&value: &usize| i64::from(values[value][i]) - i64::from(scale(value).zero);
                    let product: i64 = from.iter().map(part).product();
                    *integer = rounded(product * i64::from(*factor), *shift, to.zero);
                }
            }
            Step::Dequantize { from, begin } => {
                let Scale { step, zero } = scale(*from);
                for (number, x) in y[*begin..].iter_mut().zip(&values[*from]) {
                    *number = step as f32 * (i32::from(*x) - zero) as f32;
                }
            }
            Step::Softmax { begin, channels, places, logarithm } => {
                softmax(&mut y[*begin..begin + channels * places], *channels, *places, *logarithm);
            }
        }
        if let Some(to) = step.writes() {
            values[to] = written;
        }
    }
}

/// The inputs as integers: `x · 1/step`.
fn quantize(x: &[f32], y: &mut [i8], Scale { step, zero }: Scale) {
    let inverse = inverse(step);
    for (integer, x) in y.iter_mut().zip(x) {
        *integer = nearest(x * inverse, zero);
    }
}

/// The integer of so many steps, saturated and rounded. Halves are rounded away from 0. NaN is the least integer.
fn nearest(steps: f32, zero: i32) -> i8 {
    let (least, greatest) = ((i32::from(i8::MIN) - zero) as f32, (i32::from(i8::MAX) - zero) as f32);
    let steps = if steps > least { steps } else { least };
    let steps = if steps < greatest { steps } else { greatest };
    let rounded = if steps < 0.0 { steps - 0.5 } else { steps + 0.5 };
    (rounded as i32 + zero) as i8
}

/// The nearest of so many classes. NaN is class 0.
fn class(x: f32, classes: usize) -> usize {
    let nearest = f64::from(x) + 0.5;
    if nearest >= classes as f64 { classes - 1 } else { nearest.max(0.0) as usize }
}

/// The elements of a group less their mean, divided by their deviation. `step` is that of the elements, divided by their
/// number.
fn normed(x: &[i8], zero: i32, step: f32, epsilon: f32) -> impl Iterator<Item = f32> {
    let steps = move |x: &i8| i64::from(i32::from(*x) - zero);
    let size = x.len() as i64;
    let sum: i64 = x.iter().map(steps).sum();
    let squares: i64 = x.iter().map(|x| steps(x) * steps(x)).sum();
    let scale = step / (step * step).mul_add((squares * size - sum * sum) as f32, epsilon).sqrt();
    x.iter().map(move |x| scale * (steps(x) * size - sum) as f32)
}

/// `1/step`, as the file in C has it.
pub(crate) fn inverse(step: f64) -> f32 {
    (1.0 / step) as f32
}

/// The sums of each filter, and the elements that they become.
fn each_filter<'a, T>(
    sums: &'a [i32],
    to: &'a mut [T],
    linear: &Linear,
) -> impl Iterator<Item = (&'a [i32], &'a mut [T])> {
    let places = linear.places();
    sums.chunks(places).zip(to.chunks_mut(places))
}

/// The sums of a layer with weights, filter after filter.
fn sums(linear: &Linear, x: &[i8], zero: i32) -> Vec<i32> {
    let places = linear.places();
    let mut sums: Vec<i32> = linear.bias.iter().flat_map(|bias| std::iter::repeat_n(*bias, places)).collect();
    let filters = linear.filters();
    let all = linear.weights.chunks(linear.weights.len() / filters).zip(sums.chunks_mut(places)).enumerate();
    for (k, (weights, sums)) in all {
        match linear.form {
            Form::Dense => {
                let products = weights.iter().zip(x).map(|(&w, &x)| i32::from(w) * (i32::from(x) - zero));
                sums[0] += products.sum::<i32>();
            }
            Form::Conv { channels, groups, axes } => {
                let x = of_group(x, k, filters, channels, groups);
                each_tap(weights, &axes, |weight, channel, taps| {
                    conv_tap(weight, channel, taps, x, zero, &axes, sums);
                });
            }
            Form::Turned { channels, groups, axes } => {
                let x = of_group(x, k, filters, channels, groups);
                each_tap(weights, &axes, |weight, channel, taps| {
                    turned_tap(weight, channel, taps, x, zero, &axes, sums);
                });
            }
        }
    }
    sums
}

/// The channels that filter `k` takes.
fn of_group(x: &[i8], k: usize, filters: usize, channels: usize, groups: usize) -> &[i8] {
    let group = x.len() / channels * (channels / groups);
    let begin = k / (filters / groups) * group;
    &x[begin..begin + group]
}

/// Calls `of` with each weight, its channel and its taps along rows and columns.
fn each_tap(
    weights: &[i8],
    [Axis(rows), Axis(columns)]: &[Axis; 2],
    mut of: impl FnMut(i32, usize, [usize; 2]),
) {
    for (n, weight) in weights.iter().enumerate() {
        let taps = [n / columns[2] % rows[2], n % columns[2]];
        of(i32::from(*weight), n / (rows[2] * columns[2]), taps);
    }
}

/// Adds the products of one weight of a convolution.
fn conv_tap(
    weight: i32,
    channel: usize,
    taps: [usize; 2],
    x: &[i8],
    zero: i32,
    [rows, columns]: &[Axis; 2],
    sums: &mut [i32],
) {
    let (Axis([height, _, _, down, ..]), Axis([width, output, _, right, ..])) = (*rows, *columns);
    let (above, before) = (offset(rows, taps[0]), offset(columns, taps[1]));
    let (first, end) = windows(columns, taps[1]);
    let (begin, count) = (first * right, end.saturating_sub(first));
    if count == 0 {
        return;
    }
    let (first_row, end_row) = windows(rows, taps[0]);
    for oy in first_row..end_row {
        let row = channel * height + oy * down + above.0 - above.1;
        let from = &x[row * width + begin + before.0 - before.1..];
        let to = &mut sums[oy * output + first..][..count];
        for (sum, x) in to.iter_mut().zip(from.iter().step_by(right)) {
            *sum += weight * (i32::from(*x) - zero);
        }
    }
}

/// Adds the products of one weight of a transposed convolution.
fn turned_tap(
    weight: i32,
    channel: usize,
    taps: [usize; 2],
    x: &[i8],
    zero: i32,
    [rows, columns]: &[Axis; 2],
    sums: &mut [i32],
) {
    let (Axis([_, height, _, down, ..]), Axis([wide, width, _, right, ..])) = (*rows, *columns);
    let (above, before) = (offset(rows, taps[0]), offset(columns, taps[1]));
    let (first_row, end_row) = windows(rows, taps[0]);
    let (first, end) = windows(columns, taps[1]);
    for oy in first_row..end_row {
        for ox in first..end {
            let (iy, ix) = (oy * down + above.0 - above.1, ox * right + before.0 - before.1);
            let x = i32::from(x[(channel * height + oy) * width + ox]) - zero;
            sums[iy * wide + ix] += weight * x;
        }
    }
}

/// What a tap adds to the place of its window, and what the padding takes away.
fn offset(Axis([.., dilation, padding]): &Axis, tap: usize) -> (usize, usize) {
    (tap * dilation, *padding)
}

/// The windows whose element at `tap` is in the image: from the first one on, before the end.
fn windows(Axis([input, output, _, stride, dilation, padding]): &Axis, tap: usize) -> (usize, usize) {
    let first = padding.saturating_sub(tap * dilation).div_ceil(*stride);
    let end = (input + padding).saturating_sub(tap * dilation).div_ceil(*stride);
    (first, end.min(*output))
}

/// The elements of a window of pooling.
struct Window<E> {
    elements: E,
    /// The place of the window along rows and columns.
    place: [usize; 2],
    /// The rows and the columns of the window that are in the image.
    inside: [usize; 2],
}

/// The elements of window `place` in the image along an axis. With a kernel of 0, the windows divide the image as evenly as
/// possible.
fn elements(
    Axis([input, output, kernel, stride, dilation, padding]): &Axis,
    place: usize,
) -> StepBy<Range<usize>> {
    if *kernel == 0 {
        return (place * input / output..((place + 1) * input).div_ceil(*output)).step_by(1);
    }
    let begin = place * stride;
    let outside = padding.saturating_sub(begin).div_ceil(*dilation) * dilation;
    let end = (begin + (kernel - 1) * dilation + 1).saturating_sub(*padding).min(*input);
    ((begin + outside).saturating_sub(*padding).min(end)..end).step_by(*dilation)
}

/// Pooling: `of` is the integer of a window.
fn pool(
    x: &[i8],
    y: &mut [i8],
    [rows, columns]: &[Axis; 2],
    of: impl Fn(Window<&mut dyn Iterator<Item = i8>>) -> i8,
) {
    let (Axis([height, down, ..]), Axis([width, right, ..])) = (*rows, *columns);
    for (n, integer) in y.iter_mut().enumerate() {
        let (channel, place) = (n / (down * right), [n / right % down, n % right]);
        let (all_rows, all_columns) = (elements(rows, place[0]), elements(columns, place[1]));
        let inside = [all_rows.len(), all_columns.len()];
        let mut window = all_rows.flat_map(|iy| {
            let row = (channel * height + iy) * width;
            all_columns.clone().map(move |ix| x[row + ix])
        });
        *integer = of(Window { elements: &mut window, place, inside });
    }
}

/// The elements of a window that count along an axis, if the image with its padding has `padded` places. 0: only those in the
/// image.
fn counted(Axis([_, _, kernel, stride, ..]): &Axis, padded: usize, place: usize, inside: usize) -> usize {
    if padded == 0 { inside } else { (padded - place * stride).min(*kernel) }
}

/// Softmax over the channels of each place, or its logarithm.
fn softmax(y: &mut [f32], channels: usize, places: usize, logarithm: bool) {
    let image = NetworkSpec::new(Shape::image(channels, 1, places));
    let network = match logarithm {
        true => image.add(LogSoftmax::channels()),
        false => image.add(Softmax::channels()),
    };
    let network = network.build::<f32>(0).expect("the network of floating-point numbers has this layer");
    y.copy_from_slice(&network.predict(y).expect("the outputs are one sample"));
}
