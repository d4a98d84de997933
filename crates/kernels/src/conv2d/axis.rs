//! One axis of a convolution, rows or columns: which place of the input each tap reads for each place of the output.

use std::ops::Range;

/// The rows or the columns of a convolution: for output place `o`, tap `r` reads input place `o·stride + r·dilation −
/// padding`, or nothing where there is no such place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Places of the input.
    pub input: usize,
    /// Places of the output.
    pub output: usize,
    /// Taps of a filter.
    pub kernel: usize,
    /// Places of the input from one of the output to the next; 1 or more.
    pub stride: usize,
    /// Places of the input from one tap to the next; 1 or more.
    pub dilation: usize,
    /// Places of padding before the first of the input. Behind the last there are as many as the output takes.
    pub padding: usize,
}

impl Axis {
    /// Stride 1, no padding, no dilation.
    pub fn plain(input: usize, kernel: usize) -> Self {
        Axis { input, output: input + 1 - kernel, kernel, stride: 1, dilation: 1, padding: 0 }
    }

    /// Whether neighbouring places of the output read neighbouring places of the input, tap by tap: no stride, no dilation.
    #[inline(always)]
    pub(super) fn contiguous(&self) -> bool {
        self.stride == 1 && self.dilation == 1
    }

    /// The input place that `tap` reads for output place `o`.
    #[inline(always)]
    pub fn read(&self, o: usize, tap: usize) -> Option<usize> {
        (o * self.stride + tap * self.dilation).checked_sub(self.padding).filter(|i| *i < self.input)
    }

    /// The same, where it is known that there is one.
    #[inline(always)]
    pub fn reads(&self, o: usize, tap: usize) -> usize {
        o * self.stride + tap * self.dilation - self.padding
    }

    /// The output place for which `tap` reads input place `i`.
    #[inline(always)]
    pub fn reader(&self, i: usize, tap: usize) -> Option<usize> {
        let strides = (i + self.padding).checked_sub(tap * self.dilation)?;
        (strides % self.stride == 0).then_some(strides / self.stride).filter(|o| *o < self.output)
    }

    /// The output places for which `tap` reads something.
    #[inline(always)]
    pub fn readers(&self, tap: usize) -> Range<usize> {
        let before = tap * self.dilation;
        // Most strides are 1, and a division takes as long as dozens of multiplications.
        let strides = |places: usize| if self.stride == 1 { places } else { places.div_ceil(self.stride) };
        let first = strides(self.padding.saturating_sub(before)).min(self.output);
        let end = strides((self.padding + self.input).saturating_sub(before));
        first..end.clamp(first, self.output)
    }

    /// From the input to the output.
    #[inline(always)]
    pub(super) fn forward(&self) -> Way {
        Way { axis: *self, back: false, from: self.input, to: self.output, classes: 1, apart: self.stride }
    }

    /// From the output to the input.
    #[inline(always)]
    pub(super) fn backward(&self) -> Way {
        Way { axis: *self, back: true, from: self.output, to: self.input, classes: self.stride, apart: 1 }
    }
}

/// An axis walked one way: sums for places of `to` read places of `from`.
///
/// The places of `to` are dealt into classes: the `n`th of a class is `class + n·classes`, and has the same taps as its
/// neighbours in the class, each reading places that are `apart`. Forward there is one class; backward there is one for
/// each remainder by the stride, since a tap that reaches a place reaches the next one a stride away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    axis: Axis,
    back: bool,
    /// Places that are read.
    pub from: usize,
    /// Places that are summed for.
    pub to: usize,
    /// How many classes there may be, and how far neighbours in a class lie apart in `to`.
    pub classes: usize,
    /// How far apart in `from` a tap reads for neighbours in a class.
    pub apart: usize,
}

impl Way {
    /// The first class, which is the only one where neighbouring places have the same taps.
    #[inline(always)]
    pub fn class(&self) -> Class<'_> {
        self.class_from(0)
    }

    /// Whether all taps read something for all places of the first class.
    #[inline(always)]
    pub fn unclipped(&self) -> bool {
        let class = self.class();
        class.inner() == (0..class.places)
    }

    /// How many taps there are.
    #[inline(always)]
    pub fn kernel(&self) -> usize {
        self.axis.kernel
    }

    /// How many taps the classes have together: all, but for those that reach nothing.
    #[inline(always)]
    pub fn taps_of_classes(&self) -> usize {
        self.classes().map(|class| class.all.count).sum()
    }

    /// The classes, each with its taps: those that reach its inner places.
    #[inline(always)]
    pub fn classes(&self) -> impl Iterator<Item = Class<'_>> {
        (0..self.classes.min(self.to)).map(|first| self.class_from(first))
    }

    #[inline(always)]
    fn class_from(&self, first: usize) -> Class<'_> {
        let places = (self.to - first).div_ceil(self.classes);
        let all = if self.back { self.taps_back(first) } else { self.taps() };
        Class { way: self, first, places, all }
    }

    /// All taps, as they read for the first place of the output.
    #[inline(always)]
    fn taps(&self) -> Taps {
        let Axis { kernel, dilation, padding, .. } = self.axis;
        Taps { first: 0, step: 1, count: kernel, from: -(padding as isize), ahead: dilation as isize }
    }

    /// The taps that reach place `i` of the input from a place of the output, were it endless: those with `i + padding −
    /// tap·dilation` a multiple of the stride.
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
    way: &'a Way,
    /// The first of them; they lie [`Way::classes`] apart.
    first: usize,
    /// How many there are.
    pub places: usize,
    /// Their taps, as they would read for the first of them if `from` had no ends.
    pub all: Taps,
}

impl Class<'_> {
    /// Some of its places, which have the same taps.
    #[inline(always)]
    pub fn some(&self, places: Range<usize>) -> Places {
        Places {
            first: self.first + places.start * self.way.classes,
            apart: self.way.classes,
            count: places.len(),
            taps: self.taps(places.start),
            reads_apart: self.way.apart,
        }
    }

    /// Its places, cut into runs of those that have the same taps.
    #[inline(always)]
    pub fn alike(&self) -> impl Iterator<Item = Places> {
        let inner = self.inner();
        let inside = Some(inner.clone()).filter(|inner| !inner.is_empty());
        let alone = |n| n..n + 1;
        let runs = (0..inner.start).map(alone).chain(inside).chain((inner.end..self.places).map(alone));
        runs.map(|run| self.some(run))
    }

    /// The places for which all the taps read something.
    #[inline(always)]
    pub fn inner(&self) -> Range<usize> {
        let Taps { count, from, ahead, .. } = self.all;
        if count == 0 {
            return 0..self.places;
        }
        let last = from + (count as isize - 1) * ahead;
        let (low, high) = (from.min(last), from.max(last));
        // How many places have not yet come to `place`.
        let before = |place: isize| (place.max(0) as usize).div_ceil(self.way.apart).min(self.places);
        let first = before(-low);
        first..before(self.way.from as isize - high).max(first)
    }

    /// How many of its taps come before the first of `taps`, which are some of them.
    #[inline(always)]
    pub fn before(&self, taps: &Taps) -> usize {
        (taps.first - self.all.first) / self.all.step
    }

    /// The taps that read something for the `n`th place.
    #[inline(always)]
    pub fn taps(&self, n: usize) -> Taps {
        let mut taps = self.all;
        taps.from += (n * self.way.apart) as isize;
        let outside = |place: isize| place < 0 || place >= self.way.from as isize;
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
    /// The first.
    pub first: usize,
    /// How far it is from each place to the next.
    pub apart: usize,
    /// How many there are.
    pub count: usize,
    /// The taps, as they read for the first place.
    pub taps: Taps,
    /// How far it is from what a tap reads for a place to what it reads for the next.
    pub reads_apart: usize,
}

impl Places {
    /// The `n`th of them.
    #[inline(always)]
    pub fn place(&self, n: usize) -> usize {
        self.first + n * self.apart
    }

    /// The lowest place that a tap reads for the `n`th of them, if they have taps.
    #[inline(always)]
    pub fn lowest(&self, n: usize) -> usize {
        self.taps.lowest() + n * self.reads_apart
    }
}

/// Taps in order, each with the place that it reads.
#[derive(Clone, Copy)]
pub(super) struct Taps {
    /// The first.
    pub first: usize,
    /// How far it is from each tap to the next.
    pub step: usize,
    /// How many there are.
    pub count: usize,
    /// What the first reads.
    pub from: isize,
    /// How far it is from there to what the next reads.
    pub ahead: isize,
}

impl Taps {
    /// The first place that is read, where there is one.
    #[inline(always)]
    pub fn lowest(&self) -> usize {
        self.from.min(self.from + (self.count as isize - 1) * self.ahead) as usize
    }

    /// How many places it is from the lowest that is read to the highest, both counted, where there are any.
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
