//! Checks for fast convolutions with so few channels that plain convolutions are faster.

use super::Report;
use crate::layers::Conv2d;
use crate::{Float, LayerSpec, Network, Shape};

pub(super) fn check<T: Float>(network: &Network<T>, report: &mut Report) {
    for node in network.nodes() {
        let Some(LayerSpec::Conv2d(Conv2d { fast: true, filters, .. })) =
            node.layer().map(|layer| layer.spec())
        else {
            continue;
        };
        let channels = match network.shape(node.inputs()[0]) {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(_) => continue,
        };
        if channels < Conv2d::FAST_CHANNELS || filters < Conv2d::FAST_CHANNELS {
            let message = format!(
                "`{}` has fast = true, {channels} channels and {filters} filters: with so few, the plain convolution is about as fast and more exact",
                node.name()
            );
            let remedy = format!("leaving out `fast` in `{}`", node.name());
            report.doubtful("fast", message, remedy).about(node.name());
        }
    }
}
