//! The windows of convolutions: sizes, padding, and their checks.

use alloc::string::{String, ToString};
use core::fmt;

use serde::{Deserialize, Serialize};
use toddle_kernels::conv2d::Axis;

use crate::error::Misfit;
use crate::network::shape::MOST_NUMBERS;

/// The padding before an image and after it, along one axis.
pub(super) type Pair = (u64, u64);

/// Rows and columns of a window or a step; prints `3×5`. In files `3` or `[3, 5]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "SizeAs", into = "SizeAs")]
pub struct Size(pub usize, pub usize);

impl Size {
    pub(super) const ONE: Size = Size(1, 1);

    pub(super) const ZERO: Size = Size(0, 0);

    pub(super) const fn one() -> Size {
        Size::ONE
    }

    pub(super) const fn zero() -> Size {
        Size::ZERO
    }

    pub(super) fn is_one(&self) -> bool {
        *self == Size::ONE
    }

    /// `2` if rows and columns are equal, otherwise `2×1`.
    pub(super) fn short(self) -> String {
        if self.0 == self.1 { self.0.to_string() } else { self.to_string() }
    }
}

impl From<usize> for Size {
    fn from(side: usize) -> Self {
        Size(side, side)
    }
}

impl From<(usize, usize)> for Size {
    fn from((rows, columns): (usize, usize)) -> Self {
        Size(rows, columns)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}", self.0, self.1)
    }
}

/// How a [`Size`] is written in files.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a number or [rows, columns]")]
enum SizeAs {
    Square(usize),
    Pair(usize, usize),
}

impl From<SizeAs> for Size {
    fn from(written: SizeAs) -> Self {
        match written {
            SizeAs::Square(side) => Size(side, side),
            SizeAs::Pair(rows, columns) => Size(rows, columns),
        }
    }
}

impl From<Size> for SizeAs {
    fn from(Size(rows, columns): Size) -> Self {
        if rows == columns { SizeAs::Square(rows) } else { SizeAs::Pair(rows, columns) }
    }
}

/// Rows and columns at the four sides of an image; prints `1`, or `[1, 2, 0, 0]`. In files the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "SidesAs", into = "SidesAs")]
pub struct Sides {
    /// Rows above.
    pub top: usize,
    /// Rows below.
    pub bottom: usize,
    /// Columns to the left.
    pub left: usize,
    /// Columns to the right.
    pub right: usize,
}

impl Sides {
    /// Top, bottom, left, right.
    pub fn all(self) -> [usize; 4] {
        [self.top, self.bottom, self.left, self.right]
    }

    /// The rows above and below, and the columns to the left and right. An error if they are far too many.
    pub(super) fn check(self) -> Result<(Pair, Pair), Misfit> {
        if let Some(side) = self.all().iter().find(|side| **side > MOST_NUMBERS) {
            return Err(Misfit::new(
                format!("padding = {side} is larger than toddle supports"),
                "padding = 0",
            ));
        }
        let [top, bottom, left, right] = self.all().map(|side| side as u64);
        Ok(((top, bottom), (left, right)))
    }
}

/// The same on all sides.
impl From<usize> for Sides {
    fn from(side: usize) -> Self {
        Sides { top: side, bottom: side, left: side, right: side }
    }
}

/// Top, bottom, left, right.
impl From<[usize; 4]> for Sides {
    fn from([top, bottom, left, right]: [usize; 4]) -> Self {
        Sides { top, bottom, left, right }
    }
}

impl fmt::Display for Sides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match SidesAs::from(*self) {
            SidesAs::Even(side) => write!(f, "{side}"),
            SidesAs::Each(sides) => write!(f, "{sides:?}"),
        }
    }
}

/// How [`Sides`] are written in files.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a number or [top, bottom, left, right]")]
enum SidesAs {
    Even(usize),
    Each([usize; 4]),
}

impl From<SidesAs> for Sides {
    fn from(written: SidesAs) -> Self {
        match written {
            SidesAs::Even(side) => side.into(),
            SidesAs::Each(sides) => sides.into(),
        }
    }
}

impl From<Sides> for SidesAs {
    fn from(sides: Sides) -> Self {
        if sides == sides.top.into() { SidesAs::Even(sides.top) } else { SidesAs::Each(sides.all()) }
    }
}

/// What lies around an image while windows slide over it; it counts as nothing, neither as zeros (but in a fast convolution)
/// nor as edges repeated.
///
/// In files `"valid"`, `"same"`, a number for all sides, or `[top, bottom, left, right]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(from = "PaddingAs", into = "PaddingAs")]
pub enum Padding {
    /// Nothing: windows stay inside.
    #[default]
    Valid,
    /// The padding that gives ⌈size / stride⌉ windows along each side. It is divided equally between before and after
    /// the image. If it is odd, the extra row or column comes after the image, as in TensorFlow's `same` and ONNX'
    /// `SAME_UPPER`.
    Same,
    /// This many rows and columns.
    Sides(Sides),
}

/// No padding is [`Valid`](Padding::Valid).
impl<T: Into<Sides>> From<T> for Padding {
    fn from(sides: T) -> Self {
        match sides.into() {
            Sides { top: 0, bottom: 0, left: 0, right: 0 } => Padding::Valid,
            sides => Padding::Sides(sides),
        }
    }
}

impl fmt::Display for Padding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Padding::Valid => f.write_str("valid"),
            Padding::Same => f.write_str("same"),
            Padding::Sides(sides) => sides.fmt(f),
        }
    }
}

/// How [`Padding`] is written in files.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected \"valid\", \"same\", a number or [top, bottom, left, right]")]
enum PaddingAs {
    Named(Named),
    Sides(Sides),
}

#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum Named {
    /// No padding: windows stay inside the image.
    Valid,
    /// As much padding as makes the output as large as the image divided by the stride.
    Same,
}

impl From<PaddingAs> for Padding {
    fn from(written: PaddingAs) -> Self {
        match written {
            PaddingAs::Named(Named::Valid) => Padding::Valid,
            PaddingAs::Named(Named::Same) => Padding::Same,
            PaddingAs::Sides(sides) => sides.into(),
        }
    }
}

impl From<Padding> for PaddingAs {
    fn from(padding: Padding) -> Self {
        match padding {
            Padding::Valid => PaddingAs::Named(Named::Valid),
            Padding::Same => PaddingAs::Named(Named::Same),
            Padding::Sides(sides) => PaddingAs::Sides(sides),
        }
    }
}

/// The default of `groups`.
pub(super) const fn one() -> usize {
    1
}

/// Whether a setting is 1, which is the default of a dilation along a sequence.
pub(super) fn is_one(setting: &usize) -> bool {
    *setting == 1
}

/// Whether a setting is false, which is the default of `fast`.
pub(super) fn is_false(setting: &bool) -> bool {
    !setting
}

/// Whether a setting is true, which is its default.
pub(super) fn is_true(setting: &bool) -> bool {
    *setting
}

/// The default of `bias`.
pub(super) const fn yes() -> bool {
    true
}

/// Writes a setting of a layer, unless the setting has its default.
pub(super) fn write_unless<V: PartialEq + fmt::Display>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    value: V,
    default: V,
) -> fmt::Result {
    if value == default { Ok(()) } else { write!(f, ", {name} = {value}") }
}

/// The part that a convolution and its transpose share: the filters, and how they read the larger of the two images.
#[derive(Clone, Copy)]
pub(super) struct Windows {
    pub filters: usize,
    pub kernel: Size,
    pub stride: Size,
    pub dilation: Size,
    pub groups: usize,
}

impl Windows {
    /// Checks the settings for an image with this number of channels. Settings that pass are so small that no product
    /// of two of them overflows a `u64`.
    pub fn check(&self, channels: usize) -> Result<(), Misfit> {
        let Windows { filters, kernel, stride, dilation, groups } = *self;
        for (name, Size(rows, columns)) in [
            ("filters", filters.into()),
            ("kernel", kernel),
            ("stride", stride),
            ("dilation", dilation),
            ("groups", groups.into()),
        ] {
            if rows == 0 || columns == 0 {
                return Err(Misfit::new(
                    format!("with {name} = 0 it reads nothing"),
                    format!("{name} = 1 or more"),
                ));
            }
            if rows > MOST_NUMBERS || columns > MOST_NUMBERS {
                return Err(Misfit::new(
                    format!("its {name} is larger than toddle supports"),
                    format!("{name} = 1"),
                ));
            }
        }
        for (what, count) in [("channels", channels), ("filters", filters)] {
            if count % groups != 0 {
                let because = format!("{count} {what} do not fall into {groups} groups of the same size");
                let remedy = match greatest_divisor(channels, filters) {
                    1 => "groups = 1, or other filters".into(),
                    most => format!("groups = {most}, or a number that divides it"),
                };
                return Err(Misfit::new(because, remedy));
            }
        }
        let weights: u128 =
            [kernel.0, kernel.1, channels / groups, filters].iter().map(|n| *n as u128).product();
        if weights > MOST_NUMBERS as u128 {
            return Err(Misfit::new("it would have more weights than toddle supports", "fewer filters"));
        }
        Ok(())
    }

    /// The rows and columns of a convolution of an image.
    pub fn axes(&self, height: usize, width: usize, padding: Padding) -> Result<(Axis, Axis), Misfit> {
        let (rows, columns) = (self.along_rows(height), self.along_columns(width));
        let (above, aside) = match padding {
            Padding::Valid => Default::default(),
            Padding::Same => (rows.same(), columns.same()),
            Padding::Sides(sides) => sides.check()?,
        };
        let (height, width) = (rows.size + above.0 + above.1, columns.size + aside.0 + aside.1);
        check_sizes(height, width)?;
        if rows.reach() > height || columns.reach() > width {
            let spread = match self.dilation {
                Size::ONE => String::new(),
                _ => format!(", spread over {}×{} by its dilation,", rows.reach(), columns.reach()),
            };
            let because = format!("a {} kernel{spread} does not fit in {height}×{width}", self.kernel);
            let fits = [(rows, height), (columns, width)]
                .into_iter()
                .filter(|(along, size)| along.reach() > *size)
                .map(|(along, size)| (size - 1) / along.dilation + 1)
                .min();
            let fits = fits.unwrap_or(1);
            return Err(Misfit::new(because, format!("kernel = {fits} or less, or padding = same")));
        }
        Ok((rows.axis(rows.outputs(height), above.0), columns.axis(columns.outputs(width), aside.0)))
    }

    /// The rows and columns of the convolution whose transpose takes an image. The output of the transpose is the
    /// input of that convolution.
    pub fn transposed_axes(
        &self,
        height: usize,
        width: usize,
        padding: Sides,
        extra: Size,
    ) -> Result<(Axis, Axis), Misfit> {
        let (above, aside) = padding.check()?;
        for (extra, stride, dilation) in
            [(extra.0, self.stride.0, self.dilation.0), (extra.1, self.stride.1, self.dilation.1)]
        {
            let step = stride.max(dilation);
            if extra >= step {
                let because = format!("output_padding = {extra} is not less than the stride or the dilation");
                return Err(Misfit::new(because, format!("output_padding = {} or less", step - 1)));
            }
        }
        let whole = |places: usize, along: Along, extra: usize| {
            (places as u64 - 1) * along.stride + along.reach() + extra as u64
        };
        let (rows, columns) = (self.along_rows(0), self.along_columns(0));
        let (tall, wide) = (whole(height, rows, extra.0), whole(width, columns, extra.1));
        check_sizes(tall, wide)?;
        if tall <= above.0 + above.1 || wide <= aside.0 + aside.1 {
            return Err(Misfit::new(format!("its padding leaves nothing of {tall}×{wide}"), "padding = 0"));
        }
        let rows = Along { size: tall - above.0 - above.1, ..rows };
        let columns = Along { size: wide - aside.0 - aside.1, ..columns };
        Ok((rows.axis(height as u64, above.0), columns.axis(width as u64, aside.0)))
    }

    fn along_rows(&self, height: usize) -> Along {
        Along::new(height, self.kernel.0, self.stride.0, self.dilation.0)
    }

    fn along_columns(&self, width: usize) -> Along {
        Along::new(width, self.kernel.1, self.stride.1, self.dilation.1)
    }
}

/// Windows along one axis of a convolution's input.
#[derive(Clone, Copy)]
pub(super) struct Along {
    pub size: u64,
    pub kernel: u64,
    pub stride: u64,
    pub dilation: u64,
}

impl Along {
    pub fn new(size: usize, kernel: usize, stride: usize, dilation: usize) -> Self {
        let [size, kernel, stride, dilation] = [size, kernel, stride, dilation].map(|n| n as u64);
        Along { size, kernel, stride, dilation }
    }

    /// The number of places that a window spans.
    pub fn reach(self) -> u64 {
        (self.kernel - 1) * self.dilation + 1
    }

    /// The number of windows that fit in `padded` places.
    fn outputs(self, padded: u64) -> u64 {
        (padded - self.reach()) / self.stride + 1
    }

    /// The padding before and after an image that gives ⌈size / stride⌉ windows.
    pub fn same(self) -> Pair {
        let covered = (self.size.div_ceil(self.stride) - 1) * self.stride + self.reach();
        let padding = covered.saturating_sub(self.size);
        (padding / 2, padding - padding / 2)
    }

    fn axis(self, output: u64, padding: u64) -> Axis {
        let Along { size, kernel, stride, dilation } = self;
        let [input, output, kernel, stride, dilation, padding] =
            [size, output, kernel, stride, dilation, padding].map(|n| n as usize);
        Axis { input, output, kernel, stride, dilation, padding }
    }
}

pub(super) fn check_sizes(height: u64, width: u64) -> Result<(), Misfit> {
    if height.max(width) > MOST_NUMBERS as u64 {
        let because = format!("with its padding an image is {height}×{width}, larger than toddle supports");
        return Err(Misfit::new(because, "smaller settings"));
    }
    Ok(())
}

/// The greatest common divisor of `a` and `b`.
fn greatest_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_divisor(b, a % b) }
}
