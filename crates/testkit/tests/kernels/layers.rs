//! Every layer, in both families, every form of vectors and both number types: the bits of its reference, and the slopes of
//! its function.

use toddle::layer::{Descend, Family};
use toddle::{Isa, Jacobian, LayerSpec, NumpyRandom, Softmax};
use toddle_kernels::dropout::Draw;
use toddle_kernels::{dense, noise, update};
use toddle_lanes::{Purpose, key, philox};
use toddle_testkit::cases::{Case, cases};
use toddle_testkit::lent::{Lent, Outcome, alone, has_the_bits_of_its_reference};
use toddle_testkit::numbers::{apart, below, numbers, same_bits, to_block};
use toddle_testkit::{gradient, random};

#[test]
fn kernels_have_the_bits_of_their_references() {
    for case in cases() {
        for family in [Family::Row, Family::Block] {
            has_the_bits_of_its_reference::<f32>(&case, family, family.samples(), 1).unwrap();
            has_the_bits_of_its_reference::<f64>(&case, family, family.samples(), 1).unwrap();
        }
    }
}

/// A layer of each kind that the table has.
fn kinds() -> Vec<LayerSpec> {
    let mut kinds: Vec<LayerSpec> = Vec::new();
    for Case { spec, .. } in cases() {
        if kinds.iter().all(|other| other.kind() != spec.kind()) {
            kinds.push(spec);
        }
    }
    kinds
}

#[test]
fn kernels_have_the_bits_of_their_references_at_random_shapes() {
    for kind in kinds() {
        let mut random = NumpyRandom::new(1);
        for n in 0..2000 {
            let (case, seed) = (random::case(&kind, &mut random), 4 * n);
            has_the_bits_of_its_reference::<f32>(&case, Family::Row, 1, seed).unwrap();
            has_the_bits_of_its_reference::<f64>(&case, Family::Row, 1, seed).unwrap();
            let samples = 1 + below(&mut random, Family::Block.samples());
            has_the_bits_of_its_reference::<f32>(&case, Family::Block, samples, seed).unwrap();
            has_the_bits_of_its_reference::<f64>(&case, Family::Block, samples, seed).unwrap();
        }
    }
}

#[test]
fn whole_batch_gradients_are_the_tree_of_their_leaves() {
    for case in cases().iter().filter(|case| matches!(case.spec, LayerSpec::Dense(_))) {
        for isa in Isa::available() {
            for blocks in [1, 2, 3, 5, 7, 8, 11] {
                let lent = Lent::<f32>::new(case, *isa, alone(Family::Block, 16), 1);
                let outputs = lent.outputs();
                let each: Vec<_> = (0..blocks)
                    .map(|b| (numbers(10 + b, case.input.size() * 16), numbers(90 + b, outputs)))
                    .collect();
                let leaves: Vec<Vec<f32>> =
                    each.iter().map(|(x, dy)| lent.reference.leaf(&lent.params, x, dy)).collect();
                let tree =
                    |i| update::reference::tree(&leaves.iter().map(|leaf| leaf[i]).collect::<Vec<_>>());
                let expected: Vec<f32> = (0..lent.params.len()).map(tree).collect();
                let each: Vec<_> = each.into_iter().map(|(x, dy)| (to_block(&x), to_block(&dy))).collect();
                same_bits(&format!("{} {blocks} blocks", lent.name), &lent.rows(&each), &expected).unwrap();
            }
        }
    }
}

#[test]
fn descending_has_the_bits_of_its_reference() {
    let dense = |case: &Case| matches!(case.spec, LayerSpec::Dense(_));
    for (case, isa) in cases()
        .iter()
        .filter(|case| dense(case))
        .flat_map(|case| Isa::available().iter().map(move |isa| (case, *isa)))
    {
        let lent = Lent::<f64>::new(case, isa, alone(Family::Row, 1), 1);
        assert!(lent.layer.needs(Family::Row).descends);
        let outputs = lent.outputs();
        let (x, dy) = (numbers::<f64>(2, case.input.size()), numbers::<f64>(3, outputs));
        let (mut expected, mut expected_dx) = (lent.params.clone(), vec![0.0; x.len()]);
        let (w, b) = expected.split_at_mut(x.len() * outputs);
        dense::reference::descend_row(&x, w, b, &dy, &mut expected_dx, 0.3);

        for wanted in [true, false] {
            let mut params = lent.params.clone();
            let mut dx = vec![f64::NAN; x.len()];
            let dx_wanted = wanted.then_some(&mut dx[..]);
            let io = Descend { isa, params: &mut params, x: &x, dy: &dy, dx: dx_wanted, rate: 0.3 };
            lent.layer.descend(io);
            same_bits(&format!("{}: weights", lent.name), &params, &expected).unwrap();
            if wanted {
                same_bits(&format!("{}: dx", lent.name), &dx, &expected_dx).unwrap();
            }
        }
    }
}

/// Inputs between −4 and 4, none of them within a difference of 0, ¼, 3 or −3, where activations have kinks.
fn clear_of_kinks(len: usize) -> Vec<f64> {
    let clear = |x: f64| [0.0, 0.25, 3.0, -3.0].iter().all(|kink| (x - kink).abs() > 0.01);
    numbers::<f64>(2, len).iter().map(|x| if clear(4.0 * x) { 4.0 * x } else { 4.0 * x + 0.05 }).collect()
}

/// Checks dx and the gradient to the parameters against central differences of `Σ dy·y`.
fn slopes_are_right(case: &Case, isa: Isa, family: Family) -> Result<(), String> {
    let mut lent = Lent::<f64>::new(case, isa, alone(family, family.samples()), 1);
    let inputs = case.input.size() * family.samples();
    let x = match case.spec {
        // Numbers that are nearly equal would change places while differences are taken.
        LayerSpec::AdaptiveMaxPool2d(_)
        | LayerSpec::GlobalMaxPool
        | LayerSpec::MaxPool1d(_)
        | LayerSpec::MaxPool2d(_) => apart(2, inputs),
        LayerSpec::Embedding(_) => case.inputs(2, family.samples()),
        _ => clear_of_kinks(inputs),
    };
    let dy = numbers::<f64>(3, lent.outputs());
    let Outcome { dx, gradient, .. } = lent.run(&x, &dy);
    let name = lent.name.clone();
    let value = |y: Vec<f64>| y.iter().zip(&dy).map(|(y, dy)| y * dy).sum::<f64>();
    gradient::check(&format!("{name}: dx"), &dx, &x, |x| value(lent.forward(x)))?;
    if gradient.is_empty() {
        return Ok(());
    }
    let params = lent.params.clone();
    gradient::check(&format!("{name}: gradient"), &gradient, &params, |params| {
        lent.params.copy_from_slice(params);
        lent.pack();
        value(lent.forward(&x))
    })
}

#[test]
fn slopes_agree_with_central_differences() {
    for case in cases().iter().filter(|case| !takes_the_shortcut(case)) {
        for family in [Family::Row, Family::Block] {
            slopes_are_right(case, Isa::detect(), family).unwrap();
        }
    }
}

/// Whether the layer is a softmax with the post's diagonal Jacobian.
fn takes_the_shortcut(case: &Case) -> bool {
    matches!(case.spec, LayerSpec::Softmax(Softmax { jacobian: Jacobian::Diagonal, .. }))
}

#[test]
fn the_posts_diagonal_softmax_is_no_gradient_and_is_found_out() {
    for case in cases() {
        if takes_the_shortcut(&case) && case.input.size() > 1 {
            for family in [Family::Row, Family::Block] {
                assert!(slopes_are_right(&case, Isa::detect(), family).is_err(), "{}", case.name());
            }
        }
    }
}

#[test]
fn every_kind_of_layer_has_cases() {
    // The tests of whole networks have residual blocks, and layers that join values or share weights. Layers of a user have tests
    // of their own.
    let elsewhere = ["concat", "custom", "product", "residual", "shared", "sum"];
    let cases = cases();
    for kind in LayerSpec::KINDS.iter().filter(|kind| !elsewhere.contains(kind)) {
        assert!(cases.iter().any(|case| case.spec.kind() == *kind), "{kind} has no case");
    }
}

#[test]
fn every_layer_reads_back_what_it_writes() {
    for case in cases() {
        let text = serde_json::to_string(&case.spec).unwrap();
        assert_eq!(serde_json::from_str::<LayerSpec>(&text).unwrap(), case.spec, "{text}");
    }
    let text = serde_json::to_string(&LayerSpec::from(toddle::Elu { alpha: 0.5 })).unwrap();
    assert_eq!(text, r#"{"kind":"elu","alpha":0.5}"#);
}

#[test]
fn noise_is_box_and_mullers_function_of_the_random_words() {
    let draw = Draw { seed: 7, step: 2, sample: 5, layer: 3 };
    let (mut y, mut single) = ([0.0f64; 1000], [0.0f32; 1000]);
    noise::reference::forward(&draw, 1.0, &[0.0; 1000], &mut y);
    noise::reference::forward(&draw, 1.0, &[0.0; 1000], &mut single);
    for (n, (y, single)) in y.into_iter().zip(single).enumerate() {
        let words = philox([n as u32 / 2, 5, 2, 3 << 8 | Purpose::Layer as u32], key(7));
        let [u, v] = [0, 1].map(|word| (f64::from(words[n % 2 * 2 + word]) + 0.5) / 4_294_967_296.0);
        let expected = (-2.0 * u.ln()).sqrt() * (2.0 * std::f64::consts::PI * v).cos();
        assert!((y - expected).abs() < 1e-14, "{n}: {y} instead of {expected}");
        assert!((f64::from(single) - expected).abs() < 4e-6, "{n}: {single} instead of {expected}");
    }
    for word in [0, u32::MAX] {
        assert!(noise::normal::<f32>(noise::share(word), noise::share(word)).is_finite());
    }
}
