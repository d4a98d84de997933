//! The score with each part of the picture covered.

use toddle::Float;

use super::Why;
use crate::error::LookError;

/// A square that covers one part of a picture after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Occlusion {
    /// The side of the square, in pixels. A picture that is less high or less wide cuts the square off.
    pub size: usize,
    /// From one place of the square to the next, in pixels.
    pub stride: usize,
    /// The input that the square has, for each channel: usually that of the background.
    pub fill: Vec<f64>,
}

/// How much the score depends on each pixel: made by [`Why::occlusion`].
#[derive(Clone, Debug, PartialEq)]
pub struct Covered {
    /// Rows and columns.
    pub shape: [usize; 2],
    /// For each pixel, how much the score falls when the pixel is covered: the mean over all squares that cover it. Below
    /// 0 if the score rises.
    pub falls: Vec<f64>,
    /// The score of the whole picture.
    pub score: f64,
}

/// Squares that are computed together.
const TOGETHER: usize = 256;

impl Occlusion {
    /// A square of an eighth of the picture's longer side, which moves by half of its side.
    ///
    /// `fill` is the input that the square has, for each channel.
    pub fn of([_, height, width]: [usize; 3], fill: Vec<f64>) -> Occlusion {
        let size = height.max(width).div_ceil(8).max(1);
        Occlusion { size, stride: size.div_ceil(2), fill }
    }
}

impl<T: Float> Why<T> {
    /// Covers one part of the picture `x` after the other, and measures how much score `output` falls.
    ///
    /// Squares begin in every `stride`-th row and column, and also at the last ones, so that each pixel is covered. Cost:
    /// one forward pass for each square.
    ///
    /// ```
    /// use toddle::{Dense, Flatten, NetworkSpec, Shape};
    /// use toddle_look::why::{Occlusion, Why};
    ///
    /// let spec = NetworkSpec::new(Shape::image(1, 2, 2)).add(Flatten).add(Dense::new(1));
    /// let mut network = spec.build::<f64>(0)?;
    /// network.weights_mut().copy_from_slice(&[1.0, -2.0, 0.0, 4.0, 0.0]);
    /// let square = Occlusion { size: 1, stride: 1, fill: vec![0.0] };
    /// let covered = Why::new(&network)?.occlusion(&[1.0, 1.0, 1.0, 1.0], 0, &square)?;
    /// assert_eq!((covered.score, &covered.falls[..]), (3.0, &[1.0, -2.0, 0.0, 4.0][..]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The network takes no pictures, `x` is not one picture, there is no such score, or the square does not fit.
    pub fn occlusion(&self, x: &[T], output: usize, square: &Occlusion) -> Result<Covered, LookError> {
        let [channels, height, width] = self.picture()?;
        self.check(x, output)?;
        let Occlusion { size, stride, ref fill } = *square;
        if size == 0 || size > height.max(width) || stride == 0 || fill.len() != channels {
            return Err(LookError::refused(
                "the square does not fit the picture",
                format!(
                    "a side of 1 to {}, a stride of 1 or more, and {channels} numbers to fill with",
                    height.max(width)
                ),
                format!("a side of {size}, a stride of {stride}, and {} numbers", fill.len()),
                format!("a side of {}", height.max(width).div_ceil(8).max(1)),
            ));
        }
        let fill: Vec<T> = super::numbers(fill.iter().copied());
        let (tall, wide) = (size.min(height), size.min(width));
        let (rows, columns) = (begins(height, tall, stride), begins(width, wide, stride));
        let places: Vec<[usize; 2]> =
            rows.iter().flat_map(|&row| columns.iter().map(move |&column| [row, column])).collect();
        let score = self.score_of_each(x, output)?[0];
        let (mut falls, mut counts) = (vec![0.0; height * width], vec![0_u32; height * width]);
        for places in places.chunks(TOGETHER) {
            let mut pictures = x.repeat(places.len());
            for (&[row, column], picture) in places.iter().zip(pictures.chunks_exact_mut(x.len())) {
                for (plane, &fill) in picture.chunks_exact_mut(height * width).zip(&fill) {
                    plane[row * width..]
                        .chunks_mut(width)
                        .take(tall)
                        .for_each(|row| row[column..column + wide].fill(fill));
                }
            }
            let scores = self.score_of_each(&pictures, output)?;
            for (&[row, column], covered) in places.iter().zip(scores) {
                for y in row..row + tall {
                    for x in column..column + wide {
                        falls[y * width + x] += score - covered;
                        counts[y * width + x] += 1;
                    }
                }
            }
        }
        falls.iter_mut().zip(counts).for_each(|(fall, count)| *fall /= f64::from(count));
        Ok(Covered { shape: [height, width], falls, score })
    }
}

/// The first rows or columns of the squares along a side. A stride of more than the square's size would leave gaps.
fn begins(side: usize, size: usize, stride: usize) -> Vec<usize> {
    let mut begins: Vec<usize> = (0..=side - size).step_by(stride.min(size)).collect();
    if begins.last().is_some_and(|&last| last + size < side) {
        begins.push(side - size);
    }
    begins
}
