//! Pictures in another size.

use super::Picture;

impl Picture {
    /// The picture in another size. Each new pixel is a weighted mean of the old pixels around it. The weights fall linearly to 0 at
    /// a distance of one pixel, of the old or the new pixels, whichever are larger. Transparency is dropped. A side of 0 becomes 1.
    pub fn resized(self, size: [usize; 2]) -> Picture {
        let [height, width] = size.map(|side| side.max(1));
        if [self.height, self.width] == [height, width] {
            return Picture { alpha: None, ..self };
        }
        let (across, down) = (weights(self.width, width), weights(self.height, height));
        let mut bytes = Vec::with_capacity(self.channels * height * width);
        for plane in self.bytes.chunks_exact(self.height * self.width) {
            let rows: Vec<Vec<f32>> = plane
                .chunks_exact(self.width)
                .map(|row| across.iter().map(|tap| tap.of(|i| f32::from(row[i]))).collect())
                .collect();
            for tap in &down {
                bytes.extend((0..width).map(|x| tap.of(|i| rows[i][x]).round() as u8));
            }
        }
        Picture { height, width, bytes, alpha: None, ..self }
    }
}

/// What one new pixel takes of the old ones, from `first` on.
struct Tap {
    first: usize,
    weights: Vec<f32>,
}

impl Tap {
    fn of(&self, old: impl Fn(usize) -> f32) -> f32 {
        let mut sum = 0.0;
        for (i, weight) in self.weights.iter().enumerate() {
            sum += weight * old(self.first + i);
        }
        sum
    }
}

fn weights(old: usize, new: usize) -> Vec<Tap> {
    let scale = old as f64 / new as f64;
    let reach = scale.max(1.0);
    let tap = |x: usize| {
        let centre = (x as f64 + 0.5) * scale - 0.5;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize).min(old - 1);
        let raw: Vec<f64> =
            (first..=last).map(|i| (1.0 - (i as f64 - centre).abs() / reach).max(0.0)).collect();
        let sum: f64 = raw.iter().sum();
        Tap { first, weights: raw.iter().map(|weight| (weight / sum) as f32).collect() }
    };
    (0..new).map(tap).collect()
}
