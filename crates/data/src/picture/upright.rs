//! Photographs that were taken with the camera turned, put upright as their EXIF says.

use image::metadata::Orientation;

use super::Picture;

/// What an EXIF block says; upright where there is none, or one that says nothing that can be understood.
pub(super) fn orientation(exif: Option<&[u8]>) -> Orientation {
    // Some writers of PNG and WebP keep the beginning that the block has in JPEG.
    let block = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    block.and_then(Orientation::from_exif_chunk).unwrap_or(Orientation::NoTransforms)
}

impl Picture {
    /// As it was seen, where it was stored as `orientation` says.
    pub(super) fn upright(self, orientation: Orientation) -> Picture {
        // A row becomes a column; old rows count from below; old columns count from the right.
        let (transposed, from_below, from_right) = match orientation {
            Orientation::NoTransforms => return self,
            Orientation::FlipHorizontal => (false, false, true),
            Orientation::Rotate180 => (false, true, true),
            Orientation::FlipVertical => (false, true, false),
            Orientation::Rotate90FlipH => (true, false, false),
            Orientation::Rotate90 => (true, true, false),
            Orientation::Rotate270FlipH => (true, true, true),
            Orientation::Rotate270 => (true, false, true),
        };
        let [old_height, old_width] = [self.height, self.width];
        let [height, width] = if transposed { [old_width, old_height] } else { [old_height, old_width] };
        let old = |y: usize, x: usize| {
            let (y, x) = if transposed { (x, y) } else { (y, x) };
            let y = if from_below { old_height - 1 - y } else { y };
            let x = if from_right { old_width - 1 - x } else { x };
            y * old_width + x
        };
        let turned = |planes: &[u8]| -> Vec<u8> {
            let mut bytes = Vec::with_capacity(planes.len());
            for plane in planes.chunks_exact(height * width) {
                for y in 0..height {
                    bytes.extend((0..width).map(|x| plane[old(y, x)]));
                }
            }
            bytes
        };
        let (bytes, alpha) = (turned(&self.bytes), self.alpha.as_deref().map(turned));
        Picture { height, width, bytes, alpha, ..self }
    }
}
