use toddle::{Conv2d, Dense, Fit, Flatten, Loss, MaxPool2d, Network, NetworkSpec, Relu, Sgd, Shape};
use toddle_data::Dataset;

use super::*;

fn network() -> Network<f32> {
    NetworkSpec::new(Shape::image(1, 40, 40))
        .add(Conv2d::new(5, 3))
        .add(Relu)
        .add(MaxPool2d::new(2))
        .add(Conv2d::new(40, 3))
        .add(Flatten)
        .add(Dense::new(3))
        .build(1)
        .unwrap()
}

fn dataset(count: usize) -> Dataset {
    let bytes: Vec<u8> = (0..count * 1600).map(|i| (i * 37 % 251) as u8).collect();
    Dataset::new("made", [1, 40, 40], bytes, (0..count).map(|n| n as u32 % 3).collect(), 3).unwrap()
}

fn film() -> (Recorder<f32>, Film) {
    let (network, dataset) = (network(), dataset(50));
    let recorder = Recorder::new(&network, &dataset, 5000, 100);
    let frames = (0..=100).filter(|&epoch| recorder.is_due(epoch));
    let frames = frames.map(|epoch| recorder.frame(&network, epoch).unwrap()).collect();
    let film = Film::of(&recorder, frames);
    (recorder, film)
}

#[test]
fn a_film_is_read_as_it_was_written() {
    let (_, film) = film();
    assert!((20..=MOST_FRAMES).contains(&film.frames.len()), "{} frames", film.frames.len());
    let text = film.to_lines();
    assert!(text.len() <= MOST_BYTES, "{} bytes", text.len());
    assert_eq!(Film::from_lines(&text).unwrap(), film);
    // A training that was killed while it wrote a frame.
    let cut = Film::from_lines(&text[..text.len() - 9]).unwrap();
    assert_eq!(cut.frames[..], film.frames[..film.frames.len() - 1]);
    for bad in ["", "{}", "x", &text.replacen("\"toddle_film\":1", "\"toddle_film\":2", 1)] {
        assert!(Film::from_lines(bad).unwrap_err().to_string().contains("this is no film"));
    }
    let small = text.replacen("[5,1,3,3]", "[5,9,3,3]", 1);
    assert!(Film::from_lines(&small).unwrap().frames.is_empty());
}

#[test]
fn a_frame_shows_the_network() {
    let (network, dataset) = (network(), dataset(50));
    let (recorder, film) = film();
    assert_eq!(film.head.samples[..4], [0, 1, 2, 3]);
    assert_eq!(film.head.captions[..4], ["0", "1", "2", "0"]);
    let frame = &film.frames[0];
    let filters = film.filters(frame).unwrap();
    let truth = crate::inside::filters(&network).unwrap();
    let step = 2.0 * truth.most() / 255.0;
    assert!(filters.weights.iter().zip(&truth.weights).all(|(kept, weight)| (kept - weight).abs() < step));
    let mut x = vec![0.0; 1600];
    dataset.write_input(film.head.samples[1], &mut x);
    let maps = &crate::inside::maps(&network, &x).unwrap()[0];
    // The map of 38×38 is kept as 19×19: the mean of four elements.
    assert_eq!(film.head.maps[0], ("relu1".to_owned(), [5, 19, 19]));
    let kept = frame.maps[0].number(5 * 361 + 2 * 361 + 19 + 3);
    let mean = [0, 1, 38, 39].map(|at| maps.values[2 * 1444 + 2 * 38 + 6 + at]).iter().sum::<f64>() / 4.0;
    assert!((kept - mean).abs() <= (frame.maps[0].high - frame.maps[0].low) / 255.0, "{kept} and {mean}");
    assert_eq!(frame.confusion.iter().sum::<u32>(), 50);
    assert_eq!(recorder.frame(&network, 0).unwrap(), *frame);
}

#[test]
fn a_damaged_head_is_refused() {
    let text = film().1.to_lines();
    for (good, bad) in [
        ("[5,1,3,3]", "[5,0,3,3]"),
        ("[5,19,19]", "[5,0,19]"),
        ("[5,19,19]", "[10000000000,10000000000,0]"),
        ("[5,19,19]", "[5,18446744073709551615,19]"),
    ] {
        let error = Film::from_lines(&text.replacen(good, bad, 1)).unwrap_err().to_string();
        assert!(error.contains("without a size"), "{bad}: {error}");
    }
    let (_, mut film) = film();
    film.head.maps[0].1 = [5, usize::MAX, 19];
    assert!(film.map(&film.frames[0], 0, 0, 0).is_none());
    film.head.maps[0].1 = [5, 0, 19];
    assert!(film.map(&film.frames[0], 0, 0, 0).is_none());
}

#[test]
fn a_film_of_many_layers_is_small() {
    let mut spec = NetworkSpec::new(Shape::image(1, 40, 400)).add(Conv2d::new(100, 14).stride(4)).add(Relu);
    spec = spec.add(Conv2d::new(40, 3)).add(Flatten);
    spec = (0..300).fold(spec, |spec, _| spec.add(Dense::new(2)));
    let network = spec.build::<f32>(1).unwrap();
    let bytes: Vec<u8> = (0..24 * 16_000).map(|i| (i * 37 % 251) as u8).collect();
    let numbers = vec![0.1234567_f32; 24 * 2000];
    let dataset = Dataset::with_numbers("made", [1, 40, 400], bytes, numbers, 2000).unwrap();
    let recorder = Recorder::new(&network, &dataset, 24, 24);
    let frame = recorder.frame(&network, 0).unwrap();
    let film = Film::of(&recorder, vec![frame; MOST_FRAMES]);
    let length = film.to_lines().len();
    assert!(length <= MOST_BYTES, "{length} bytes");
    // A map that is long keeps its rows.
    assert!(film.head.maps.iter().any(|(_, [_, height, width])| *height > 0 && width > height));
    assert!(film.frames[0].histograms.len() >= 60);
}

#[test]
fn a_recorder_changes_no_bit_of_a_training() {
    let dataset = dataset(30);
    let (x, y) = (dataset.inputs::<f32>(), dataset.one_hot::<f32>());
    let fit = Fit::new(Loss::cross_entropy(), Sgd::new(0.01)).epochs(3).batch(10);
    let (mut plain, mut filmed) = (network(), network());
    fit.run(&mut plain, &x, &y).unwrap();
    let recorder = Recorder::new(&filmed, &dataset, 30, 3);
    let mut frames = 0;
    let hook = |epoch: &toddle::Epoch, network: &Network<f32>, _: &mut toddle::Trainer<f32>| {
        frames += usize::from(recorder.frame(network, epoch.number).is_ok());
        std::ops::ControlFlow::Continue(())
    };
    fit.run_observed(&mut filmed, &x, &y, toddle::AfterEpoch(hook)).unwrap();
    assert_eq!(frames, 3);
    assert!(plain.weights().iter().zip(filmed.weights()).all(|(a, b)| a.to_bits() == b.to_bits()));
}
