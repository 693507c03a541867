//! The classifier of handwritten digits: as it is shipped, and trained anew.

#![cfg(not(target_arch = "wasm32"))]

use alignment_playground::digits::{Digit, SPLIT_SEED, Split, read_digits, split};
use alignment_playground::quality::{DigitClassifier, Training, accuracy, frechet, mean_entropy};
use alignment_playground::rng::{self, Purpose};
use pollster::block_on;

const SHIPPED: &[u8] = include_bytes!("../www/assets/digits/classifier.safetensors");
const CARD: &str = include_str!("../www/assets/digits/classifier.md");

fn digits() -> Split {
    let digits = read_digits(include_str!("../www/assets/digits/digits.csv")).unwrap();
    split(&digits, SPLIT_SEED)
}

fn images(digits: &[Digit]) -> Vec<[f32; 64]> {
    digits.iter().map(Digit::scaled).collect()
}

fn labels(digits: &[Digit]) -> Vec<u32> {
    digits.iter().map(|digit| digit.label.into()).collect()
}

fn shipped() -> DigitClassifier {
    block_on(DigitClassifier::load(SHIPPED)).unwrap()
}

#[test]
fn the_shipped_classifier_is_small_and_as_good_as_its_card_says() {
    assert!(SHIPPED.len() <= 40_000, "{}", SHIPPED.len());
    let held_out = digits().held_out;
    let readings = block_on(shipped().read(&images(&held_out))).unwrap();
    let right = accuracy(&readings, &labels(&held_out));
    assert!(right >= 0.96, "{right}");
    let row = format!("| {} | {:.2} %", held_out.len(), 100.0 * right);
    assert!(CARD.contains(&row), "{row}: {CARD}");
}

#[test]
fn training_reaches_the_same_from_another_seed() {
    let parts = digits();
    let training = Training {
        updates: 600,
        seed: 9,
        ..Training::default()
    };
    let mut classifier = block_on(DigitClassifier::train(&parts.training, &training)).unwrap();
    let readings = block_on(classifier.read(&images(&parts.held_out))).unwrap();
    let right = accuracy(&readings, &labels(&parts.held_out));
    assert!(right >= 0.96, "{right}");
    // What is stored is what was measured.
    let stored = block_on(classifier.save()).unwrap();
    let mut stored = block_on(DigitClassifier::load(&stored)).unwrap();
    assert_eq!(
        block_on(stored.read(&images(&parts.held_out))).unwrap(),
        readings
    );
}

#[test]
fn worse_digits_measure_worse() {
    let parts = digits();
    let (real, intended) = (images(&parts.held_out), labels(&parts.held_out));
    let mut classifier = shipped();
    let mut measure = |images: &[[f32; 64]]| {
        let readings = block_on(classifier.read(images)).unwrap();
        let features: Vec<Vec<f32>> = readings.iter().map(|r| r.features.clone()).collect();
        (
            accuracy(&readings, &intended),
            mean_entropy(&readings),
            features,
        )
    };
    let (right, entropy, features) = measure(&real);
    let (mut last, mut last_distance) = ((right, entropy), 0.0);
    for noise in [0.7, 1.4] {
        let noised = (0..).zip(&real).map(|(image, pixels)| {
            let luck = |pixel| rng::normal(rng::key(1), Purpose::Noise, image, pixel as u32);
            std::array::from_fn(|pixel| pixels[pixel] + noise * luck(pixel))
        });
        let (right, entropy, noised) = measure(&noised.collect::<Vec<_>>());
        let distance = frechet(&noised, &features).unwrap();
        assert!(
            right < last.0 && entropy > last.1,
            "{noise}: {right}, {entropy}"
        );
        assert!(distance > 2.0 * last_distance, "{noise}: {distance}");
        (last, last_distance) = ((right, entropy), distance);
    }
}

#[test]
fn what_is_no_digit_is_refused() {
    let mut classifier = shipped();
    let mut problem = |images: &[Vec<f32>]| {
        let read = block_on(classifier.read(images));
        read.unwrap_err().to_string()
    };
    let fine = vec![0.0; 64];
    assert_eq!(
        problem(&[fine.clone(), vec![0.0; 2]]),
        "image 2 has 2 pixels, but a digit has 64"
    );
    let broken = vec![f32::INFINITY; 64];
    assert_eq!(problem(&[fine, broken]), "image 2 is not finite");
    assert!(block_on(DigitClassifier::load(&SHIPPED[..100])).is_err());
}
