//! Upsampling, padding and cropping beyond the table of cases: which elements an output takes, and how settings are
//! written.

use toddle::{Crop, LayerSpec, NetworkSpec, Pad, PadMode, Shape, Upsample, UpsampleMode};

/// The output of a layer for a row of pixels 0, 1, 2, …
fn row(layer: impl Into<LayerSpec>, pixels: usize) -> Vec<f64> {
    let network = NetworkSpec::new(Shape::image(1, 1, pixels)).add(layer).build::<f64>(0).unwrap();
    network.predict(&(0..pixels).map(|pixel| pixel as f64).collect::<Vec<_>>()).unwrap()
}

#[test]
fn edges_are_mirrored_repeated_or_constant() {
    let pad = |left, right| Pad::new([0, 0, left, right]);
    assert_eq!(row(pad(2, 1).constant(-1.0), 3), [-1.0, -1.0, 0.0, 1.0, 2.0, -1.0]);
    assert_eq!(row(pad(2, 1).mode(PadMode::Reflect), 3), [2.0, 1.0, 0.0, 1.0, 2.0, 1.0]);
    assert_eq!(row(pad(2, 4).mode(PadMode::Replicate), 3), [0.0, 0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0]);
    assert_eq!(row(pad(3, 2).mode(PadMode::Circular), 3), [0.0, 1.0, 2.0, 0.0, 1.0, 2.0, 0.0, 1.0]);
    assert_eq!(row(Crop::new([0, 0, 2, 1]), 5), [2.0, 3.0]);
}

#[test]
fn points_between_two_pixels_take_both() {
    let bilinear = Upsample::new((1, 2)).mode(UpsampleMode::Bilinear);
    assert_eq!(row(bilinear, 3), [0.0, 0.25, 0.75, 1.25, 1.75, 2.0]);
    let aligned = row(bilinear.align_corners(true), 3);
    assert!(aligned.iter().enumerate().all(|(n, y)| (y - 0.4 * n as f64).abs() < 1e-15), "{aligned:?}");
    assert_eq!(row(Upsample::new((1, 3)), 2), [0.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
}

/// 49 and 98 are factors for which a quotient that is rounded first gives a wrong pixel.
#[test]
fn each_pixel_is_repeated_equally_often() {
    for scale in 1..=100 {
        let expected: Vec<f64> = (0..3 * scale).map(|place| (place / scale) as f64).collect();
        assert_eq!(row(Upsample::new((1, scale)), 3), expected, "scale {scale}");
    }
}

#[test]
fn settings_are_read_as_they_are_written() {
    let read = |text: &str| serde_json::from_str::<LayerSpec>(text);
    for (text, display) in [
        (r#"{"kind":"upsample","scale":2}"#, "upsample { scale = 2×2 }"),
        (
            r#"{"kind":"upsample","scale":[1,3],"mode":"bilinear","align_corners":true}"#,
            "upsample { scale = 1×3, mode = bilinear, align_corners = true }",
        ),
        (r#"{"kind":"pad","padding":1}"#, "pad { padding = 1 }"),
        (
            r#"{"kind":"pad","padding":[1,2,0,0],"mode":"constant","value":0.5}"#,
            "pad { padding = [1, 2, 0, 0], mode = constant, value = 0.5 }",
        ),
        (r#"{"kind":"crop","sides":[0,0,1,1]}"#, "crop { sides = [0, 0, 1, 1] }"),
        (r#"{"kind":"group_norm","groups":4}"#, "group_norm { groups = 4 }"),
        (
            r#"{"kind":"group_norm","groups":4,"affine":false,"epsilon":0.001}"#,
            "group_norm { groups = 4, affine = false, epsilon = 1e-3 }",
        ),
        (r#"{"kind":"layer_norm"}"#, "layer_norm"),
        (r#"{"kind":"layer_norm","affine":false}"#, "layer_norm { affine = false }"),
        (r#"{"kind":"batch_norm","affine":false}"#, "batch_norm { affine = false }"),
    ] {
        let spec = read(text).unwrap();
        assert_eq!(spec.to_string(), display);
        assert_eq!(read(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
    }
    let text = serde_json::to_string(&LayerSpec::from(toddle::BatchNorm::default())).unwrap();
    assert_eq!(
        text, r#"{"kind":"batch_norm","epsilon":0.00001,"momentum":0.1}"#,
        "old files keep their bits"
    );
    for (text, expected) in [
        (r#"{"kind":"pad","padding":1,"mode":"mirror"}"#, "`reflect`"),
        (r#"{"kind":"upsample"}"#, "scale"),
        (r#"{"kind":"group_norm"}"#, "groups"),
    ] {
        let error = read(text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
