//! Draws text, areas and images on a white canvas.

use std::convert::Infallible;

use embedded_graphics::Pixel;
use embedded_graphics::draw_target::DrawTarget;
use embedded_graphics::geometry::{OriginDimensions, Point, Size};
use embedded_graphics::mono_font::iso_8859_1::FONT_10X20;
use embedded_graphics::mono_font::{MonoFont, MonoTextStyle};
use embedded_graphics::pixelcolor::{Rgb888, RgbColor};
use embedded_graphics::prelude::Drawable;
use embedded_graphics::primitives::{Circle, Line, Primitive, PrimitiveStyle, Rectangle};
use embedded_graphics::text::{Baseline, Text};
use toddle::escaped;

use super::pixels::encode;

/// The colour of text.
pub const INK: Rgb888 = Rgb888::new(0x22, 0x22, 0x22);
/// The colour of less important text.
pub const FAINT: Rgb888 = Rgb888::new(0x66, 0x66, 0x66);
const ALARM: Rgb888 = Rgb888::new(0xc4, 0x2b, 0x00);
const ALARM_FILL: Rgb888 = Rgb888::new(0xfd, 0xe9, 0xe2);

/// The distance between lines of text below an image.
pub const LINE: i32 = 21;
/// The distance between an image and the text below it.
pub const BELOW: i32 = 8;

/// A picture that is drawn.
pub struct Canvas {
    width: i32,
    height: i32,
    rgb: Vec<u8>,
}

impl Canvas {
    /// A white canvas of this size.
    pub fn new(width: i32, height: i32) -> Canvas {
        Canvas { width, height, rgb: vec![0xff; (width * height * 3) as usize] }
    }

    /// Writes `text`; its top left corner is at `x` and `y`.
    pub fn text(&mut self, x: i32, y: i32, font: &MonoFont, colour: Rgb888, text: &str) {
        let style = MonoTextStyle::new(font, colour);
        let Ok(_) = Text::with_baseline(&escaped(text), Point::new(x, y), style, Baseline::Top).draw(self);
    }

    /// Draws an image with `lines` of text below it. Each of its pixels has the width `zoom`. With `alarm`, a frame
    /// and a colour mark the image. The frame has the width `wide`.
    pub fn cell(
        &mut self,
        corner: Point,
        zoom: i32,
        wide: i32,
        shape: [usize; 3],
        image: &[u8],
        lines: &[String],
        alarm: bool,
    ) {
        let [_, height, width] = shape;
        if alarm {
            let tall = height as i32 * zoom + BELOW + LINE * lines.len() as i32 + 4;
            self.fill(corner - Point::new(8, 8), wide + 16, tall + 16, ALARM);
            self.fill(corner - Point::new(5, 5), wide + 10, tall + 10, ALARM_FILL);
        }
        let plane = width * height;
        for p in 0..plane {
            let colour = |channel: usize| image.get(channel * plane + p).copied().unwrap_or(image[p]);
            let place = Point::new((p % width) as i32, (p / width) as i32) * zoom;
            self.fill(corner + place, zoom, zoom, Rgb888::new(colour(0), colour(1), colour(2)));
        }
        let below = corner.y + height as i32 * zoom + BELOW;
        for (l, line) in lines.iter().enumerate() {
            let colour = if alarm { ALARM } else { INK };
            self.text(corner.x, below + LINE * l as i32, &FONT_10X20, colour, line);
        }
    }

    /// The picture, as a PNG file.
    pub fn png(&self) -> Vec<u8> {
        encode(png::ColorType::Rgb, [self.height as u32, self.width as u32], &self.rgb)
    }

    /// Draws a line with the width of one pixel.
    pub fn line(&mut self, from: Point, to: Point, colour: Rgb888) {
        let Ok(()) = Line::new(from, to).into_styled(PrimitiveStyle::with_stroke(colour, 1)).draw(self);
    }

    /// Draws a dot around `centre`.
    pub fn dot(&mut self, centre: Point, wide: u32, colour: Rgb888) {
        let dot = Circle::with_center(centre, wide);
        let Ok(()) = dot.into_styled(PrimitiveStyle::with_fill(colour)).draw(self);
    }

    fn fill(&mut self, corner: Point, width: i32, height: i32, colour: Rgb888) {
        let area = Rectangle::new(corner, Size::new(width as u32, height as u32));
        let Ok(()) = area.into_styled(PrimitiveStyle::with_fill(colour)).draw(self);
    }
}

impl OriginDimensions for Canvas {
    fn size(&self) -> Size {
        Size::new(self.width as u32, self.height as u32)
    }
}

impl DrawTarget for Canvas {
    type Color = Rgb888;
    type Error = Infallible;

    fn draw_iter<I: IntoIterator<Item = Pixel<Rgb888>>>(&mut self, pixels: I) -> Result<(), Infallible> {
        for Pixel(Point { x, y }, colour) in pixels {
            if (0..self.width).contains(&x) && (0..self.height).contains(&y) {
                let place = ((y * self.width + x) * 3) as usize;
                self.rgb[place..place + 3].copy_from_slice(&[colour.r(), colour.g(), colour.b()]);
            }
        }
        Ok(())
    }
}
