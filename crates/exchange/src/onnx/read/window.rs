//! Convolutions and pooling.

use toddle::{
    AvgPool2d, Conv2d, ConvTranspose2d, GlobalAvgPool, GlobalMaxPool, LayerSpec, MaxPool2d, Padding, Shape,
    Sides, Size,
};

use super::value::{Order, Value};
use super::{Graph, Operator};
use crate::ExchangeError;
use crate::onnx::tensor::{Data, Tensor};
use crate::order::turned;

/// What toddle has for the weights of convolutions: `(rows, columns, in, out)`.
const AXES: [usize; 4] = [2, 3, 1, 0];

impl Operator<'_> {
    pub(super) fn conv(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, Size(height, width)) = self.plane(graph)?;
        let (weight, [out, _, rows, columns]) = self.filters(&x)?;
        let weight = turned(weight, &[out, weight.len() / (out * rows * columns), rows, columns], &AXES);
        let bias = self.bias(2, out)?;
        let stride = self.size(&x, "strides", Size(1, 1))?;
        let dilation = self.size(&x, "dilations", Size(1, 1))?;
        let groups = self.groups()?;
        self.kernel(&x, Size(rows, columns))?;
        let down = (height, rows, stride.0, dilation.0);
        let right = (width, columns, stride.1, dilation.1);
        let padding = match self.sides(&x, down, right)? {
            sides if sides == Sides::default() => Padding::Valid,
            sides => Padding::Sides(sides),
        };
        let conv = Conv2d::new(out, (rows, columns)).stride((stride.0, stride.1)).padding(padding);
        let conv = conv.dilation((dilation.0, dilation.1)).groups(groups).bias(bias.is_some());
        let value = graph.add(self.node, self.owner(), conv, &[&x])?;
        graph.set(&value, "weight", weight);
        bias.into_iter().for_each(|bias| graph.set(&value, "bias", bias));
        Ok(value)
    }

    pub(super) fn conv_transpose(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, _) = self.plane(graph)?;
        let (weight, [channels, filters, rows, columns]) = self.filters(&x)?;
        let weight = turned(weight, &[channels, filters, rows, columns], &AXES);
        let groups = self.groups()?;
        let filters = filters.saturating_mul(groups);
        let bias = self.bias(2, filters)?;
        let stride = self.size(&x, "strides", Size(1, 1))?;
        let dilation = self.size(&x, "dilations", Size(1, 1))?;
        let extra = self.size(&x, "output_padding", Size(0, 0))?;
        self.kernel(&x, Size(rows, columns))?;
        if self.attributes.ints("output_shape")?.is_some() {
            return Err(self.refused("pads and output_padding", "output_shape"));
        }
        let padding = self.given_sides(&x)?;
        let conv =
            ConvTranspose2d::new(filters, (rows, columns)).stride((stride.0, stride.1)).padding(padding);
        let conv = conv.output_padding((extra.0, extra.1)).dilation((dilation.0, dilation.1));
        let value = graph.add(self.node, self.owner(), conv.groups(groups).bias(bias.is_some()), &[&x])?;
        graph.set(&value, "weight", weight);
        bias.into_iter().for_each(|bias| graph.set(&value, "bias", bias));
        Ok(value)
    }

    pub(super) fn pool(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, Size(height, width)) = self.plane(graph)?;
        let window = self.size(&x, "kernel_shape", Size(1, 0))?;
        let stride = self.size(&x, "strides", Size(1, 1))?;
        let dilation = self.size(&x, "dilations", Size(1, 1))?;
        let is_max = self.node.op_type() == "MaxPool";
        if dilation != Size(1, 1) && !is_max {
            return Err(self.refused("average windows without dilation", "dilations"));
        }
        let down = (height, window.0, stride.0, dilation.0);
        let right = (width, window.1, stride.1, dilation.1);
        let padding = self.sides(&x, down, right)?;
        let ceil_mode = self.attributes.int("ceil_mode", 0)? != 0;
        self.attributes.ignore(&["storage_order"]);
        let layer: LayerSpec = if is_max {
            let pool = MaxPool2d::new(window).stride(stride).padding(padding).dilation(dilation);
            pool.ceil_mode(ceil_mode).into()
        } else {
            let count_padding =
                self.attributes.int("count_include_pad", 0)? != 0 || padding == Sides::default();
            let pool = AvgPool2d::new(window).stride(stride).padding(padding).count_padding(count_padding);
            pool.ceil_mode(ceil_mode).into()
        };
        graph.add(self.node, "", layer, &[&x])
    }

    pub(super) fn global(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let layer = if self.node.op_type() == "GlobalMaxPool" { GlobalMaxPool } else { GlobalAvgPool };
        let (x, _) = self.plane(graph)?;
        graph.add(self.node, "", layer, &[&x])
    }

    /// The mean or the greatest element of each channel. Others are refused.
    pub(super) fn reduce(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let keeps = self.attributes.int("keepdims", 1)? != 0;
        self.attributes.int("noop_with_empty_axes", 0)?;
        let given = match self.attributes.ints("axes")? {
            Some(axes) => axes.to_vec(),
            None => match self.constant(1)? {
                Some(Tensor { data: Data::Whole(axes), .. }) => axes.clone(),
                _ => Vec::new(),
            },
        };
        let refused = || {
            let expected = "the mean or the greatest element of each channel of a sequence or an image";
            self.refused(expected, format_args!("axes {given:?} of {:?}", x.dims))
        };
        let mut axes =
            given.iter().map(|axis| x.axis(*axis)).collect::<Option<Vec<_>>>().ok_or_else(refused)?;
        axes.sort_unstable();
        let last = x.dims.len().saturating_sub(1);
        let image = if axes.is_empty() {
            None
        } else if axes.iter().copied().eq(1..=last) {
            Some(graph.image(self.node, &x)?).filter(Value::is_in_order)
        } else if axes.iter().copied().eq(0..last) {
            graph.channels_last(self.node, &x)?
        } else {
            None
        };
        let image = image.filter(|image| matches!(image.shape, Shape::Image { .. })).ok_or_else(refused)?;
        let layer = if self.node.op_type() == "ReduceMax" { GlobalMaxPool } else { GlobalAvgPool };
        let value = graph.add(self.node, "", layer, &[&image])?;
        let kept = x.dims.iter().enumerate();
        let dims = match keeps {
            true => kept.map(|(n, size)| if axes.contains(&n) { 1 } else { *size }).collect(),
            false => vec![value.shape.size()],
        };
        Ok(Value { dims, order: Order::Same, ..value })
    }

    /// The name of the layer that the weights are called after.
    pub(super) fn owner(&self) -> &str {
        self.name(1).strip_suffix(".weight").unwrap_or("")
    }

    /// The weights of a convolution of `x`, and their sizes.
    fn filters(&self, x: &Value) -> Result<(&[f32], [usize; 4]), ExchangeError> {
        let weight = self.constant(1)?.ok_or_else(|| self.refused("weights", "none"))?;
        let sizes = match (&weight.data, &weight.dims[..]) {
            (Data::Floats(values), _) if values.is_empty() => None,
            (Data::Floats(values), &[a, b, c]) if is_sequence(x) => Some((&values[..], [a, b, 1, c])),
            (Data::Floats(values), &[a, b, c, d]) if !is_sequence(x) => Some((&values[..], [a, b, c, d])),
            _ => None,
        };
        sizes.ok_or_else(|| {
            let got = format!("weights of shape {:?} for samples of {:?}", weight.dims, x.dims);
            self.refused("windows along the steps of a sequence, or the rows and columns of an image", got)
        })
    }

    /// A bias of `size` elements, if there is one.
    pub(super) fn bias(&self, n: usize, size: usize) -> Result<Option<Vec<f32>>, ExchangeError> {
        match self.constant(n)? {
            None => Ok(None),
            Some(Tensor { data: Data::Floats(values), .. }) if values.len() == size => {
                Ok(Some(values.clone()))
            }
            Some(Tensor { dims, .. }) => {
                Err(self
                    .refused(format_args!("a bias of {size} numbers"), format_args!("a shape of {dims:?}")))
            }
        }
    }

    /// The sequence or the image with its channels first, and its rows and columns.
    pub(super) fn plane(&self, graph: &mut Graph) -> Result<(Value, Size), ExchangeError> {
        let x = graph.image(self.node, self.value(0)?)?;
        match (x.shape, x.order) {
            (Shape::Image { height, width, .. }, Order::Same) => Ok((x, Size(height, width))),
            _ => {
                let expected =
                    "a sequence of (batch, channels, steps) or an image of (batch, channels, rows, columns)";
                Err(self.refused(expected, format_args!("{:?}", x.dims)))
            }
        }
    }

    fn groups(&mut self) -> Result<usize, ExchangeError> {
        let groups = self.attributes.int("group", 1)?;
        usize::try_from(groups).map_err(|_| self.refused("a number of groups", groups))
    }

    /// Two sizes, for rows and columns of `x`. A sequence has one row.
    fn size(&mut self, x: &Value, name: &str, default: Size) -> Result<Size, ExchangeError> {
        let Some(sizes) = self.attributes.ints(name)? else { return Ok(default) };
        let small: Vec<usize> = sizes.iter().filter_map(|size| small(*size)).collect();
        match small[..] {
            [rows, columns] if sizes.len() == 2 && !is_sequence(x) => Ok(Size(rows, columns)),
            [steps] if sizes.len() == 1 && is_sequence(x) => Ok(Size(default.0, steps)),
            _ => {
                let along = if is_sequence(x) { "steps" } else { "rows and columns" };
                Err(self.refused(format_args!("{name} for {along}"), format_args!("{sizes:?}")))
            }
        }
    }

    /// Checks that the attribute with the size of the window is the size of the weights.
    fn kernel(&mut self, x: &Value, kernel: Size) -> Result<(), ExchangeError> {
        let said = self.size(x, "kernel_shape", kernel)?;
        if said == kernel { Ok(()) } else { Err(self.refused(format_args!("kernel_shape {kernel}"), said)) }
    }

    /// The padding as numbers.
    fn given_sides(&mut self, x: &Value) -> Result<Sides, ExchangeError> {
        let auto = self.attributes.text("auto_pad", "NOTSET")?;
        let pads = self.attributes.ints("pads")?;
        let pads = match (&auto[..], pads) {
            ("NOTSET", Some(pads)) => pads,
            ("NOTSET" | "VALID", _) => return Ok(Sides::default()),
            _ => return Err(self.refused("pads", format_args!("auto_pad = {auto}"))),
        };
        let sides: Vec<usize> = pads.iter().filter_map(|pad| small(*pad)).collect();
        match sides[..] {
            [top, left, bottom, right] if pads.len() == 4 && !is_sequence(x) => {
                Ok(Sides { top, bottom, left, right })
            }
            [left, right] if pads.len() == 2 && is_sequence(x) => {
                Ok(Sides { left, right, ..Sides::default() })
            }
            _ => {
                let expected =
                    if is_sequence(x) { "two pads of 0 or more" } else { "four pads of 0 or more" };
                Err(self.refused(expected, format_args!("{pads:?}")))
            }
        }
    }

    /// The padding. Along each axis: the size of the image, the window, the stride and the dilation.
    fn sides(&mut self, x: &Value, down: Along, right: Along) -> Result<Sides, ExchangeError> {
        let auto = self.attributes.text("auto_pad", "NOTSET")?;
        let is_upper = match &auto[..] {
            "SAME_UPPER" => true,
            "SAME_LOWER" => false,
            "NOTSET" | "VALID" => return self.given_sides(x),
            _ => return Err(self.refused("an auto_pad of ONNX", auto)),
        };
        self.attributes.ignore(&["pads"]);
        let pads = |(size, window, stride, dilation): Along| {
            if stride == 0 || size == 0 {
                return (0, 0);
            }
            let covered =
                (size.div_ceil(stride) - 1) * stride + window.saturating_sub(1).saturating_mul(dilation) + 1;
            let padding = covered.saturating_sub(size);
            let (less, more) = (padding / 2, padding - padding / 2);
            if is_upper { (less, more) } else { (more, less) }
        };
        let ((top, bottom), (left, right)) = (pads(down), pads(right));
        Ok(Sides { top, bottom, left, right })
    }
}

/// Whether the axes of a value are channels and steps.
pub(super) fn is_sequence(x: &Value) -> bool {
    x.dims.len() == 2
}

/// A setting that is no more than the size of any image, so that sums and products of two do not overflow.
fn small(number: i64) -> Option<usize> {
    usize::try_from(number).ok().filter(|number| *number <= 1 << 28)
}

/// The size of an image, the window, the stride and the dilation along one axis.
type Along = (usize, usize, usize, usize);
