//! Images in rows, with text below each image.

use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::iso_8859_1::{FONT_9X18, FONT_10X20};
use toddle_data::Picture;

use super::canvas::{BELOW, Canvas, FAINT, INK, LINE};

/// The desired width or height of an image in screen pixels. Images are enlarged by whole numbers.
const IMAGE: usize = 112;
/// The largest width or height of an image.
const LARGEST: usize = 224;
/// The number of letters in a line below an image, and the width of a letter in pixels.
const LETTERS: usize = 18;
const LETTER: i32 = 10;
const GAP: i32 = 24;
const MARGIN: i32 = 32;
const TITLE: i32 = 84;

/// Images in rows.
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

impl Cell {
    /// Shrinks an image that is too large for a sheet, and shortens lines that are too long.
    fn fit(&mut self) {
        let [_, height, width] = self.shape;
        let longest = height.max(width);
        if longest > LARGEST
            && let Ok(picture) = Picture::new(self.shape, self.image.clone())
        {
            let picture = picture.resized([height, width].map(|side| side * LARGEST / longest));
            (self.shape, self.image) = (picture.shape(), picture.bytes().to_vec());
        }
        for line in &mut self.lines {
            if line.chars().count() > LETTERS {
                *line = line.chars().take(LETTERS - 2).chain("..".chars()).collect();
            }
        }
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
