//! Pictures of one shape, put one behind the other.

use std::path::{Path, PathBuf};

use crate::bounded::MAX_BYTES;
use crate::budget::Budget;
use crate::error::DataError;
use crate::picture::Picture;
use crate::prepare::{Preparation, flattened};

/// The pictures so far.
pub(super) struct Stack {
    /// Height and width, once they are known.
    size: Option<[usize; 2]>,
    /// The picture that decided the size. `None` if the size was asked for.
    first: Option<PathBuf>,
    resize: bool,
    preparation: Option<Preparation>,
    /// The channels that were asked for.
    channels: Option<usize>,
    /// The channels that `bytes` has: 1 until there is a picture in colour.
    held: usize,
    bytes: Vec<u8>,
    /// Pictures in colour that became grey.
    greyed: usize,
}

impl Stack {
    /// No pictures yet. `like` is the size that they must have, and a picture that has it.
    pub fn new(
        size: Option<[usize; 2]>,
        channels: Option<usize>,
        like: Option<&([usize; 2], PathBuf)>,
        preparation: Option<Preparation>,
    ) -> Stack {
        let channels = preparation.map(|preparation| preparation.shape[0]).or(channels);
        Stack {
            size: size.or(like.map(|(size, _)| *size)),
            preparation,
            first: like.map(|(_, path)| path.clone()),
            resize: size.is_some(),
            channels,
            held: channels.unwrap_or(1),
            bytes: Vec::new(),
            greyed: 0,
        }
    }

    /// Adds the picture of the file at `path`.
    ///
    /// **Errors:** if it has another size than the others, or there are too many.
    pub fn push(&mut self, path: &Path, picture: Picture) -> Result<(), DataError> {
        let picture = match &self.preparation {
            Some(preparation) => preparation.prepare(&path.display().to_string(), picture)?.picture,
            None => picture,
        };
        let [colours, height, width] = picture.shape();
        let found = [height, width];
        let size = *self.size.get_or_insert(found);
        let first = self.first.get_or_insert_with(|| path.to_owned());
        if found != size && !self.resize {
            let [h, w] = size;
            return Err(DataError::refused(
                path.display().to_string(),
                format!("{h}×{w} pixels, as `{}` has", first.display()),
                format!("{height}×{width}"),
                format!("size = [{h}, {w}], to which all pictures are resized"),
            ));
        }
        let channels = self.channels.unwrap_or(self.held.max(colours));
        if channels > self.held {
            self.grey_to_colour(size);
        }
        self.greyed += usize::from(colours > channels);
        let picture = flattened(picture).0.with_channels(channels).resized(size);
        if self.bytes.len() + picture.bytes().len() > MAX_BYTES {
            let expected = format!("at most {MAX_BYTES} bytes of pixels in all");
            let remedy = "a smaller size to resize to, or fewer pictures";
            return Err(DataError::refused(path.display().to_string(), expected, "more", remedy));
        }
        // Room is made for as many pictures again as there are.
        let (room, wanted) = (self.bytes.capacity() - self.bytes.len(), picture.bytes().len());
        if room < wanted {
            let more = self.bytes.len().max(wanted);
            Budget::ask(&path.display().to_string(), more as u64, || {
                "the pictures before it and others".into()
            })?;
            self.bytes.reserve_exact(more);
        }
        self.bytes.extend(picture.bytes());
        Ok(())
    }

    /// All pictures so far were grey: each of their planes comes three times.
    fn grey_to_colour(&mut self, [h, w]: [usize; 2]) {
        self.bytes = self.bytes.chunks_exact(h * w).flat_map(|plane| plane.repeat(3)).collect();
        self.held = 3;
    }

    /// Height and width, and the picture that has them; `None` if there are no pictures.
    pub fn like(&self) -> Option<([usize; 2], PathBuf)> {
        self.size.zip(self.first.clone())
    }

    /// How many pictures in colour became grey.
    pub fn greyed(&self) -> usize {
        self.greyed
    }

    /// Channels, height and width, and the pixels of all pictures. `None` if there are no pictures.
    pub fn finish(self) -> Option<([usize; 3], Vec<u8>)> {
        let [height, width] = self.size.filter(|_| !self.bytes.is_empty())?;
        Some(([self.held, height, width], self.bytes))
    }
}
