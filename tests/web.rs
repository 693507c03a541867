//! The core in a browser, with WebGPU and without: run by `wasm-pack test` in headless Chromium, in
//! a dedicated Worker, as the page runs it.

#![cfg(target_arch = "wasm32")]

mod browser;

use alignment_playground::engine::cpu::CpuEngine;
use alignment_playground::graph::{Builder, DType};
use alignment_playground::policy::language::{self, Config, LanguagePolicy};
use alignment_playground::policy::{Policy, Weights, state_name};
use alignment_playground::standard_task::{StandardTask, Task};
use alignment_playground::web::{self, WebSession, WebStandardTask, WebTableSession};
use alignment_playground::{engine::Engine, engine::Feeds, engine::HostTensor};
use browser::{CONFIG, TINY, WEIGHTS, column, get, losses, object, open, open_method, pair};
use js_sys::{Array, Float32Array, Uint32Array};
use safetensors::SafeTensors;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
async fn training_starts_at_ln_2_and_learns() {
    let mut session = open(1).await;
    let before = session.evaluate().await.ok().unwrap();
    assert!((column(&before, "loss")[0] - 2f32.ln()).abs() < 1e-6);
    assert_eq!(column(&before, "rewards/margins"), [0.0]);

    let losses = losses(&mut session, 40).await;
    assert_eq!(losses.len(), 40);
    assert!((losses[0] - 2f32.ln()).abs() < 1e-6);
    assert!(losses[39] < 0.3, "{}", losses[39]);

    let numbers: Array = session.score_pairs(vec![3]).await.ok().unwrap().into();
    assert_eq!(numbers.length(), 1);
    let margin = get(&numbers.get(0), "margin").as_f64().unwrap();
    assert!(margin > 1.0, "{margin}");
}

#[wasm_bindgen_test]
async fn a_seed_gives_the_same_curve_and_reset_starts_it_again() {
    let mut session = open(5).await;
    let first = losses(&mut session, 5).await;
    session.reset(5.0).await.ok().unwrap();
    assert_eq!(session.step(), 0);
    assert_eq!(losses(&mut session, 5).await, first);
    assert_eq!(losses(&mut open(5).await, 5).await, first);
}

#[wasm_bindgen_test]
async fn samples_of_both_share_their_luck() {
    let mut session = open(1).await;
    let options = |seed: u32| {
        object(&[
            ("count", 4.into()),
            ("temperature", 1.into()),
            ("topK", 0.into()),
            ("topP", 1.into()),
            ("maxTokens", 12.into()),
            ("seed", seed.into()),
        ])
    };
    let text = |samples: &JsValue, side: &str| {
        let lists: Array = get(samples, side).into();
        assert_eq!(lists.length(), 4);
        lists
            .iter()
            .map(|ids| Uint32Array::from(ids).to_vec())
            .collect::<Vec<_>>()
    };
    let drawn = session.sample(vec![10], options(1)).await.ok().unwrap();
    // Before the first update the policy is its reference.
    assert_eq!(text(&drawn, "policy"), text(&drawn, "reference"));
    let other = session.sample(vec![10], options(2)).await.ok().unwrap();
    assert_ne!(text(&drawn, "policy"), text(&other, "policy"));
}

#[wasm_bindgen_test]
async fn token_scores_add_up_to_the_pair_s() {
    let mut session = open(1).await;
    let scores = session
        .score_tokens(pair(0, &[10], &[20, 30, 21], &[22, 31]))
        .await;
    let scores = scores.ok().unwrap();
    let sum = |side: &str| {
        let values = get(&get(&scores, side), "policy");
        let values = Float32Array::from(values).to_vec();
        (values.len(), values.iter().sum::<f32>())
    };
    let numbers: Array = session.score_pairs(vec![0]).await.ok().unwrap().into();
    let number = |name: &str| get(&numbers.get(0), name).as_f64().unwrap() as f32;
    for (side, tokens) in [("chosen", 4), ("rejected", 3)] {
        let (count, total) = sum(side);
        assert_eq!(count, tokens, "end-of-text counts");
        assert!((total - number(side)).abs() < 1e-4);
    }
}

#[wasm_bindgen_test]
async fn a_table_takes_exact_steps_to_where_ipo_md_ends() {
    let scenarios: Array = web::table_scenarios().ok().unwrap().into();
    let named = |name: &str| {
        let mut all = scenarios.iter();
        let scenario = all.find(|scenario| get(scenario, "name") == name);
        scenario.unwrap()
    };
    let options = object(&[
        ("method", "ipo_md".into()),
        ("loss", "".into()),
        ("seed", 1.into()),
        (
            "values",
            object(&[
                ("tau", 0.5.into()),
                ("learning_rate", 0.03.into()),
                ("warmup_steps", 0.into()),
            ]),
        ),
    ]);
    let run = WebTableSession::open(named("cycle"), options.clone()).await;
    let mut run = run.ok().unwrap();
    let first = |reports: JsValue| Array::from(&reports).get(0);
    let numbers = |report: &JsValue, name: &str| -> Vec<f64> {
        let list: Array = get(report, name).into();
        list.iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let before = first(run.report().await.ok().unwrap());
    assert_eq!(numbers(&before, "policy"), numbers(&before, "reference"));
    assert!(get(&before, "optimum").is_null(), "a cycle has no rewards");
    for _ in 0..200 {
        assert!(run.update().await.is_ok());
    }
    assert_eq!(run.step(), 200);
    let losses = column(&run.metrics().await.ok().unwrap(), "loss");
    assert_eq!(losses.len(), 200);
    let after = first(run.report().await.ok().unwrap());
    let policy = numbers(&after, "policy");
    let point = numbers(&after, "stationaryPoint");
    let off = policy.iter().zip(point).map(|(p, q)| (p - q).abs());
    let told = get(&get(&after, "distances"), "stationaryPoint");
    let (off, told) = (off.sum::<f64>() / 2.0, told.as_f64().unwrap());
    assert!((off - told).abs() < 1e-12 && told < 2e-3, "{off} {told}");
    let rate = get(&after, "winRate").as_f64().unwrap();
    assert!(rate > 0.5 && get(&after, "kl").as_f64().unwrap() > 0.0);

    // The same luck gives the same losses; another game is another run.
    run.reset(1.0).await.ok().unwrap();
    assert_eq!(run.step(), 0);
    for _ in 0..200 {
        assert!(run.update().await.is_ok());
    }
    assert_eq!(column(&run.metrics().await.ok().unwrap(), "loss"), losses);
    let scenario = named("cycle");
    let prompts: Array = get(&scenario, "prompts").into();
    let halves: Array = [0.5, 0.5, 0.5].map(JsValue::from).into_iter().collect();
    let references = js_sys::Reflect::set(&prompts.get(0), &"reference".into(), &halves);
    assert_eq!(references, Ok(true));
    let refused = WebTableSession::open(scenario, options).await;
    let message = JsValue::from(refused.err().unwrap());
    let message = get(&message, "message").as_string().unwrap();
    assert!(message.contains("add up to 1.5"), "{message}");
}

/// The judge wants short answers: they become shorter.
#[wasm_bindgen_test]
async fn ipo_md_learns_from_its_own_answers() {
    let values = [
        ("learning_rate", 1e-3),
        ("tau", 0.1),
        ("max_new_tokens", 8.0),
    ];
    let mut session = open_method("ipo_md", 2, &values).await;
    let before = session.evaluate().await.ok().unwrap();
    assert_eq!(column(&before, "eval_win_rate"), [0.5]);
    for _ in 0..40 {
        assert!(session.update().await.is_ok());
    }
    let rows = session.metrics().await.ok().unwrap();
    let lengths = column(&rows, "completions/mean_length");
    let mean = |lengths: &[f32]| lengths.iter().sum::<f32>() / lengths.len() as f32;
    let (first, last) = (mean(&lengths[..5]), mean(&lengths[35..]));
    assert!(last < 0.8 * first, "{first} {last}");
    let after = session.evaluate().await.ok().unwrap();
    assert!(column(&after, "eval_win_rate")[0] > 0.6);

    let rollouts: Array = session.rollouts().ok().unwrap().into();
    assert_eq!(rollouts.length(), 8);
    let answers: Array = get(&rollouts.get(0), "answers").into();
    let preferences: Float32Array = get(&rollouts.get(0), "preferences").into();
    assert_eq!((answers.length(), preferences.length()), (2, 1));
}

/// A judge that learns beside the policy, and gold beside both.
#[wasm_bindgen_test]
async fn a_learned_judge_judges_and_is_measured() {
    let mut session = open_method("rloo", 1, &[("max_new_tokens", 8.0)]).await;
    assert!(session.judge().ok().unwrap().is_undefined());
    let vocabulary = || vec!["a".to_owned(); 128];
    let unknown = session.set_learned_judge("oracle", "shorter".into(), vocabulary());
    assert!(unknown.await.is_err());
    for kind in ["learned preference", "learned reward"] {
        let set = session.set_learned_judge(kind, "shorter".into(), vocabulary());
        assert!(set.await.is_ok());
        assert!(session.update_judge().await.is_ok());
        for _ in 0..3 {
            assert!(session.update().await.ok().unwrap().is_none());
        }
        let rows = session.metrics().await.ok().unwrap();
        assert!(column(&rows, "judge/proxy").iter().all(|v| v.is_finite()));
        assert!(column(&rows, "judge/gold").iter().all(|&v| v < 0.0));
        let report = session.judge().ok().unwrap();
        assert_eq!(get(&report, "updates").as_f64(), Some(4.0));
        assert_eq!(get(&report, "learns").as_bool(), Some(true));
        let losses = column(&report, "judge/loss");
        assert!((losses[0] - 2f32.ln()).abs() < 1e-6 && losses[3] < losses[0]);
    }
    session.reset(1.0).await.ok().unwrap();
    let report = session.judge().ok().unwrap();
    assert_eq!(get(&report, "updates").as_f64(), Some(0.0));
}

#[wasm_bindgen_test]
async fn a_person_s_answers_are_learnt_from() {
    let mut session = open_method("ipo_md", 1, &[("max_new_tokens", 8.0)]).await;
    session.ask_person();
    assert!(session.awaits_person());
    assert!(session.update().await.is_err());
    let questions: Array = session.questions().await.ok().unwrap().into();
    assert!(questions.length() >= 4);
    let question = |index: u32| questions.get(index);
    let id = |index: u32| get(&question(index), "id").as_f64().unwrap() as u32;
    assert!(session.answer(id(0), "best").is_err());
    for (index, preferred) in [(0, "second"), (1, "neither"), (2, "first")] {
        assert!(session.answer(id(index), preferred).is_ok());
    }
    assert!(!session.awaits_person());
    for _ in 0..2 {
        assert!(session.update().await.is_ok());
    }
    // Another run goes on with what was said, as long as it is not forgotten.
    let mut other = open_method("online_dpo", 1, &[("max_new_tokens", 8.0)]).await;
    other.ask_person();
    let [prompt, first, second] = ["prompt", "first", "second"]
        .map(|name| Uint32Array::from(get(&question(0), name)).to_vec());
    let long = vec![1; 10_000];
    for (answer, preferred, fits) in [
        (&second, "best", false),
        (&long, "first", false),
        (&second, "first", true),
    ] {
        let (prompt, first) = (prompt.clone(), first.clone());
        let recalled = other.recall(prompt, first, answer.clone(), preferred);
        assert_eq!(recalled.is_ok(), fits);
        assert_eq!(other.awaits_person(), !fits);
    }
    assert!(other.update().await.is_ok());
    other.forget();
    assert!(other.awaits_person());
}

#[wasm_bindgen_test]
async fn d2o_sets_its_own_answers_against_the_avoided_one() {
    let values = [
        ("learning_rate", 1e-3),
        ("samples", 4.0),
        ("max_new_tokens", 8.0),
    ];
    let mut session = open_method("d2o", 2, &values).await;
    let losses = losses(&mut session, 30).await;
    assert!((losses[0] - 2f32.ln()).abs() < 1e-6);
    assert!(losses[29] < 0.6, "{}", losses[29]);
    let numbers: Array = session.score_pairs(vec![3]).await.ok().unwrap().into();
    let number = |name: &str| get(&numbers.get(0), name).as_f64().unwrap();
    assert!(number("rejected") < number("referenceRejected") - 2.0);
    let kept = session.kept_answers(pair(3, &[13], &[20, 30, 24], &[22, 31]));
    assert_eq!(kept.ok().unwrap().len(), 4);
}

#[wasm_bindgen_test]
async fn a_written_loss_has_its_numbers_and_its_curve() {
    let loss = "-logsigmoid(gain * ((lw - rw) - (ll - rl)))";
    let method = web::written_method("custom", loss).ok().unwrap();
    let numbers: Array = get(&method, "hyperparameters").into();
    assert_eq!(get(&numbers.get(0), "name").as_string().unwrap(), "gain");
    let values = object(&[("gain", 0.1.into())]);
    let curve = |method: &str, values: JsValue| {
        let margins = vec![-20.0, 0.0, 20.0];
        web::loss_curve(method.to_owned(), loss.to_owned(), values, margins)
    };
    let own = curve("custom", values).await.ok().unwrap().unwrap();
    let dpo = curve("dpo", object(&[])).await.ok().unwrap().unwrap();
    assert_eq!(own, dpo);
    // −ln σ(0) = ln 2, with the slope −β/2; and −ln σ(−2) with −β σ(2).
    for (place, expected) in [(0, 2.126_928), (1, 0.693_147), (3, -0.088_08), (4, -0.05)] {
        assert!((own[place] - expected).abs() < 1e-5, "{own:?}");
    }
    assert!(curve("ipo_md", object(&[])).await.ok().unwrap().is_none());
    assert!(web::written_method("custom", "-logsig(lw)").is_err());
}

#[wasm_bindgen_test]
async fn bad_input_is_refused_with_a_sentence() {
    let message = |error: wasm_bindgen::JsError| {
        let error: JsValue = error.into();
        get(&error, "message").as_string().unwrap()
    };
    let options = object(&[
        ("method", "alchemy".into()),
        ("seed", 0.into()),
        ("loss", "".into()),
        ("values", object(&[])),
    ]);
    let unknown = WebSession::open(CONFIG.to_owned(), WEIGHTS.to_vec(), options.clone());
    assert!(message(unknown.err().unwrap()).contains("alchemy"));

    let mut session = open(1).await;
    let long = vec![10; 100];
    let pairs = Array::of1(&pair(7, &[10], &long, &[11]));
    let refused = session.set_training_pairs(pairs.into()).await;
    assert!(message(refused.err().unwrap()).starts_with("Pair 7"));
    let refused = session.set_rule("best", Vec::new());
    assert!(message(refused.err().unwrap()).contains("best"));
    let refused = session.set_value("beta", -1.0);
    assert!(message(refused.err().unwrap()).contains("between"));
    // The session is as it was.
    assert_eq!(losses(&mut session, 1).await.len(), 1);
}

#[wasm_bindgen_test]
fn preference_files_are_read_line_by_line() {
    let text = "{\"prompt\": \"a\", \"chosen\": \"b\", \"rejected\": \"c\"}\nnonsense\n";
    let parsed = web::parse_preferences(text).ok().unwrap();
    let pairs: Array = get(&parsed, "pairs").into();
    let problems: Array = get(&parsed, "problems").into();
    assert_eq!((pairs.length(), problems.length()), (1, 1));
    assert_eq!(get(&problems.get(0), "line").as_f64(), Some(2.0));
    let written = web::format_preferences(pairs.into()).ok().unwrap();
    assert_eq!(written.lines().count(), 1);
    assert!(written.contains("\"rejected\""));
}

/// The losses of the standard task are PyTorch's.
#[wasm_bindgen_test]
async fn the_standard_task_agrees_with_pytorch() {
    let mut task = WebStandardTask::open("S".to_owned(), "dpo".to_owned(), "cpu".to_owned())
        .await
        .ok()
        .unwrap();
    let mut losses = Vec::new();
    for _ in 0..5 {
        losses.push(task.update().await.ok().unwrap());
    }
    assert!((losses[0] - 0.693147).abs() < 1e-4, "{}", losses[0]);
    assert!((losses[4] - 0.0450628).abs() < 1e-4, "{}", losses[4]);
}

/// Logits of a small Llama as Hugging Face's `transformers` computes them.
#[wasm_bindgen_test]
async fn logits_agree_with_transformers() {
    let config = include_str!("fixtures/llama-gqa/config.json");
    let weights = include_bytes!("fixtures/llama-gqa/model.safetensors");
    let oracle = include_bytes!("fixtures/llama-gqa/oracle.safetensors");
    let oracle = SafeTensors::deserialize(oracle).unwrap();
    let policy = LanguagePolicy::new(Config::from_json(config).unwrap());
    let engine = CpuEngine::new();
    let parameters = policy.parameters();
    let values = language::load(weights, &parameters).unwrap();
    for (parameter, value) in parameters.iter().zip(values) {
        let name = state_name(Weights::POLICY, &parameter.name);
        engine.write(&name, value).unwrap();
    }
    let ids = oracle.tensor("input_ids").unwrap();
    let tokens = ids
        .data()
        .chunks_exact(8)
        .map(|bytes| u32::from_le_bytes(bytes[..4].try_into().unwrap()))
        .collect();
    let shape = ids.shape().to_vec();
    let builder = Builder::new();
    let input = builder.input("tokens", DType::U32, shape.as_slice());
    let logits = policy
        .transformer()
        .logits(&Weights::new(&builder, Weights::POLICY), input);
    builder.output("logits", logits);
    let graph = builder.finish().unwrap();
    let mut plan = engine.compile(&graph).await.unwrap();
    let feeds = Feeds::from([("tokens".to_owned(), HostTensor::u32(shape, tokens))]);
    plan.run(&feeds).unwrap();
    let outputs = plan.drain().await.unwrap();
    let expected = oracle.tensor("logits").unwrap();
    let expected = expected.data().chunks_exact(4);
    let mut compared = 0;
    for (logit, bytes) in outputs[0]["logits"].as_f32().iter().zip(expected) {
        let expected = f32::from_le_bytes(bytes.try_into().unwrap());
        assert!((logit - expected).abs() < 1e-4, "{logit} {expected}");
        compared += 1;
    }
    assert!(compared > 100);
}

/// The module's memory never shrinks, so a leak of whatever size would show in time.
#[wasm_bindgen_test]
async fn ten_thousand_updates_take_no_memory() {
    let task = StandardTask::new(&CpuEngine::new(), TINY, Task::Dpo).await;
    let mut task = task.ok().unwrap();
    let mut pages = Vec::new();
    for update in 0..10_500 {
        assert!(task.update().await.ok().unwrap().is_finite());
        if update == 500 {
            pages.push(core::arch::wasm32::memory_size(0));
        }
    }
    pages.push(core::arch::wasm32::memory_size(0));
    assert_eq!(pages[0], pages[1], "pages of 64 KiB before and after");
}
