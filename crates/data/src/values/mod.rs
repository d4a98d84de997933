//! The values of samples, in the type in which their file has them.
//!
//! | file | idea |
//! |---|---|
//! | `scalar.rs` | types of numbers, and their conversion to `f32` |
//! | `rounded.rs` | what is lost when numbers become `f32` |
//! | `sparse.rs` | bytes of which most are 0 |
//! | `disk.rs` | values that stay in their file |

mod disk;
mod rounded;
mod scalar;
mod sparse;

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use crate::bounded::MAX_BYTES;
use crate::budget::Budget;
use crate::error::DataError;

use disk::Disk;
pub(crate) use disk::Opening;
pub(crate) use rounded::{Narrowing, Rounded};
pub(crate) use scalar::{Kind, Scalar, Sort};
use sparse::Sparse;

/// The values of all samples, one after the other.
///
/// They are kept in the type in which the file has them, and become `f32` when a sample is read: bytes, integers of 16 bits,
/// `float16`, `bfloat16` and `float32` as they are, other types as `f32`. Bytes of which most are 0 are kept without the zeros.
/// A large array may stay in its file.
///
/// ```
/// use toddle_data::Values;
/// let (pixels, numbers) = (Values::from(vec![0_u8, 255]), Values::from(vec![0.5, -1.0]));
/// assert_eq!((pixels.are_bytes(), pixels.to_vec()), (true, vec![0.0, 255.0]));
/// assert_eq!((numbers.are_bytes(), numbers.bounds()), (false, Some([-1.0, 0.5])));
/// ```
#[derive(Clone)]
pub struct Values {
    scalar: Scalar,
    sort: Sort,
    store: Store,
}

#[derive(Clone)]
enum Store {
    Dense(Vec<u8>),
    Sparse(Sparse),
    Disk(Disk),
}

/// What is done to a sample that was read from a file.
#[derive(Clone)]
enum Change {
    /// Element `k` becomes the one that is at place `from[k]`.
    Order(Arc<[usize]>),
    /// An element `x` becomes this number minus `x`.
    From(f32),
    /// An element is divided by 255.
    Divided,
}

impl Change {
    fn apply(&self, x: &mut [f32]) {
        match self {
            Change::Order(from) => {
                let old = x.to_vec();
                x.iter_mut().zip(&**from).for_each(|(x, &from)| *x = old[from]);
            }
            Change::From(sum) => x.iter_mut().for_each(|x| *x = sum - *x),
            Change::Divided => x.iter_mut().for_each(|x| *x /= 255.0),
        }
    }
}

/// So many elements are converted at a time where samples do not matter.
const PIECE: usize = 1 << 12;

impl Values {
    /// Integers that are no pixels, such as labels.
    pub fn whole(numbers: &[f32]) -> Values {
        Values { sort: Sort::Whole, ..Values::real(numbers) }
    }

    fn real(numbers: &[f32]) -> Values {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Values::dense(Scalar::F32, Sort::Real, bytes)
    }

    /// The numbers in `bytes`, which are of a type that is [kept](Scalar::kept).
    pub(crate) fn dense(scalar: Scalar, sort: Sort, bytes: Vec<u8>) -> Values {
        Values { scalar, sort, store: Store::Dense(bytes) }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match &self.store {
            Store::Dense(bytes) => bytes.len() / self.scalar.size,
            Store::Sparse(sparse) => sparse.count() * sparse.size(),
            Store::Disk(disk) => disk.count() * disk.size(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether they are pixels from 0 to 255. Otherwise they are numbers of any size.
    pub fn are_bytes(&self) -> bool {
        self.sort == Sort::Bytes
    }

    /// Whether they are whole numbers from 0 to 255 in a type of integers, and so may be bytes.
    pub(crate) fn may_be_bytes(&self) -> bool {
        let are_integers = self.sort == Sort::Whole && self.scalar.kind != Kind::Bool;
        are_integers && self.bounds().is_some_and(|[least, most]| least >= 0.0 && most <= 255.0)
    }

    /// Whether all of them are whole numbers, in whatever type.
    pub(crate) fn are_whole(&self) -> bool {
        let mut are_whole = true;
        self.pieces(|piece| are_whole &= piece.iter().all(|x| x.fract() == 0.0));
        are_whole
    }

    pub(crate) fn sort(&self) -> Sort {
        self.sort
    }

    /// The divisor that turns a value into an input of a network: 255 for bytes, 1 for numbers.
    pub fn divisor(&self) -> f32 {
        if self.are_bytes() { 255.0 } else { 1.0 }
    }

    /// Writes the values from place `at` on into `x`.
    ///
    /// Like indexing a slice, it panics if there are fewer.
    #[track_caller]
    pub fn read(&self, at: usize, x: &mut [f32]) {
        match &self.store {
            Store::Dense(bytes) => {
                let bytes = &bytes[at * self.scalar.size..][..x.len() * self.scalar.size];
                self.scalar.widen(bytes, x);
            }
            Store::Sparse(sparse) => {
                by_samples(sparse.size(), at, x, |n, x| sparse.write(n, &sparse::NUMBERS, x));
            }
            Store::Disk(disk) => by_samples(disk.size(), at, x, |n, x| disk.read(n, x)),
        }
    }

    /// As [`read`](Values::read), and divides bytes by 255.
    #[track_caller]
    pub(crate) fn read_divided(&self, at: usize, x: &mut [f32]) {
        match &self.store {
            Store::Sparse(sparse) => {
                by_samples(sparse.size(), at, x, |n, x| sparse.write(n, &sparse::SHARES, x));
            }
            _ => {
                self.read(at, x);
                if self.are_bytes() {
                    x.iter_mut().for_each(|x| *x /= 255.0);
                }
            }
        }
    }

    /// The bytes from place `at` on, if they lie in memory as bytes of pixels.
    pub(crate) fn bytes(&self, at: usize, count: usize) -> Option<&[u8]> {
        match &self.store {
            Store::Dense(bytes) if self.scalar.sort() == Sort::Bytes => Some(&bytes[at..at + count]),
            _ => None,
        }
    }

    /// All bytes, if they lie in memory as bytes of pixels.
    pub(crate) fn bytes_mut(&mut self) -> Option<&mut [u8]> {
        match &mut self.store {
            Store::Dense(bytes) if self.scalar.sort() == Sort::Bytes => Some(bytes),
            _ => None,
        }
    }

    /// All values. They take four bytes of memory each.
    pub fn to_vec(&self) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.len());
        self.pieces(|piece| all.extend_from_slice(piece));
        all
    }

    /// Calls `each` with all values, some at a time.
    pub(crate) fn pieces(&self, mut each: impl FnMut(&[f32])) {
        let piece = match &self.store {
            Store::Dense(_) => PIECE,
            Store::Sparse(sparse) => sparse.size(),
            Store::Disk(disk) => disk.size(),
        };
        let mut room = vec![0.0; piece.min(self.len())];
        for at in (0..self.len()).step_by(piece.max(1)) {
            let room = &mut room[..piece.min(self.len() - at)];
            self.read(at, room);
            each(room);
        }
    }

    /// The least and the greatest of them; `None` if there are none.
    pub fn bounds(&self) -> Option<[f32; 2]> {
        if let Store::Disk(disk) = &self.store
            && let Some(bounds) = disk.bounds()
        {
            return Some(bounds);
        }
        let mut bounds = None;
        self.pieces(|piece| bounds = bounds_of(bounds, piece));
        bounds
    }

    /// **Errors:** if a value could not be read from its file, which messages call `name`. Such values are NaN.
    pub(crate) fn check_read(&self, name: &str) -> Result<(), DataError> {
        let Store::Disk(disk) = &self.store else { return Ok(()) };
        disk.fault().map_or(Ok(()), |fault| {
            let expected = "the bytes that the file had when it was opened";
            let remedy = "the same file again; a training then goes on from its last checkpoint";
            Err(DataError::refused(name, expected, fault, remedy))
        })
    }

    /// The place of the first infinite value, or NaN, and this value.
    pub(crate) fn infinite(&self) -> Option<(usize, f32)> {
        match &self.store {
            Store::Disk(disk) => disk.infinite(),
            _ if !self.scalar.may_be_infinite() => None,
            _ => {
                let (mut found, mut at) = (None, 0);
                self.pieces(|piece| {
                    let place = piece.iter().position(|x| !x.is_finite());
                    found = found.or_else(|| place.map(|place| (at + place, piece[place])));
                    at += piece.len();
                });
                found
            }
        }
    }

    /// The bytes of memory that copies of `count` samples of `size` values take.
    pub(crate) fn memory(&self, size: usize, count: usize) -> u64 {
        match &self.store {
            // A set without samples may say any size.
            Store::Dense(_) => {
                (size as u64).saturating_mul(count as u64).saturating_mul(self.scalar.size as u64)
            }
            Store::Sparse(sparse) => sparse.memory(count),
            Store::Disk(_) => (count * size_of::<u32>()) as u64,
        }
    }

    /// The samples of `size` values at `indices`, in that order. All of them are there.
    pub(crate) fn gather(&self, size: usize, indices: &[usize]) -> Values {
        let store = match &self.store {
            Store::Dense(bytes) => Store::Dense(gather(bytes, size * self.scalar.size, indices)),
            Store::Sparse(sparse) => Store::Sparse(sparse.gather(indices)),
            Store::Disk(disk) => Store::Disk(disk.gather(indices)),
        };
        Values { store, ..*self }
    }

    /// Value `k` of each sample becomes the one that is at place `from[k]` of the sample.
    pub(crate) fn reordered(self, from: Vec<usize>) -> Values {
        let store = match self.store {
            Store::Dense(mut bytes) => {
                match self.scalar.size {
                    1 => reorder::<1>(&mut bytes, &from),
                    2 => reorder::<2>(&mut bytes, &from),
                    _ => reorder::<4>(&mut bytes, &from),
                }
                Store::Dense(bytes)
            }
            Store::Sparse(sparse) => Store::Sparse(sparse.map(|sample| reorder::<1>(sample, &from))),
            Store::Disk(disk) => Store::Disk(disk.changed(Change::Order(from.into()))),
        };
        Values { store, ..self }
    }

    /// Bytes `b` become `255 − b`, and numbers `x` become `least + greatest − x`.
    pub(crate) fn inverted(self) -> Values {
        let [least, greatest] = self.bounds().unwrap_or([0.0, 0.0]);
        let sum = if self.are_bytes() { 255.0 } else { least + greatest };
        self.changed(Change::From(sum))
    }

    /// Numbers from 0 to 255 divided by 255: if all of them are whole, they become bytes, which are divided when they are read.
    pub(crate) fn divided(self) -> Values {
        let mut are_whole = true;
        self.pieces(|piece| are_whole &= piece.iter().all(|&x| x == f32::from(x as u8)));
        if !are_whole {
            return self.changed(Change::Divided);
        }
        match self.store {
            Store::Disk(_) => Values { sort: Sort::Bytes, ..self },
            _ => {
                let mut bytes = Vec::with_capacity(self.len());
                self.pieces(|piece| bytes.extend(piece.iter().map(|&x| x as u8)));
                Values::from(bytes)
            }
        }
    }

    /// The same values, to which `change` is done. Bytes stay bytes.
    fn changed(self, change: Change) -> Values {
        match self.store {
            Store::Disk(disk) => Values { store: Store::Disk(disk.changed(change)), ..self },
            _ => {
                let are_bytes = self.are_bytes();
                let scalar = if are_bytes { Scalar::BYTE } else { Scalar::F32 };
                let mut changed = Vec::with_capacity(self.len() * scalar.size);
                let mut room = Vec::new();
                self.pieces(|piece| {
                    room.clear();
                    room.extend_from_slice(piece);
                    change.apply(&mut room);
                    match are_bytes {
                        true => changed.extend(room.iter().map(|&x| x as u8)),
                        false => changed.extend(room.iter().flat_map(|x| x.to_le_bytes())),
                    }
                });
                Values::dense(scalar, self.sort, changed)
            }
        }
    }
}

/// Values that are being read from a file.
pub(crate) struct Reading<'a> {
    /// The type in the file.
    scalar: Scalar,
    /// The number of values of a sample.
    size: usize,
    /// The number of values.
    count: usize,
    /// `None` before the first ones.
    store: Option<Store>,
    room: Vec<f32>,
    narrowing: Narrowing<'a>,
}

impl Reading<'_> {
    /// `count` values of samples of `size` values each, which messages call `name`.
    pub fn new(name: &str, scalar: Scalar, size: usize, count: usize) -> Reading<'_> {
        let narrowing = Narrowing::new(name, scalar, size);
        Reading { scalar, size, count, store: None, room: Vec::new(), narrowing }
    }

    /// Takes the next values: whole samples, if there are several.
    ///
    /// **Errors:** if an integer is none that `f32` has.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), DataError> {
        let is_sparse = || {
            let are_samples = self.size > 0 && bytes.len().is_multiple_of(self.size);
            self.scalar.sort() == Sort::Bytes && are_samples && Sparse::suits(self.size, bytes)
        };
        let store = self.store.get_or_insert_with(|| match is_sparse() {
            true => Store::Sparse(Sparse::new(self.size)),
            false => Store::Dense(Vec::new()),
        });
        match store {
            Store::Sparse(sparse) => bytes.chunks_exact(self.size).for_each(|sample| sparse.push(sample)),
            Store::Dense(all) => {
                let kept = self.scalar.kept();
                let before = all.len() / kept.size;
                self.narrowing.see(bytes)?;
                let more = bytes.len() / self.scalar.size;
                if all.capacity() - all.len() < more * kept.size {
                    // Memory at most doubles what came, up to all values.
                    let most = (self.count - before).max(more);
                    all.reserve_exact(before.max(more).min(most) * kept.size);
                }
                if kept == self.scalar {
                    all.extend_from_slice(bytes);
                } else {
                    self.room.resize(more, 0.0);
                    self.scalar.widen(bytes, &mut self.room);
                    all.extend(self.room.iter().flat_map(|x| x.to_le_bytes()));
                }
            }
            Store::Disk(_) => {}
        }
        Ok(())
    }

    /// The values.
    ///
    /// **Errors:** if numbers of 64 bits are so close together, for their size, that rounding changes their differences.
    pub fn done(self) -> Result<Values, DataError> {
        self.narrowing.done()?;
        let mut store = self.store.unwrap_or(Store::Dense(Vec::new()));
        if let Store::Sparse(sparse) = &mut store {
            sparse.fit();
        }
        Ok(Values { scalar: self.scalar.kept(), sort: self.scalar.sort(), store })
    }
}

impl Opening {
    /// The least number of values of a sample that is worth a read of its own.
    const LEAST: usize = 16;

    /// The array that begins at this place of the file, if it is to stay there: it is [large](Budget::is_large) or has more than
    /// [`MAX_BYTES`], and its samples are not too small.
    pub fn wanted(
        file: Option<(&Arc<File>, u64)>,
        scalar: Scalar,
        size: usize,
        count: usize,
    ) -> Option<Opening> {
        let bytes = |scalar: Scalar| (count as u64).saturating_mul(scalar.size as u64);
        let is_large = bytes(scalar) > MAX_BYTES as u64 || Budget::is_large(bytes(scalar.kept()));
        let (file, start) = file.filter(|_| disk::CAN_READ && size >= Opening::LEAST && is_large)?;
        Some(Opening::new(file.clone(), start, scalar, size))
    }

    /// The values.
    pub fn values(self, scalar: Scalar) -> Values {
        Values { scalar, sort: scalar.sort(), store: Store::Disk(self.done()) }
    }
}

impl From<Vec<u8>> for Values {
    fn from(bytes: Vec<u8>) -> Values {
        Values::dense(Scalar::BYTE, Sort::Bytes, bytes)
    }
}

impl From<Vec<f32>> for Values {
    fn from(numbers: Vec<f32>) -> Values {
        Values::real(&numbers)
    }
}

/// Whether both are bytes, both integers or both floating-point numbers, and have the same numbers in the same order.
impl PartialEq for Values {
    fn eq(&self, other: &Values) -> bool {
        if (self.sort, self.len()) != (other.sort, other.len()) {
            return false;
        }
        let (mut same, mut at, mut room) = (true, 0, Vec::new());
        self.pieces(|piece| {
            room.resize(piece.len(), 0.0);
            other.read(at, &mut room);
            at += piece.len();
            same &= room == piece;
        });
        same
    }
}

/// Without most of the values, of which there may be millions.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.sort {
            Sort::Bytes => "bytes",
            Sort::Whole => "integers",
            Sort::Real => "numbers",
        };
        let mut first = vec![0.0; self.len().min(8)];
        self.read(0, &mut first);
        write!(f, "{} {kind} {first:?}", self.len())
    }
}

/// Writes the values from place `at` on into `x`, with `read`, which writes one sample of `size` values.
fn by_samples(size: usize, at: usize, x: &mut [f32], mut read: impl FnMut(usize, &mut [f32])) {
    if x.len() == size && at.is_multiple_of(size) {
        return read(at / size, x);
    }
    let (mut sample, mut done) = (vec![0.0; size], 0);
    while done < x.len() {
        let (n, skip) = ((at + done) / size, (at + done) % size);
        let here = (size - skip).min(x.len() - done);
        read(n, &mut sample);
        x[done..][..here].copy_from_slice(&sample[skip..][..here]);
        done += here;
    }
}

/// The least and the greatest of `numbers` and of those before.
fn bounds_of(before: Option<[f32; 2]>, numbers: &[f32]) -> Option<[f32; 2]> {
    let [least, most] = before.or_else(|| numbers.first().map(|&first| [first; 2]))?;
    Some([numbers.iter().copied().fold(least, f32::min), numbers.iter().copied().fold(most, f32::max)])
}

/// The samples of `size` elements at `indices`, in this order.
pub(crate) fn gather<T: Copy>(values: &[T], size: usize, indices: &[usize]) -> Vec<T> {
    let mut gathered = Vec::with_capacity(size * indices.len());
    for &i in indices {
        gathered.extend_from_slice(&values[i * size..][..size]);
    }
    gathered
}

/// Element `k` of each sample, which has `N` bytes, becomes the one that is at place `from[k]`.
fn reorder<const N: usize>(samples: &mut [u8], from: &[usize]) {
    if from.is_empty() {
        return;
    }
    let mut old = Vec::with_capacity(from.len());
    for sample in samples.as_chunks_mut::<N>().0.chunks_exact_mut(from.len()) {
        old.clear();
        old.extend_from_slice(sample);
        sample.iter_mut().zip(from).for_each(|(element, &from)| *element = old[from]);
    }
}
