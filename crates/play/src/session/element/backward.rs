//! What each node that takes an element gives to the element's gradient.

use toddle::Float;
use toddle_kernels::conv2d::Geometry;
use toddle_lanes::{LANES, tree_sum};

use super::forward::{at, cells, readers, rho, window};
use super::rule::{self, Rule};
use super::{Facts, Gradients, place};
use crate::protocol::{Order, Share, ShareTerm};

/// The terms of a share, how they are added, and their sum.
struct Sum<T> {
    terms: Vec<ShareTerm>,
    order: Order,
    total: T,
}

impl<T: Float> Facts<'_, T> {
    /// What the loss and each node that takes element `index` of `value` give to its gradient, in the order in which
    /// the engine adds it: the loss, then the later node first.
    pub fn shares(&self, gradients: &Gradients<T>, value: usize, index: usize) -> Vec<Share> {
        let nodes = self.network.nodes();
        let outputs = self.network.outputs().iter().filter(|output| output.value == value);
        let of_loss = outputs.map(|output| Share {
            node: "loss".into(),
            kind: "loss".into(),
            share: gradients.output[output.range.start + index].to_f64(),
            terms: Vec::new(),
            order: Order::Whole,
        });
        let of_nodes = (0..nodes.len()).rev().flat_map(|n| {
            let slots = nodes[n].inputs().iter().enumerate().filter(|(_, from)| **from == value);
            slots.map(move |(slot, _)| (n, slot))
        });
        let of_nodes = of_nodes.map(|(n, slot)| {
            let Sum { terms, order, total } = self.share(gradients, n, slot, index);
            let node = &nodes[n];
            Share { node: node.name().into(), kind: node.kind().into(), share: total.to_f64(), terms, order }
        });
        of_loss.chain(of_nodes).collect()
    }

    /// What node `n` gives to the gradient of element `index` of its input number `slot`.
    fn share(&self, gradients: &Gradients<T>, n: usize, slot: usize, index: usize) -> Sum<T> {
        let node = &self.network.nodes()[n];
        let dy = &gradients.values[self.value_of(n)];
        let x = &self.values[node.inputs()[slot]];
        match rule::of(self.network, n) {
            Rule::Dense { outputs, .. } => self.of_dense(n, dy, outputs, index),
            Rule::Conv { g, .. } => self.of_convolution(n, dy, &g, index),
            Rule::Transposed { g, .. } => self.of_transposed(n, dy, &g, index),
            Rule::Average { g, whole } => self.of_average(n, dy, &g, whole, index),
            Rule::Largest { g } => self.of_largest(n, dy, &g, x, index),
            Rule::Each => match self.derivative(n, index) {
                Some(factor) => self.single(n, index, dy[index], factor),
                None => self.of_whole(gradients, n, index),
            },
            Rule::Copy | Rule::Sum => self.single(n, index, dy[index], T::ONE),
            Rule::Concat => {
                let before: usize = node.inputs()[..slot].iter().map(|&value| self.values[value].len()).sum();
                self.single(n, before + index, dy[before + index], T::ONE)
            }
            Rule::Product => {
                let others = node.inputs().iter().enumerate().filter(|(other, _)| *other != slot);
                let others: Vec<T> = others.map(|(_, &value)| self.values[value][index]).collect();
                let factor = others.iter().skip(1).fold(others[0], |product, &x| product * x);
                let total = others.iter().fold(dy[index], |product, &x| product * x);
                let sum = self.single(n, index, dy[index], factor);
                Sum { total, ..sum }
            }
            Rule::Norm { plane, epsilon, affine } => {
                let channel = index / plane;
                let state = &self.network.state()[self.network.state_layout().layer(n)];
                let scale = match affine {
                    true => self.network.weights()[self.first_weight(n) + channel],
                    false => T::ONE,
                };
                let factor = scale * rho(state[state.len() / 2 + channel], epsilon);
                self.single(n, index, dy[index], factor)
            }
            Rule::Softmax { .. } | Rule::GroupNorm { .. } | Rule::Resampled | Rule::Layer => {
                self.of_whole(gradients, n, index)
            }
        }
    }

    /// A term: output element `o` of node `n`, whose derivative is `factor`.
    fn share_term(&self, n: usize, o: usize, dy: T, factor: T, sum: T) -> ShareTerm {
        ShareTerm {
            index: o,
            place: place(self.network.nodes()[n].output(), o),
            dy: dy.to_f64(),
            factor: factor.to_f64(),
            product: (dy * factor).to_f64(),
            sum: sum.to_f64(),
        }
    }

    fn single(&self, n: usize, o: usize, dy: T, factor: T) -> Sum<T> {
        let total = dy * factor;
        Sum { terms: vec![self.share_term(n, o, dy, factor, total)], order: Order::Chain, total }
    }

    /// Sixteen partial sums, which a tree adds.
    fn of_dense(&self, n: usize, dy: &[T], outputs: usize, index: usize) -> Sum<T> {
        let weights = &self.network.weights()[self.first_weight(n) + index * outputs..][..outputs];
        let mut sums = [T::ZERO; LANES];
        let terms = weights.iter().enumerate().map(|(o, &w)| {
            sums[o % LANES] = dy[o].mul_add(w, sums[o % LANES]);
            self.share_term(n, o, dy[o], w, sums[o % LANES])
        });
        let terms = terms.collect();
        Sum { terms, order: Order::Lanes, total: tree_sum(sums) }
    }

    fn of_convolution(&self, n: usize, dy: &[T], g: &Geometry, index: usize) -> Sum<T> {
        self.of_taps(n, dy, readers(g, index).into_iter().map(|of| (of.output, of.weight)))
    }

    /// The convolution whose transpose the layer is, over the gradients.
    fn of_transposed(&self, n: usize, dy: &[T], g: &Geometry, index: usize) -> Sum<T> {
        let [filter, oy, ox] = at(g, index);
        let taps = window(g, filter, oy, ox).0.into_iter();
        self.of_taps(n, dy, taps.map(|([c, r, s], o)| (o, g.w(r, s, c, filter))))
    }

    /// One chain over output elements, each with the place of its weight.
    fn of_taps(&self, n: usize, dy: &[T], taps: impl Iterator<Item = (usize, usize)>) -> Sum<T> {
        let weights = &self.network.weights()[self.first_weight(n)..];
        let mut sum = T::ZERO;
        let terms = taps.map(|(o, w)| {
            let w = weights[w];
            sum = w.mul_add(dy[o], sum);
            self.share_term(n, o, dy[o], w, sum)
        });
        let terms = terms.collect();
        Sum { terms, order: Order::Chain, total: sum }
    }

    fn of_average(&self, n: usize, dy: &[T], g: &Geometry, counts_all: bool, index: usize) -> Sum<T> {
        let (mut terms, mut sum) = (Vec::new(), T::ZERO);
        for (o, cells) in windows_of(g, index) {
            let count = if counts_all { g.rows.kernel * g.columns.kernel } else { cells.len() };
            let factor = T::ONE / T::from_f64(count as f64);
            sum += factor * dy[o];
            terms.push(self.share_term(n, o, dy[o], factor, sum));
        }
        Sum { terms, order: Order::Rounded, total: sum }
    }

    /// The windows whose largest element it is.
    fn of_largest(&self, n: usize, dy: &[T], g: &Geometry, x: &[T], index: usize) -> Sum<T> {
        let y = &self.values[self.value_of(n)];
        let (mut terms, mut sum) = (Vec::new(), T::ZERO);
        for (o, cells) in windows_of(g, index) {
            if cells.iter().find(|&&cell| x[cell] == y[o]) == Some(&index) {
                sum += dy[o];
                terms.push(self.share_term(n, o, dy[o], T::ONE, sum));
            }
        }
        Sum { terms, order: Order::Chain, total: sum }
    }

    /// The derivative of an activation at one element: the gradient that it gives for a gradient of 1.
    fn derivative(&self, n: usize, index: usize) -> Option<T> {
        let (alone, from) = (self.alone(n)?, self.network.nodes()[n].inputs()[0]);
        let mut trace = alone.trace(&self.values[from]).ok()?;
        let ones = vec![T::ONE; alone.output().size()];
        Some(trace.backward(&ones).ok()?.input()[index])
    }

    /// What a layer gives by itself, computed as a whole.
    fn of_whole(&self, gradients: &Gradients<T>, n: usize, index: usize) -> Sum<T> {
        let share = || {
            let (alone, from) = (self.alone(n)?, self.network.nodes()[n].inputs()[0]);
            let mut trace = alone.trace(&self.values[from]).ok()?;
            let back = trace.backward(&gradients.values[self.value_of(n)]).ok()?;
            Some(back.input()[index])
        };
        Sum { terms: Vec::new(), order: Order::Whole, total: share().unwrap_or(T::ZERO) }
    }
}

/// The windows of a pooling that contain element `index`, in their order, each with its cells.
fn windows_of(g: &Geometry, index: usize) -> impl Iterator<Item = (usize, Vec<usize>)> {
    let channel = index / (g.rows.input * g.columns.input);
    let plane = g.rows.output * g.columns.output;
    (channel * plane..(channel + 1) * plane).filter_map(move |o| {
        let [_, oy, ox] = at(g, o);
        let cells: Vec<usize> = cells(g, channel, oy, ox).0.into_iter().map(|(_, x)| x).collect();
        cells.contains(&index).then_some((o, cells))
    })
}
