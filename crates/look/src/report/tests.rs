use toddle::{Conv2d, Dense, Flatten, NetworkSpec, Relu, Shape};
use toddle_data::Dataset;

use super::*;
use crate::film::{Film, Recorder};
use crate::inside::{filters, histograms, maps};
use crate::measure::{Calibration, Class, Classes, Errors, Numbers, Target};
use crate::picture::Pixels;

/// A name that would be markup, and run a script.
const HOSTILE: &str = "</script><img src=x onerror=alert(1)>&\"'`|*";

fn run() -> Run {
    let spec = NetworkSpec::new(Shape::image(1, 8, 8)).add(Conv2d::new(2, 3)).add(Relu).add(Flatten);
    let network = spec.add(Dense::new(2)).build::<f32>(1).unwrap();
    let bytes: Vec<u8> = (0..640).map(|i| (i * 37 % 251) as u8).collect();
    let dataset = Dataset::new("made", [1, 8, 8], bytes, (0..10).map(|n| n % 2).collect(), 2).unwrap();
    let dataset = dataset.with_class_names(vec![HOSTILE.into(), "b".into()]).unwrap();
    let recorder = Recorder::new(&network, &dataset, 10, 1);
    let frames = [0, 1].map(|epoch| recorder.frame(&network, epoch).unwrap()).into();
    let class = |class: &str| Class {
        class: class.into(),
        samples: 5,
        precision: Some(0.5),
        recall: Some(0.25),
        f1: None,
    };
    let x = dataset.inputs::<f32>();
    Run {
        name: HOSTILE.into(),
        facts: vec![("data", HOSTILE.into()), ("seed", "7".into())],
        repeats: true,
        repeat: format!("toddle train {HOSTILE}"),
        settings: format!("name = \"{HOSTILE}\"\n"),
        curves: "<svg></svg>".into(),
        measured_on: HOSTILE.into(),
        measured: Measured::Classes {
            classes: Classes {
                samples: 10,
                cross_entropy: 0.693,
                mean_squared_error: None,
                accuracy: 0.8125,
                top_5_accuracy: None,
                macro_precision: 0.5,
                macro_recall: 0.25,
                macro_f1: 0.4,
                classes: vec![class(HOSTILE), class("b")],
                confusion: vec![vec![4, 1], vec![2, 3]],
                worst: Vec::new(),
            },
            calibration: Calibration::of(&[0.9, 0.1, 0.6, 0.4], &[0, 1]),
            mistakes: vec![Tile {
                pixels: Pixels { shape: [1, 8, 8], bytes: dataset.image(0).into_owned() },
                lines: vec![HOSTILE.into()],
            }],
        },
        inside: Inside {
            layers: vec![LayerRow {
                name: HOSTILE.into(),
                what: HOSTILE.into(),
                output: "2".into(),
                parameters: 20,
                seconds: [None, Some(1e-6)],
            }],
            peak: Some(1e11),
            filters: filters(&network),
            sample: None,
            maps: maps(&network, &x[..64]).unwrap(),
            histograms: histograms(&network),
            units: (crate::inside::units(&network, &x).unwrap(), 10),
        },
        film: Some(Film::of(&recorder, frames)),
    }
}

#[test]
fn text_from_outside_is_never_markup() {
    let page = page(&[run(), run()], Some("<svg></svg>"));
    assert!(!page.contains("<img src=x"));
    assert_eq!(page.matches("</script>").count(), page.matches("<script").count());
    assert!(page.matches("&lt;/script&gt;").count() > 10);
    // What is in the film is JSON, and means the same.
    let film = page.split("<script type=\"application/json\">").nth(1).unwrap();
    let film: serde_json::Value = serde_json::from_str(film.split("</script>").next().unwrap()).unwrap();
    assert_eq!(film["classes"][0], HOSTILE);
    // The command stands between fences, where nothing is markup.
    let card = card(&run());
    let outside = card.lines().filter(|line| !line.starts_with("toddle train"));
    assert!(outside.clone().any(|line| line.contains("\\<img")));
    assert!(
        outside.clone().all(|line| line.matches("<img").count() == line.matches("\\<img").count()),
        "{card}"
    );
}

#[test]
fn only_a_run_that_repeats_promises_the_same_bits() {
    for (repeats, says) in [(true, "with the same bits"), (false, "with the same settings")] {
        let run = || Run { repeats, ..run() };
        for text in [page(&[run()], None), card(&run())] {
            assert!(text.contains(says), "{text}");
            assert_eq!(text.contains("with the same bits"), repeats);
        }
    }
}

#[test]
fn a_report_loads_nothing() {
    let page = page(&[run()], None);
    for loads in ["http://", "https://", "@import", "url(", "<link rel=\"stylesheet\"", "src=\"/"] {
        let page = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!page.contains(loads), "{loads}");
    }
    assert!(page.starts_with("<!doctype html>") && page.contains(MARK));
}

#[test]
fn figures_are_written_as_eval_prints_them() {
    let page = page(&[run()], None);
    for figure in ["81.25 %", "0.6930", "25.00 %", "–"] {
        assert!(page.contains(figure), "{figure}");
    }
    assert!(card(&run()).contains("| accuracy | 81.25 % |"));
}

#[test]
fn a_film_takes_as_many_filters_and_maps_as_fit() {
    let mut run = run();
    let film = run.film.as_mut().unwrap();
    let (channels, count) = (3, 200);
    film.head.filters = Some(("conv1".into(), [count, channels, 5, 5]));
    for frame in &mut film.frames {
        let filters = frame.filters.as_mut().unwrap();
        filters.bytes = vec![7; count * channels * 25];
    }
    let data = |page: &str| -> serde_json::Value {
        let film = page.split("<script type=\"application/json\">").nth(1).unwrap();
        serde_json::from_str(film.split("</script>").next().unwrap()).unwrap()
    };
    let shown = page(&[run], None);
    assert!(shown.contains("The first 64 of 200 filters."));
    let film = data(&shown);
    assert_eq!(film["filters"][0], 64);
    let bytes = film["frames"][0]["filters"].as_str().unwrap().len();
    assert_eq!(bytes, (64 * channels * 25usize).div_ceil(3) * 4);

    // Maps that do not fit have no heading.
    let mut run = self::run();
    run.film.as_mut().unwrap().head.maps[0].1 = [1, 10_000, 10_000];
    let shown = page(&[run], None);
    assert!(data(&shown)["maps"].is_null());
    assert!(!shown.contains("data-part=\"maps\""));
}

#[test]
fn a_cell_without_a_value_has_a_dash_and_a_short_time_is_not_zero() {
    let errors = |r_squared| Errors {
        accuracy: None,
        mean_squared_error: 0.25,
        mean_absolute_error: 0.5,
        root_mean_squared_error: 0.5,
        r_squared,
    };
    let target = |r_squared| Target { target: "y".into(), errors: errors(r_squared), points: Vec::new() };
    let mut run = run();
    run.measured = Measured::Numbers(Numbers {
        samples: 2,
        all: errors(None),
        targets: vec![target(None), target(Some(0.5))],
        worst: Vec::new(),
    });
    run.inside.layers[0].seconds[1] = Some(4e-9);
    let page = page(&[run], None);
    let row = page.split("<th scope=\"row\">y</th>").nth(1).unwrap().split("</tr>").next().unwrap();
    assert_eq!(row.matches("<td").count(), 3, "{row}");
    assert!(page.contains("0.004000 µs"), "4 ns");
}
