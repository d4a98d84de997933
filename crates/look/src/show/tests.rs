use std::fs;

use tempfile::TempDir;
use toddle::checkpoint::{self, About};
use toddle::{Dense, Flatten, Network, NetworkSpec, Shape, Sigmoid};
use toddle_data::Model;

use super::*;

/// A network of one output for pictures of 1×28, whose pixels all speak for the second class, and its model.
fn network() -> (Network<f64>, Model) {
    let spec = NetworkSpec::new(Shape::image(1, 1, 28)).add(Flatten).add(Dense::new(1)).add(Sigmoid);
    let mut network = spec.build::<f64>(0).expect("a network");
    network.weights_mut().fill(1.0);
    let home = TempDir::new().expect("a folder");
    let file = home.path().join("model.safetensors");
    let about = About { classes: vec!["cat".into(), "dog".into()], ..About::default() };
    fs::write(&file, checkpoint::encode(&network, &about, None)).expect("a file");
    let model = Model::open(&file).expect("a model");
    (network, model)
}

fn scene<'a>(network: &'a Network<f64>, model: &'a Model) -> Scene<'a, f64> {
    let limits =
        Limits { of: vec![[0.0, 1.0]], shade: vec![[1.0, 0.0]], shades: [0.0, 1.0], background: vec![0.0] };
    Scene { network, model, x: vec![0.5; 28], caption: "sample 0".into(), limits }
}

fn sheet(shown: Shown) -> Sheet {
    match shown {
        Shown::Sheet(sheet) => sheet,
        Shown::Chart(chart) => panic!("images, not {chart}"),
    }
}

#[test]
fn a_single_score_speaks_against_the_first_class() {
    let (network, model) = network();
    let scene = scene(&network, &model);
    for (class, name, speaks_for) in [(Some(0), "cat", false), (Some(1), "dog", true), (None, "dog", true)] {
        let sheet = sheet(scene.saliency(class).expect("an explanation"));
        assert!(sheet.title.starts_with(&format!("What speaks for {name}: ")), "{}", sheet.title);
        // The sample, gradient × input, integrated gradients, and occlusion of a picture that is less high than the square.
        assert_eq!(sheet.cells.len(), 4);
        for cell in &sheet.cells[1..] {
            let (red, blue) = (cell.image[14], cell.image[2 * 28 + 14]);
            assert_eq!(red > blue, speaks_for, "{name}, {:?}: {red} {blue}", cell.lines);
        }
        let sign = if speaks_for { "14.00" } else { "-14.00" };
        assert!(
            sheet.subtitle.contains(&format!("sum to {sign}, the scores differ by {sign}")),
            "{}",
            sheet.subtitle
        );
    }
    let excited = sheet(scene.excite(None, None).expect("a picture"));
    assert_eq!(excited.cells.len(), 1);
    assert_eq!(excited.cells[0].lines[0], "dog");
}

#[test]
fn a_picture_has_the_colours_of_its_file() {
    let spec = NetworkSpec::new(Shape::image(3, 1, 1)).add(Flatten).add(Dense::new(1)).add(Sigmoid);
    let network = spec.build::<f64>(0).expect("a network");
    // Three channels with means and deviations of their own: the file has the bytes 200, 80 and 30.
    let shade = vec![[0.1, 0.5], [0.2, 0.3], [0.05, 0.1]];
    let bytes = [200.0, 80.0, 30.0];
    let x = bytes.iter().zip(&shade).map(|(byte, [factor, added])| (byte / 255.0 - added) / factor).collect();
    let home = TempDir::new().expect("a folder");
    let file = home.path().join("model.safetensors");
    fs::write(&file, checkpoint::encode(&network, &About::default(), None)).expect("a file");
    let model = Model::open(&file).expect("a model");
    let limits = Limits { of: vec![[-3.0, 3.0]; 3], shade, shades: [0.0, 1.0], background: vec![0.0; 3] };
    let scene = Scene { network: &network, model: &model, x, caption: "sample 0".into(), limits };
    assert_eq!(scene.sample().expect("a picture").bytes, [200, 80, 30]);
}
