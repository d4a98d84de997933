//! Pictures of the examples: sheets of small pictures, and curves.

use std::error::Error;
use std::fmt::Write;
use std::fs::{self, File};

/// Pixels of the sheet for a pixel of a picture.
const ZOOM: usize = 2;
/// White pixels between pictures.
const GAP: usize = 4;

/// Writes square grey pictures side by side, `columns` in a row, as one PNG file. A pixel is a number from 0, white, to 1, black.
///
/// **Errors:** if the file cannot be written.
pub fn sheet(file: &str, pictures: &[f32], side: usize, columns: usize) -> Result<(), Box<dyn Error>> {
    let count = pictures.len() / (side * side);
    let cell = side * ZOOM + GAP;
    let (width, height) = (columns * cell + GAP, count.div_ceil(columns) * cell + GAP);
    let mut pixels = vec![u8::MAX; width * height];
    for (n, picture) in pictures.chunks_exact(side * side).enumerate() {
        let (top, left) = (n / columns * cell + GAP, n % columns * cell + GAP);
        for y in 0..side * ZOOM {
            for x in 0..side * ZOOM {
                let ink = picture[y / ZOOM * side + x / ZOOM].clamp(0.0, 1.0);
                pixels[(top + y) * width + left + x] = (255.0 * (1.0 - ink)) as u8;
            }
        }
    }
    let mut encoder = png::Encoder::new(File::create(file)?, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}

/// Curves over a common axis, as an SVG file.
#[derive(Clone, Debug)]
pub struct Curves<'a> {
    /// What the picture shows.
    pub title: &'a str,
    /// The name of the horizontal axis.
    pub axis: &'a str,
    /// The largest number of the vertical axis, which begins at 0.
    pub most: f64,
    /// The points of each curve, with the same distance between all neighbours.
    pub curves: &'a [Vec<f64>],
}

impl Curves<'_> {
    /// Writes the file.
    ///
    /// **Errors:** if the file cannot be written.
    pub fn write(&self, file: &str) -> Result<(), Box<dyn Error>> {
        const COLOURS: [&str; 5] = ["#2f6db5", "#c42b00", "#3a8f3a", "#8a5bb5", "#b58900"];
        let Curves { title, axis, most, curves } = self;
        let longest = curves.iter().map(Vec::len).max().unwrap_or(0).max(2) - 1;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 560 260\" width=\"560\" height=\"260\" \
             font-family=\"sans-serif\" font-size=\"13\" fill=\"#222222\">\n<title>{title}</title>\n\
             <rect width=\"560\" height=\"260\" fill=\"#ffffff\"/>\n<path d=\"M50 30V220H540\" stroke=\"#222222\" fill=\"none\"/>\n\
             <text x=\"50\" y=\"20\">{title}</text>\n<text x=\"540\" y=\"250\" text-anchor=\"end\">{axis}</text>\n\
             <text x=\"44\" y=\"36\" text-anchor=\"end\">{most}</text>\n<text x=\"44\" y=\"224\" text-anchor=\"end\">0</text>\n\
             <text x=\"540\" y=\"236\" text-anchor=\"end\">{longest}</text>\n"
        );
        for (n, curve) in curves.iter().enumerate() {
            let mut path = String::new();
            for (i, point) in curve.iter().enumerate() {
                let (x, y) = (50.0 + 490.0 * i as f64 / longest as f64, 220.0 - 190.0 * point / most);
                write!(path, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" })?;
            }
            let colour = COLOURS[n % COLOURS.len()];
            writeln!(svg, "<path d=\"{path}\" stroke=\"{colour}\" fill=\"none\" stroke-width=\"1.5\"/>")?;
        }
        fs::write(file, svg + "</svg>\n")?;
        Ok(())
    }
}
