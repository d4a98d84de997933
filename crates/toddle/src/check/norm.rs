//! Checks for batch norm in batches of one sample.

use super::Report;
use crate::layers::batch_norm::plane;
use crate::{Fit, Float, Groups, LayerSpec, Network, Node};

/// The number of larger batch sizes that are tried to find one whose last batch has more than one sample.
const TRIED: usize = 100;

pub(super) fn check<T: Float>(network: &Network<T>, fit: &Fit, samples: usize, report: &mut Report) {
    // A frozen batch norm takes no statistics. Where the settings of the groups are wrong, another check says so.
    let groups = Groups::of(network, fit).unwrap_or_else(|_| Groups::one(network));
    let takes_statistics = |n: usize| !groups.is_frozen(n);
    let is_norm =
        |node: &Node<T>| node.layer().is_some_and(|layer| matches!(layer.spec(), LayerSpec::BatchNorm(_)));
    let norm = network.nodes().iter().enumerate().find(|(n, node)| takes_statistics(*n) && is_norm(node));
    let Some((_, norm)) = norm else { return };
    let (name, batch) = (norm.name(), fit.batch.min(samples));
    if batch == 1 {
        let remedy = if samples == 1 { "more samples" } else { "train.batch = 32" };
        match network.single_numbers(takes_statistics) {
            Some(name) => {
                let message = format!("`{name}` cannot be trained: one sample a batch has no variance");
                report.wrong("norm", message, remedy).about(name);
            }
            None => {
                let message = format!(
                    "`{name}` normalises each sample by itself in training, but by running statistics afterwards"
                );
                report.doubtful("norm", message, remedy).about(name);
            }
        }
    } else if samples % batch == 1 {
        let effect = if plane(norm.output()) == 1 { "learns nothing" } else { "takes its statistics" };
        let message = format!("the last batch of each epoch is one sample: `{name}` {effect} from it");
        let better = (batch + 1..batch + TRIED).find(|batch| samples % batch != 1);
        let remedy = better.map_or("more samples".into(), |batch| format!("train.batch = {batch}"));
        report.doubtful("norm", message, remedy).about(name);
    }
}
