//! `playground score`: what a policy makes of a preference file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use alignment_playground::data::{self, Example, Judgement, Preference};
use alignment_playground::policy::Weights;
use alignment_playground::policy::language::{Scorer, TokenPair, TokenSample};
use clap::Args;
use serde::Serialize;

use super::failure::{BadLine, Failure, read_text};
use super::opened::{Opened, encode_pair, encoded};
use super::progress;

/// Score a preference file under a policy: log-probabilities, margins, ranking accuracy
///
/// Reads TRL's explicit-prompt, implicit-prompt, conversational and unpaired forms, HH-RLHF's
/// transcripts, and the columns of LLMBar (input, output_1, output_2, label) and BLiMP
/// (sentence_good, sentence_bad). Lines that cannot be scored are named and left out.
#[derive(Args)]
#[command(after_help = "Examples:
  playground score --policy www/assets/policies/assistant \\
      --pairs www/assets/scenarios/kinder.heldout.jsonl
  playground score --policy www/assets/policies/prose --pairs blimp.jsonl --json > scores.jsonl
  playground score --policy trained --reference www/assets/policies/assistant \\
      --pairs www/assets/scenarios/kinder.heldout.jsonl --beta 0.1 --summary")]
pub struct Arguments {
    /// Holds config.json, tokenizer.json and model.safetensors
    #[arg(long, value_name = "DIR")]
    policy: PathBuf,
    /// What is scored, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pairs: PathBuf,
    /// A policy to measure implicit rewards against
    #[arg(long, value_name = "DIR")]
    reference: Option<PathBuf>,
    /// How many nats of log-ratio make a reward of 1, inverted
    #[arg(long, default_value_t = 0.1)]
    beta: f64,
    /// Only what holds for the whole file
    #[arg(long)]
    summary: bool,
    /// Print JSON: an object for each line, then one for the whole file
    #[arg(long)]
    json: bool,
}

/// A line's scores, under TRL's names where it has one; log-probabilities in nats.
#[derive(Serialize)]
#[serde(untagged)]
enum Scored {
    Pair {
        line: usize,
        #[serde(rename = "logps/chosen")]
        chosen: f64,
        #[serde(rename = "logps/rejected")]
        rejected: f64,
        /// log π(chosen) − log π(rejected).
        margin: f64,
        /// The same for the mean over a completion's tokens.
        margin_per_token: f64,
        /// beta × (the policy's margin − the reference's).
        #[serde(rename = "rewards/margins", skip_serializing_if = "Option::is_none")]
        reward_margin: Option<f64>,
    },
    Single {
        line: usize,
        #[serde(skip)]
        prompt: String,
        label: bool,
        #[serde(rename = "logps")]
        log_prob: f64,
        /// beta × (the policy's log-probability − the reference's).
        #[serde(rename = "rewards", skip_serializing_if = "Option::is_none")]
        reward: Option<f64>,
    },
}

/// What holds for a whole file. A share of nothing is absent.
#[derive(Serialize)]
struct Summary {
    /// Lines with two completions.
    pairs: usize,
    /// Lines with one completion.
    singles: usize,
    /// Lines that could not be scored.
    left_out: usize,
    /// The share of comparisons in which the better completion is the likelier one.
    ranking_accuracy: Option<f64>,
    /// The same by the mean over a completion's tokens.
    ranking_accuracy_per_token: Option<f64>,
    /// The mean of log π(chosen) − log π(rejected), nats.
    margin: Option<f64>,
    /// The mean log-probability of good completions judged by themselves, nats.
    good: Option<f64>,
    /// The mean log-probability of bad ones.
    bad: Option<f64>,
    /// The share of pairs whose reward margin is above 0.
    #[serde(rename = "rewards/accuracies")]
    reward_accuracy: Option<f64>,
    /// The mean reward margin.
    #[serde(rename = "rewards/margins")]
    reward_margin: Option<f64>,
}

/// Scores the file and prints what was found.
pub async fn run(arguments: &Arguments) -> Result<(), Failure> {
    let opened = Opened::new(&arguments.policy)?;
    if let Some(reference) = &arguments.reference {
        opened.with_reference(reference)?;
    }
    let (lines, left_out) = read(&arguments.pairs, &opened)?;
    for line in &left_out {
        eprintln!("left out: {line}");
    }
    if lines.is_empty() {
        return Err(Failure::Nothing(arguments.pairs.clone()));
    }
    let pairs: Vec<TokenPair> = lines.iter().map(|(_, (_, pair))| pair.clone()).collect();
    let policy = score(&opened, Weights::POLICY, &pairs).await?;
    let reference = match arguments.reference {
        Some(_) => Some(score(&opened, Weights::REFERENCE, &pairs).await?),
        None => None,
    };
    let scored: Vec<Scored> = lines
        .into_iter()
        .enumerate()
        .map(|(index, (line, (example, pair)))| {
            let reference = reference.as_ref().map(|scores| scores[index]);
            scored(
                line,
                &example,
                &pair,
                policy[index],
                reference,
                arguments.beta,
            )
        })
        .collect();
    let summary = summary(&scored, left_out.len());
    if !arguments.summary {
        print_lines(&scored, arguments.json)?;
    }
    match arguments.json {
        true => println!("{}", serde_json::to_string(&summary)?),
        false => print_summary(&summary),
    }
    Ok(())
}

/// The lines that can be scored by their numbers, and those that cannot.
type Read = (Vec<(usize, (Example, TokenPair))>, Vec<BadLine>);

fn read(path: &Path, opened: &Opened) -> Result<Read, Failure> {
    let encode = |example: &Example| {
        // A single completion is scored as a pair of itself.
        let texts = match example {
            Example::Pair(Preference {
                prompt,
                chosen,
                rejected,
            }) => [prompt, chosen, rejected],
            Example::Single(Judgement {
                prompt, completion, ..
            }) => [prompt, completion, completion],
        };
        let pair = encode_pair(&opened.tokenizer, &opened.policy, texts.map(String::as_str))?;
        Ok((example.clone(), pair))
    };
    let lines = data::read_examples(&read_text(path)?);
    Ok(encoded(path, lines, encode))
}

async fn score(
    opened: &Opened,
    scope: &'static str,
    pairs: &[TokenPair],
) -> Result<Vec<[f64; 2]>, Failure> {
    let samples: Vec<TokenSample> = pairs.iter().flat_map(TokenPair::samples).collect();
    let bar = progress::bar(samples.len() as u64, "completions");
    let mut scorer = Scorer::new(opened.policy.clone(), scope);
    let scores = scorer
        .score(&opened.engine, &samples, |count| bar.inc(count as u64))
        .await?;
    bar.finish_and_clear();
    Ok(scores
        .chunks_exact(2)
        .map(|pair| [pair[0], pair[1]])
        .collect())
}

fn scored(
    line: usize,
    example: &Example,
    pair: &TokenPair,
    [chosen, rejected]: [f64; 2],
    reference: Option<[f64; 2]>,
    beta: f64,
) -> Scored {
    // End-of-text is a token of every completion.
    let per_token = |score: f64, ids: &[u32]| score / (ids.len() + 1) as f64;
    match example {
        Example::Pair(_) => Scored::Pair {
            line,
            chosen,
            rejected,
            margin: chosen - rejected,
            margin_per_token: per_token(chosen, &pair.chosen) - per_token(rejected, &pair.rejected),
            reward_margin: reference.map(|[a, b]| beta * ((chosen - a) - (rejected - b))),
        },
        Example::Single(judgement) => Scored::Single {
            line,
            prompt: judgement.prompt.clone(),
            label: judgement.good,
            log_prob: chosen,
            reward: reference.map(|[log_prob, _]| beta * (chosen - log_prob)),
        },
    }
}

fn summary(scored: &[Scored], left_out: usize) -> Summary {
    let (mut margins, mut per_token, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    // The log-probabilities of each prompt's good and bad completions.
    let mut prompts: HashMap<&str, [Vec<f64>; 2]> = HashMap::new();
    for line in scored {
        match line {
            Scored::Pair {
                margin,
                margin_per_token,
                reward_margin,
                ..
            } => {
                margins.push(*margin);
                per_token.push(*margin_per_token);
                rewards.extend(*reward_margin);
            }
            Scored::Single {
                prompt,
                label,
                log_prob,
                ..
            } => {
                match label {
                    true => good.push(*log_prob),
                    false => bad.push(*log_prob),
                }
                prompts.entry(prompt).or_default()[usize::from(*label)].push(*log_prob);
            }
        }
    }
    let pairs = margins.len();
    let mut comparisons = margins.clone();
    for [bad, good] in prompts.values() {
        comparisons.extend(
            good.iter()
                .flat_map(|good| bad.iter().map(move |bad| good - bad)),
        );
    }
    Summary {
        pairs,
        singles: good.len() + bad.len(),
        left_out,
        ranking_accuracy: positive(&comparisons),
        ranking_accuracy_per_token: positive(&per_token),
        margin: mean(&margins),
        good: mean(&good),
        bad: mean(&bad),
        reward_accuracy: positive(&rewards),
        reward_margin: mean(&rewards),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    match values.len() {
        0 => None,
        count => Some(values.iter().sum::<f64>() / count as f64),
    }
}

/// The share of `values` above 0.
fn positive(values: &[f64]) -> Option<f64> {
    let ones: Vec<f64> = values.iter().map(|&value| f64::from(value > 0.0)).collect();
    mean(&ones)
}

fn print_lines(scored: &[Scored], json: bool) -> Result<(), Failure> {
    if json {
        for line in scored {
            println!("{}", serde_json::to_string(line)?);
        }
        return Ok(());
    }
    if scored
        .iter()
        .any(|line| matches!(line, Scored::Pair { .. }))
    {
        println!("line  logps/chosen  logps/rejected    margin  rewards/margins");
    }
    for line in scored {
        match line {
            Scored::Pair {
                line,
                chosen,
                rejected,
                margin,
                reward_margin,
                ..
            } => {
                let reward = reward_margin.map_or(String::new(), |reward| format!("{reward:17.4}"));
                println!("{line:4}{chosen:14.3}{rejected:16.3}{margin:10.3}{reward}");
            }
            Scored::Single {
                line,
                label,
                log_prob,
                reward,
                ..
            } => {
                let label = if *label { "good" } else { "bad " };
                let reward = reward.map_or(String::new(), |reward| format!("  reward {reward:.4}"));
                println!("{line:4}  {label}  logps {log_prob:.3}{reward}");
            }
        }
    }
    Ok(())
}

fn print_summary(summary: &Summary) {
    println!(
        "{} pairs, {} single completions, {} lines left out",
        summary.pairs, summary.singles, summary.left_out
    );
    for (name, value) in [
        ("ranking accuracy", summary.ranking_accuracy),
        (
            "ranking accuracy, per token",
            summary.ranking_accuracy_per_token,
        ),
        ("mean margin, nats", summary.margin),
        (
            "mean log-probability of good completions, nats",
            summary.good,
        ),
        ("mean log-probability of bad completions, nats", summary.bad),
        ("reward accuracy", summary.reward_accuracy),
        ("mean reward margin", summary.reward_margin),
    ] {
        if let Some(value) = value {
            println!("{name}: {value:.4}");
        }
    }
}
