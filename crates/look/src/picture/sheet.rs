//! Images in rows, with text below each image.

use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::iso_8859_1::{FONT_9X18, FONT_10X20};

use super::Pixels;
use super::canvas::{BELOW, Canvas, FAINT, INK, LINE};
use crate::svg::{self, Anchor, COLOURS, Svg, wide};

/// The desired width or height of an image in screen pixels. Images are enlarged by whole numbers.
const IMAGE: usize = 112;
/// The largest width or height of an image.
const LARGEST: usize = 224;
/// The number of letters in a line below an image, and the width of a letter in pixels.
const LETTERS: usize = 20;
const LETTER: i32 = 10;
const GAP: i32 = 24;
const MARGIN: i32 = 32;
const TITLE: i32 = 84;

/// In an SVG file: the longer side of an image, the distance between lines, and the height of the titles.
const SVG_IMAGE: f64 = 112.0;
const SVG_LINE: f64 = 17.0;
const SVG_TITLE: f64 = 62.0;

/// Images in rows.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The line in bold.
    pub title: String,
    /// The line below the title.
    pub subtitle: String,
    /// Images in a row.
    pub columns: usize,
    /// The images, row by row.
    pub cells: Vec<Cell>,
}

/// An image and the text below it.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Channels, height and width.
    pub shape: [usize; 3],
    /// Channel by channel, row by row.
    pub image: Vec<u8>,
    /// The lines of text below the image.
    pub lines: Vec<String>,
    /// Whether the image is marked.
    pub alarm: bool,
}

impl Sheet {
    /// The sheet, as a PNG file.
    pub fn png(mut self) -> Vec<u8> {
        for cell in &mut self.cells {
            cell.fit();
        }
        let most = |of: &dyn Fn(&Cell) -> i32| self.cells.iter().map(of).max().unwrap_or(0);
        let (wide, tall) = (most(&Cell::wide), most(&Cell::tall));
        let columns = self.columns.min(self.cells.len()).max(1) as i32;
        let rows = self.cells.len().div_ceil(columns as usize) as i32;
        let titles = self.title.chars().count().max(self.subtitle.chars().count()) as i32 * LETTER;
        let width = 2 * MARGIN + titles.max(columns * (wide + GAP) - GAP);
        let mut canvas = Canvas::new(width, TITLE + rows * (tall + GAP) + MARGIN - GAP);
        canvas.text(MARGIN, 18, &FONT_10X20, INK, &self.title);
        canvas.text(MARGIN, 44, &FONT_9X18, FAINT, &self.subtitle);
        for (n, cell) in self.cells.iter().enumerate() {
            let (column, row) = (n as i32 % columns, n as i32 / columns);
            let corner = Point::new(MARGIN + column * (wide + GAP), TITLE + row * (tall + GAP));
            canvas.cell(corner, cell.zoom(), wide, cell.shape, &cell.image, &cell.lines, cell.alarm);
        }
        canvas.png()
    }
}

impl Sheet {
    /// The sheet, as an SVG file. Names may be of any letters.
    pub fn svg(&self) -> String {
        let columns = self.columns.min(self.cells.len()).max(1);
        let lines = self.cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0) as f64;
        let longest =
            self.cells.iter().flat_map(|cell| &cell.lines).map(|line| wide(line)).fold(0.0, f64::max);
        let (wide_cell, tall_cell) = (longest.max(SVG_IMAGE) + 14.0, SVG_IMAGE + 22.0 + SVG_LINE * lines);
        let rows = self.cells.len().div_ceil(columns) as f64;
        let titles = wide(&self.title).max(wide(&self.subtitle));
        let width = 28.0 + titles.max(wide_cell * columns as f64);
        let mut svg = Svg::new(width, SVG_TITLE + tall_cell * rows + 8.0, &self.title);
        svg.bold([14.0, 24.0], Anchor::Start, &self.title);
        svg.text([14.0, 44.0], Anchor::Start, svg::FAINT, &self.subtitle);
        for (n, cell) in self.cells.iter().enumerate() {
            let x = 14.0 + wide_cell * (n % columns) as f64;
            let y = SVG_TITLE + tall_cell * (n / columns) as f64;
            let [_, height, width] = cell.shape;
            let zoom = SVG_IMAGE / height.max(width).max(1) as f64;
            let size = [width as f64 * zoom, height as f64 * zoom];
            let pixels = Pixels { shape: cell.shape, bytes: cell.image.clone() }.at_most(LARGEST);
            svg.image([x, y], size, &pixels.uri());
            for (l, line) in cell.lines.iter().enumerate() {
                let colour = if cell.alarm { COLOURS[2] } else { svg::INK };
                let below = y + size[1] + 16.0 + SVG_LINE * l as f64;
                svg.text([x, below], Anchor::Start, colour, line);
            }
        }
        svg.finish()
    }
}

impl Cell {
    /// Shrinks an image that is too large for a sheet, and shortens lines that are too long.
    fn fit(&mut self) {
        let pixels = Pixels { shape: self.shape, bytes: std::mem::take(&mut self.image) }.at_most(LARGEST);
        (self.shape, self.image) = (pixels.shape, pixels.bytes);
        self.lines.iter_mut().for_each(|line| *line = short(line));
    }

    fn zoom(&self) -> i32 {
        let [_, height, width] = self.shape;
        (IMAGE / height.max(width).max(1)).max(1) as i32
    }

    fn wide(&self) -> i32 {
        let letters = self.lines.iter().map(|line| line.chars().count()).max().unwrap_or(0);
        (self.shape[2] as i32 * self.zoom()).max(letters as i32 * LETTER)
    }

    fn tall(&self) -> i32 {
        self.shape[1] as i32 * self.zoom() + BELOW + LINE * self.lines.len() as i32
    }
}
/// A line that is not too long. The number at its end is never shortened.
fn short(line: &str) -> String {
    if line.chars().count() <= LETTERS {
        return line.to_owned();
    }
    let words: Vec<&str> = line.split(' ').collect();
    let is_number = |word: &&&str| **word == "%" || word.chars().any(|letter| letter.is_ascii_digit());
    let numbers = words[1..].iter().rev().take_while(is_number).count();
    let end: String = words[words.len() - numbers..].iter().map(|word| format!(" {word}")).collect();
    let end = if end.chars().count() > LETTERS - 4 { String::new() } else { end };
    let room = LETTERS - 2 - end.chars().count();
    line.chars().take(room).chain("..".chars()).chain(end.chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_keeps_its_number() {
        assert_eq!(short("says 7 99.97 %"), "says 7 99.97 %");
        assert_eq!(short("says a long name of a class 75.26 %"), "says a lon.. 75.26 %");
        assert_eq!(short("a name without any number"), "a name without any..");
        let numbers = "1 2 3 4 5 6 7 8 9 10 11 12 13 14";
        assert!(short(numbers).chars().count() <= LETTERS);
    }
}
