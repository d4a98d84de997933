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
        let (weight, [out, _, rows, columns]) = self.filters()?;
        let weight = turned(weight, &[out, weight.len() / (out * rows * columns), rows, columns], &AXES);
        let (x, Size(height, width)) = self.plane(graph)?;
        let bias = self.bias(2, out)?;
        let stride = self.size("strides", Size(1, 1))?;
        let dilation = self.size("dilations", Size(1, 1))?;
        let groups = self.groups()?;
        self.kernel(Size(rows, columns))?;
        let down = (height, rows, stride.0, dilation.0);
        let right = (width, columns, stride.1, dilation.1);
        let padding = match self.sides(down, right)? {
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
        let (weight, [channels, filters, rows, columns]) = self.filters()?;
        let weight = turned(weight, &[channels, filters, rows, columns], &AXES);
        let (x, _) = self.plane(graph)?;
        let groups = self.groups()?;
        let filters = filters.saturating_mul(groups);
        let bias = self.bias(2, filters)?;
        let stride = self.size("strides", Size(1, 1))?;
        let dilation = self.size("dilations", Size(1, 1))?;
        let extra = self.size("output_padding", Size(0, 0))?;
        self.kernel(Size(rows, columns))?;
        if self.attributes.ints("output_shape")?.is_some() {
            return Err(self.refused("pads and output_padding", "output_shape"));
        }
        let padding = self.given_sides()?;
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
        let window = self.size("kernel_shape", Size(0, 0))?;
        let stride = self.size("strides", Size(1, 1))?;
        let dilation = self.size("dilations", Size(1, 1))?;
        let is_max = self.node.op_type() == "MaxPool";
        if dilation != Size(1, 1) && !is_max {
            return Err(self.refused("average windows without dilation", "dilations"));
        }
        let padding =
            self.sides((height, window.0, stride.0, dilation.0), (width, window.1, stride.1, dilation.1))?;
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
        let value = graph.add(self.node, "", layer, &[&x])?;
        Ok(Value { order: Order::Pixel, ..value })
    }

    /// The mean of each channel. Other means are refused.
    pub(super) fn mean(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let x = self.value(0)?.clone();
        let keeps = self.attributes.int("keepdims", 1)? != 0;
        self.attributes.int("noop_with_empty_axes", 0)?;
        let axes = match self.attributes.ints("axes")? {
            Some(axes) => axes.to_vec(),
            None => match self.constant(1)? {
                Some(Tensor { data: Data::Whole(axes), .. }) => axes.clone(),
                _ => Vec::new(),
            },
        };
        let mut axes: Vec<i64> =
            axes.iter().map(|axis| if *axis < 0 { axis.saturating_add(4) } else { *axis }).collect();
        axes.sort_unstable();
        let (plane, order) = match x.order {
            Order::ChannelsLast => ([1, 2], Order::PixelChannelsLast),
            _ => ([2, 3], Order::Pixel),
        };
        if axes != plane || !matches!(x.shape, Shape::Image { .. }) {
            return Err(self.refused(
                "the mean of each channel of an image",
                format_args!("axes {axes:?} of {:?}", x.dims()),
            ));
        }
        let value = graph.add(self.node, "", GlobalAvgPool, &[&x])?;
        Ok(Value { order: if keeps { order } else { Order::Same }, ..value })
    }

    /// The name of the layer that the weights are called after.
    pub(super) fn owner(&self) -> &str {
        self.name(1).strip_suffix(".weight").unwrap_or("")
    }

    /// The weights of a convolution, and their sizes.
    fn filters(&self) -> Result<(&[f32], [usize; 4]), ExchangeError> {
        let weight = self.constant(1)?.ok_or_else(|| self.refused("weights", "none"))?;
        match (&weight.data, &weight.dims[..]) {
            (Data::Floats(values), &[a, b, c, d]) if !values.is_empty() => Ok((values, [a, b, c, d])),
            _ => Err(self
                .refused("windows of rows and columns", format_args!("weights of shape {:?}", weight.dims))),
        }
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

    /// The image with its channels first, and its rows and columns.
    pub(super) fn plane(&self, graph: &mut Graph) -> Result<(Value, Size), ExchangeError> {
        let x = graph.image(self.node, self.value(0)?)?;
        match (x.shape, x.order) {
            (Shape::Image { height, width, .. }, Order::Same) => Ok((x, Size(height, width))),
            _ => {
                Err(self
                    .refused("an image of (batch, channels, rows, columns)", format_args!("{:?}", x.dims())))
            }
        }
    }

    fn groups(&mut self) -> Result<usize, ExchangeError> {
        let groups = self.attributes.int("group", 1)?;
        usize::try_from(groups).map_err(|_| self.refused("a number of groups", groups))
    }

    /// Two sizes, for rows and columns.
    fn size(&mut self, name: &str, default: Size) -> Result<Size, ExchangeError> {
        let Some(sizes) = self.attributes.ints(name)? else { return Ok(default) };
        match *sizes {
            [rows, columns] if let (Some(rows), Some(columns)) = (small(rows), small(columns)) => {
                Ok(Size(rows, columns))
            }
            _ => Err(self.refused(format_args!("{name} for rows and columns"), format_args!("{sizes:?}"))),
        }
    }

    /// Checks that the attribute with the size of the window is the size of the weights.
    fn kernel(&mut self, kernel: Size) -> Result<(), ExchangeError> {
        let said = self.size("kernel_shape", kernel)?;
        if said == kernel { Ok(()) } else { Err(self.refused(format_args!("kernel_shape {kernel}"), said)) }
    }

    /// The padding as numbers.
    fn given_sides(&mut self) -> Result<Sides, ExchangeError> {
        let auto = self.attributes.text("auto_pad", "NOTSET")?;
        let pads = self.attributes.ints("pads")?.unwrap_or(&[0; 4]);
        let sides: Vec<usize> = pads.iter().filter_map(|pad| small(*pad)).collect();
        match sides[..] {
            _ if !matches!(&auto[..], "NOTSET" | "VALID") => {
                Err(self.refused("pads", format_args!("auto_pad = {auto}")))
            }
            [top, left, bottom, right] if pads.len() == 4 => Ok(Sides { top, bottom, left, right }),
            _ => Err(self.refused("four pads of 0 or more", format_args!("{pads:?}"))),
        }
    }

    /// The padding. Along each axis: the size of the image, the window, the stride and the dilation.
    fn sides(&mut self, down: Along, right: Along) -> Result<Sides, ExchangeError> {
        let auto = self.attributes.text("auto_pad", "NOTSET")?;
        let is_upper = match &auto[..] {
            "SAME_UPPER" => true,
            "SAME_LOWER" => false,
            "NOTSET" | "VALID" => return self.given_sides(),
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

/// A setting that is no more than the size of any image, so that sums and products of two do not overflow.
fn small(number: i64) -> Option<usize> {
    usize::try_from(number).ok().filter(|number| *number <= 1 << 28)
}

/// The size of an image, the window, the stride and the dilation along one axis.
type Along = (usize, usize, usize, usize);
