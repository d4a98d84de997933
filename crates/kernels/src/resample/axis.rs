//! The rows or the columns of a resampling: which places of the input each place of the output takes.

/// The rows or the columns of a resampling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Places of the input; at least 1.
    pub input: usize,
    /// Places of the output.
    pub output: usize,
    /// Which places of the input a place of the output takes.
    pub rule: Rule,
}

/// Which places of the input a place `o` of the output takes. `n` is the number of places of the input, and `m` that of
/// the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The place `o − before`. If `before` is negative, the first places of the input are left out.
    Shift {
        /// The number of places before the input.
        before: isize,
        /// What lies outside the input.
        edge: Edge,
    },
    /// The place `⌊o·n/m⌋`.
    Nearest,
    /// The two places next to the point `(o + ½)·n/m − ½`, or to the point `o·(n − 1)/(m − 1)` if the corners are
    /// aligned. Their weights are 1 less their distance from the point. A point before the first place counts as the
    /// first place, and a point after the last place as the last.
    Linear {
        /// Whether the first and the last place of the output lie on those of the input.
        align_corners: bool,
    },
}

/// What lies outside the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Nothing.
    Nothing,
    /// The input, mirrored at its first and at its last place. These two places are not repeated.
    Reflect,
    /// The place that is nearest.
    Replicate,
    /// The input once more.
    Circular,
}

/// The places of the input that a place of the output takes: none, one or two neighbours, each with its weight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Taps {
    first: usize,
    count: usize,
    weights: [f64; 2],
}

impl Taps {
    const NONE: Taps = Taps { first: 0, count: 0, weights: [0.0; 2] };

    #[inline(always)]
    fn one(place: usize) -> Self {
        Taps { first: place, count: 1, weights: [1.0, 0.0] }
    }

    #[inline(always)]
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The place, if there is only one. Its weight is 1.
    #[inline(always)]
    pub(super) fn only(&self) -> Option<usize> {
        (self.count == 1).then_some(self.first)
    }

    /// Each place and its weight, in order.
    #[inline(always)]
    pub fn each(&self) -> impl Iterator<Item = (usize, f64)> {
        (self.first..).zip(self.weights).take(self.count)
    }
}

impl Axis {
    /// What the place `o` of the output takes.
    #[inline(always)]
    pub fn taps(&self, o: usize) -> Taps {
        let (n, m) = (self.input, self.output);
        match self.rule {
            Rule::Shift { before, edge } => edge.taps(n, o as isize - before),
            Rule::Nearest => Taps::one(o * n / m),
            Rule::Linear { align_corners: true } => between(n, (o * (n - 1)) as f64 / (m - 1).max(1) as f64),
            Rule::Linear { align_corners: false } => {
                between(n, (((2 * o + 1) * n) as f64 / (2 * m) as f64 - 0.5).max(0.0))
            }
        }
    }
}

impl Edge {
    /// The place `i` of an input of `n` places. `i` may be outside: by at most `n − 1` places if the input is
    /// mirrored, by at most `n` if it is repeated.
    #[inline(always)]
    fn taps(self, n: usize, i: isize) -> Taps {
        let n = n as isize;
        let inside = match self {
            _ if (0..n).contains(&i) => i,
            Edge::Nothing => return Taps::NONE,
            Edge::Reflect if i < 0 => -i,
            Edge::Reflect => 2 * (n - 1) - i,
            Edge::Replicate => i.clamp(0, n - 1),
            Edge::Circular if i < 0 => i + n,
            Edge::Circular => i - n,
        };
        Taps::one(inside as usize)
    }
}

/// The places of an input of `n` places that lie next to the point `at`.
#[inline(always)]
fn between(n: usize, at: f64) -> Taps {
    let first = at as usize;
    let off = at - first as f64;
    if off == 0.0 || first + 1 == n {
        return Taps::one(first);
    }
    Taps { first, count: 2, weights: [1.0 - off, off] }
}
