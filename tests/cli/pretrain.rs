//! `playground pretrain` and `playground scenarios`.

use std::path::Path;

use super::{command, directory, json, printed};

const FILES: [&str; 4] = [
    "config.json",
    "tokenizer.json",
    "model.safetensors",
    "README.md",
];

/// A recipe that is done in a moment.
const SMALL: [&str; 8] = [
    "pretrain", "names", "--width", "16", "--layers", "1", "--seed", "3",
];

fn files(directory: &Path) -> [Vec<u8>; 4] {
    FILES.map(|name| std::fs::read(directory.join(name)).unwrap())
}

#[test]
fn pretraining_is_reproducible_and_writes_its_card() {
    let directory = directory("pretrain");
    let run = |name: &str| {
        let (out, state) = (directory.join(name), directory.join("state"));
        let paths = [
            "--out",
            out.to_str().unwrap(),
            "--state",
            state.to_str().unwrap(),
        ];
        let figures = json(&[&SMALL[..], &["--steps", "3", "--json"], &paths].concat());
        (files(&out), figures)
    };
    let (first, figures) = run("a");
    assert_eq!((first.clone(), figures.clone()), run("b"));
    let [.., card] = first;
    let card = String::from_utf8(card).unwrap();
    assert!(card.contains("--steps 3 --seed 3 --width 16"), "{card}");
    assert!(card.contains("| 4-gram |"), "{card}");
    let held_out = figures[0]["held_out"].as_f64().unwrap();
    assert!(card.contains(&format!("**{held_out:.4}**")), "{card}");
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    let directory = directory("resume");
    let arguments = |name: &str| {
        let (out, state) = (
            directory.join(name),
            directory.join(format!("{name}-state")),
        );
        let [out, state] = [out, state].map(|path| path.to_str().unwrap().to_owned());
        let run = SMALL.map(str::to_owned).into_iter();
        let more = [
            "--steps", "1500", "--batch", "8", "--out", &out, "--state", &state,
        ];
        run.chain(more.map(str::to_owned)).collect::<Vec<String>>()
    };
    let whole = arguments("whole");
    printed(&whole.iter().map(String::as_str).collect::<Vec<_>>());

    let parts = arguments("parts");
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let mut run = command(&parts).spawn().unwrap();
    let progress = directory.join("parts-state/progress.json");
    while !progress.exists() {
        assert!(run.try_wait().unwrap().is_none(), "nothing was kept");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    run.kill().unwrap();
    run.wait().unwrap();
    assert!(!directory.join("parts").exists(), "it was done already");
    let output = command(&parts).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("going on after update"), "{said}");
    assert_eq!(
        files(&directory.join("parts")),
        files(&directory.join("whole"))
    );
    assert!(!progress.exists(), "a run that is done leaves nothing");
}

/// The whole recipe of the smallest policy, from nothing. Another machine's rounding may change the last
/// digits of a weight, but not what was learnt.
#[test]
fn a_rebuilt_policy_is_as_good_as_the_shipped_one() {
    let directory = directory("rebuilt");
    let (out, state) = (directory.join("names"), directory.join("state"));
    let paths = [
        "--out",
        out.to_str().unwrap(),
        "--state",
        state.to_str().unwrap(),
    ];
    printed(&[&["pretrain", "names"][..], &paths].concat());
    let [rebuilt, shipped] = [&*out, Path::new(super::NAMES)].map(|directory| {
        let card = std::fs::read_to_string(directory.join("README.md")).unwrap();
        let loss = card.split("| **this policy** | **").nth(1).unwrap();
        loss[..6].parse::<f64>().unwrap()
    });
    assert!(
        (rebuilt - shipped).abs() < 0.005,
        "{rebuilt}, shipped {shipped}"
    );
}

#[test]
fn the_shipped_scenarios_are_the_grammars() {
    let directory = directory("scenarios");
    printed(&["scenarios", "--out", directory.to_str().unwrap()]);
    let mut files = 0;
    for file in std::fs::read_dir(&directory).unwrap() {
        let path = file.unwrap().path();
        let shipped = Path::new("www/assets/scenarios").join(path.file_name().unwrap());
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            std::fs::read_to_string(&shipped).unwrap(),
            "run `playground scenarios` to write {}",
            shipped.display()
        );
        files += 1;
    }
    assert_eq!(files, 27);
}
