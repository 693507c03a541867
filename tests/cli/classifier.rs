//! `playground classifier`.

use super::{directory, json, sentence};

#[test]
fn a_classifier_is_reproducible_and_writes_its_card() {
    let directory = directory("classifier");
    let run = |name: &str, seed: &str| {
        let out = directory.join(name);
        let place = out.to_str().unwrap();
        let figures = json(&[
            "classifier",
            "--updates",
            "60",
            "--seed",
            seed,
            "--out",
            place,
            "--json",
        ]);
        let weights = std::fs::read(out.join("classifier.safetensors")).unwrap();
        let card = std::fs::read_to_string(out.join("classifier.md")).unwrap();
        (figures, weights, card)
    };
    let (figures, weights, card) = run("a", "3");
    assert_eq!(
        (figures.clone(), weights.clone(), card.clone()),
        run("b", "3")
    );
    assert_ne!(weights, run("c", "4").1);
    let right = 100.0 * figures[0]["held_out"]["accuracy"].as_f64().unwrap();
    assert!(card.contains(&format!("{right:.2} %")), "{card}");
    assert!(card.contains("classifier --updates 60 --seed 3"), "{card}");
}

#[test]
fn a_file_without_digits_is_refused_with_its_line() {
    let path = directory("no-digits").join("digits.csv");
    std::fs::write(&path, "0,0,1\n").unwrap();
    let path = path.to_str().unwrap();
    let problem = sentence(&["classifier", "--digits", path]);
    assert!(
        problem.contains(&format!("{path}, line 1 has 3 columns")),
        "{problem}"
    );
}
