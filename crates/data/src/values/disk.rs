//! Values that stay in their file.

use std::fs::File;
use std::io;
use std::sync::{Arc, OnceLock};

use super::scalar::Scalar;
use super::{Change, bounds_of};

/// The samples of an array in a file, of which one is read at a time.
///
/// While the file is opened, all of it is read once, and each sample leaves a checksum. A sample that later differs from its
/// checksum, or cannot be read, is a fault: its numbers are NaN from then on, and [`fault`](Disk::fault) says why.
#[derive(Clone)]
pub(super) struct Disk {
    array: Arc<OnDisk>,
    /// The samples, by their places in the array; without them all samples, in order.
    places: Option<Arc<[u32]>>,
    /// What is done to a sample that was read.
    changes: Vec<Change>,
}

/// An array in a file.
struct OnDisk {
    file: Arc<File>,
    /// The place of the first byte.
    start: u64,
    scalar: Scalar,
    /// The number of elements of a sample.
    size: usize,
    /// The checksum of each sample.
    checksums: Vec<u32>,
    bounds: Option<[f32; 2]>,
    /// The place of the first infinite number, or NaN, and this number.
    infinite: Option<(usize, f32)>,
    fault: OnceLock<String>,
}

impl Disk {
    /// The number of elements of a sample.
    pub fn size(&self) -> usize {
        self.array.size
    }

    /// The number of samples.
    pub fn count(&self) -> usize {
        self.places.as_ref().map_or(self.array.checksums.len(), |places| places.len())
    }

    /// Writes sample `n` into `x`.
    pub fn read(&self, n: usize, x: &mut [f32]) {
        let n = self.places.as_ref().map_or(n, |places| places[n] as usize);
        if self.array.fault.get().is_none()
            && let Err(fault) = self.array.read(n, x)
        {
            let _ = self.array.fault.set(fault);
        }
        if self.fault().is_some() {
            return x.fill(f32::NAN);
        }
        self.changes.iter().for_each(|change| change.apply(x));
    }

    /// Why a sample could not be read.
    pub fn fault(&self) -> Option<&str> {
        self.array.fault.get().map(String::as_str)
    }

    /// The least and the greatest number of the whole array; `None` if they are not known.
    pub fn bounds(&self) -> Option<[f32; 2]> {
        self.array.bounds.filter(|_| self.places.is_none() && self.changes.is_empty())
    }

    /// The place of the first infinite number, or NaN, and this number.
    pub fn infinite(&self) -> Option<(usize, f32)> {
        self.array.infinite
    }

    /// The samples at `indices`, in this order.
    pub fn gather(&self, indices: &[usize]) -> Disk {
        let place = |&n: &usize| self.places.as_ref().map_or(n as u32, |places| places[n]);
        Disk { places: Some(indices.iter().map(place).collect()), ..self.clone() }
    }

    /// The same samples, to which `change` is done.
    pub fn changed(mut self, change: Change) -> Disk {
        self.changes.push(change);
        self
    }
}

impl OnDisk {
    fn read(&self, n: usize, x: &mut [f32]) -> Result<(), String> {
        let mut bytes = vec![0; self.size * self.scalar.size];
        let place = self.start + n as u64 * bytes.len() as u64;
        read_at(&self.file, &mut bytes, place).map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => format!("a file that ends before sample {n}"),
            _ => format!("{cause} at sample {n}"),
        })?;
        if crc32fast::hash(&bytes) != self.checksums[n] {
            return Err(format!("other bytes at sample {n}"));
        }
        self.scalar.widen(&bytes, x);
        Ok(())
    }
}

/// An array that is being opened: all of its samples pass by.
pub(crate) struct Opening {
    array: OnDisk,
    x: Vec<f32>,
}

impl Opening {
    /// The array of samples of `size` elements that begins at `start` in `file`.
    pub fn new(file: Arc<File>, start: u64, scalar: Scalar, size: usize) -> Opening {
        let array = OnDisk {
            file,
            start,
            scalar,
            size,
            checksums: Vec::new(),
            bounds: None,
            infinite: None,
            fault: OnceLock::new(),
        };
        Opening { array, x: vec![0.0; size] }
    }

    /// Takes the next samples.
    pub fn push(&mut self, samples: &[u8]) {
        let Opening { array, x } = self;
        for sample in samples.chunks_exact(array.size * array.scalar.size) {
            array.scalar.widen(sample, x);
            if array.scalar.may_be_infinite() && array.infinite.is_none() {
                let place = x.iter().position(|x| !x.is_finite());
                array.infinite = place.map(|at| (array.checksums.len() * array.size + at, x[at]));
            }
            array.bounds = bounds_of(array.bounds, x);
            array.checksums.push(crc32fast::hash(sample));
        }
    }

    pub(super) fn done(self) -> Disk {
        Disk { array: Arc::new(self.array), places: None, changes: Vec::new() }
    }
}

/// Whether [`read_at`] can read on this system.
pub(super) const CAN_READ: bool = cfg!(any(unix, windows));

#[cfg(unix)]
fn read_at(file: &File, to: &mut [u8], place: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, to, place)
}

#[cfg(windows)]
fn read_at(file: &File, mut to: &mut [u8], mut place: u64) -> io::Result<()> {
    while !to.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, to, place) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => (to, place) = (&mut to[read..], place + read as u64),
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(())
}

#[cfg(not(any(unix, windows)))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
