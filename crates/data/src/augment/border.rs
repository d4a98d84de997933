//! The colour of an image's border, which is what the image is taken to be surrounded by.

/// The median of a plane's outermost pixels: of an even number of them, the lower of the two in the middle. `border` is
/// memory for them.
///
/// A median is one of the pixels' own values, so no arithmetic rounds it; and what touches the border in a few places, as
/// a stroke or a leaf, does not change it.
pub(super) fn median(plane: &[f32], w: usize, border: &mut Vec<f32>) -> f32 {
    border.clear();
    let rows = plane.len() / w;
    for (y, row) in plane.chunks_exact(w).enumerate() {
        match row {
            [left, .., right] if 0 < y && y < rows - 1 => border.extend([left, right]),
            _ => border.extend(row),
        }
    }
    let middle = (border.len() - 1) / 2;
    *border.select_nth_unstable_by(middle, f32::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn only_the_outermost_pixels_count() {
        let median = |plane: &[f32], w| median(plane, w, &mut Vec::new());
        #[rustfmt::skip]
        let plane = [
            1.0, 2.0, 3.0, 4.0,
            5.0, 0.0, 0.0, 6.0,
            7.0, 8.0, 9.0, 9.5,
        ];
        assert_eq!(median(&plane, 4), 5.0);
        assert_eq!(median(&[0.0, 0.0, 1.0, 1.0], 2), 0.0);
        assert_eq!(median(&[3.0, 1.0, 2.0], 3), 2.0);
        assert_eq!(median(&[3.0, 1.0, 2.0], 1), 2.0);
        assert_eq!(median(&[4.0], 1), 4.0);
    }
}
