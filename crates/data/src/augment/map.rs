//! One map for all that moves pixels.

use toddle_lanes::Random;

use super::elastic::Field;
use super::{Augment, either_way};

/// Where in the old image each new pixel comes from:
/// `ix = xx·(ox − mx) + xy·(oy − my) + mx + x`, `iy = yx·(ox − mx) + yy·(oy − my) + my + y`, `m` being the middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Map {
    xx: f64,
    xy: f64,
    yx: f64,
    yy: f64,
    x: f64,
    y: f64,
    h: usize,
    w: usize,
}

impl Map {
    pub fn identity(h: usize, w: usize) -> Map {
        Map { xx: 1.0, xy: 0.0, yx: 0.0, yy: 1.0, x: 0.0, y: 0.0, h, w }
    }

    /// `None` if nothing moves.
    pub fn draw(settings: &Augment, [_, h, w]: [usize; 3], random: &mut Random) -> Option<Map> {
        let Augment { flip, crop, shift, rotate, scale, shear, .. } = *settings;
        let still = Map::identity(h, w);
        let mut map = still;
        if scale > 0.0 || rotate > 0.0 || shear > 0.0 {
            let factor = 1.0 / (1.0 + either_way(scale, random));
            let (sine, cosine) = turn(either_way(rotate, random));
            let lean = either_way(shear, random);
            // New pixels are turned back and then leaned back, to the old ones.
            map.xx = factor * (cosine + lean * sine);
            map.xy = factor * (lean * cosine - sine);
            map.yx = factor * sine;
            map.yy = factor * cosine;
        }
        if shift > 0.0 {
            map.y = either_way(shift, random);
            map.x = either_way(shift, random);
        }
        if crop > 0 {
            let mut whole = || f64::from(random.below(2 * crop + 1)) - f64::from(crop);
            map.y += whole();
            map.x += whole();
        }
        let moves = scale > 0.0 || rotate > 0.0 || shear > 0.0 || shift > 0.0 || crop > 0;
        let mirrored = flip && random.word() & 1 == 1;
        if mirrored {
            map = Map { xx: -map.xx, yx: -map.yx, ..map };
        }
        (moves || mirrored).then_some(map)
    }

    /// Writes one plane of the new image; around the old one, all is `outside`.
    pub fn resample(&self, x: &[f32], outside: f32, field: Option<&Field>, y: &mut [f32]) {
        let (middle_y, middle_x) = ((self.h as f64 - 1.0) / 2.0, (self.w as f64 - 1.0) / 2.0);
        for oy in 0..self.h {
            for ox in 0..self.w {
                let (across, down) = (ox as f64 - middle_x, oy as f64 - middle_y);
                let mut ix = self.xx * across + self.xy * down + middle_x + self.x;
                let mut iy = self.yx * across + self.yy * down + middle_y + self.y;
                if let Some(field) = field {
                    let [dy, dx] = field.at(oy * self.w + ox);
                    (iy, ix) = (iy + dy, ix + dx);
                }
                y[oy * self.w + ox] = self.interpolate(x, outside, iy, ix);
            }
        }
    }

    /// The value at a place between pixels: the four around it, each weighted by how near it is.
    fn interpolate(&self, x: &[f32], outside: f32, iy: f64, ix: f64) -> f32 {
        let (top, left) = (iy.floor(), ix.floor());
        let (down, across) = (iy - top, ix - left);
        let pixel = |iy: f64, ix: f64| {
            let inside = iy >= 0.0 && ix >= 0.0 && iy < self.h as f64 && ix < self.w as f64;
            f64::from(if inside { x[iy as usize * self.w + ix as usize] } else { outside })
        };
        let row = |iy: f64| pixel(iy, left) * (1.0 - across) + pixel(iy, left + 1.0) * across;
        (row(top) * (1.0 - down) + row(top + 1.0) * down) as f32
    }
}

/// Sine and cosine of an angle of at most 180 degrees either way.
///
/// Of an eighth of it by their series, up to the thirteenth power, which leaves less than an `f64` shows; then doubled
/// three times. No function of the system is called, so the bits are the same everywhere.
fn turn(degrees: f64) -> (f64, f64) {
    let x = degrees * (std::f64::consts::PI / 180.0) / 8.0;
    let (mut sine, mut cosine) = (0.0, 0.0);
    let mut term = 1.0;
    for power in 0..=13 {
        match power % 4 {
            0 => cosine += term,
            1 => sine += term,
            2 => cosine -= term,
            _ => sine -= term,
        }
        term *= x / f64::from(power + 1);
    }
    for _ in 0..3 {
        (sine, cosine) = (2.0 * sine * cosine, cosine * cosine - sine * sine);
    }
    (sine, cosine)
}

#[cfg(test)]
mod tests {
    use super::turn;

    #[test]
    fn turn_is_sine_and_cosine() {
        for degrees in (-1800..=1800).map(|tenth| f64::from(tenth) / 10.0) {
            let ((sine, cosine), truth) = (turn(degrees), degrees.to_radians().sin_cos());
            assert!(
                (sine - truth.0).abs() < 4e-15 && (cosine - truth.1).abs() < 4e-15,
                "{degrees}: {sine} {cosine}"
            );
        }
        assert_eq!(turn(0.0), (0.0, 1.0));
    }
}
