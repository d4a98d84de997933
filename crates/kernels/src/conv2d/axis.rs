//! One axis of a convolution, rows or columns: the place of the input that each tap reads for each place of the output.

use core::ops::Range;

/// The rows or the columns of a convolution.
///
/// For output place `o`, tap `r` reads input place `o·stride + r·dilation − padding`. If the input has no such place,
/// the tap reads nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Places of the input.
    pub input: usize,
    /// Places of the output.
    pub output: usize,
    /// Taps of a filter.
    pub kernel: usize,
    /// The distance in the input between neighbouring places of the output; 1 or more.
    pub stride: usize,
    /// The distance in the input between neighbouring taps; 1 or more.
    pub dilation: usize,
    /// Places of padding before the first place of the input. Behind the last place there is as much padding as the
    /// output needs.
    pub padding: usize,
}

impl Axis {
    /// Stride 1, no padding, no dilation.
    pub fn plain(input: usize, kernel: usize) -> Self {
        Axis { input, output: input + 1 - kernel, kernel, stride: 1, dilation: 1, padding: 0 }
    }

    /// Whether neighbouring places of the output read neighbouring places of the input, tap by tap: stride 1 and
    /// dilation 1.
    #[inline(always)]
    pub(super) fn contiguous(&self) -> bool {
        self.stride == 1 && self.dilation == 1
    }

    /// The input place that `tap` reads for output place `o`, if there is one.
    #[inline(always)]
    pub fn read(&self, o: usize, tap: usize) -> Option<usize> {
        (o * self.stride + tap * self.dilation).checked_sub(self.padding).filter(|i| *i < self.input)
    }

    /// The input place that `tap` reads for output place `o`. The caller knows that there is one.
    #[inline(always)]
    pub fn reads(&self, o: usize, tap: usize) -> usize {
        o * self.stride + tap * self.dilation - self.padding
    }

    /// The output place for which `tap` reads input place `i`, if there is one.
    #[inline(always)]
    pub fn reader(&self, i: usize, tap: usize) -> Option<usize> {
        let strides = (i + self.padding).checked_sub(tap * self.dilation)?;
        (strides % self.stride == 0).then_some(strides / self.stride).filter(|o| *o < self.output)
    }

    /// The output places for which `tap` reads a place of the input.
    #[inline(always)]
    pub fn readers(&self, tap: usize) -> Range<usize> {
        let before = tap * self.dilation;
        // Most strides are 1. A division takes as long as dozens of multiplications.
        let strides = |places: usize| if self.stride == 1 { places } else { places.div_ceil(self.stride) };
        let first = strides(self.padding.saturating_sub(before)).min(self.output);
        let end = strides((self.padding + self.input).saturating_sub(before));
        first..end.clamp(first, self.output)
    }

    /// The direction from the input to the output.
    #[inline(always)]
    pub(super) fn forward(&self) -> DirectedAxis {
        DirectedAxis {
            axis: *self,
            back: false,
            from: self.input,
            to: self.output,
            classes: 1,
            apart: self.stride,
        }
    }

    /// The direction from the output to the input.
    #[inline(always)]
    pub(super) fn backward(&self) -> DirectedAxis {
        DirectedAxis {
            axis: *self,
            back: true,
            from: self.output,
            to: self.input,
            classes: self.stride,
            apart: 1,
        }
    }
}

/// An axis in one direction: sums for places of `to` read places of `from`.
///
/// The places of `to` are divided into classes. Place `n` of a class is place `class + n·classes` of `to`. All places
/// of a class have the same taps, apart from the ends of `from`. For neighbouring places of a class, a tap reads places
/// that are `apart` from each other.
///
/// Forward, there is one class. Backward, there is one class for each remainder of a division by the stride: if a tap
/// reaches a place, then it also reaches the place that is one stride further.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirectedAxis {
    axis: Axis,
    back: bool,
    /// Places that are read.
    pub from: usize,
    /// Places that are summed for.
    pub to: usize,
    /// The highest number of classes. It is also the distance in `to` between neighbouring places of a class.
    pub classes: usize,
    /// The distance in `from` between the places that a tap reads for neighbouring places of a class.
    pub apart: usize,
}

impl DirectedAxis {
    /// The first class. It is the only class if neighbouring places have the same taps.
    #[inline(always)]
    pub fn class(&self) -> Class<'_> {
        self.class_from(0)
    }

    /// Whether all taps read a place of `from` for all places of the first class.
    #[inline(always)]
    pub fn unclipped(&self) -> bool {
        let class = self.class();
        class.inner() == (0..class.places)
    }

    /// The number of taps.
    #[inline(always)]
    pub fn kernel(&self) -> usize {
        self.axis.kernel
    }

    /// The number of taps of all classes together. Taps that reach no place are left out.
    #[inline(always)]
    pub fn taps_of_classes(&self) -> usize {
        self.classes().map(|class| class.all.count).sum()
    }

    /// The classes, each with the taps that reach its inner places.
    #[inline(always)]
    pub fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        (0..self.classes.min(self.to)).map(|first| self.class_from(first))
    }

    #[inline(always)]
    fn class_from(&self, first: usize) -> Class<'_> {
        let places = (self.to - first).div_ceil(self.classes);
        let all = if self.back { self.taps_back(first) } else { self.taps() };
        Class { axis: self, first, places, all }
    }

    /// All taps, with the places that they read for the first place of the output.
    #[inline(always)]
    fn taps(&self) -> Taps {
        let Axis { kernel, dilation, padding, .. } = self.axis;
        Taps { first: 0, step: 1, count: kernel, from: -(padding as isize), ahead: dilation as isize }
    }

    /// The taps that reach place `i` of the input from a place of an output without ends: the taps for which
    /// `i + padding − tap·dilation` is a multiple of the stride.
    #[inline(always)]
    fn taps_back(&self, i: usize) -> Taps {
        let Axis { kernel, stride, dilation, padding, .. } = self.axis;
        let (mut first, mut step) = (0, 1);
        while first < kernel && (first * dilation) % stride != (i + padding) % stride {
            first += 1;
        }
        while step < kernel && (step * dilation) % stride != 0 {
            step += 1;
        }
        let from = (i + padding) as isize - (first * dilation) as isize;
        Taps {
            first,
            step,
            count: (kernel - first).div_ceil(step),
            from: from / stride as isize,
            ahead: -((step * dilation / stride) as isize),
        }
    }
}

/// Places of `to` that have the same taps.
#[derive(Clone, Copy)]
pub(super) struct Class<'a> {
    axis: &'a DirectedAxis,
    /// The first place of the class. Neighbouring places are [`DirectedAxis::classes`] apart.
    first: usize,
    /// The number of places.
    pub places: usize,
    /// The taps, with the places that they would read for the first place of the class if `from` had no ends.
    pub all: Taps,
}

impl Class<'_> {
    /// Some places of the class, which have the same taps.
    #[inline(always)]
    pub fn some(&self, places: Range<usize>) -> Places {
        Places {
            first: self.first + places.start * self.axis.classes,
            apart: self.axis.classes,
            count: places.len(),
            taps: self.taps(places.start),
            reads_apart: self.axis.apart,
        }
    }

    /// The places of the class, cut into runs. The places of a run have the same taps.
    #[inline(always)]
    pub fn alike(&self) -> impl Iterator<Item = Places> {
        let inner = self.inner();
        let inside = Some(inner.clone()).filter(|inner| !inner.is_empty());
        let alone = |n| n..n + 1;
        let runs = (0..inner.start).map(alone).chain(inside).chain((inner.end..self.places).map(alone));
        runs.map(|run| self.some(run))
    }

    /// The places for which all taps read a place of `from`.
    #[inline(always)]
    pub fn inner(&self) -> Range<usize> {
        let Taps { count, from, ahead, .. } = self.all;
        if count == 0 {
            return 0..self.places;
        }
        let last = from + (count as isize - 1) * ahead;
        let (low, high) = (from.min(last), from.max(last));
        // The number of places for which a tap reads less than `place`.
        let before = |place: isize| (place.max(0) as usize).div_ceil(self.axis.apart).min(self.places);
        let first = before(-low);
        first..before(self.axis.from as isize - high).max(first)
    }

    /// The number of taps of the class before the first tap of `taps`. `taps` are some of the taps of the class.
    #[inline(always)]
    pub fn before(&self, taps: &Taps) -> usize {
        (taps.first - self.all.first) / self.all.step
    }

    /// The taps that read a place of `from` for place `n` of the class.
    #[inline(always)]
    pub fn taps(&self, n: usize) -> Taps {
        let mut taps = self.all;
        taps.from += (n * self.axis.apart) as isize;
        let outside = |place: isize| place < 0 || place >= self.axis.from as isize;
        while taps.count > 0 && outside(taps.from) {
            taps.first += taps.step;
            taps.from += taps.ahead;
            taps.count -= 1;
        }
        while taps.count > 0 && outside(taps.from + (taps.count as isize - 1) * taps.ahead) {
            taps.count -= 1;
        }
        taps
    }
}

/// Neighbouring places of a class that have the same taps.
pub(super) struct Places {
    /// The first place.
    pub first: usize,
    /// The distance between neighbouring places.
    pub apart: usize,
    /// The number of places.
    pub count: usize,
    /// The taps, with the places that they read for the first place.
    pub taps: Taps,
    /// The distance between the places that a tap reads for neighbouring places.
    pub reads_apart: usize,
}

impl Places {
    /// Place `n`.
    #[inline(always)]
    pub fn place(&self, n: usize) -> usize {
        self.first + n * self.apart
    }

    /// The lowest place that a tap reads for place `n`, if there are taps.
    #[inline(always)]
    pub fn lowest(&self, n: usize) -> usize {
        self.taps.lowest() + n * self.reads_apart
    }
}

/// Taps in order, each with the place that it reads.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    /// The first tap.
    pub first: usize,
    /// The distance between neighbouring taps.
    pub step: usize,
    /// The number of taps.
    pub count: usize,
    /// The place that the first tap reads.
    pub from: isize,
    /// The distance between the places that neighbouring taps read.
    pub ahead: isize,
}

impl Taps {
    /// The lowest place that is read, if there are taps.
    #[inline(always)]
    pub fn lowest(&self) -> usize {
        self.from.min(self.from + (self.count as isize - 1) * self.ahead) as usize
    }

    /// The number of places from the lowest to the highest place that is read, if there are taps. Both are counted.
    #[inline(always)]
    pub fn span(&self) -> usize {
        (self.count - 1) * self.ahead.unsigned_abs() + 1
    }
}

impl Iterator for Taps {
    type Item = (usize, isize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, isize)> {
        let next = (self.first, self.from);
        self.count = self.count.checked_sub(1)?;
        self.first += self.step;
        self.from += self.ahead;
        Some(next)
    }
}
