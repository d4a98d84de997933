//! Samples, their labels, and the numbers made of both.

use toddle_data::{DataError, Dataset, MAX_CLASSES};

/// Three images of 2×2, whose pixels count up.
fn three() -> Dataset {
    Dataset::new("three", [1, 2, 2], (0..12_u8).collect::<Vec<u8>>(), vec![2, 0, 1], 3).unwrap()
}

#[test]
fn images_and_labels_stay_together() {
    let images = three();
    assert_eq!((images.len(), images.height(), images.width(), images.classes()), (3, 2, 2, 3));
    assert_eq!(
        [&*images.image(0), &*images.image(1), &*images.image(2)],
        [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    );
    assert_eq!(images.labels(), [2, 0, 1]);
}

#[test]
fn first_takes_that_many_and_never_fewer() {
    for n in 0..=3 {
        let first = three().first(n).unwrap();
        assert_eq!((first.len(), first.is_empty(), first.labels()), (n, n == 0, &[2, 0, 1][..n]));
        assert_eq!(first.inputs::<f32>(), three().inputs::<f32>()[..4 * n]);
        assert_eq!(first.one_hot::<f32>(), three().one_hot::<f32>()[..3 * n]);
    }
    assert!(matches!(three().first(4), Err(DataError::TooFew { count: 3, asked: 4, .. })));
    assert!(matches!(three().first(usize::MAX), Err(DataError::TooFew { .. })));
}

#[test]
fn pixels_are_divided_in_f32_whatever_they_become() {
    let images = Dataset::new("all", [1, 16, 16], (0..=255).collect::<Vec<u8>>(), vec![0], 1).unwrap();
    let (narrow, wide) = (images.inputs::<f32>(), images.inputs::<f64>());
    for pixel in 0..=255_u8 {
        let scaled = f32::from(pixel) / 255.0;
        assert_eq!(narrow[usize::from(pixel)].to_bits(), scaled.to_bits());
        assert_eq!(wide[usize::from(pixel)].to_bits(), f64::from(scaled).to_bits());
    }
    // The f32 nearest to 100 / 255. Dividing in f64 would give 0.39215686274509803.
    assert_eq!(wide[100], 0.3921568691730499);
    assert_eq!((narrow[0], narrow[255]), (0.0, 1.0));
}

#[test]
fn one_hot_has_one_one_a_row_at_the_label() {
    let labels: Vec<u32> = (0..=255).rev().collect();
    let images = Dataset::new("all", [1, 1, 1], vec![0; 256], labels.clone(), 256).unwrap();
    for (row, label) in images.one_hot::<f64>().chunks(256).zip(labels) {
        assert_eq!(row.iter().sum::<f64>(), 1.0);
        assert_eq!(row[label as usize], 1.0);
    }
}

#[test]
fn pixels_must_fill_the_images() {
    let (most, half) = (usize::MAX, usize::MAX / 2 + 1); // half · 2 wraps to 0
    for (size, pixels) in
        [([2, 2], 11), ([2, 2], 13), ([2, 2], 0), ([0, 2], 1), ([most, 2], 12), ([half, 2], 0)]
    {
        match Dataset::new("t", [1, size[0], size[1]], vec![0; pixels], vec![0; 3], 1) {
            Err(DataError::Values { dims, got, .. }) => {
                assert_eq!((dims, got), ([3, 1, size[0], size[1]], pixels))
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn no_images_of_any_size_are_harmless() {
    for size in [[2, 2], [0, 0], [usize::MAX, 2], [usize::MAX, usize::MAX]] {
        let none = Dataset::new("none", [1, size[0], size[1]], Vec::<u8>::new(), vec![], 10).unwrap();
        assert!(none.is_empty() && none.first(0).unwrap().is_empty());
        assert!(none.inputs::<f32>().is_empty() && none.one_hot::<f32>().is_empty());
    }
}

#[test]
fn labels_must_be_below_the_classes() {
    let label =
        |labels: Vec<u32>, classes| Dataset::new("t", [1, 1, 1], vec![0; labels.len()], labels, classes);
    assert!(label(vec![0, 9, 65_535], MAX_CLASSES).is_ok());
    assert!(matches!(
        label(vec![0, 9, 10], 10),
        Err(DataError::Label { sample: 2, label: 10, classes: 10, .. })
    ));
    for classes in [0, MAX_CLASSES + 1, usize::MAX] {
        assert!(
            matches!(label(vec![0], classes), Err(DataError::Classes { classes: c, .. }) if c == classes)
        );
    }
}
