//! What the best network says of twelve test images, as a picture: `predictions.png`.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::iso_8859_1::{FONT_9X18, FONT_9X18_BOLD, FONT_10X20};
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::Drawable;
use embedded_graphics::primitives::{Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use toddle::argmax;
use toddle_data::Dataset;

use super::post::Output;
use super::results::Run;

/// Images in a row.
const COLUMNS: usize = 4;
/// The first so many images, then the first so many others that the network gets wrong.
const FIRST: usize = 8;
const WRONG: usize = 4;

/// Screen pixels for one of the image's.
const ZOOM: i32 = 6;
const IMAGE: i32 = 28 * ZOOM;
const GAP: i32 = 28;
const MARGIN: i32 = 32;
const CAPTION: i32 = 54;
const HEADING: i32 = 40;
const CELL: i32 = IMAGE + CAPTION + 26;
const WIDTH: i32 = 2 * MARGIN + COLUMNS as i32 * IMAGE + (COLUMNS as i32 - 1) * GAP;
const TITLE: i32 = 100;
const HEIGHT: i32 = TITLE + 2 * HEADING + 3 * CELL + 16;

const INK: Rgb888 = Rgb888::new(0x22, 0x22, 0x22);
const FAINT: Rgb888 = Rgb888::new(0x66, 0x66, 0x66);
const ALARM: Rgb888 = Rgb888::new(0xc4, 0x2b, 0x00);
const ALARM_FILL: Rgb888 = Rgb888::new(0xfd, 0xe9, 0xe2);

/// The picture, as a PNG file.
pub fn png(runs: &[Run], test: &Dataset) -> Vec<u8> {
    let run = best(runs);
    let mut canvas = Canvas::new();
    let title =
        format!("{} gets {:.2} % of the test images right", run.recipe.name(), run.test_accuracy * 100.0);
    canvas.text(MARGIN, 22, &FONT_10X20, INK, &title);
    let numbers = match run.output {
        Output::Softmax => "The most accurate softmax network of this run, and its probabilities",
        Output::Tanh => "The most accurate network of this run, and its outputs, from -1 to 1",
    };
    canvas.text(MARGIN, 50, &FONT_9X18, FAINT, numbers);

    let says = |i: usize| Saying::of(run, test, i);
    let wrong: Vec<usize> = (FIRST..test.len()).filter(|&i| !says(i).right()).take(WRONG).collect();
    let first: Vec<usize> = (0..test.len().min(FIRST)).collect();
    let mut top = TITLE;
    for (heading, images) in [
        ("The first eight test images".to_owned(), first),
        (format!("The first {} after them that it gets wrong", count(wrong.len())), wrong),
    ] {
        canvas.text(MARGIN, top, &FONT_9X18_BOLD, INK, &heading);
        top += HEADING - 10;
        for row in images.chunks(COLUMNS) {
            for (column, &i) in row.iter().enumerate() {
                let left = MARGIN + column as i32 * (IMAGE + GAP);
                canvas.cell(Point::new(left, top), &test.image(i), test.width(), &says(i));
            }
            top += CELL;
        }
        top += 10;
    }
    canvas.png()
}

/// The most accurate network, among those whose outputs are probabilities if there are any.
fn best(runs: &[Run]) -> &Run {
    let better = |a: &&Run, b: &&Run| {
        let key = |run: &Run| (run.output == Output::Softmax, run.test_accuracy);
        key(b).partial_cmp(&key(a)).unwrap_or(std::cmp::Ordering::Equal)
    };
    runs.iter().min_by(better).expect("there is a run")
}

fn count(n: usize) -> &'static str {
    ["none", "one", "two", "three", "four"][n]
}

/// What a network says of an image.
struct Saying {
    truth: u8,
    digit: usize,
    output: f64,
    is_probability: bool,
}

impl Saying {
    fn of(run: &Run, test: &Dataset, i: usize) -> Saying {
        let outputs = &run.outputs[i * test.classes()..][..test.classes()];
        let digit = argmax(outputs);
        let (truth, is_probability) = (test.labels()[i], run.output == Output::Softmax);
        Saying { truth, digit, output: outputs[digit], is_probability }
    }

    fn right(&self) -> bool {
        self.digit == usize::from(self.truth)
    }

    fn caption(&self) -> [String; 2] {
        let Saying { truth, digit, output, .. } = self;
        let number =
            if self.is_probability { format!("{:.2} %", output * 100.0) } else { format!("({output:.2})") };
        let wrong = if self.right() { "" } else { ", wrong" };
        [format!("true {truth}{wrong}"), format!("says {digit} {number}")]
    }
}

/// A picture being drawn.
struct Canvas {
    rgb: Vec<u8>,
}

impl Canvas {
    fn new() -> Canvas {
        Canvas { rgb: vec![0xff; (WIDTH * HEIGHT * 3) as usize] }
    }

    fn text(&mut self, x: i32, y: i32, font: &MonoFont, colour: Rgb888, text: &str) {
        let style = MonoTextStyle::new(font, colour);
        let Ok(_) = Text::with_baseline(text, Point::new(x, y), style, Baseline::Top).draw(self);
    }

    fn fill(&mut self, corner: Point, width: i32, height: i32, colour: Rgb888) {
        let area = Rectangle::new(corner, Size::new(width as u32, height as u32));
        let Ok(()) = area.into_styled(PrimitiveStyle::with_fill(colour)).draw(self);
    }

    /// An image and what is said of it. Wrong ones stand out by frame, colour and word.
    fn cell(&mut self, corner: Point, image: &[u8], width: usize, saying: &Saying) {
        let wrong = !saying.right();
        if wrong {
            self.fill(corner - Point::new(8, 8), IMAGE + 16, IMAGE + 16 + CAPTION, ALARM);
            self.fill(corner - Point::new(5, 5), IMAGE + 10, IMAGE + 10 + CAPTION, ALARM_FILL);
        }
        for (p, &pixel) in image.iter().enumerate() {
            let place = Point::new((p % width) as i32, (p / width) as i32) * ZOOM;
            self.fill(corner + place, ZOOM, ZOOM, Rgb888::new(pixel, pixel, pixel));
        }
        let below = corner.y + IMAGE + 8;
        let [truth, says] = saying.caption();
        let colour = if wrong { ALARM } else { INK };
        self.text(corner.x, below, &FONT_10X20, colour, &truth);
        self.text(corner.x, below + 21, &FONT_10X20, colour, &says);
    }

    fn png(&self) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, WIDTH as u32, HEIGHT as u32);
        encoder.set_color(png::ColorType::Rgb);
        let mut writer = encoder.write_header().expect("memory takes a PNG header");
        writer.write_image_data(&self.rgb).expect("the data are of the size declared");
        drop(writer);
        file
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(WIDTH as u32, HEIGHT as u32)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, colour) in pixels {
            if (0..WIDTH).contains(&x) && (0..HEIGHT).contains(&y) {
                let place = ((y * WIDTH + x) * 3) as usize;
                self.rgb[place..place + 3].copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
