//! The parameters and the state of one node.

use toddle::{Network, Node, Param};

/// A parameter or a part of the state, with its elements.
pub(crate) struct Part<'n> {
    pub param: &'n Param,
    pub numbers: &'n [f32],
    pub is_state: bool,
}

/// The parameters and then the state that `node` itself has.
pub(crate) fn parts<'n>(network: &'n Network<f32>, node: &'n Node<f32>) -> impl Iterator<Item = Part<'n>> {
    let both =
        [(network.layout(), network.weights(), false), (network.state_layout(), network.state(), true)];
    let all = both.into_iter().flat_map(|(layout, numbers, is_state)| {
        let part = move |param: &'n Param| Part { param, numbers: &numbers[param.range.clone()], is_state };
        layout.params().iter().map(part)
    });
    all.filter(|part| part.param.name.rsplit_once('.').is_some_and(|(layer, _)| layer == node.name()))
}

/// What the elements of the parameter or the state `name` must be, and an element that is something else.
pub(crate) fn odd(name: &str, numbers: &[f32]) -> Option<(&'static str, f32)> {
    let is_variance = name.rsplit('.').next() == Some("running_var");
    let not_finite = numbers.iter().find(|number| !number.is_finite());
    let negative = numbers.iter().find(|number| is_variance && **number < 0.0);
    let of_kind = |expected| move |number: &f32| (expected, *number);
    not_finite.map(of_kind("finite numbers")).or_else(|| negative.map(of_kind("variances of 0 or more")))
}
