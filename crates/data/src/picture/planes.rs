//! Pixels as decoders give them, turned into planes.

use super::Picture;

impl Picture {
    /// From pixels of `step` bytes, one behind the other: 1 is grey, 2 grey with alpha, 3 colours, 4 colours with alpha.
    pub(super) fn from_pixels(size: [usize; 2], step: usize, pixels: &[u8]) -> Result<Picture, String> {
        let [height, width] = size;
        if !(1..=4).contains(&step) || pixels.len() != height * width * step {
            return Err(format!("{} bytes for {height}×{width} pixels of {step}", pixels.len()));
        }
        let plane = |at: usize| pixels.iter().skip(at).step_by(step).copied();
        let channels = if step < 3 { 1 } else { 3 };
        let mut bytes = Vec::with_capacity(height * width * channels);
        (0..channels).for_each(|channel| bytes.extend(plane(channel)));
        let alpha = (step > channels).then(|| plane(channels).collect());
        Ok(Picture { channels, height, width, bytes, alpha }.without_full_alpha())
    }

    /// The upper 8 of 16 bits, for pixels of `step` values.
    ///
    /// **Errors:** if the colours are values of at most 12 bits that somebody stored in 16: few of their tones would be left, or none.
    pub(super) fn upper_bytes(samples: &[u16], step: usize) -> Result<Vec<u8>, String> {
        let colours = if step < 3 { 1 } else { 3 };
        let most = samples.chunks(step).flat_map(|pixel| &pixel[..colours]).max().copied().unwrap_or(0);
        if (1..1 << 12).contains(&most) {
            return Err(format!(
                "values of 16 bits that are at most {most} of 65535: in 8 bits they would be at most {} of 255 (stretch them to 65535, or \
                 use arrays, which keep all values)",
                most >> 8
            ));
        }
        Ok(samples.iter().map(|sample| (sample >> 8) as u8).collect())
    }

    /// Without an alpha that hides all there is behind it.
    pub(super) fn without_full_alpha(mut self) -> Picture {
        self.alpha = self.alpha.filter(|alpha| alpha.iter().any(|&alpha| alpha < 255));
        self
    }

    /// In one channel if all three are the same, as a grey picture is written by a kind that only has colours.
    pub(super) fn grey_if_colourless(mut self) -> Picture {
        let plane = self.height * self.width;
        if self.channels == 3 && self.bytes[..2 * plane] == self.bytes[plane..] {
            self.bytes.truncate(plane);
            self.channels = 1;
        }
        self
    }
}
