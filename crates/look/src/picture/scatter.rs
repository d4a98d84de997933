//! The answers against the targets, with a point for each sample. On the diagonal both are equal.

use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::iso_8859_1::{FONT_9X18, FONT_10X20};
use embedded_graphics::pixelcolor::Rgb888;

use super::canvas::{Canvas, FAINT, INK};
use crate::axis::{bounds, ticks};

/// The side of the square with the points.
const SIDE: i32 = 420;
/// The space to the left of a square, for the numbers of its axis, and to the right.
const LEFT: i32 = 110;
const RIGHT: i32 = 30;
/// The space above a square, for the title, and below it, for the axis.
const ABOVE: i32 = 130;
const BELOW: i32 = 80;
/// The width of a letter of each font.
const LETTER: i32 = 9;
const TITLE_LETTER: i32 = 10;
/// The most plots beside one another.
const COLUMNS: usize = 3;

const GRID: Rgb888 = Rgb888::new(0xe3, 0xe3, 0xe3);
const DOT: Rgb888 = Rgb888::new(0x00, 0x72, 0xb2);

/// Plots beside and below one another.
pub struct Scatter {
    /// The line in bold.
    pub title: String,
    /// The line below the title.
    pub subtitle: String,
    /// The plots, row by row.
    pub plots: Vec<Plot>,
}

/// One plot.
pub struct Plot {
    /// The name of the numbers.
    pub label: String,
    /// The target and the answer of each sample.
    pub points: Vec<[f64; 2]>,
}

impl Scatter {
    /// The plots, as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        let columns = self.plots.len().clamp(1, COLUMNS) as i32;
        let rows = self.plots.len().div_ceil(columns as usize) as i32;
        let letters = self.title.chars().count().max(self.subtitle.chars().count()) as i32;
        let width = (columns * (LEFT + SIDE + RIGHT)).max(letters * TITLE_LETTER + LEFT + RIGHT);
        let mut canvas = Canvas::new(width, ABOVE + rows * (SIDE + BELOW) + (rows - 1) * LETTER * 3);
        canvas.text(LEFT, 18, &FONT_10X20, INK, &self.title);
        canvas.text(LEFT, 44, &FONT_9X18, FAINT, &self.subtitle);
        for (n, plot) in self.plots.iter().enumerate() {
            let (column, row) = (n as i32 % columns, n as i32 / columns);
            let left = LEFT + column * (LEFT + SIDE + RIGHT);
            plot.draw(&mut canvas, Point::new(left, ABOVE + row * (SIDE + BELOW + LETTER * 3)));
        }
        canvas.png()
    }
}

impl Plot {
    /// Draws the plot; its square has its top left corner at `corner`.
    fn draw(&self, canvas: &mut Canvas, corner: Point) {
        let [low, high] = bounds(self.points.iter().flatten().copied());
        let along = |value: f64| ((value - low) / (high - low) * f64::from(SIDE)).round() as i32;
        let place = |[truth, said]: [f64; 2]| corner + Point::new(along(truth), SIDE - along(said));
        for (value, text) in ticks(low, high) {
            canvas.line(place([value, low]), place([value, high]), GRID);
            canvas.line(place([low, value]), place([high, value]), GRID);
            let wide = text.chars().count() as i32 * LETTER;
            canvas.text(place([value, low]).x - wide / 2, corner.y + SIDE + 8, &FONT_9X18, FAINT, &text);
            canvas.text(corner.x - 8 - wide, place([low, value]).y - 9, &FONT_9X18, FAINT, &text);
        }
        for [from, to] in [[[low, low], [high, low]], [[low, low], [low, high]], [[low, low], [high, high]]] {
            canvas.line(place(from), place(to), FAINT);
        }
        for point in self.points.iter().filter(|point| point.iter().all(|number| number.is_finite())) {
            canvas.dot(place(*point), 5, DOT);
        }
        let below = format!("{}, true", self.label);
        let wide = below.chars().count() as i32 * LETTER;
        let x = corner.x + SIDE - wide.min(SIDE);
        canvas.text(x, corner.y + SIDE + 34, &FONT_9X18, INK, &below);
        canvas.text(
            corner.x,
            corner.y - 26,
            &FONT_9X18,
            INK,
            &format!("{}, as the network says", self.label),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_that_are_all_the_same_have_a_plot() {
        for number in [0.0, 7.0, -1e12, f64::NAN] {
            let plot = Plot { label: "price".into(), points: vec![[number, number]] };
            let scatter = Scatter { title: "One".into(), subtitle: String::new(), plots: vec![plot] };
            assert!(scatter.png().len() > 1000, "{number}");
        }
    }
}
