//! Convolutions and pooling.

use toddle::{
    AdaptiveAvgPool2d, AdaptiveMaxPool2d, AvgPool1d, AvgPool2d, Conv1d, Conv2d, ConvTranspose2d,
    GlobalAvgPool, GlobalMaxPool, LayerSpec, MaxPool1d, MaxPool2d, Padding, Padding1d, Reshape, Sides, Size,
};

use super::call::Call;
use super::reader::{Reader, Value};
use super::weights::Variables;
use crate::ExchangeError;
use crate::arrays::Array;

/// The settings that all convolutions have.
struct Windows {
    kernel: Size,
    stride: Size,
    dilation: Size,
    padding: Padding,
    bias: bool,
}

impl Windows {
    /// A convolution with these settings, of images or of sequences.
    fn conv(&self, x: &Value, filters: usize, groups: usize) -> LayerSpec {
        let Windows { kernel, stride, dilation, padding, bias } = *self;
        if x.rank == 3 {
            return Conv2d { stride, dilation, padding, groups, bias, ..Conv2d::new(filters, kernel) }.into();
        }
        let padding = along(padding);
        let (stride, dilation) = (stride.1, dilation.1);
        Conv1d { stride, dilation, padding, groups, bias, ..Conv1d::new(filters, kernel.1) }.into()
    }

    /// The same windows, which add no bias.
    fn without_bias(&self) -> Windows {
        Windows { bias: false, ..*self }
    }
}

/// The padding of a sequence.
fn along(padding: Padding) -> Padding1d {
    match padding {
        Padding::Valid => Padding1d::Valid,
        Padding::Same => Padding1d::Same,
        Padding::Sides(Sides { left, right, .. }) => (left, right).into(),
    }
}

/// The weights of a convolution, and its bias if it has one. `axes` gives the sizes of the weights in toddle.
fn with_bias(
    variables: &mut Variables<'_>,
    bias: bool,
    axes: impl Fn(&[usize]) -> Vec<usize>,
) -> Result<Vec<Array>, ExchangeError> {
    let mut arrays = match bias {
        true => variables.all(["weight", "bias"])?.to_vec(),
        false => variables.all(["weight"])?.to_vec(),
    };
    arrays[0].dims = axes(&arrays[0].dims);
    Ok(arrays)
}

/// The sizes of weights for each channel by itself: `(rows, columns, channels, filters of a channel)` in Keras, and one
/// channel for each filter in toddle.
fn depthwise(dims: &[usize]) -> Vec<usize> {
    match *dims {
        [ref plane @ .., channels, filters] => [plane, &[1, channels * filters]].concat(),
        _ => dims.to_vec(),
    }
}

impl Call<'_> {
    fn windows(&mut self) -> Result<Windows, ExchangeError> {
        let rank = self.image()?.rank;
        let kernel = self.settings.size("kernel_size", rank, 1)?;
        let stride = self.settings.size("strides", rank, 1)?;
        let dilation = self.settings.size("dilation_rate", rank, 1)?;
        let padding = match self.settings.word("padding", "valid")? {
            "causal" if rank == 2 => {
                let left = kernel.1.saturating_sub(1).saturating_mul(dilation.1);
                Padding::Sides(Sides { left, ..Sides::default() })
            }
            word => self.padding(word)?,
        };
        Ok(Windows { kernel, stride, dilation, padding, bias: self.settings.is_set("use_bias")? })
    }

    fn padding(&self, word: &str) -> Result<Padding, ExchangeError> {
        match word {
            "valid" => Ok(Padding::Valid),
            "same" => Ok(Padding::Same),
            other => Err(self.refused("padding = valid or same", other)),
        }
    }

    pub(super) fn conv(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let windows = self.windows()?;
        let (filters, groups) = (self.settings.count("filters")?, self.settings.count("groups")?);
        let x = self.image()?;
        let conv = windows.conv(x, filters, groups);
        self.weighted(reader, "", conv, x, |variables| with_bias(variables, windows.bias, <[usize]>::to_vec))
    }

    pub(super) fn depthwise(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let windows = self.windows()?;
        let multiplier = self.settings.count("depth_multiplier")?;
        let x = self.image()?;
        let conv = windows.conv(x, x.channels().saturating_mul(multiplier), x.channels());
        self.weighted(reader, "", conv, x, |variables| with_bias(variables, windows.bias, depthwise))
    }

    /// A convolution of each channel by itself, and one of 1×1.
    pub(super) fn separable(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let windows = self.windows()?;
        let (multiplier, filters) =
            (self.settings.count("depth_multiplier")?, self.settings.count("filters")?);
        let x = self.image()?;
        let each = windows.without_bias().conv(x, x.channels().saturating_mul(multiplier), x.channels());
        let each = self.weighted(reader, "_depthwise", each, x, |variables| {
            let weight = variables.array(0, "weight")?;
            Ok(vec![Array { dims: depthwise(&weight.dims), ..weight }])
        })?;
        let one = Windows { kernel: Size(1, 1), stride: Size(1, 1), dilation: Size(1, 1), ..windows };
        let all = Windows { padding: Padding::Valid, ..one }.conv(&each, filters, 1);
        self.weighted(reader, "", all, &each, |variables| {
            variables.are(2 + usize::from(windows.bias))?;
            let weight = variables.array(1, "weight")?;
            let bias = windows.bias.then(|| variables.array(2, "bias")).transpose()?;
            Ok([weight].into_iter().chain(bias).collect())
        })
    }

    /// Keras says what the size of the output is: `size·stride` with the padding `same`, and otherwise as much as the
    /// windows reach, but not less than the former.
    pub(super) fn conv_transpose(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let Windows { kernel, stride, dilation, padding, bias } = self.windows()?;
        let filters = self.settings.count("filters")?;
        if self.settings.take("output_padding").is_some() {
            return Err(self.refused("output_padding = None", "another one"));
        }
        let x = self.image()?;
        let reach = |kernel: usize, dilation: usize| kernel.saturating_sub(1).saturating_mul(dilation) + 1;
        let (tall, wide) = (reach(kernel.0, dilation.0), reach(kernel.1, dilation.1));
        let cut = |reach: usize, stride: usize| match padding {
            Padding::Same => reach.saturating_sub(stride),
            _ => 0,
        };
        let (down, across) = (cut(tall, stride.0), cut(wide, stride.1));
        let sides =
            Sides { top: down / 2, bottom: down - down / 2, left: across / 2, right: across - across / 2 };
        let extra = Size(stride.0.saturating_sub(tall), stride.1.saturating_sub(wide));
        let conv = ConvTranspose2d::new(filters, kernel).stride(stride).dilation(dilation);
        let conv = conv.padding(sides).output_padding(extra).bias(bias);
        self.weighted(reader, "", conv, x, |variables| with_bias(variables, bias, <[usize]>::to_vec))
    }

    pub(super) fn pool(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let rank = self.image()?.rank;
        let window = self.settings.size("pool_size", rank, 1)?;
        let stride = self.settings.size("strides", rank, 1)?;
        let word = self.settings.word("padding", "valid")?;
        let padding = self.padding(word)?;
        let is_max = self.settings.class.starts_with("Max");
        let layer: LayerSpec = match (is_max, rank) {
            (true, 3) => MaxPool2d::new(window).stride(stride).padding(padding).into(),
            (true, _) => MaxPool1d::new(window.1).stride(stride.1).padding(along(padding)).into(),
            // The padding does not count in Keras.
            (false, 3) => {
                let pool = AvgPool2d::new(window).stride(stride).padding(padding);
                pool.count_padding(padding == Padding::Valid).into()
            }
            (false, _) => {
                let pool = AvgPool1d::new(window.1).stride(stride.1).padding(along(padding));
                pool.count_padding(padding == Padding::Valid).into()
            }
        };
        self.of_one(reader, layer)
    }

    pub(super) fn global_pool(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let keeps = self.settings.is_set("keepdims")?;
        let x = self.image()?;
        let layer = if self.settings.class.starts_with("GlobalMax") { GlobalMaxPool } else { GlobalAvgPool };
        let value = self.of(reader, layer, x)?;
        if keeps {
            let shape = toddle::Shape::image(x.channels(), 1, 1);
            return self.add(reader, "", Reshape::new(shape).into(), &[&value]);
        }
        Ok(Value { rank: 1, ..value })
    }

    pub(super) fn adaptive_pool(&mut self, reader: &mut Reader) -> Result<Value, ExchangeError> {
        let rank = self.image()?.rank;
        let output = self.settings.size("output_size", rank, 1)?;
        let layer: LayerSpec = match self.settings.class.starts_with("AdaptiveMax") {
            true => AdaptiveMaxPool2d::new(output).into(),
            false => AdaptiveAvgPool2d::new(output).into(),
        };
        self.of_one(reader, layer)
    }
}
