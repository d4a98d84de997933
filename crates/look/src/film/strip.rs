//! A film as one picture.

use super::Film;
use crate::svg::{Anchor, FAINT, INK, Svg, wide};

/// The most rows and columns of the picture.
const ROWS: usize = 10;
const COLUMNS: usize = 12;
const CELL: f64 = 48.0;
const GAP: f64 = 6.0;
const LEFT: f64 = 96.0;
const TOP: f64 = 58.0;

/// The film as a picture: a row for each of some frames, with the filters of the first convolution. A network without a convolution,
/// or without kept filters, has the maps of the first sample instead. None if the film has neither.
pub fn strip(film: &Film, title: &str) -> Option<String> {
    let filters = film.head.filters.as_ref().map(|(name, shape)| (name, shape[0]));
    let (name, count) = filters.or_else(|| film.head.maps.first().map(|(name, shape)| (name, shape[0])))?;
    let (columns, what) = (count.min(COLUMNS), if filters.is_some() { "filters" } else { "feature maps" });
    let frames = film.frames.len();
    let rows = frames.min(ROWS);
    let of_row = |row: usize| match rows {
        1 => &film.frames[0],
        _ => &film.frames[row * (frames - 1) / (rows - 1)],
    };
    let subtitle = match count > columns {
        true => format!("the first {columns} of {count} {what} of {name}"),
        false => format!("the {what} of {name}"),
    };
    let width =
        (LEFT + columns as f64 * (CELL + GAP) + 12.0).max(wide(title) + 24.0).max(wide(&subtitle) + 24.0);
    let mut svg = Svg::new(width, TOP + rows as f64 * (CELL + GAP) + 8.0, title);
    svg.bold([12.0, 22.0], Anchor::Start, title);
    svg.text([12.0, 42.0], Anchor::Start, FAINT, subtitle);
    for row in 0..rows {
        let (frame, y) = (of_row(row), TOP + row as f64 * (CELL + GAP));
        svg.text([12.0, y + CELL / 2.0 + 4.5], Anchor::Start, INK, format!("epoch {}", frame.epoch));
        let kept = film.filters(frame);
        for column in 0..columns {
            let picture = match &kept {
                Some(filters) => Some(filters.picture(column)),
                None => film.map(frame, 0, 0, column),
            };
            if let Some(picture) = picture {
                let [_, height, width] = picture.shape;
                let zoom = CELL / height.max(width).max(1) as f64;
                let corner = [LEFT + column as f64 * (CELL + GAP), y];
                svg.image(corner, [width as f64 * zoom, height as f64 * zoom], &picture.uri());
            }
        }
    }
    Some(svg.finish())
}
