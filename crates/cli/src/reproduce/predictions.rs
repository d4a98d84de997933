//! The answers of the best network for twelve test images, as a picture: `predictions.png`.

use embedded_graphics::geometry::Point;
use embedded_graphics::mono_font::iso_8859_1::{FONT_9X18, FONT_9X18_BOLD, FONT_10X20};
use toddle::argmax;
use toddle_data::Dataset;
use toddle_look::picture::{Canvas, FAINT, INK};

use super::post::Output;
use super::results::Run;

/// Images in a row.
const COLUMNS: usize = 4;
/// The number of first images, and the number of wrong answers after them.
const FIRST: usize = 8;
const WRONG: usize = 4;

/// The screen pixels for one pixel of the image.
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

/// The picture, as a PNG file.
pub fn png(runs: &[Run], test: &Dataset) -> Vec<u8> {
    let run = best(runs);
    let mut canvas = Canvas::new(WIDTH, HEIGHT);
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
                let (corner, says) = (Point::new(left, top), says(i));
                let (image, lines) = (test.image(i), says.caption());
                canvas.cell(corner, ZOOM, IMAGE, test.shape(), &image, &lines, !says.right());
            }
            top += CELL;
        }
        top += 10;
    }
    canvas.png()
}

/// The most accurate network. If there are softmax networks, it is one of these.
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

/// The answer of a network for an image.
struct Saying {
    truth: u32,
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
        self.digit == self.truth as usize
    }

    fn caption(&self) -> [String; 2] {
        let Saying { truth, digit, output, .. } = self;
        let number =
            if self.is_probability { format!("{:.2} %", output * 100.0) } else { format!("({output:.2})") };
        let wrong = if self.right() { "" } else { ", wrong" };
        [format!("true {truth}{wrong}"), format!("says {digit} {number}")]
    }
}
