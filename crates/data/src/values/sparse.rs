//! Bytes of which most are 0, as the pixels of drawings.

/// Samples of bytes. Only the bytes above 0 are kept, with a bit for each byte that says whether it is one.
///
/// A digit of MNIST takes 255 bytes instead of 784.
#[derive(Clone)]
pub(super) struct Sparse {
    /// The number of bytes of a sample.
    size: usize,
    /// Where each sample begins in `bytes`, and where the last one ends.
    starts: Vec<u32>,
    /// For each sample: words of 64 bits, and then the bytes above 0.
    bytes: Vec<u8>,
}

/// The bits of a word.
const WORD: usize = 64;

/// Smaller samples are not worth their words and starts.
const LEAST: usize = WORD;

impl Sparse {
    pub fn new(size: usize) -> Sparse {
        Sparse { size, starts: vec![0], bytes: Vec::new() }
    }

    /// Whether samples of `size` bytes such as these take at most half as much.
    pub fn suits(size: usize, samples: &[u8]) -> bool {
        let there = samples.iter().filter(|byte| **byte > 0).count();
        size >= LEAST && 2 * (there + samples.len() / 8) <= samples.len()
    }

    /// The number of bytes of a sample.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The number of samples.
    pub fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The bytes of memory that `count` samples take on average.
    pub fn memory(&self, count: usize) -> u64 {
        self.bytes.len() as u64 * count as u64 / self.count().max(1) as u64
    }

    /// Adds a sample.
    pub fn push(&mut self, sample: &[u8]) {
        for bytes in sample.chunks(WORD) {
            let word = bytes.iter().rfold(0_u64, |word, byte| word << 1 | u64::from(*byte > 0));
            self.bytes.extend(word.to_le_bytes());
        }
        self.bytes.extend(sample.iter().filter(|byte| **byte > 0));
        self.starts.push(self.bytes.len() as u32);
    }

    /// Writes sample `n` into `to`, with `table[b]` for a byte `b`.
    pub fn write<T: Copy>(&self, n: usize, table: &[T; 256], to: &mut [T]) {
        let sample = &self.bytes[self.starts[n] as usize..self.starts[n + 1] as usize];
        let (words, mut rest) = sample.split_at(self.size.div_ceil(WORD) * (WORD / 8));
        let mut words = words.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word));
        let (whole, last) = to.as_chunks_mut::<WORD>();
        for (to, word) in whole.iter_mut().zip(&mut words) {
            rest = write_word(word, rest, table, to);
        }
        if let Some(word) = words.next() {
            let mut room = [table[0]; WORD];
            write_word(word, rest, table, &mut room);
            last.copy_from_slice(&room[..last.len()]);
        }
    }

    /// The samples at `indices`, in this order.
    pub fn gather(&self, indices: &[usize]) -> Sparse {
        let mut gathered = Sparse::new(self.size);
        let range = |&n: &usize| self.starts[n] as usize..self.starts[n + 1] as usize;
        gathered.bytes.reserve_exact(indices.iter().map(|n| range(n).len()).sum());
        gathered.starts.reserve_exact(indices.len());
        for n in indices {
            gathered.bytes.extend_from_slice(&self.bytes[range(n)]);
            gathered.starts.push(gathered.bytes.len() as u32);
        }
        gathered
    }

    /// Each sample, changed by `change`.
    pub fn map(&self, mut change: impl FnMut(&mut [u8])) -> Sparse {
        let (mut mapped, mut sample) = (Sparse::new(self.size), vec![0; self.size]);
        for n in 0..self.count() {
            self.write(n, &BYTES, &mut sample);
            change(&mut sample);
            mapped.push(&sample);
        }
        mapped.fit();
        mapped
    }

    /// Gives back the memory that no sample takes.
    pub fn fit(&mut self) {
        self.bytes.shrink_to_fit();
        self.starts.shrink_to_fit();
    }
}

/// Writes the elements of one word into `to`, from the first ones of `bytes`. Returns the others.
fn write_word<'b, T: Copy>(mut word: u64, bytes: &'b [u8], table: &[T; 256], to: &mut [T; WORD]) -> &'b [u8] {
    to.fill(table[0]);
    let (bytes, others) = bytes.split_at(word.count_ones() as usize);
    for &byte in bytes {
        // Never more than 63: so the compiler knows that it is a place.
        to[word.trailing_zeros() as usize % WORD] = table[usize::from(byte)];
        word &= word.wrapping_sub(1);
    }
    others
}

/// The bytes.
pub(super) const BYTES: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte as u8;
        byte += 1;
    }
    table
};

/// The bytes as numbers.
pub(super) const NUMBERS: [f32; 256] = divided(1.0);

/// The bytes as numbers, divided by 255.
pub(super) const SHARES: [f32; 256] = divided(255.0);

const fn divided(divisor: f32) -> [f32; 256] {
    let mut table = [0.0; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte as f32 / divisor;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_come_back_as_they_were() {
        for size in [1, 63, 64, 65, 128, 200] {
            let sample = |n: usize| -> Vec<u8> {
                (0..size).map(|i| if (i * 7 + n).is_multiple_of(5) { (i + n) as u8 } else { 0 }).collect()
            };
            let samples: Vec<Vec<u8>> = (0..9).map(sample).chain([vec![0; size], vec![255; size]]).collect();
            let mut sparse = Sparse::new(size);
            samples.iter().for_each(|sample| sparse.push(sample));
            let read = |sparse: &Sparse, n| {
                let mut to = vec![7; size];
                sparse.write(n, &BYTES, &mut to);
                to
            };
            for (n, sample) in samples.iter().enumerate() {
                assert_eq!(read(&sparse, n), *sample, "{n} of {size}");
            }
            let few = sparse.gather(&[10, 3, 3]);
            assert_eq!(
                (few.count(), read(&few, 0), read(&few, 2)),
                (3, samples[10].clone(), samples[3].clone())
            );
            let turned = sparse.map(<[u8]>::reverse);
            let reversed: Vec<u8> = samples[4].iter().rev().copied().collect();
            assert_eq!(read(&turned, 4), reversed);
        }
    }

    #[test]
    fn only_large_samples_with_few_bytes_above_0_are_worth_it() {
        let drawing = |size: usize| (0..size).map(|i| u8::from(i % 5 == 0)).collect::<Vec<_>>();
        assert!(Sparse::suits(64, &drawing(640)));
        assert!(!Sparse::suits(63, &drawing(630)));
        assert!(!Sparse::suits(64, &[1; 640]));
    }
}
