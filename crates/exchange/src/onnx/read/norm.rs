//! Norms.

use toddle::{BatchNorm, GroupNorm, LayerNorm};

use super::value::Value;
use super::{Graph, Operator};
use crate::ExchangeError;

/// The first operator set in which group norm has a factor for each channel. Before, it had one for each group.
const GROUP_NORM: i64 = 21;

impl Operator<'_> {
    pub(super) fn batch_norm(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.channels_first(graph)?;
        if self.attributes.int("training_mode", 0)? != 0 {
            return Err(self.refused("training_mode = 0", "a norm over the batch"));
        }
        let epsilon = self.attributes.float("epsilon", 1e-5)?;
        let momentum = 1.0 - self.attributes.float("momentum", 0.9)?;
        // 1 − 0.9 is a little less than 0.1.
        let momentum = crate::numbers::decimal(momentum as f32).clamp(0.0, 1.0);
        self.attributes.ignore(&["spatial", "is_test", "consumed_inputs"]);
        let channels = x.channels();
        let mut parts = Vec::new();
        for n in 1..=4 {
            parts.push(self.bias(n, channels)?.ok_or_else(|| self.refused("five inputs", n))?);
        }
        let value =
            graph.add(self.node, self.owner(), BatchNorm { epsilon, momentum, affine: true }, &[&x])?;
        for (part, numbers) in ["weight", "bias", "running_mean", "running_var"].into_iter().zip(parts) {
            graph.set(&value, part, numbers);
        }
        Ok(value)
    }

    pub(super) fn group_norm(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.channels_first(graph)?;
        if self.opset < GROUP_NORM {
            return Err(self.refused(format_args!("operator set {GROUP_NORM} or later"), self.opset));
        }
        let groups = self.attributes.int("num_groups", 0)?;
        let groups = usize::try_from(groups).map_err(|_| self.refused("a number of groups", groups))?;
        let epsilon = self.attributes.float("epsilon", 1e-5)?;
        self.attributes.ignore(&["stash_type"]);
        self.with_affine(graph, &x, GroupNorm { groups, affine: true, epsilon }, x.channels())
    }

    /// A norm of each channel, or of each group.
    pub(super) fn instance_norm(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let epsilon = self.attributes.float("epsilon", 1e-5)?;
        if let Some((x, groups)) = self.groups_of_channels()? {
            let (x, channels) = (x.clone(), x.channels());
            let value = graph.add(self.node, "", GroupNorm { groups, affine: true, epsilon }, &[&x])?;
            graph.set(&value, "weight", vec![1.0; channels]);
            graph.set(&value, "bias", vec![0.0; channels]);
            graph.open.insert(value.name.clone());
            graph.unscaled.insert(value.name.clone());
            return Ok(value);
        }
        let x = self.channels_first(graph)?;
        let groups = x.channels();
        self.with_affine(graph, &x, GroupNorm { groups, affine: true, epsilon }, groups)
    }

    /// The value and its number of groups, if each row of its two axes is a group of channels, and the norm has no factors
    /// and summands of its own.
    fn groups_of_channels(&self) -> Result<Option<(&Value, usize)>, ExchangeError> {
        let x = self.value(0)?;
        let &[groups, _] = &x.dims[..] else { return Ok(None) };
        if !x.is_in_order() || x.is_settled() || groups == 0 || !x.channels().is_multiple_of(groups) {
            return Ok(None);
        }
        for (n, neutral) in [(1, 1.0), (2, 0.0)] {
            if self.bias(n, groups)?.is_none_or(|numbers| numbers.iter().any(|number| *number != neutral)) {
                return Ok(None);
            }
        }
        Ok(Some((x, groups)))
    }

    pub(super) fn layer_norm(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let axis = self.attributes.int("axis", -1)?;
        let is_whole = x.axis(axis).is_some_and(|axis| x.dims[..axis].iter().all(|size| *size == 1));
        if !is_whole || !x.is_in_order() {
            let expected = "a norm over all elements of a sample";
            return Err(self.refused(expected, format_args!("axis = {axis} of {:?}", x.dims)));
        }
        let epsilon = self.attributes.float("epsilon", 1e-5)?;
        self.attributes.ignore(&["stash_type"]);
        self.with_affine(graph, &x, LayerNorm { affine: true, epsilon }, x.shape.size())
    }

    /// A norm with `size` factors and summands. Without summands, they are 0.
    fn with_affine(
        &mut self,
        graph: &mut Graph,
        x: &Value,
        layer: impl Into<toddle::LayerSpec>,
        size: usize,
    ) -> Result<Value, ExchangeError> {
        let scale = self.bias(1, size)?.ok_or_else(|| self.refused("factors", "none"))?;
        let shift = self.bias(2, size)?.unwrap_or_else(|| vec![0.0; size]);
        let value = graph.add(self.node, self.owner(), layer, &[x])?;
        graph.set(&value, "weight", scale);
        graph.set(&value, "bias", shift);
        Ok(value)
    }

    /// The value with its channels at the first axis of a sample.
    fn channels_first(&self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?;
        let x = if x.channel_axis() == Some(0) { x.clone() } else { graph.settled(self.node, x)? };
        match x.channel_axis() {
            Some(0) => Ok(x),
            _ => Err(self.refused("channels in front of rows and columns", format_args!("{:?}", x.dims))),
        }
    }
}
