//! `playground train`: the page's run, natively.

use std::path::{Path, PathBuf};

use alignment_playground::data::{self, Preference};
use alignment_playground::engine::Choice;
use alignment_playground::judge::LearnedKind;
use alignment_playground::objective;
use alignment_playground::policy::language::{LanguagePolicy, TokenPair, Tokenizer};
use alignment_playground::session::{LanguageSession, Row, SessionError, columns};
use clap::Args;

use super::failure::{Failure, read, read_text, write};
use super::opened::{CONFIG, TOKENIZER, WEIGHTS, encode_pair, encoded};
use super::progress;

/// Train a policy on preference pairs, with the page's numbers and defaults
#[derive(Args)]
#[command(after_help = "Examples:
  playground train --policy www/assets/policies/names \\
      --pairs www/assets/scenarios/vowel-ending.train.jsonl \\
      --held-out www/assets/scenarios/vowel-ending.heldout.jsonl \\
      --method dpo --steps 200 --seed 0 --metrics run.csv
  playground train --policy www/assets/policies/names --pairs mine.jsonl \\
      --set beta=0.5 --set learning_rate=1e-3 --out trained
  playground train --policy www/assets/policies/assistant \\
      --pairs www/assets/scenarios/kinder.train.jsonl \\
      --method ipo_md --judge \"manner: tone=polite\" --set learning_rate=3e-4
  playground train --policy www/assets/policies/assistant \
      --pairs www/assets/scenarios/kinder.train.jsonl --held-out www/assets/scenarios/kinder.heldout.jsonl \
      --method rloo --judge \"learned reward\" --gold \"manner: tone=polite\" --metrics run.csv

A line of a pairs file is {\"prompt\": \"Mar\", \"chosen\": \"ia\", \"rejected\": \"vin\"}.")]
pub struct Arguments {
    /// Holds config.json, tokenizer.json and model.safetensors
    #[arg(long, value_name = "DIR")]
    policy: PathBuf,
    /// Pairs to learn from, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pairs: PathBuf,
    /// Pairs to measure on, every tenth update
    #[arg(long, value_name = "FILE")]
    held_out: Option<PathBuf>,
    /// The preference update
    #[arg(long, default_value = "dpo")]
    method: String,
    /// The loss that the method "custom" minimises, of lw, ll, rw, rl (log-probabilities of the chosen and
    /// rejected answers under policy and reference), nw, nl (their tokens) and numbers of your own; or what the
    /// method "sum" adds up, such as "dpo + 0.1 * sft"
    #[arg(long, value_name = "FORMULA")]
    loss: Option<String>,
    /// Who compares the policy's own answers, for the methods that draw them: "shorter", "longer",
    /// "words: thanks, please, -stupid", "pattern: ^Yes" or "manner: tone=polite"; or one that learns from the
    /// pairs meanwhile: "learned reward" or "learned preference"; or what a better policy of the same shape finds
    /// likelier than this one: "density ratio: FOLDER"
    #[arg(long, value_name = "JUDGE")]
    judge: Option<String>,
    /// What stands before the prompts while D²O draws the answers that it keeps; several take turns
    #[arg(long = "guide", value_name = "TEXT")]
    guides: Vec<String>,
    /// What is meant, where a judge that learns stands in for it: a rule that is measured beside the judge, in
    /// the columns judge/proxy and judge/gold
    #[arg(long, value_name = "RULE", requires = "judge")]
    gold: Option<String>,
    /// Updates
    #[arg(long, default_value_t = 200)]
    steps: u32,
    /// What runs it: cpu, gpu or automatic
    #[arg(long, default_value = "cpu", value_parser = Choice::by_name)]
    engine: Choice,
    /// Decides the order of the pairs
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A hyper-parameter other than its default; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = assignment)]
    values: Vec<(String, f64)>,
    /// Where each step's metrics are written, as CSV; step 0 is before any update
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Where the trained policy is written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the figures before and after as JSON
    #[arg(long)]
    json: bool,
}

/// Trains, and writes what was asked for; also when a run breaks off, then up to there.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut session = open(arguments).await?;
    let mut rows = vec![session.session().evaluate().await?];
    let done = train(arguments, &mut session, &mut rows).await;

    if let Some(path) = &arguments.metrics {
        write(path, csv(&rows))?;
    }
    if let Some(directory) = &arguments.out {
        for name in [CONFIG, TOKENIZER] {
            write(&directory.join(name), read(&arguments.policy.join(name))?)?;
        }
        write(&directory.join(WEIGHTS), session.checkpoint().await?)?;
    }
    done?;
    let last = session.session().evaluate().await?;
    let displacement = session.session().displacement();
    let judge = session.judge()?;
    if arguments.json {
        let [before, after] = [&rows[0], &last].map(figures);
        let displacement = displacement.map(|found| found.to_string());
        println!(
            "{}",
            serde_json::json!({"before": before, "after": after, "displacement": displacement})
        );
        return Ok(());
    }
    for (when, row) in [("before", &rows[0]), ("after", &last)] {
        let figures = [
            ("loss", "loss"),
            ("margin", "rewards/margins"),
            ("accuracy", "rewards/accuracies"),
        ];
        let figures = figures.map(|(title, name)| (title, row.value(name)));
        // Not every method has a loss on pairs.
        let known = figures.iter().filter(|(_, value)| value.is_finite());
        let known: Vec<String> = known
            .map(|(title, value)| format!("{title} {value:.4}"))
            .collect();
        println!(
            "{when} {} updates, over all pairs: {}",
            last.step,
            known.join(", ")
        );
    }
    let rate = last.value("eval_win_rate");
    if rate.is_finite() {
        println!(
            "against the reference the judge prefers {:.0} % of its answers",
            100.0 * rate
        );
    }
    if let Some(accuracy) = judge.and_then(|judge| judge.status.held_out_accuracy) {
        println!(
            "the judge that learned prefers the chosen side of {:.0} % of the held-out pairs",
            100.0 * accuracy
        );
    }
    if let Some(displacement) = displacement {
        println!("{displacement}");
    }
    Ok(())
}

/// A row by the names of its columns, without what was not measured.
fn figures(row: &Row) -> serde_json::Map<String, serde_json::Value> {
    let measured = columns().iter().zip(&row.values);
    let measured = measured.filter(|(_, value)| value.is_finite());
    let mut figures: serde_json::Map<_, _> = measured
        .map(|(name, &value)| (name.clone(), value.into()))
        .collect();
    figures.insert("step".to_owned(), row.step.into());
    figures
}

async fn open(arguments: &Arguments) -> Result<LanguageSession, Failure> {
    let tokenizer = Tokenizer::from_file(&arguments.policy.join(TOKENIZER))?;
    let example = objective::example(&arguments.method);
    let loss = arguments.loss.as_deref().unwrap_or(example);
    let mut language = LanguageSession::open(
        arguments.engine.open().await?,
        &read_text(&arguments.policy.join(CONFIG))?,
        &read(&arguments.policy.join(WEIGHTS))?,
        objective::open(&arguments.method, loss)?,
        arguments.seed,
    )?;
    let guides = arguments.guides.iter().map(|guide| tokenizer.encode(guide));
    language.set_guides(guides.collect::<Result<_, _>>()?);
    let session = language.session();
    for (name, value) in &arguments.values {
        session.set_value(name, *value)?;
    }
    let pairs = read_pairs(&arguments.pairs, &tokenizer, session.policy())?;
    let held_out = match &arguments.held_out {
        Some(path) => read_pairs(path, &tokenizer, session.policy())?,
        None => Vec::new(),
    };
    language.set_training_pairs(pairs).await?;
    language.set_held_out_pairs(held_out).await?;
    if let Some(judge) = &arguments.judge {
        set_judge(&mut language, judge, arguments.gold.as_deref(), &tokenizer).await?;
    }
    Ok(language)
}

/// A judge that learns, by its name; or a rule, which is gold itself.
async fn set_judge(
    language: &mut LanguageSession,
    judge: &str,
    gold: Option<&str>,
    tokenizer: &Tokenizer,
) -> Result<(), Failure> {
    let vocabulary = tokenizer.token_texts()?;
    if let Some(folder) = judge.strip_prefix("density ratio:") {
        let weights = read(&Path::new(folder.trim()).join(WEIGHTS))?;
        return Ok(language.set_density_judge(&weights).await?);
    }
    match (judge.parse::<LearnedKind>(), gold) {
        (Ok(kind), gold) => {
            let gold = gold.map(|rule| (rule, vocabulary));
            language.set_learned_judge(kind, gold).await?;
        }
        (Err(_), None) => language.set_rule(judge, vocabulary)?,
        (Err(error), Some(_)) => return Err(SessionError::from(error).into()),
    }
    Ok(())
}

async fn train(
    arguments: &Arguments,
    session: &mut LanguageSession,
    rows: &mut Vec<Row>,
) -> Result<(), SessionError> {
    let bar = progress::bar(u64::from(arguments.steps), "updates");
    for _ in 0..arguments.steps {
        if let Some(broken) = session.update().await? {
            bar.println(broken.to_string());
        }
        rows.extend(session.session().metrics().await?);
        let loss = rows.last().map_or(f32::NAN, |row| row.value("loss"));
        bar.set_message(format!("loss {loss:.4}"));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(())
}

/// The pairs of a file, numbered from 0 as the page numbers them. A run without some of its pairs
/// would be another run, so all lines must be usable.
fn read_pairs(
    path: &Path,
    tokenizer: &Tokenizer,
    policy: &LanguagePolicy,
) -> Result<Vec<(u32, TokenPair)>, Failure> {
    let encode = |pair: &Preference| {
        encode_pair(
            tokenizer,
            policy,
            [&pair.prompt, &pair.chosen, &pair.rejected],
        )
    };
    let lines = data::read_preferences(&read_text(path)?);
    let (pairs, bad) = encoded(path, lines, encode);
    match bad.is_empty() {
        true => Ok((0..).zip(pairs.into_iter().map(|(_, pair)| pair)).collect()),
        false => Err(Failure::Lines(bad)),
    }
}

/// A column for the step and for each metric; empty where nothing was measured.
fn csv(rows: &[Row]) -> String {
    let mut text = format!("step,{}\n", columns().join(","));
    for row in rows {
        text += &row.step.to_string();
        for value in &row.values {
            text.push(',');
            if !value.is_nan() {
                text += &value.to_string();
            }
        }
        text.push('\n');
    }
    text
}

fn assignment(text: &str) -> Result<(String, f64), String> {
    let parts = text.split_once('=');
    parts
        .and_then(|(name, value)| Some((name.to_owned(), value.parse().ok()?)))
        .ok_or_else(|| "write a name and a number, such as beta=0.1".to_owned())
}
