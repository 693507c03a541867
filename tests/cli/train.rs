//! `playground train`.

use std::path::{Path, PathBuf};

use alignment_playground::policy::Policy;
use alignment_playground::policy::language::{Config, LanguagePolicy, Precision, load, save};

use super::{NAMES, PAIRS, directory, playground, sentence};

/// Runs `train` over `pairs`; gives the path of its metrics.
fn train(directory: &Path, name: &str, pairs: &str, more: &[&str]) -> PathBuf {
    let (file, metrics) = (directory.join("pairs.jsonl"), directory.join(name));
    std::fs::write(&file, pairs).unwrap();
    let mut arguments = vec!["train", "--policy", NAMES, "--steps", "12"];
    arguments.extend(["--pairs", file.to_str().unwrap()]);
    arguments.extend(["--metrics", metrics.to_str().unwrap()]);
    arguments.extend(more);
    let output = playground(&arguments);
    assert!(output.status.success(), "{output:?}");
    metrics
}

/// The column `name` of a CSV file; `None` where it is empty.
fn column(csv: &Path, name: &str) -> Vec<Option<f64>> {
    let text = std::fs::read_to_string(csv).unwrap();
    let mut lines = text.lines();
    let mut header = lines.next().unwrap().split(',');
    let place = header.position(|known| known == name).unwrap();
    lines
        .map(|line| line.split(',').nth(place).unwrap().parse().ok())
        .collect()
}

#[test]
fn training_starts_at_the_reference_and_lowers_the_loss() {
    let directory = directory("starts");
    let held_out = directory.join("held-out.jsonl");
    std::fs::write(&held_out, PAIRS).unwrap();
    let csv = train(
        &directory,
        "run.csv",
        PAIRS,
        &[
            "--held-out",
            held_out.to_str().unwrap(),
            "--set",
            "beta=0.5",
        ],
    );

    let steps: Vec<Option<f64>> = (0..=12).map(|step| Some(f64::from(step))).collect();
    assert_eq!(column(&csv, "step"), steps);
    let loss = column(&csv, "loss");
    assert!((loss[0].unwrap() - std::f64::consts::LN_2).abs() < 1e-6);
    assert!(loss[12].unwrap() < loss[1].unwrap());
    for name in [
        "rewards/chosen",
        "rewards/rejected",
        "rewards/margins",
        "kl",
    ] {
        assert!(column(&csv, name)[0].unwrap().abs() < 1e-6, "{name}");
    }
    // Measured at the start and at every tenth update.
    let measured: Vec<usize> = (0..=12)
        .filter(|&step| column(&csv, "eval_rewards/margins")[step].is_some())
        .collect();
    assert_eq!(measured, [0, 10]);
}

#[test]
fn the_same_seed_gives_the_same_file() {
    let directory = directory("seeds");
    let small = ["--set", "batch_size=2", "--seed"];
    let run = |name, seed| {
        let metrics = train(&directory, name, PAIRS, &[&small[..], &[seed]].concat());
        std::fs::read(metrics).unwrap()
    };
    assert_eq!(run("a.csv", "5"), run("b.csv", "5"));
    assert_ne!(run("a.csv", "5"), run("c.csv", "6"));
}

#[test]
fn a_trained_policy_can_be_trained_on() {
    let directory = directory("again");
    let trained = directory.join("trained");
    let path = trained.to_str().unwrap();
    train(&directory, "run.csv", PAIRS, &["--out", path]);
    let pairs = directory.join("pairs.jsonl");
    let again = playground(&[
        "train",
        "--policy",
        path,
        "--pairs",
        pairs.to_str().unwrap(),
        "--steps",
        "1",
    ]);
    assert!(again.status.success(), "{again:?}");
}

#[test]
fn bad_pairs_are_refused_with_their_line() {
    let directory = directory("bad");
    let file = directory.join("pairs.jsonl");
    let path = file.to_str().unwrap();
    let refuse = |text: &str| {
        std::fs::write(&file, text).unwrap();
        sentence(&["train", "--policy", NAMES, "--pairs", path])
    };
    let good = PAIRS.lines().next().unwrap();

    let broken = refuse(&format!("{good}\n{{\"prompt\": \"Mar\"\n"));
    assert!(broken.contains("line 2"), "{broken}");
    let unknown = refuse(&format!("{good}\n\n{}\n", good.replace("vin", "vîn")));
    assert!(
        unknown.contains("line 3") && unknown.contains('î'),
        "{unknown}"
    );
    let long = refuse(&good.replace("vin", &"v".repeat(40)));
    assert!(long.contains("line 1") && long.contains("32"), "{long}");
    assert!(refuse("").contains("no pairs"));
}

#[test]
fn other_mistakes_are_named_as_well() {
    let directory = directory("mistakes");
    let file = directory.join("pairs.jsonl");
    std::fs::write(&file, PAIRS).unwrap();
    let train = [
        "train",
        "--policy",
        NAMES,
        "--pairs",
        file.to_str().unwrap(),
    ];
    let refuse = |more: &[&str]| sentence(&[&train[..], more].concat());

    assert!(refuse(&["--method", "dqo"]).contains("dpo"));
    assert!(refuse(&["--set", "gamma=1"]).contains("gamma"));
    assert!(refuse(&["--set", "beta=-1"]).contains("between"));
    let judge = ["--method", "rloo", "--judge", "shorter", "--gold", "longer"];
    assert!(refuse(&judge).contains("learned reward"));
    let missing = sentence(&["train", "--policy", NAMES, "--pairs", "no-such.jsonl"]);
    assert!(missing.contains("no-such.jsonl"), "{missing}");
    // The command line itself is clap's to judge.
    let malformed = playground(&[&train[..], &["--set", "beta"]].concat());
    assert_eq!(malformed.status.code(), Some(2));
}

/// A judge that learns beside the policy; what is meant is measured beside it.
#[test]
fn a_learned_judge_and_gold_are_written() {
    let directory = directory("learned");
    let own = [
        "--method",
        "rloo",
        "--set",
        "max_new_tokens=6",
        "--judge",
        "learned reward",
        "--gold",
        "shorter",
    ];
    let csv = train(&directory, "run.csv", PAIRS, &own);
    let [proxy, gold] = ["judge/proxy", "judge/gold"].map(|name| column(&csv, name));
    assert!(proxy[1..].iter().all(Option::is_some));
    assert!(gold[1..].iter().all(|points| points.unwrap() < 0.0));
    let again = train(&directory, "again.csv", PAIRS, &own);
    assert_eq!(std::fs::read(csv).unwrap(), std::fs::read(again).unwrap());
}

#[test]
fn a_run_that_breaks_off_keeps_what_it_had() {
    let directory = directory("breaks");
    let policy = directory.join("policy");
    std::fs::create_dir_all(&policy).unwrap();
    for name in ["config.json", "tokenizer.json"] {
        std::fs::copy(Path::new(NAMES).join(name), policy.join(name)).unwrap();
    }
    // Logits that overflow.
    let config = std::fs::read_to_string(policy.join("config.json")).unwrap();
    let parameters = LanguagePolicy::new(Config::from_json(&config).unwrap()).parameters();
    let bytes = std::fs::read(Path::new(NAMES).join("model.safetensors")).unwrap();
    let mut weights = load(&bytes, &parameters).unwrap();
    let gain = parameters
        .iter()
        .position(|p| p.name == "transformer.ln_f.weight");
    let gain = &mut weights[gain.unwrap()];
    let huge = gain.as_f32().iter().map(|_| f32::MAX).collect();
    *gain = alignment_playground::engine::HostTensor::f32(gain.shape().clone(), huge);
    let bytes = save(&parameters, &weights, Precision::F32).unwrap();
    std::fs::write(policy.join("model.safetensors"), &bytes).unwrap();

    let (pairs, metrics) = (directory.join("pairs.jsonl"), directory.join("run.csv"));
    let out = directory.join("out");
    std::fs::write(&pairs, PAIRS).unwrap();
    let said = sentence(&[
        "train",
        "--policy",
        policy.to_str().unwrap(),
        "--pairs",
        pairs.to_str().unwrap(),
        "--metrics",
        metrics.to_str().unwrap(),
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(
        said.contains("Update 1") && said.contains("logps/chosen"),
        "{said}"
    );
    assert_eq!(column(&metrics, "step"), [Some(0.0)]);
    assert_eq!(std::fs::read(out.join("model.safetensors")).unwrap(), bytes);
}
