//! The terms of an element, in the order in which they are added.

use toddle::Float;
use toddle_kernels::conv2d::Geometry;
use toddle_kernels::group_norm;
use toddle_look::digits::significant;

use super::rule::Rule;
use super::{Facts, place};
use crate::protocol::{By, Forward, Named, Start, Term};

/// An element that a layer computes as a whole.
pub fn whole() -> Forward {
    Forward {
        by: By::Layer,
        start: None,
        terms: Vec::new(),
        skipped: 0,
        factor: None,
        chosen: None,
        steps: Vec::new(),
    }
}

/// A term of a chain: an element of the input, its tap, and its weight.
struct Tap {
    x: usize,
    tap: Option<[usize; 3]>,
    weight: usize,
}

impl<T: Float> Facts<'_, T> {
    /// How node `n` computes element `index`.
    pub fn forward(&self, rule: &Rule, n: usize, index: usize) -> Forward {
        let from = self.network.nodes()[n].inputs();
        let copy = |by| Forward { by, terms: vec![self.term(from[0], index)], ..whole() };
        match rule {
            Rule::Dense { outputs, bias } => {
                let inputs = self.values[from[0]].len();
                let taps = (0..inputs).map(|x| Tap { x, tap: None, weight: x * outputs + index });
                self.chain(n, index, taps, bias.then_some((inputs * outputs, index)))
            }
            Rule::Conv { g, bias } => {
                let [filter, oy, ox] = at(g, index);
                let (taps, skipped) = window(g, filter, oy, ox);
                let taps = taps.into_iter().map(|([c, r, s], x)| Tap {
                    x,
                    tap: Some([c, r, s]),
                    weight: g.w(r, s, c, filter),
                });
                let bias = bias.then_some((g.weights(), filter));
                Forward { skipped, ..self.chain(n, index, taps, bias) }
            }
            Rule::Transposed { g, bias } => {
                let taps = readers(g, index).into_iter().map(|Reader { tap, output, weight }| Tap {
                    x: output,
                    tap: Some(tap),
                    weight,
                });
                let channel = index / (g.rows.input * g.columns.input);
                self.chain(n, index, taps, bias.then_some((g.weights(), channel)))
            }
            Rule::Resampled => self.resampled(n, index).unwrap_or_else(whole),
            Rule::Average { g, whole } => self.average(n, g, *whole, index),
            Rule::Largest { g } => self.largest(n, g, index),
            Rule::Each => copy(By::Each),
            Rule::Copy => copy(By::Copy),
            Rule::Softmax { places, logarithm } => self.softmax(n, *places, *logarithm, index),
            Rule::Norm { plane, epsilon, affine } => {
                let steps = self.norm_steps(n, index / plane, *epsilon, *affine);
                Forward { steps, ..copy(By::Norm) }
            }
            Rule::GroupNorm { g, affine } => {
                let steps = self.group_steps(n, g, *affine, index);
                Forward { steps, ..copy(By::Norm) }
            }
            Rule::Concat => {
                let mut at = index;
                let one = from.iter().find_map(|&value| match at.checked_sub(self.values[value].len()) {
                    None => Some(self.term(value, at)),
                    Some(rest) => {
                        at = rest;
                        None
                    }
                });
                Forward { by: By::Copy, terms: one.into_iter().collect(), ..whole() }
            }
            Rule::Sum => self.joined(By::Sum, from, index, |sum, x| sum + x),
            Rule::Product => self.joined(By::Product, from, index, |product, x| product * x),
            Rule::Layer => whole(),
        }
    }

    /// An element of a value as a term.
    fn term(&self, value: usize, index: usize) -> Term {
        let gradient = self.gradients.as_ref().map(|gradients| gradients.values[value][index].to_f64());
        Term {
            value: self.name(value),
            index,
            place: place(self.network.shape(value), index),
            x: self.values[value][index].to_f64(),
            gradient_x: gradient,
            ..Term::default()
        }
    }

    /// A chain of fused multiply-adds. `bias` is the place of the biases among the node's parameters, and the index
    /// of the bias.
    fn chain(
        &self,
        n: usize,
        index: usize,
        taps: impl Iterator<Item = Tap>,
        bias: Option<(usize, usize)>,
    ) -> Forward {
        let first = self.first_weight(n);
        let weights = self.network.weights();
        let names = self.parameters(n);
        let from = self.network.nodes()[n].inputs()[0];
        let gradients = self.gradients.as_ref();
        let dy = gradients.map(|gradients| gradients.values[self.value_of(n)][index]);
        let start = bias.map(|(place, index)| Start {
            what: "bias".into(),
            parameter: names[1].clone(),
            index,
            value: weights[first + place + index].to_f64(),
        });
        let mut sum = bias.map_or(T::ZERO, |(place, index)| weights[first + place + index]);
        let terms = taps.map(|Tap { x: at, tap, weight }| {
            let (x, w) = (self.values[from][at], weights[first + weight]);
            sum = x.mul_add(w, sum);
            Term {
                tap,
                parameter: Some(names[0].clone()),
                weight: Some(weight),
                w: Some(w.to_f64()),
                product: Some((x * w).to_f64()),
                sum: Some(sum.to_f64()),
                to_x: dy.map(|dy| (dy * w).to_f64()),
                to_w: dy.map(|dy| (dy * x).to_f64()),
                gradient_w: gradients.map(|gradients| gradients.weights[first + weight].to_f64()),
                ..self.term(from, at)
            }
        });
        Forward { by: By::Chain, terms: terms.collect(), start, ..whole() }
    }

    /// The elements on which an output of a resampling depends. Its derivatives are the weights.
    fn resampled(&self, n: usize, index: usize) -> Option<Forward> {
        let (alone, from) = (self.alone(n)?, self.network.nodes()[n].inputs()[0]);
        let mut trace = alone.trace(&self.values[from]).ok()?;
        let one: Vec<T> =
            (0..alone.output().size()).map(|o| if o == index { T::ONE } else { T::ZERO }).collect();
        let weights = trace.backward(&one).ok()?.input().to_vec();
        let dy = self.gradients.as_ref().map(|gradients| gradients.values[self.value_of(n)][index]);
        let mut sum = T::ZERO;
        let terms = weights.into_iter().enumerate().filter(|(_, w)| *w != T::ZERO).map(|(i, w)| {
            let x = self.values[from][i];
            sum = w.mul_add(x, sum);
            Term {
                w: Some(w.to_f64()),
                product: Some((x * w).to_f64()),
                sum: Some(sum.to_f64()),
                to_x: dy.map(|dy| (dy * w).to_f64()),
                ..self.term(from, i)
            }
        });
        Some(Forward { by: By::Chain, terms: terms.collect(), ..whole() })
    }

    /// The numbers of group norm and layer norm at one element.
    fn group_steps(&self, n: usize, g: &group_norm::Geometry, affine: bool, index: usize) -> Vec<Named> {
        let x = &self.values[self.network.nodes()[n].inputs()[0]];
        let size = x.len() / g.groups;
        let group = &x[index / size * size..][..size];
        let (mean, factor) = group_norm::reference::moments(g.epsilon, group);
        let (weights, channel) = (&self.network.weights()[self.first_weight(n)..], index / g.plane);
        let (scale, shift) = match affine {
            true => (weights[channel], weights[g.channels + channel]),
            false => (T::ONE, T::ZERO),
        };
        let numbers = [("mean", mean), ("1/√(variance + ε)", factor), ("scale", scale), ("shift", shift)];
        numbers.map(|(what, x)| Named { what: what.into(), value: x.to_f64() }).to_vec()
    }

    fn average(&self, n: usize, g: &Geometry, counts_all: bool, index: usize) -> Forward {
        let [channel, oy, ox] = at(g, index);
        let (cells, skipped) = cells(g, channel, oy, ox);
        let count = if counts_all { g.rows.kernel * g.columns.kernel } else { cells.len() };
        let factor = T::ONE / T::from_f64(count as f64);
        let from = self.network.nodes()[n].inputs()[0];
        let dy = self.gradients.as_ref().map(|gradients| gradients.values[self.value_of(n)][index]);
        let mut sum = T::ZERO;
        let terms = cells.into_iter().map(|(tap, x)| {
            sum += self.values[from][x];
            Term {
                tap: Some(tap),
                sum: Some(sum.to_f64()),
                to_x: dy.map(|dy| (factor * dy).to_f64()),
                ..self.term(from, x)
            }
        });
        let terms = terms.collect();
        Forward { by: By::Average, terms, skipped, factor: Some(factor.to_f64()), ..whole() }
    }

    fn largest(&self, n: usize, g: &Geometry, index: usize) -> Forward {
        let [channel, oy, ox] = at(g, index);
        let (cells, skipped) = cells(g, channel, oy, ox);
        let (from, value) = (self.network.nodes()[n].inputs()[0], self.values[self.value_of(n)][index]);
        let dy = self.gradients.as_ref().map(|gradients| gradients.values[self.value_of(n)][index].to_f64());
        let chosen = cells.iter().position(|&(_, x)| self.values[from][x] == value);
        let term = |(n, (tap, x)): (usize, ([usize; 3], usize))| Term {
            tap: Some(tap),
            to_x: dy.map(|dy| if Some(n) == chosen { dy } else { 0.0 }),
            ..self.term(from, x)
        };
        let terms = cells.into_iter().enumerate().map(term).collect();
        Forward { by: By::Largest, terms, skipped, chosen, ..whole() }
    }

    fn softmax(&self, n: usize, places: usize, logarithm: bool, index: usize) -> Forward {
        let from = self.network.nodes()[n].inputs()[0];
        let x = &self.values[from];
        let channels = || (index % places..x.len()).step_by(places);
        let largest = channels().map(|i| x[i]).fold(T::NEG_INFINITY, |m, x| if x > m { x } else { m });
        let mut sum = T::ZERO;
        let terms: Vec<Term> = channels()
            .map(|i| {
                let exponential = (x[i] - largest).exp();
                sum += exponential;
                Term { product: Some(exponential.to_f64()), sum: Some(sum.to_f64()), ..self.term(from, i) }
            })
            .collect();
        let named = |what: &str, value: T| Named { what: what.into(), value: value.to_f64() };
        let mut steps = vec![named("largest", largest), named("sum of exponentials", sum)];
        if logarithm {
            steps.push(named("logarithm of the sum", sum.ln()));
        } else {
            steps.push(named("exponential", (x[index] - largest).exp()));
        }
        Forward { by: By::Softmax, terms, chosen: Some(index / places), steps, ..whole() }
    }

    /// The mean, the variance, the factor `1/√(variance + ε)`, the scale and the shift of a channel.
    fn norm_steps(&self, n: usize, channel: usize, epsilon: f64, affine: bool) -> Vec<Named> {
        let state = &self.network.state()[self.network.state_layout().layer(n)];
        let weights = &self.network.weights()[self.network.layout().layer(n)];
        let channels = state.len() / 2;
        let (mean, variance) = (state[channel], state[channels + channel]);
        let factor = rho::<T>(variance, epsilon);
        let (scale, shift) = match affine {
            true => (weights[channel], weights[channels + channel]),
            false => (T::ONE, T::ZERO),
        };
        let names = ["mean", "variance", "1/√(variance + ε)", "scale", "shift"];
        let numbers = [mean, variance, factor, scale, shift];
        names
            .into_iter()
            .zip(numbers)
            .map(|(what, x)| Named { what: what.into(), value: x.to_f64() })
            .collect()
    }

    fn joined(&self, by: By, from: &[usize], index: usize, join: impl Fn(T, T) -> T) -> Forward {
        let mut so_far: Option<T> = None;
        let terms = from.iter().map(|&value| {
            let x = self.values[value][index];
            let joined = so_far.map_or(x, |before| join(before, x));
            so_far = Some(joined);
            Term { sum: Some(joined.to_f64()), ..self.term(value, index) }
        });
        Forward { by, terms: terms.collect(), ..whole() }
    }

    /// The names of the parameters of node `n`.
    pub fn parameters(&self, n: usize) -> Vec<String> {
        let layout = self.network.layout();
        let range = layout.layer(n);
        let is_of_node = |param: &&toddle::Param| range.contains(&param.range.start);
        layout.params().iter().filter(is_of_node).map(|param| param.name.clone()).collect()
    }
}

/// `1/√(variance + ε)` as batch norm computes it.
pub fn rho<T: Float>(variance: T, epsilon: f64) -> T {
    T::from_f64(1.0 / (variance.to_f64() + epsilon).sqrt())
}

/// The channel, row and column of element `index` of an output.
pub fn at(g: &Geometry, index: usize) -> [usize; 3] {
    let (rows, columns) = (g.rows.output, g.columns.output);
    [index / (rows * columns), index / columns % rows, index % columns]
}

/// The taps of a window with the elements that they read, in the engine's order, and the number of taps outside of
/// the image.
type Cells = (Vec<([usize; 3], usize)>, usize);

/// The window that filter `filter` sees.
pub fn window(g: &Geometry, filter: usize, oy: usize, ox: usize) -> Cells {
    let (mut taps, mut skipped) = (Vec::new(), 0);
    for (c, channel) in g.channels_of(filter).enumerate() {
        for r in 0..g.rows.kernel {
            for s in 0..g.columns.kernel {
                match (g.rows.read(oy, r), g.columns.read(ox, s)) {
                    (Some(iy), Some(ix)) => taps.push(([c, r, s], g.x(channel, iy, ix))),
                    _ => skipped += 1,
                }
            }
        }
    }
    (taps, skipped)
}

/// An output of a convolution that reads an element of its input.
pub struct Reader {
    /// Filter, row and column of the tap.
    pub tap: [usize; 3],
    /// The element of the output.
    pub output: usize,
    /// The weight of the tap.
    pub weight: usize,
}

/// The outputs of a convolution that read element `index` of its input, in the engine's order.
pub fn readers(g: &Geometry, index: usize) -> Vec<Reader> {
    let (plane, width) = (g.rows.input * g.columns.input, g.columns.input);
    let (channel, iy, ix) = (index / plane, index / width % g.rows.input, index % width);
    let c = channel % g.group_channels();
    let mut readers = Vec::new();
    for k in g.filters_of(channel) {
        for r in 0..g.rows.kernel {
            let Some(oy) = g.rows.reader(iy, r) else { continue };
            for s in 0..g.columns.kernel {
                let Some(ox) = g.columns.reader(ix, s) else { continue };
                readers.push(Reader { tap: [k, r, s], output: g.y(k, oy, ox), weight: g.w(r, s, c, k) });
            }
        }
    }
    readers
}

/// The window of one channel.
pub fn cells(g: &Geometry, channel: usize, oy: usize, ox: usize) -> Cells {
    let (mut taps, mut skipped) = (Vec::new(), 0);
    for r in 0..g.rows.kernel {
        for s in 0..g.columns.kernel {
            match (g.rows.read(oy, r), g.columns.read(ox, s)) {
                (Some(iy), Some(ix)) => taps.push(([0, r, s], g.x(channel, iy, ix))),
                _ => skipped += 1,
            }
        }
    }
    (taps, skipped)
}

/// The largest number of terms that a line of a derivation shows.
const SHOWN: usize = 4;

/// The computation of an element in a few lines.
pub fn derivation(forward: &Forward, value: f64) -> Vec<String> {
    let Forward { by, start, terms, factor, steps, .. } = forward;
    let x = |term: &Term| significant(term.x);
    let listed = |write: &dyn Fn(&Term) -> String, sign: &str| {
        let mut parts: Vec<String> = start.iter().map(|start| significant(start.value)).collect();
        parts.extend(terms.iter().take(SHOWN).map(write));
        let rest = terms.len().saturating_sub(SHOWN);
        if rest > 0 {
            parts.push(format!("… ({rest} more)"));
        }
        parts.join(sign)
    };
    let step = |name: &str| steps.iter().find(|step| step.what == name).map_or(0.0, |step| step.value);
    let line = match by {
        By::Chain => {
            listed(&|term| format!("{}·{}", x(term), significant(term.w.unwrap_or_default())), " + ")
        }
        By::Average => format!("{} · ({})", significant(factor.unwrap_or_default()), listed(&x, " + ")),
        By::Largest => format!("max({})", listed(&x, ", ")),
        By::Each => format!("f({})", listed(&x, "")),
        By::Copy => listed(&x, ""),
        By::Sum => listed(&x, " + "),
        By::Product => listed(&x, " · "),
        By::Softmax => {
            let exponentials = |term: &Term| significant(term.product.unwrap_or_default());
            let own = steps.iter().find(|step| step.what == "exponential");
            match own {
                Some(own) => format!("{} / ({})", significant(own.value), listed(&exponentials, " + ")),
                None => {
                    format!("(x − {}) − ln({})", significant(step("largest")), listed(&exponentials, " + "))
                }
            }
        }
        By::Norm => {
            let of = |name: &str| significant(step(name));
            let (mean, factor, scale, shift) =
                (of("mean"), of("1/√(variance + ε)"), of("scale"), of("shift"));
            format!("{scale} · ({} − {mean}) · {factor} + {shift}", listed(&x, ""))
        }
        By::Layer => return Vec::new(),
    };
    vec![format!("y = {line}"), format!("y = {}", significant(value))]
}
