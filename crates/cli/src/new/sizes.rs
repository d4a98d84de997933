//! The sizes of the pictures of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use toddle_data::Picture;

/// The number of pictures of a large folder that are measured.
const LOOKED_AT: usize = 200;

/// The depth of the folders with pictures: halves, classes, and folders in classes.
const DEPTH: usize = 5;

/// The longest side of resized pictures.
const LONGEST: usize = 64;

/// The sizes of the pictures of a folder.
pub struct Sizes {
    /// Whether all pictures that were looked at have the same size.
    pub are_same: bool,
    /// The median of the heights, and that of the widths.
    pub median: [usize; 2],
}

impl Sizes {
    /// Looks at some of the pictures in `folder`. None if none can be read.
    pub fn of(folder: &Path) -> Option<Sizes> {
        let mut files = Vec::new();
        pictures(folder, DEPTH, &mut files);
        files.sort();
        let step = files.len().div_ceil(LOOKED_AT).max(1);
        let sizes = files.iter().step_by(step).filter_map(|file| {
            let [_, height, width] = Picture::read(file).ok()?.shape();
            Some([height, width])
        });
        let sizes: Vec<[usize; 2]> = sizes.collect();
        let first = sizes.first()?;
        let median = [0, 1].map(|side| {
            let mut sides: Vec<usize> = sizes.iter().map(|size| size[side]).collect();
            sides.sort_unstable();
            sides[sides.len() / 2]
        });
        Some(Sizes { are_same: sizes.iter().all(|size| size == first), median })
    }

    /// The size that the pictures are resized to: the median, made smaller if it is large.
    pub fn chosen(&self) -> [usize; 2] {
        let [height, width] = self.median;
        let longest = height.max(width);
        let side = |side: usize| ((side * LONGEST + longest / 2) / longest).max(1);
        if longest <= LONGEST { self.median } else { [side(height), side(width)] }
    }

    /// Whether the pictures can be taken as they are.
    pub fn are_fine(&self) -> bool {
        self.are_same && self.chosen() == self.median
    }
}

fn pictures(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    // Files that cannot be read are refused later, when the samples are read.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if path.is_dir() && depth > 0 {
            pictures(&path, depth - 1, files);
        } else if Picture::is_picture_name(&path) {
            files.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_sizes_keep_their_proportions() {
        let chosen = |median| Sizes { are_same: true, median }.chosen();
        assert_eq!(chosen([28, 28]), [28, 28]);
        assert_eq!(chosen([480, 640]), [48, 64]);
        assert_eq!(chosen([10_000, 10]), [64, 1]);
    }
}
