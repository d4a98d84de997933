//! Operators that change the size of an image.

use toddle::{Crop, Pad, PadMode, Sides, Size, Upsample, UpsampleMode};

use super::value::Value;
use super::window::is_sequence;
use super::{Graph, Operator};
use crate::ExchangeError;
use crate::onnx::tensor::{Data, Tensor};

/// The number of axes of an image, with that of the batch. A sequence has none for its row.
const AXES: usize = 4;

impl Operator<'_> {
    pub(super) fn pad(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, _) = self.plane(graph)?;
        let value = self.limit("value", 2, 0.0)?;
        let sizes = self.places("pads", 1)?;
        let axes = self.axes(&x, 3)?;
        let mut sides = [0; 2 * AXES];
        let [before, after] =
            [0, 1].map(|side| sizes.as_deref().unwrap_or(&[]).iter().skip(side * axes.len()));
        for (axis, (before, after)) in axes.iter().zip(before.zip(after)) {
            (sides[*axis], sides[AXES + axis]) = (*before, *after);
        }
        let is_right = sizes.as_ref().is_some_and(|sizes| sizes.len() == 2 * axes.len());
        let numbers = sides.map(|side| usize::try_from(side).ok());
        let (true, [Some(0), Some(0), Some(top), Some(left), Some(0), Some(0), Some(bottom), Some(right)]) =
            (is_right, numbers)
        else {
            let expected = "0 or more steps around a sequence, or rows and columns around an image";
            return Err(self.refused(expected, format_args!("pads {:?}", sizes.unwrap_or_default())));
        };
        let pad = Pad::new(Sides { top, bottom, left, right });
        let pad = match &self.attributes.text("mode", "constant")?[..] {
            "constant" if value == 0.0 => pad,
            "constant" => pad.constant(value),
            "reflect" => pad.mode(PadMode::Reflect),
            "edge" => pad.mode(PadMode::Replicate),
            "wrap" => pad.mode(PadMode::Circular),
            other => return Err(self.refused("a mode of ONNX", other)),
        };
        graph.add(self.node, "", pad, &[&x])
    }

    /// A part of the rows and columns.
    pub(super) fn slice(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, size) = self.plane(graph)?;
        let (starts, ends) = (self.places("starts", 1)?, self.places("ends", 2)?);
        let (starts, ends) = (starts.unwrap_or_default(), ends.unwrap_or_default());
        let axes = match (self.attributes.ints("axes")?, self.constant(3)?) {
            (Some(axes), _) => self.checked(&x, axes)?,
            (None, Some(_)) => self.axes(&x, 3)?,
            (None, None) => every(&x).into_iter().take(starts.len()).collect(),
        };
        let steps = self.places("steps", 4)?.unwrap_or_else(|| vec![1; axes.len()]);
        let refused = || {
            self.refused(
                "a part of the steps of a sequence, or of the rows and columns of an image",
                format_args!("from {starts:?} to {ends:?} along the axes {axes:?}, steps {steps:?}"),
            )
        };
        if starts.len() != axes.len() || ends.len() != axes.len() || steps.iter().any(|step| *step != 1) {
            return Err(refused());
        }
        let sizes = [0, x.channels(), size.0, size.1];
        let mut kept = sizes.map(|size| (0, size));
        // The number of samples is not known: only an end behind any number takes them all.
        let mut takes_all = true;
        for ((axis, start), end) in axes.iter().zip(&starts).zip(&ends) {
            if *axis == 0 {
                takes_all = *start == 0 && *end >= i32::MAX.into();
                continue;
            }
            let size = sizes[*axis] as i64;
            let place = |at: i64| if at < 0 { at.saturating_add(size) } else { at }.clamp(0, size) as usize;
            kept[*axis] = (place(*start), place(*end));
        }
        let [_, channels, rows, columns] = kept;
        if !takes_all || channels != (0, sizes[1]) || rows.1 <= rows.0 || columns.1 <= columns.0 {
            return Err(refused());
        }
        self.cropped(graph, &x, size, [rows, columns])
    }

    /// One step of a sequence, or one row or column of an image.
    pub(super) fn one(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let axis = self.attributes.int("axis", 0)?;
        let (x, size) = self.plane(graph)?;
        let place = match self.constant(1)? {
            Some(Tensor { dims, data: Data::Whole(at) }) if at.len() == 1 && dims.len() <= 1 => {
                Some((dims.len(), at[0]))
            }
            _ => None,
        };
        let axis = x.axis(axis).filter(|axis| *axis > 0);
        let (Some((kept, at)), Some(axis)) = (place, axis) else {
            return Err(self.refused("one step, row or column", format_args!("others of {:?}", x.dims)));
        };
        let along = x.dims[axis];
        let at = usize::try_from(if at < 0 { at.saturating_add(along as i64) } else { at }).ok();
        let Some(at) = at.filter(|at| *at < along) else {
            return Err(self.refused(format_args!("a place among {along}"), "another place"));
        };
        let is_column = axis + 1 == x.dims.len();
        let ranges = match is_column {
            true => [(0, size.0), (at, at + 1)],
            false => [(at, at + 1), (0, size.1)],
        };
        let value = self.cropped(graph, &x, size, ranges)?;
        let mut dims = value.dims.clone();
        if kept == 0 {
            dims.remove(axis);
        }
        Ok(Value { dims, ..value })
    }

    /// The rows and columns from the first to the end of each range.
    fn cropped(
        &self,
        graph: &mut Graph,
        x: &Value,
        Size(height, width): Size,
        [(top, below), (left, behind)]: [(usize, usize); 2],
    ) -> Result<Value, ExchangeError> {
        let sides = Sides { top, bottom: height - below, left, right: width - behind };
        graph.add(self.node, "", Crop::new(sides), &[x])
    }

    /// An image that becomes larger by a whole factor.
    pub(super) fn resize(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, _) = self.plane(graph)?;
        let scale = self.scale(&x)?;
        let mode = self.attributes.text("mode", "nearest")?;
        let coordinates = self.attributes.text("coordinate_transformation_mode", "half_pixel")?;
        let nearest = self.attributes.text("nearest_mode", "round_prefer_floor")?;
        // Settings of other modes.
        self.attributes.ignore(&["cubic_coeff_a", "extrapolation_value"]);
        for (name, only) in [("antialias", 0), ("exclude_outside", 0)] {
            if self.attributes.int(name, only)? != only {
                return Err(self.refused(format_args!("{name} = {only}"), "another value"));
            }
        }
        if self.attributes.text("keep_aspect_ratio_policy", "stretch")? != "stretch" {
            return Err(self.refused("keep_aspect_ratio_policy = stretch", "another value"));
        }
        let upsample = Upsample::new(scale);
        // With a whole factor, all these pairs take the element ⌊o/s⌋.
        let upsample = match (&mode[..], &coordinates[..], &nearest[..]) {
            ("nearest", "asymmetric", "floor")
            | ("nearest", "half_pixel" | "pytorch_half_pixel", "round_prefer_floor" | "round_prefer_ceil")
            | ("nearest", "tf_half_pixel_for_nn", "floor") => upsample,
            ("linear", "half_pixel" | "pytorch_half_pixel", _) => upsample.mode(UpsampleMode::Bilinear),
            ("linear", "align_corners", _) => upsample.mode(UpsampleMode::Bilinear).align_corners(true),
            _ => {
                let got = format!("mode = {mode}, coordinate_transformation_mode = {coordinates}, {nearest}");
                return Err(self.refused("nearest or linear elements, as toddle has them", got));
            }
        };
        graph.add(self.node, "", upsample, &[&x])
    }

    /// The operator for such an image before operator set 10.
    pub(super) fn upsample(&mut self, graph: &mut Graph) -> Result<Value, ExchangeError> {
        let (x, _) = self.plane(graph)?;
        let scales = match (self.attributes.floats("scales")?, self.constant(1)?) {
            (Some(scales), _) => scales.to_vec(),
            (None, Some(Tensor { data: Data::Floats(scales), .. })) => scales.clone(),
            _ => Vec::new(),
        };
        let scale = self.whole_scale(&x, whole(&scales))?;
        let mode = self.attributes.text("mode", "nearest")?;
        if mode != "nearest" {
            return Err(self.refused("mode = nearest", mode));
        }
        graph.add(self.node, "", Upsample::new(scale), &[&x])
    }

    /// The whole factors of rows and columns.
    fn scale(&mut self, x: &Value) -> Result<Size, ExchangeError> {
        /// The first operator set in which the factors are input 2.
        const RESIZE: i64 = 11;
        if self.opset < RESIZE {
            return Err(self.refused(format_args!("operator set {RESIZE} or later"), self.opset));
        }
        let factors = match (self.constant(2)?, self.constant(3)?) {
            (Some(Tensor { data: Data::Floats(scales), .. }), None) => whole(scales),
            (_, Some(Tensor { data: Data::Whole(sizes), .. })) => {
                let factor = |(size, given): (&i64, &usize)| {
                    let size = usize::try_from(*size).ok()?;
                    size.is_multiple_of(*given).then_some(size / given)
                };
                // The number of samples stays.
                let factors = sizes.iter().skip(1).zip(&x.dims).map(factor);
                let is_right = sizes.len() == 1 + x.dims.len();
                is_right.then(|| std::iter::once(Some(1)).chain(factors).collect()).flatten()
            }
            _ => None,
        };
        self.whole_scale(x, factors)
    }

    /// The factors of rows and columns, from those of all axes.
    fn whole_scale(&self, x: &Value, factors: Option<Vec<usize>>) -> Result<Size, ExchangeError> {
        match factors.as_deref() {
            Some(&[1, 1, rows, columns]) if rows > 0 && columns > 0 && !is_sequence(x) => {
                Ok(Size(rows, columns))
            }
            Some(&[1, 1, steps]) if steps > 0 && is_sequence(x) => Ok(Size(1, steps)),
            _ => Err(self.refused("whole factors of the steps, or of the rows and columns", "other sizes")),
        }
    }

    /// Whole numbers that are an attribute, or input `n`.
    fn places(&mut self, name: &str, n: usize) -> Result<Option<Vec<i64>>, ExchangeError> {
        if let Some(given) = self.attributes.ints(name)? {
            return Ok(Some(given.to_vec()));
        }
        match self.constant(n)? {
            None => Ok(None),
            Some(Tensor { data: Data::Whole(values), .. }) => Ok(Some(values.clone())),
            Some(_) => Err(self.refused(format_args!("whole numbers as input {n}"), "other numbers")),
        }
    }

    /// The axes that are input `n`, or all.
    fn axes(&self, x: &Value, n: usize) -> Result<Vec<usize>, ExchangeError> {
        match self.constant(n)? {
            None => Ok(every(x)),
            Some(Tensor { data: Data::Whole(axes), .. }) => self.checked(x, axes),
            Some(_) => Err(self.refused("axes as whole numbers", "other numbers")),
        }
    }

    /// Axes of `x` as those of an image, each at most once.
    fn checked(&self, x: &Value, axes: &[i64]) -> Result<Vec<usize>, ExchangeError> {
        let every = every(x);
        let mut checked = Vec::new();
        for &axis in axes {
            let place = if axis < 0 { axis.saturating_add(every.len() as i64) } else { axis };
            match usize::try_from(place).ok().and_then(|place| every.get(place)) {
                Some(&place) if !checked.contains(&place) => checked.push(place),
                _ => return Err(self.refused("axes of a sequence or of an image", format_args!("{axes:?}"))),
            }
        }
        Ok(checked)
    }
}

/// The factors as whole numbers. None: they are no whole numbers.
fn whole(scales: &[f32]) -> Option<Vec<usize>> {
    scales.iter().map(|scale| (scale.fract() == 0.0).then_some(*scale as usize)).collect()
}

/// The axes of `x` among those of an image: batch, channels, rows and columns. The steps of a sequence are columns.
fn every(x: &Value) -> Vec<usize> {
    if is_sequence(x) { vec![0, 1, 3] } else { (0..AXES).collect() }
}
