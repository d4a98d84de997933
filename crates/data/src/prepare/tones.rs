//! What of a grey image is ink, and what is paper.

/// How light paper and ink are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tones {
    pub paper: u8,
    pub ink: u8,
    /// What lies between them.
    threshold: f32,
}

/// Tones that are closer than that are of an empty sheet.
const LEAST_CONTRAST: u8 = 24;

impl Tones {
    /// Of an image's pixels. `None` if there is no ink.
    ///
    /// The threshold parts the pixels so that the two groups' means are as far apart as can be for their sizes (Otsu's).
    /// Paper is the group that most of the border belongs to.
    pub fn of(pixels: &[u8], height: usize, width: usize) -> Option<Tones> {
        let threshold = threshold(&histogram(pixels.iter().copied()))?;
        let border = (0..pixels.len()).filter(|&p| is_border(p, height, width));
        let (light, all) =
            border.fold((0, 0), |(light, all), p| (light + usize::from(pixels[p] > threshold), all + 1));
        let light_paper = 2 * light > all;
        let group = |light: bool| {
            histogram(pixels.iter().copied().filter(move |&pixel| (pixel > threshold) == light))
        };
        let paper = quantile(&group(light_paper), 0.5);
        // The ink at its strongest, but for some pixels.
        let ink = quantile(&group(!light_paper), if light_paper { 0.05 } else { 0.95 });
        (paper.abs_diff(ink) >= LEAST_CONTRAST).then_some(Tones {
            paper,
            ink,
            threshold: f32::from(threshold) + 0.5,
        })
    }

    /// Whether ink is darker than paper.
    pub fn is_dark_on_light(&self) -> bool {
        self.ink < self.paper
    }

    /// A pixel as MNIST has it: 0 for paper, 255 for ink. What is less than half way from paper to the threshold is paper:
    /// shadows, and what lossy formats leave around strokes.
    pub fn stretch(&self, pixel: u8) -> u8 {
        let amount =
            |tone: f32| (tone - f32::from(self.paper)) / (f32::from(self.ink) - f32::from(self.paper));
        let (ink, least) = (amount(f32::from(pixel)), amount(self.threshold) / 2.0);
        if ink < least { 0 } else { (ink * 255.0).round().clamp(0.0, 255.0) as u8 }
    }
}

/// The pixels under even light, if the light falls off in a straight line across the paper, as on a photograph: then the
/// border, which is paper, says how. `None` if it does not.
pub fn even(pixels: &[u8], height: usize, width: usize) -> Option<Vec<u8>> {
    let middle = |side: usize| (side as f64 - 1.0) / 2.0;
    let place = |p: usize| ((p / width) as f64 - middle(height), (p % width) as f64 - middle(width));
    let border: Vec<usize> = (0..pixels.len()).filter(|&p| is_border(p, height, width)).collect();
    let mean = border.iter().map(|&p| f64::from(pixels[p])).sum::<f64>() / border.len() as f64;
    let (mut down, mut across, mut down_down, mut across_across, mut all) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &p in &border {
        let ((y, x), tone) = (place(p), f64::from(pixels[p]) - mean);
        (down, across) = (down + y * tone, across + x * tone);
        (down_down, across_across, all) = (down_down + y * y, across_across + x * x, all + tone * tone);
    }
    // Around the middle, rows and columns of a border are not correlated: each slope is by itself.
    let explained = down * down / down_down.max(1.0) + across * across / across_across.max(1.0);
    let slopes = (down / down_down.max(1.0), across / across_across.max(1.0));
    let fall = slopes.0.abs() * height as f64 + slopes.1.abs() * width as f64;
    (explained > all / 2.0 && fall >= f64::from(LEAST_CONTRAST)).then(|| {
        let evened = |(p, &pixel): (usize, &u8)| {
            let (y, x) = place(p);
            (f64::from(pixel) - slopes.0 * y - slopes.1 * x).round().clamp(0.0, 255.0) as u8
        };
        pixels.iter().enumerate().map(evened).collect()
    })
}

fn is_border(p: usize, height: usize, width: usize) -> bool {
    let (y, x) = (p / width, p % width);
    y == 0 || x == 0 || y + 1 == height || x + 1 == width
}

fn histogram(pixels: impl Iterator<Item = u8>) -> [u64; 256] {
    let mut counts = [0; 256];
    pixels.for_each(|pixel| counts[usize::from(pixel)] += 1);
    counts
}

/// The greatest pixel of the darker group. `None` if all pixels are alike.
fn threshold(counts: &[u64; 256]) -> Option<u8> {
    let weigh = |counts: &[u64]| counts.iter().sum::<u64>() as f64;
    let total = weigh(counts);
    let moment: f64 = counts.iter().enumerate().map(|(tone, &count)| tone as f64 * count as f64).sum();
    let (mut below, mut moment_below) = (0.0, 0.0);
    let mut best = (0.0, None);
    for tone in 0..255 {
        below += counts[tone] as f64;
        moment_below += tone as f64 * counts[tone] as f64;
        let above = total - below;
        if below > 0.0 && above > 0.0 {
            let apart = moment_below / below - (moment - moment_below) / above;
            let variance = below * above * apart * apart;
            if variance > best.0 {
                best = (variance, Some(tone as u8));
            }
        }
    }
    best.1
}

/// The tone that such a part of the pixels does not exceed.
fn quantile(counts: &[u64; 256], part: f64) -> u8 {
    let wanted = counts.iter().sum::<u64>() as f64 * part;
    let mut sum = 0;
    for (tone, count) in counts.iter().enumerate() {
        sum += count;
        if sum > 0 && sum as f64 >= wanted {
            return tone as u8;
        }
    }
    255
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet of 10×10 with a stroke of 2×6 in its middle.
    fn sheet(paper: u8, ink: u8) -> Vec<u8> {
        let is_ink = |p: usize| (4..6).contains(&(p % 10)) && (2..8).contains(&(p / 10));
        (0..100).map(|p| if is_ink(p) { ink } else { paper }).collect()
    }

    #[test]
    fn paper_is_what_the_border_is() {
        for (paper, ink) in [(0, 255), (255, 0), (200, 60), (40, 120)] {
            let tones = Tones::of(&sheet(paper, ink), 10, 10).expect("there is ink");
            assert_eq!((tones.paper, tones.ink), (paper, ink));
            assert_eq!(tones.is_dark_on_light(), ink < paper);
            assert_eq!((tones.stretch(paper), tones.stretch(ink)), (0, 255));
        }
    }

    #[test]
    fn an_empty_sheet_has_no_ink() {
        assert_eq!(Tones::of(&sheet(255, 255), 10, 10), None);
        assert_eq!(Tones::of(&sheet(100, 110), 10, 10), None);
        assert_eq!(Tones::of(&[7], 1, 1), None);
    }

    #[test]
    fn light_that_falls_off_is_evened() {
        let shaded: Vec<u8> =
            sheet(150, 60).iter().enumerate().map(|(p, &tone)| tone + 8 * (p % 10) as u8).collect();
        let evened = even(&shaded, 10, 10).expect("it falls off");
        assert!(evened.iter().zip(sheet(186, 96)).all(|(a, b)| a.abs_diff(b) <= 1), "{evened:?}");
        assert_eq!(even(&sheet(150, 60), 10, 10), None);
        assert_eq!(even(&[3], 1, 1), None);
    }

    #[test]
    fn shadows_are_paper() {
        let mut shaded = sheet(230, 20);
        shaded[..30].iter_mut().for_each(|pixel| *pixel = (*pixel).min(190));
        let tones = Tones::of(&shaded, 10, 10).expect("there is ink");
        assert_eq!(tones.stretch(190), 0);
    }
}
