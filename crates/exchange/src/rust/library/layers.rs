// part prelu needs canonical
/// Each slope is that of `plane` elements.
fn prelu(x: &[f32], w: &[f32], y: &mut [f32], plane: usize) {
    for ((x, y), &w) in x.chunks(plane).zip(y.chunks_mut(plane)).zip(w) {
        for (y, &x) in y.iter_mut().zip(x) {
            *y = if 0.0 < x { x } else { canonical(w * x) };
        }
    }
}

// part batch_norm needs fma
/// scale (x − mean) rho + shift, for planes of so many elements.
fn batch_norm(
    x: &[f32],
    mean: &[f32],
    rho: &[f32],
    scale: Option<&[f32]>,
    shift: Option<&[f32]>,
    y: &mut [f32],
    channels: usize,
    plane: usize,
) {
    for c in 0..channels {
        let (scale, shift) = (scale.map_or(1.0, |scale| scale[c]), shift.map_or(0.0, |shift| shift[c]));
        let places = c * plane..(c + 1) * plane;
        for (y, &x) in y[places.clone()].iter_mut().zip(&x[places]) {
            *y = fma(scale, (x - mean[c]) * rho[c], shift);
        }
    }
}

// part group_norm needs fma sqrtf_
/// A sum as four chains, each of which goes on as `next` says.
fn four_chains(x: &[f32], next: impl Fn(f32, f32) -> f32) -> f32 {
    let mut sums = [0.0f32; 4];
    for four in x.chunks(4) {
        for (sum, &x) in sums.iter_mut().zip(four) {
            *sum = next(*sum, x);
        }
    }
    (sums[0] + sums[2]) + (sums[1] + sums[3])
}

/// scale (x − mean) rho + shift, with the moments of each group.
fn group_norm(
    x: &[f32],
    scale: Option<&[f32]>,
    shift: Option<&[f32]>,
    y: &mut [f32],
    groups: usize,
    channels: usize,
    plane: usize,
    epsilon: f32,
) {
    let size = channels / groups * plane;
    for g in 0..groups {
        let group = &x[g * size..(g + 1) * size];
        let mean = four_chains(group, |sum, x| sum + x) / size as f32;
        let variance = four_chains(group, |sum, x| fma(x - mean, x - mean, sum)) / size as f32;
        let rho = 1.0 / sqrtf_(variance + epsilon);
        for i in g * size..(g + 1) * size {
            let c = i / plane;
            let (scale, shift) = (scale.map_or(1.0, |scale| scale[c]), shift.map_or(0.0, |shift| shift[c]));
            y[i] = fma(scale, (x[i] - mean) * rho, shift);
        }
    }
}

// part embedding
/// The rows of the nearest classes, as channels. The weights are (classes, features).
fn embedding(x: &[f32], w: &[f32], y: &mut [f32], classes: usize, features: usize, steps: usize) {
    for t in 0..steps {
        // A number below 0 or NaN becomes 0.
        let class = ((x[t] as f64 + 0.5) as usize).min(classes - 1);
        for f in 0..features {
            y[f * steps + t] = w[class * features + f];
        }
    }
}

// part resample needs fma
/// What rows or columns of an image an output takes.
#[derive(Clone, Copy)]
#[allow(dead_code)]
enum Rule {
    OutsideNothing,
    OutsideReflected,
    OutsideNearest,
    OutsideRepeated,
    Repeated,
    Linear,
    LinearAligned,
}

/// Rows or columns. `before` places of the output are before the input.
#[derive(Clone, Copy)]
struct Side {
    input: usize,
    output: usize,
    rule: Rule,
    before: i32,
}

/// `count` neighbours from the place `first` on, with their weights.
struct Taps {
    first: usize,
    count: usize,
    weights: [f64; 2],
}

impl Side {
    /// What place `o` of the output takes.
    fn taps(self, o: usize) -> Taps {
        let (n, m) = (self.input as i32, self.output as i32);
        let place = o as i32 - self.before;
        let one = |place: i32| Taps { first: place as usize, count: 1, weights: [1.0, 0.0] };
        let at = match self.rule {
            Rule::OutsideNothing if place < 0 || place >= n => {
                return Taps { first: 0, count: 0, weights: [0.0; 2] };
            }
            Rule::OutsideNothing => return one(place),
            Rule::OutsideReflected if place < 0 => return one(-place),
            Rule::OutsideReflected if place >= n => return one(2 * (n - 1) - place),
            Rule::OutsideReflected => return one(place),
            Rule::OutsideNearest => return one(place.clamp(0, n - 1)),
            Rule::OutsideRepeated if place < 0 => return one(place + n),
            Rule::OutsideRepeated if place >= n => return one(place - n),
            Rule::OutsideRepeated => return one(place),
            Rule::Repeated => return one(o as i32 / (m / n)),
            Rule::Linear => {
                let at = (2.0 * o as f64 + 1.0) * n as f64 / (2.0 * m as f64) - 0.5;
                if at > 0.0 { at } else { 0.0 }
            }
            Rule::LinearAligned => {
                o as f64 * (n as f64 - 1.0) / if m > 1 { m as f64 - 1.0 } else { 1.0 }
            }
        };
        let first = at as usize;
        let at = at - first as f64;
        if at != 0.0 && first + 1 < self.input {
            return Taps { first, count: 2, weights: [1.0 - at, at] };
        }
        one(first as i32)
    }
}

/// An output without places in the input is `outside`.
fn resample(x: &[f32], y: &mut [f32], channels: usize, outside: f32, rows: Side, columns: Side) {
    for c in 0..channels {
        let image = &x[c * rows.input * columns.input..];
        for oy in 0..rows.output {
            let down = rows.taps(oy);
            for ox in 0..columns.output {
                let right = columns.taps(ox);
                let mut sum = if down.count > 0 && right.count > 0 { 0.0 } else { outside };
                for r in 0..down.count {
                    for s in 0..right.count {
                        let weight = (down.weights[r] * right.weights[s]) as f32;
                        sum = fma(weight, image[(down.first + r) * columns.input + right.first + s], sum);
                    }
                }
                y[(c * rows.output + oy) * columns.output + ox] = sum;
            }
        }
    }
}

// part softmax needs larger expf_
/// Over the channels of each place.
fn softmax(x: &[f32], y: &mut [f32], channels: usize, places: usize) {
    for p in 0..places {
        let (mut most, mut sum) = (f32::NEG_INFINITY, 0.0);
        for c in 0..channels {
            most = larger(most, x[c * places + p]);
        }
        for c in 0..channels {
            let power = expf_(x[c * places + p] - most);
            y[c * places + p] = power;
            sum += power;
        }
        for c in 0..channels {
            y[c * places + p] /= sum;
        }
    }
}

// part log_softmax needs larger expf_ lnf_
/// Over the channels of each place.
fn log_softmax(x: &[f32], y: &mut [f32], channels: usize, places: usize) {
    for p in 0..places {
        let (mut most, mut sum) = (f32::NEG_INFINITY, 0.0);
        for c in 0..channels {
            most = larger(most, x[c * places + p]);
        }
        for c in 0..channels {
            sum += expf_(x[c * places + p] - most);
        }
        let ln = lnf_(sum);
        for c in 0..channels {
            y[c * places + p] = (x[c * places + p] - most) - ln;
        }
    }
}

// part dense needs fma
/// The weights are (inputs, outputs).
fn dense(x: &[f32], w: &[f32], b: Option<&[f32]>, y: &mut [f32], inputs: usize, outputs: usize) {
    match b {
        Some(b) => y.copy_from_slice(b),
        None => y.fill(0.0),
    }
    for (&x, w) in x[..inputs].iter().zip(w.chunks_exact(outputs)) {
        for (y, &w) in y.iter_mut().zip(w) {
            *y = fma(x, w, *y);
        }
    }
}

// part axis
/// Windows along rows or columns.
#[derive(Clone, Copy)]
struct Axis {
    input: usize,
    output: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    padding: usize,
}

// part windows needs axis
impl Axis {
    /// The windows whose element `tap` is in the input.
    fn windows(self, tap: usize) -> core::ops::Range<usize> {
        let place = tap * self.dilation;
        let begin = self.padding.saturating_sub(place).div_ceil(self.stride);
        let end = (self.input + self.padding).saturating_sub(place).div_ceil(self.stride).min(self.output);
        begin.min(end)..end
    }
}

// part taps needs axis
impl Axis {
    /// The taps of a window that are in the input.
    fn taps(self, window: usize) -> core::ops::Range<usize> {
        let place = window * self.stride;
        let begin = self.padding.saturating_sub(place).div_ceil(self.dilation);
        let end = (self.input + self.padding).saturating_sub(place).div_ceil(self.dilation).min(self.kernel);
        begin.min(end)..end
    }
}

// part place needs axis
impl Axis {
    /// The place in the input of the element `tap` of a window.
    fn place(self, window: usize, tap: usize) -> usize {
        window * self.stride + tap * self.dilation - self.padding
    }
}

// part conv2d needs axis taps place fma
/// Filters of a convolution: from `first` on, `many` of them.
#[derive(Clone, Copy)]
struct Filters<'a> {
    weights: &'a [f32],
    bias: Option<&'a [f32]>,
    all: usize,
    first: usize,
    many: usize,
}

/// The outputs of a tile: filters at `WIDE` columns from (oy, ox) on, which have the same taps. The compiler keeps the
/// `LANES` sums of a column in registers. Those behind the last filter are not used.
#[inline(always)]
fn conv2d_tile<const LANES: usize, const WIDE: usize>(
    image: &[f32],
    filters: Filters,
    y: &mut [f32],
    channels: usize,
    [rows, columns]: [Axis; 2],
    [oy, ox]: [usize; 2],
    [down, across]: [core::ops::Range<usize>; 2],
) {
    let Filters { weights, bias, all, first, many } = filters;
    let mut begin = [0.0; LANES];
    if let Some(bias) = bias {
        begin.copy_from_slice(&bias[first..first + LANES]);
    }
    let mut sums = [begin; WIDE];
    for c in 0..channels {
        for r in down.clone() {
            let row = &image[(c * rows.input + rows.place(oy, r)) * columns.input..][..columns.input];
            for s in across.clone() {
                let tap = (r * columns.kernel + s) * channels + c;
                let weights = &weights[tap * all + first..][..LANES];
                let from = &row[columns.place(ox, s)..][..(WIDE - 1) * columns.stride + 1];
                let x: [f32; WIDE] = core::array::from_fn(|t| from[t * columns.stride]);
                for k in 0..LANES {
                    for t in 0..WIDE {
                        sums[t][k] = fma(x[t], weights[k], sums[t][k]);
                    }
                }
            }
        }
    }
    for (t, sums) in sums.iter().enumerate() {
        for (k, &sum) in sums[..many].iter().enumerate() {
            y[(k * rows.output + oy) * columns.output + ox + t] = sum;
        }
    }
}

/// A row of filters. The last tile may compute some places again.
#[inline(always)]
fn conv2d_row<const LANES: usize>(
    image: &[f32],
    filters: Filters,
    y: &mut [f32],
    channels: usize,
    axes: [Axis; 2],
    oy: usize,
) {
    const WIDE: usize = 6;
    let [rows, columns] = axes;
    let (whole, mut ox) = (0..columns.kernel, 0);
    while ox < columns.output {
        let begin = ox.min(columns.output.saturating_sub(WIDE));
        let is_whole = |ox| columns.taps(ox) == whole;
        if begin + WIDE <= columns.output && is_whole(begin) && is_whole(begin + WIDE - 1) {
            let taps = [rows.taps(oy), whole.clone()];
            conv2d_tile::<LANES, WIDE>(image, filters, y, channels, axes, [oy, begin], taps);
            ox = begin + WIDE;
        } else {
            let taps = [rows.taps(oy), columns.taps(ox)];
            conv2d_tile::<LANES, 1>(image, filters, y, channels, axes, [oy, ox], taps);
            ox += 1;
        }
    }
}

/// The weights are (rows, columns, channels of a group, filters). With the sizes of a call, the compiler drops most of it.
#[inline(always)]
fn conv2d(
    x: &[f32],
    weights: &[f32],
    bias: Option<&[f32]>,
    y: &mut [f32],
    channels: usize,
    filters: usize,
    groups: usize,
    rows: Axis,
    columns: Axis,
) {
    let (width, each, size) = (channels / groups, filters / groups, rows.output * columns.output);
    for g in 0..groups {
        let image = &x[g * width * rows.input * columns.input..];
        for oy in 0..rows.output {
            let (mut first, end) = (g * each, (g + 1) * each);
            while first < end {
                let left = end - first;
                let lanes = match left {
                    16.. => 16,
                    5.. => 8,
                    3.. => 4,
                    _ => 1,
                };
                let y = &mut y[first * size..];
                let filters = Filters { weights, bias, all: filters, first, many: left.min(lanes) };
                match lanes {
                    16 => conv2d_row::<16>(image, filters, y, width, [rows, columns], oy),
                    8 => conv2d_row::<8>(image, filters, y, width, [rows, columns], oy),
                    4 => conv2d_row::<4>(image, filters, y, width, [rows, columns], oy),
                    _ => conv2d_row::<1>(image, filters, y, width, [rows, columns], oy),
                }
                first += lanes;
            }
        }
    }
}

// part conv_transpose2d needs axis windows place fma
/// The axes are those of the convolution whose transpose this is: its output is the input here. The weights are (rows,
/// columns, filters of a group, channels).
fn conv_transpose2d(
    x: &[f32],
    w: &[f32],
    b: Option<&[f32]>,
    y: &mut [f32],
    channels: usize,
    filters: usize,
    groups: usize,
    rows: Axis,
    columns: Axis,
) {
    let (width, size) = (filters / groups, rows.input * columns.input);
    for k in 0..filters {
        let first = k / width * (channels / groups);
        y[k * size..(k + 1) * size].fill(b.map_or(0.0, |b| b[k]));
        for c in first..first + channels / groups {
            for r in 0..rows.kernel {
                for s in 0..columns.kernel {
                    let weight = w[((r * columns.kernel + s) * width + k % width) * channels + c];
                    for oy in rows.windows(r) {
                        let to = &mut y[k * size + rows.place(oy, r) * columns.input..][..columns.input];
                        let from = &x[(c * rows.output + oy) * columns.output..][..columns.output];
                        for ox in columns.windows(s) {
                            let y = &mut to[columns.place(ox, s)];
                            *y = fma(weight, from[ox], *y);
                        }
                    }
                }
            }
        }
    }
}

// part largest
/// The larger number; NaN if one of them is NaN.
#[inline(always)]
fn largest(m: f32, x: f32) -> f32 {
    if x < f32::INFINITY {
        if x > m { x } else { m }
    } else {
        x + m.abs()
    }
}

// part pool needs axis
impl Axis {
    /// The cells of a window in the image. With a kernel of 0, the windows divide the image as evenly as possible.
    fn cells(self, window: usize) -> core::ops::Range<usize> {
        if self.kernel == 0 {
            let (input, output) = (self.input as u64, self.output as u64);
            let (begin, end) = (window as u64 * input / output, (window as u64 + 1) * input);
            return begin as usize..end.div_ceil(output) as usize;
        }
        let begin = window * self.stride;
        let end = (begin + (self.kernel - 1) * self.dilation + 1).saturating_sub(self.padding);
        let outside = self.padding.saturating_sub(begin).next_multiple_of(self.dilation);
        begin + outside - self.padding..end.min(self.input)
    }
}

// part max_pool2d needs axis taps windows place largest
#[inline(always)]
fn max_pool2d(x: &[f32], y: &mut [f32], channels: usize, rows: Axis, columns: Axis) {
    for c in 0..channels {
        for oy in 0..rows.output {
            let to = &mut y[(c * rows.output + oy) * columns.output..][..columns.output];
            to.fill(f32::NEG_INFINITY);
            for r in rows.taps(oy) {
                let row = &x[(c * rows.input + rows.place(oy, r)) * columns.input..][..columns.input];
                for s in 0..columns.kernel {
                    for ox in columns.windows(s) {
                        to[ox] = largest(to[ox], row[columns.place(ox, s)]);
                    }
                }
            }
        }
    }
}

// part adaptive_max_pool2d needs axis pool largest
fn adaptive_max_pool2d(x: &[f32], y: &mut [f32], channels: usize, rows: Axis, columns: Axis) {
    for c in 0..channels {
        for oy in 0..rows.output {
            for ox in 0..columns.output {
                let mut m = f32::NEG_INFINITY;
                for iy in rows.cells(oy) {
                    for ix in columns.cells(ox) {
                        m = largest(m, x[(c * rows.input + iy) * columns.input + ix]);
                    }
                }
                y[(c * rows.output + oy) * columns.output + ox] = m;
            }
        }
    }
}

// part counted needs axis
impl Axis {
    /// The cells of a window that count, if the image with its padding has `padded` places. 0: only those in the image.
    fn counted(self, window: usize, padded: usize, in_image: usize) -> usize {
        if padded == 0 { in_image } else { (padded - window * self.stride).min(self.kernel) }
    }
}

// part avg_pool2d needs axis pool counted
/// Padding counts as zeros, up to so many rows and columns.
fn avg_pool2d(
    x: &[f32],
    y: &mut [f32],
    channels: usize,
    padded_rows: usize,
    padded_columns: usize,
    rows: Axis,
    columns: Axis,
) {
    for c in 0..channels {
        for oy in 0..rows.output {
            for ox in 0..columns.output {
                let (down, right) = (rows.cells(oy), columns.cells(ox));
                let mut sum = 0.0;
                for iy in down.clone() {
                    for ix in right.clone() {
                        sum += x[(c * rows.input + iy) * columns.input + ix];
                    }
                }
                let cells = rows.counted(oy, padded_rows, down.len())
                    * columns.counted(ox, padded_columns, right.len());
                y[(c * rows.output + oy) * columns.output + ox] = 1.0 / cells as f32 * sum;
            }
        }
    }
}

// part copy
fn copy(x: &[f32], y: &mut [f32]) {
    y.copy_from_slice(x);
}

// part add
fn add(x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += x;
    }
}

// part multiply
fn multiply(x: &[f32], y: &mut [f32]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y *= x;
    }
}

// part between
/// Calls `f` with two regions of `v` that have no place in common.
#[inline(always)]
fn between(
    v: &mut [f32],
    from: core::ops::Range<usize>,
    to: core::ops::Range<usize>,
    f: impl FnOnce(&[f32], &mut [f32]),
) {
    if from.end <= to.start {
        let (before, behind) = v.split_at_mut(to.start);
        f(&before[from], &mut behind[..to.len()]);
    } else {
        let (before, behind) = v.split_at_mut(from.start);
        f(&behind[..from.len()], &mut before[to]);
    }
}
