use super::*;
use crate::measure::{Bin, Calibration};
use crate::svg::{COLOURS, GRID};

/// The place, the size, the colour and the opacity of each area in front of the paper.
fn areas(svg: &str) -> Vec<([f64; 4], String, Option<f64>)> {
    let rects = svg.lines().filter(|line| line.starts_with("<rect ")).skip(1);
    let attribute = |rect: &str, name: &str| {
        let (_, rest) = rect.split_once(&format!(" {name}=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    };
    let number = |rect: &str, name: &str| attribute(rect, name).map(|value| value.parse().expect("a number"));
    let area = |rect: &str| {
        let place = ["x", "y", "width", "height"].map(|name| number(rect, name).expect("an attribute"));
        (place, attribute(rect, "fill").expect("a colour"), number(rect, "fill-opacity"))
    };
    rects.map(area).collect()
}

#[test]
fn bars_begin_at_zero_and_the_largest_is_the_first() {
    let named = |[a, b]: [f64; 2]| bars("a title", &[("a".into(), a), ("b".into(), b)]);
    let both = areas(&named([-1.0, 2.0]));
    assert_eq!(both[0], ([182.0, 38.0, 130.0, 14.0], COLOURS[2].into(), None));
    assert_eq!(both[1], ([117.0, 60.0, 65.0, 14.0], COLOURS[0].into(), None));
    let above = areas(&named([1.0, 4.0]));
    assert_eq!([above[0].0, above[1].0], [[52.0, 38.0, 260.0, 14.0], [52.0, 60.0, 65.0, 14.0]]);
    let below = areas(&named([-1.0, -4.0]));
    assert_eq!([below[0].0, below[1].0], [[52.0, 38.0, 260.0, 14.0], [247.0, 60.0, 65.0, 14.0]]);
    assert!(named([-1.0, 2.0]).contains("<title>b: 2.000</title>"));
}

#[test]
fn a_confusion_has_true_classes_in_rows() {
    let svg = confusion(&["cat".into(), "dog".into()], &[vec![3, 1], vec![0, 2]]);
    let areas = areas(&svg);
    let [x, y, ..] = areas[0].0;
    let corner = [[x, y], [x + 40.0, y], [x, y + 40.0], [x + 40.0, y + 40.0]];
    assert!(areas.iter().zip(corner).all(|(area, [x, y])| area.0 == [x, y, 39.0, 39.0]), "{areas:?}");
    let colours: Vec<&str> = areas.iter().map(|area| &*area.1).collect();
    assert_eq!(colours, [COLOURS[0], COLOURS[2], GRID, COLOURS[0]]);
    // The darker, the larger the share of the row.
    let shares: Vec<f64> = areas.iter().filter_map(|area| area.2).collect();
    assert_eq!(shares, [0.64, 0.42, 0.45, 0.72]);
    let names = |name: &str| svg.matches(&format!(">{name}</text>")).count();
    assert_eq!([names("cat"), names("dog"), names("3"), names("0")], [2, 2, 1, 0]);
}

#[test]
fn reliability_has_the_share_of_right_answers_as_the_height() {
    let mut bins = vec![Bin::default(); 10];
    bins[9] = Bin { samples: 2, probability: 0.95, right: 0.5 };
    bins[2] = Bin { samples: 3, probability: 0.25, right: 1.0 };
    let svg = reliability(&Calibration { bins, error: 0.25 });
    let areas = areas(&svg);
    assert_eq!(areas[0].0, [111.56, 30.0, 22.88, 260.0]);
    assert_eq!(areas[1].0, [293.56, 160.0, 22.88, 130.0]);
    assert_eq!(areas.len(), 2);
    assert!(svg.contains("<title>2 answers with 95.0 % on average, 50.0 % right</title>"), "{svg}");
}
