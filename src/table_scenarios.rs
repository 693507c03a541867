//! Scenarios for a table: prompts with a handful of responses, what is thought of them, and pairs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::judge::Game;
use crate::policy::table::{Parameterisation, TableError, TablePolicy};
use crate::theory::{PreferenceMatrix, TheoryError, kl};

/// A world of a few named responses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableScenario {
    /// The name in links.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// What to look for.
    pub description: String,
    /// What is asked, with as many responses to each.
    pub prompts: Vec<TablePrompt>,
    /// The share of labels that are flipped, by the judge and in the pairs.
    pub flip_rate: f64,
    /// What the responses share.
    pub parameterisation: Parameterisation,
    /// To learn from.
    pub pairs: Vec<TablePair>,
}

/// A prompt with its responses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TablePrompt {
    /// What is asked.
    pub text: String,
    /// What may be answered.
    pub responses: Vec<String>,
    /// The reference's probability of each response; none is 0.
    pub reference: Vec<f64>,
    /// What is thought of them.
    pub taste: Taste,
}

/// What is thought of the responses to a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Taste {
    /// The reward of each: preferences are a Bradley-Terry model's.
    Rewards(Vec<f64>),
    /// Row i, column j holds p(i ≻ j).
    Preferences(Vec<Vec<f64>>),
}

/// A labelled comparison; prompts and responses are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TablePair {
    /// What is answered.
    pub prompt: u32,
    /// The preferred response.
    pub chosen: u32,
    /// The other.
    pub rejected: u32,
}

/// Why a scenario cannot be run. Prompts and responses are counted from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ScenarioError {
    /// The prompts do not make a table.
    #[error(transparent)]
    Table(#[from] TableError),
    /// What is said of a prompt's responses contradicts itself.
    #[error("prompt {prompt}: {source}")]
    Prompt {
        /// The prompt.
        prompt: usize,
        /// Why.
        source: TheoryError,
    },
    /// A prompt has not as many responses as the first.
    #[error("prompt {prompt} has {found} responses, but the first has {wanted}")]
    Responses {
        /// The prompt.
        prompt: usize,
        /// How many it has.
        found: usize,
        /// How many the first has.
        wanted: usize,
    },
    /// Not every response to a prompt is judged.
    #[error("prompt {prompt}: {found} responses are judged, but there are {wanted}")]
    Judged {
        /// The prompt.
        prompt: usize,
        /// How many are.
        found: usize,
        /// How many there are.
        wanted: usize,
    },
    /// The reference excludes a response.
    #[error("prompt {prompt}: the reference never gives response {response}, so no policy could")]
    Excluded {
        /// The prompt.
        prompt: usize,
        /// The response.
        response: usize,
    },
    /// A pair names what is not there.
    #[error("pair {id} names a prompt or a response that the table does not have")]
    Pair {
        /// The pair.
        id: u32,
    },
}

impl TableScenario {
    /// The table; the policy that starts from it is the reference.
    ///
    /// # Errors
    /// The prompts have different numbers of responses, a reference is no distribution or excludes a response,
    /// or features do not fit.
    pub fn policy(&self) -> Result<TablePolicy, ScenarioError> {
        let responses = self.prompts.first().map_or(0, |p| p.responses.len());
        let mut base = Vec::new();
        for (place, prompt) in self.prompts.iter().enumerate() {
            let number = place + 1;
            let found = prompt.responses.len();
            if found != responses {
                return Err(ScenarioError::Responses {
                    prompt: number,
                    found,
                    wanted: responses,
                });
            }
            let checked = prompt.check_reference();
            checked.map_err(|source| ScenarioError::Prompt {
                prompt: number,
                source,
            })?;
            if let Some(excluded) = prompt.reference.iter().position(|p| *p == 0.0) {
                return Err(ScenarioError::Excluded {
                    prompt: number,
                    response: excluded + 1,
                });
            }
            base.extend(prompt.reference.iter().map(|p| p.ln() as f32));
        }
        let prompts = self.prompts.len();
        let parameterisation = self.parameterisation.clone();
        Ok(TablePolicy::new(
            prompts,
            responses,
            base,
            parameterisation,
        )?)
    }

    /// What is truly thought of the responses to each prompt.
    ///
    /// # Errors
    /// Rewards or preferences do not fit the responses, or contradict themselves.
    pub fn games(&self) -> Result<Vec<Game>, ScenarioError> {
        self.each_game(TablePrompt::game)
    }

    /// What labels show of it, a share of [`flip_rate`](Self::flip_rate) flipped.
    ///
    /// # Errors
    /// Those of [`TableScenario::games`], and a flip rate outside [0, 1].
    pub fn labelled_games(&self) -> Result<Vec<Game>, ScenarioError> {
        self.each_game(|prompt| prompt.game()?.mixed_with_noise(self.flip_rate))
    }

    /// The same with its comparisons won as often as labels show now, to the nearest whole number, wherever labels
    /// showed otherwise in `before`: as many of every two responses as there are.
    ///
    /// # Errors
    /// Those of [`TableScenario::labelled_games`], of either.
    pub fn relabelled(mut self, before: &Self) -> Result<Self, ScenarioError> {
        let (games, known) = (self.labelled_games()?, before.labelled_games()?);
        // How often the first of two responses to a prompt has won so far.
        let mut won: BTreeMap<[u32; 3], usize> = BTreeMap::new();
        let all = self.pairs.clone();
        for pair in &mut self.pairs {
            let (first, second) = (
                pair.chosen.min(pair.rejected),
                pair.chosen.max(pair.rejected),
            );
            let shown = |games: &[Game]| {
                let rows = games.get(pair.prompt as usize)?.preferences().rows();
                rows.get(first as usize)?.get(second as usize).copied()
            };
            let Some(preference) = shown(&games).filter(|_| shown(&games) != shown(&known)) else {
                continue;
            };
            let same = |other: &&TablePair| {
                let of = [other.chosen, other.rejected];
                other.prompt == pair.prompt && (of == [first, second] || of == [second, first])
            };
            let wins = (preference * all.iter().filter(same).count() as f64).round() as usize;
            let won = won.entry([pair.prompt, first, second]).or_default();
            (pair.chosen, pair.rejected) = match *won < wins {
                true => (first, second),
                false => (second, first),
            };
            *won += 1;
        }
        Ok(self)
    }

    fn each_game(
        &self,
        game: impl Fn(&TablePrompt) -> Result<Game, TheoryError>,
    ) -> Result<Vec<Game>, ScenarioError> {
        let games = (1..).zip(&self.prompts).map(|(number, prompt)| {
            let (found, wanted) = (prompt.taste.responses(), prompt.responses.len());
            if found != wanted {
                return Err(ScenarioError::Judged {
                    prompt: number,
                    found,
                    wanted,
                });
            }
            game(prompt).map_err(|source| ScenarioError::Prompt {
                prompt: number,
                source,
            })
        });
        games.collect()
    }
}

impl TablePrompt {
    /// Whether the reference is a distribution over the responses: only then has it a divergence.
    fn check_reference(&self) -> Result<(), TheoryError> {
        let count = self.responses.len();
        let even = vec![1.0 / count as f64; count];
        kl(&even, &self.reference).map(|_| ())
    }

    fn game(&self) -> Result<Game, TheoryError> {
        match &self.taste {
            Taste::Rewards(rewards) => Game::of_rewards(rewards.clone()),
            Taste::Preferences(rows) => {
                let preferences = PreferenceMatrix::new(rows.clone())?;
                Game::of_preferences(preferences, &self.reference)
            }
        }
    }
}

impl Taste {
    /// How many responses it is about.
    fn responses(&self) -> usize {
        match self {
            Taste::Rewards(rewards) => rewards.len(),
            Taste::Preferences(rows) => rows.len(),
        }
    }
}

/// All scenarios, the default first.
pub fn table_scenarios() -> Vec<TableScenario> {
    let ln_3 = 3.0_f64.ln();
    vec![
        TableScenario {
            name: "rewards".to_owned(),
            title: "Rewards".to_owned(),
            description: "Each response has a reward, and labels follow it: a Bradley-Terry model. DPO \
                          on the pairs, and policy gradients, end at the same known optimum."
                .to_owned(),
            prompts: vec![
                TablePrompt {
                    text: "Will this work?".to_owned(),
                    responses: names(["It will.", "It may.", "No idea."]),
                    reference: vec![0.3, 0.2, 0.5],
                    taste: Taste::Rewards(vec![ln_3, ln_3, 0.0]),
                },
                TablePrompt {
                    text: "How is it going?".to_owned(),
                    responses: names(["Fine, thanks!", "Fine.", "What?"]),
                    reference: vec![0.2, 0.6, 0.2],
                    taste: Taste::Rewards(vec![ln_3, 0.0, 0.0]),
                },
            ],
            flip_rate: 0.0,
            parameterisation: Parameterisation::Logits,
            pairs: Vec::new(),
        }
        .compared(4),
        TableScenario {
            name: "cycle".to_owned(),
            title: "A cycle".to_owned(),
            description: "Short beats thorough, thorough beats funny and funny beats short, by different \
                          margins: no reward explains that. Online IPO finds the equilibrium held to \
                          the reference, and IPO-MD ends beside it. Online DPO settles near that of \
                          another strength, a quarter of its beta, and in a wilder cycle near none."
                .to_owned(),
            prompts: vec![TablePrompt {
                text: "What is a black hole?".to_owned(),
                responses: names(["Short", "Thorough", "Funny"]),
                reference: vec![0.5, 0.3, 0.2],
                taste: Taste::Preferences(vec![
                    vec![0.5, 0.8, 0.3],
                    vec![0.2, 0.5, 0.9],
                    vec![0.7, 0.1, 0.5],
                ]),
            }],
            flip_rate: 0.0,
            parameterisation: Parameterisation::Logits,
            pairs: Vec::new(),
        }
        .compared(10),
        TableScenario {
            name: "noise".to_owned(),
            title: "Flipped labels".to_owned(),
            description: "One label in eight is flipped. DPO takes the labels at their word and stops \
                          short of the optimum; robust DPO, told the share, does not."
                .to_owned(),
            prompts: vec![TablePrompt {
                text: "May I park here?".to_owned(),
                responses: names(["Until six.", "Dunno.", "Who asks?"]),
                reference: vec![0.2, 0.5, 0.3],
                taste: Taste::Rewards(vec![9.0_f64.ln(), 0.0, 0.0]),
            }],
            flip_rate: 0.125,
            parameterisation: Parameterisation::Logits,
            pairs: Vec::new(),
        }
        .compared(10),
        TableScenario {
            name: "uncovered".to_owned(),
            title: "Never compared".to_owned(),
            description: "No pair shows the flattery, yet it shares with the kind answer, doubled, what \
                          sets that apart from the curt one. DPO carries the policy there; HyPO's KL on \
                          the policy's own answers holds it."
                .to_owned(),
            prompts: vec![TablePrompt {
                text: "Is my poem good?".to_owned(),
                responses: names(["Kind and honest", "Curt", "Flattery"]),
                reference: vec![0.49, 0.49, 0.02],
                taste: Taste::Rewards(vec![1.0, 0.0, -3.0]),
            }],
            flip_rate: 0.0,
            parameterisation: Parameterisation::Features(vec![vec![1.0], vec![0.0], vec![2.0]]),
            pairs: vec![
                TablePair {
                    prompt: 0,
                    chosen: 0,
                    rejected: 1,
                };
                4
            ],
        },
    ]
}

fn names<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).to_vec()
}

impl TableScenario {
    /// The same with pairs: every two responses are compared `times` times, and each wins as often as labels
    /// show it to.
    fn compared(mut self, times: usize) -> Self {
        let games = self.labelled_games().unwrap_or_default();
        for (prompt, game) in (0..).zip(&games) {
            let rows = game.preferences().rows();
            for (second, row) in (0..).zip(rows) {
                // A row holds how often its response wins; the others win the rest.
                for (first, preference) in (0..second).zip(row.iter().map(|p| 1.0 - p)) {
                    let wins = (preference * times as f64).round() as usize;
                    let pair = |chosen, rejected| TablePair {
                        prompt,
                        chosen,
                        rejected,
                    };
                    let won = std::iter::repeat_n(pair(first, second), wins);
                    let lost = std::iter::repeat_n(pair(second, first), times - wins);
                    self.pairs.extend(won.chain(lost));
                }
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scenario_can_be_run_and_its_pairs_fit_an_update() {
        for scenario in table_scenarios() {
            let policy = scenario.policy().unwrap();
            assert_eq!(policy.prompts(), scenario.prompts.len());
            scenario.games().unwrap();
            scenario.labelled_games().unwrap();
            let count = scenario.pairs.len();
            assert!((1..=64).contains(&count), "{}: {count}", scenario.name);
        }
    }

    #[test]
    fn scenarios_are_written_and_read_as_json() {
        for scenario in table_scenarios() {
            let text = serde_json::to_string(&scenario).unwrap();
            assert_eq!(
                serde_json::from_str::<TableScenario>(&text).unwrap(),
                scenario
            );
        }
    }

    #[test]
    fn pairs_follow_a_changed_taste_and_no_other_change() {
        let cycle = table_scenarios().remove(1);
        let mut same = cycle.clone();
        same.prompts[0].reference = vec![0.2, 0.2, 0.6];
        assert_eq!(same.clone().relabelled(&cycle).unwrap(), same);

        let Taste::Preferences(rows) = &mut same.prompts[0].taste else {
            panic!()
        };
        (rows[0][1], rows[1][0]) = (0.1, 0.9);
        let changed = same.relabelled(&cycle).unwrap();
        let wins = |scenario: &TableScenario, chosen, rejected| {
            let won = |pair: &&TablePair| (pair.chosen, pair.rejected) == (chosen, rejected);
            scenario.pairs.iter().filter(won).count()
        };
        assert_eq!([wins(&changed, 0, 1), wins(&changed, 1, 0)], [1, 9]);
        for (one, other) in [(0, 2), (2, 0), (1, 2), (2, 1)] {
            assert_eq!(wins(&changed, one, other), wins(&cycle, one, other));
        }
        assert_eq!(changed.pairs.len(), cycle.pairs.len());
    }

    #[test]
    fn pairs_show_what_labels_show() {
        for scenario in table_scenarios() {
            let games = scenario.labelled_games().unwrap();
            for pair in &scenario.pairs {
                let times = |chosen, rejected| {
                    let same = TablePair {
                        chosen,
                        rejected,
                        ..*pair
                    };
                    scenario.pairs.iter().filter(|p| **p == same).count() as f64
                };
                let (won, lost) = (
                    times(pair.chosen, pair.rejected),
                    times(pair.rejected, pair.chosen),
                );
                let rows = games[pair.prompt as usize].preferences().rows();
                let preference = rows[pair.chosen as usize][pair.rejected as usize];
                let share = won / (won + lost);
                assert!(
                    scenario.name == "uncovered" || (share - preference).abs() < 1e-12,
                    "{}: {share} {preference}",
                    scenario.name
                );
            }
        }
    }

    #[test]
    fn what_contradicts_itself_is_named() {
        let problem = |change: fn(&mut TableScenario)| {
            let mut scenario = table_scenarios().remove(0);
            change(&mut scenario);
            let policy = scenario.policy().map(|_| ());
            let games = scenario.labelled_games().map(|_| ());
            policy.and(games).unwrap_err().to_string()
        };
        assert_eq!(
            problem(|s| s.prompts[1].responses.truncate(2)),
            "prompt 2 has 2 responses, but the first has 3"
        );
        assert_eq!(
            problem(|s| s.prompts[0].reference = vec![0.5, 0.5, 0.0]),
            "prompt 1: the reference never gives response 3, so no policy could"
        );
        let said = problem(|s| s.prompts[0].reference = vec![0.5, 0.5, 0.5]);
        assert!(
            said.starts_with("prompt 1") && said.contains("1.5"),
            "{said}"
        );
        let said = problem(|s| s.prompts[1].taste = Taste::Rewards(vec![0.0]));
        assert_eq!(said, "prompt 2: 1 responses are judged, but there are 3");
        assert!(problem(|s| s.flip_rate = 2.0).contains("flip rate"));
        assert!(problem(|s| s.prompts.clear()).contains("at least"));
    }
}
