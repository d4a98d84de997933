//! Which parameters a training changes, and how: the groups that follow from the settings of a [`Fit`].

use alloc::vec::Vec;
use core::ops::Range;

use crate::error::FitError;
use crate::network::Param;
use crate::network::pattern::{matches, matches_some};
use crate::optim::{Optimizer, Step};
use crate::training::{Decay, Fit};
use crate::{Float, Network};

/// The parameters of a network in groups. A step is the same for all parameters of a group. A frozen parameter is in no group.
///
/// ```
/// use toddle::{Dense, Fit, Groups, Loss, NetworkSpec, Sgd, Shape};
///
/// let network = NetworkSpec::new(Shape::vector(4)).add(Dense::new(3)).add(Dense::new(2)).build::<f32>(0)?;
/// let fit = Fit::new(Loss::MeanSquaredError, Sgd::new(0.1)).rate_of("dense2.bias", 2.0).freeze(["dense1"]);
/// let groups = Groups::of(&network, &fit)?;
/// assert_eq!(groups.frozen(), 15);
/// assert_eq!(groups.groups().len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    groups: Vec<Group>,
    /// The parameters, in order, in spans of one group.
    spans: Vec<Span>,
    /// Whether each node is frozen: all its parameters, and its state.
    nodes: Vec<bool>,
}

/// What is special about a group.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// The factor of the learning rate.
    pub rate: f64,
    /// Whether the optimizer's penalties, `weight_decay` and `l1`, are applied.
    pub decays: bool,
}

impl Group {
    /// Step number `t` of `optimizer` for this group, at the learning rate `rate`.
    pub fn step<T: Float>(&self, optimizer: &Optimizer, t: u64, rate: f64) -> Step<T> {
        let step = optimizer.step(t, rate * self.rate);
        if self.decays { step } else { step.without_penalties() }
    }
}

/// Neighbouring parameters that are treated alike.
#[derive(Clone, Debug, PartialEq)]
struct Span {
    end: usize,
    /// None: frozen.
    group: Option<usize>,
}

impl Groups {
    /// All parameters in one group.
    pub fn one<T: Float>(network: &Network<T>) -> Self {
        Groups {
            groups: vec![Group { rate: 1.0, decays: true }],
            spans: vec![Span { end: network.layout().len(), group: Some(0) }],
            nodes: vec![false; network.nodes().len()],
        }
    }

    /// The groups by the settings `freeze`, `rates` and `decay` of `fit`.
    ///
    /// # Errors
    /// A pattern matches nothing, two patterns give one parameter a rate, a rate is negative, or everything is frozen.
    pub fn of<T: Float>(network: &Network<T>, fit: &Fit) -> Result<Self, FitError> {
        let params = network.layout().params();
        let names = || params.iter().chain(network.state_layout().params()).map(|param| &*param.name);
        for pattern in &fit.freeze {
            matches_some("freeze", pattern, names())?;
        }
        for (pattern, &rate) in &fit.rates {
            matches_some("rates", pattern, params.iter().map(|param| &*param.name))?;
            if !(rate >= 0.0 && (rate as f32).is_finite()) {
                return Err(FitError::Rate { pattern: pattern.clone(), rate });
            }
        }
        if params.is_empty() {
            return Ok(Groups::one(network));
        }
        let is_frozen = |name: &str| fit.freeze.iter().any(|pattern| matches(pattern, name));
        let mut groups = Groups { groups: Vec::new(), spans: Vec::new(), nodes: Vec::new() };
        for param in params {
            let rate = rate_of(fit, param)?;
            let decays = fit.decay == Decay::All || param.is_weight;
            let group = (!is_frozen(&param.name)).then_some(Group { rate, decays });
            groups.push(param.range.end, group);
        }
        if !fit.freeze.is_empty() && groups.groups.is_empty() {
            return Err(FitError::AllFrozen);
        }
        groups.nodes = (0..network.nodes().len())
            .map(|n| {
                let of = |params: &[Param], place: Range<usize>| -> Vec<bool> {
                    let own = params.iter().filter(|param| place.contains(&param.range.start));
                    own.map(|param| is_frozen(&param.name)).collect()
                };
                let mut all = of(params, network.layout().layer(n));
                all.extend(of(network.state_layout().params(), network.state_layout().layer(n)));
                !all.is_empty() && all.iter().all(|frozen| *frozen)
            })
            .collect();
        Ok(groups)
    }

    fn push(&mut self, end: usize, group: Option<Group>) {
        let group = group.map(|group| {
            let known = self.groups.iter().position(|known| *known == group);
            known.unwrap_or_else(|| {
                self.groups.push(group);
                self.groups.len() - 1
            })
        });
        match self.spans.last_mut() {
            Some(last) if last.group == group => last.end = end,
            _ => self.spans.push(Span { end, group }),
        }
    }

    /// The groups.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The number of elements that are frozen.
    pub fn frozen(&self) -> usize {
        let lengths = self.within(0..usize::MAX).filter(|(_, group)| group.is_none());
        lengths.map(|(span, _)| span.len()).sum()
    }

    /// Whether every parameter is trained in the same way, as without any groups.
    pub fn are_one(&self) -> bool {
        let plain = Group { rate: 1.0, decays: true };
        self.groups.iter().all(|group| *group == plain) && self.spans.iter().all(|span| span.group.is_some())
    }

    /// The group of the parameter's element at this place. None: the parameter is frozen.
    pub fn of_element(&self, place: usize) -> Option<Group> {
        let span = self.spans.get(self.spans.partition_point(|span| span.end <= place))?;
        span.group.map(|group| self.groups[group])
    }

    /// Step number `t` of `optimizer` for each group, at the learning rate `rate`.
    pub fn steps<T: Float>(&self, optimizer: &Optimizer, t: u64, rate: f64) -> impl Iterator<Item = Step<T>> {
        self.groups.iter().map(move |group| group.step(optimizer, t, rate))
    }

    /// Whether node `n` is frozen: all its parameters, and its state. False for a node that has none.
    pub(crate) fn is_frozen(&self, n: usize) -> bool {
        self.nodes[n]
    }

    /// The parts of a range of parameters, each with its group. None: frozen.
    pub(crate) fn within(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, Option<usize>)> {
        let first = self.spans.partition_point(|span| span.end <= range.start);
        let last = self.spans.partition_point(|span| span.end < range.end);
        let mut begin = range.start;
        self.spans[first..].iter().take(last + 1 - first).map(move |span| {
            let part = begin..span.end.min(range.end);
            begin = part.end;
            (part, span.group)
        })
    }
}

/// The factor that `rates` has for `param`.
fn rate_of(fit: &Fit, param: &Param) -> Result<f64, FitError> {
    let mut all = fit.rates.iter().filter(|(pattern, _)| matches(pattern, &param.name));
    match (all.next(), all.next()) {
        (Some((one, _)), Some((other, _))) => {
            let (param, patterns) = (param.name.clone(), [one.clone(), other.clone()]);
            Err(FitError::TwoRates { param, patterns })
        }
        (only, _) => Ok(only.map_or(1.0, |(_, rate)| *rate)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_where_groups_change() {
        let mut groups = Groups { groups: Vec::new(), spans: Vec::new(), nodes: Vec::new() };
        let group = |rate| Some(Group { rate, decays: true });
        for (end, group) in [(4, group(1.0)), (6, None), (9, group(2.0)), (10, group(2.0)), (12, group(1.0))]
        {
            groups.push(end, group);
        }
        let parts = |range| groups.within(range).collect::<Vec<_>>();
        assert_eq!(parts(0..12), [(0..4, Some(0)), (4..6, None), (6..10, Some(1)), (10..12, Some(0))]);
        assert_eq!(parts(5..7), [(5..6, None), (6..7, Some(1))]);
        assert_eq!(parts(4..4), []);
        assert_eq!(parts(10..12), [(10..12, Some(0))]);
        assert_eq!(groups.frozen(), 2);
        let rates = |place| groups.of_element(place).map(|group| group.rate);
        assert_eq!([0, 4, 6, 9, 11, 12].map(rates), [Some(1.0), None, Some(2.0), Some(2.0), Some(1.0), None]);
    }
}
