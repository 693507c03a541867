import assert from "node:assert/strict";
import { test } from "node:test";
import { sentence } from "../../www/app/sentence.js";
import { told } from "../../www/app/told.js";
import { builtCore, textsElsewhere, textsIn } from "../../www/build/texts-elsewhere.mjs";
import { engineInWords, inPageWords } from "../../www/worker/core-words.js";

const GERMAN = Object.freeze({
  "Learning rate": "Lernrate",
  "there are no responses": "es gibt keine Antworten",
  "prompt {prompt}: {source}": "Frage {prompt}: {source}",
  "{label} must lie between {min} and {max}, not {value}: the old value stays": "{value} geht nicht: {label} liegt zwischen {min} und {max}",
  "there is no rule {0:?}: write shorter, longer, words: …, pattern: … or manner: …=…": "{0:?} ist keine Regel",
  "{:?} takes {} argument{}, not {given}": "{given} sind für {0:?} zu {1}",
  'Write messages like {{"role": {role}}} or {{}}': 'Schreib {{"role": {role}}}',
  "no places, but {{braces}}": "nur {{Klammern}}",
  "{0}: {1}": "{1}, {0}",
  "{0}": "alles",
});

const german = (/** @type {string} */ text) => told(text, GERMAN);

test("a text is looked up; one that is not known stays", () => {
  assert.equal(german("there are no responses"), "es gibt keine Antworten");
  assert.equal(german("no places, but {braces}"), "nur {Klammern}");
  assert.equal(german("there are many responses"), "there are many responses");
  assert.equal(german("constructor"), "constructor");
  assert.equal(german(""), "");
});

test("what places hold is put where the translation has them, whatever is in it", () => {
  assert.equal(german("beta must lie between 0 and 1, not 2: the old value stays"), "2 geht nicht: beta liegt zwischen 0 und 1");
  assert.equal(german('there is no rule "a\n$& {b}": write shorter, longer, words: …, pattern: … or manner: …=…'), '"a\n$& {b}" ist keine Regel');
  assert.equal(german('"max" takes 2 arguments, not 1'), '1 sind für "max" zu 2');
  assert.equal(german('Write messages like {"role": "user"} or {}'), 'Schreib {"role": "user"}');
});

test("what a sentence holds is told too, but not what it quotes", () => {
  assert.equal(german("Learning rate must lie between 0 and 1, not 2: the old value stays"), "2 geht nicht: Lernrate liegt zwischen 0 und 1");
  assert.equal(german("prompt 2: prompt 3: there are no responses"), "Frage 2: Frage 3: es gibt keine Antworten");
  const quoting = { "no {0:?}, no {1}": "kein {0:?}, kein {1}", '"Loss"': "Verlust", Loss: "Verlust" };
  assert.equal(told('no "Loss", no Loss', quoting), 'kein "Loss", kein Verlust');
});

test("the template that says most by itself wins, one without a letter never does", () => {
  const table = { "{0} is {1}": "{0} = {1}", "{0} is {1}, not {2}": "{0} = {1} ≠ {2}", "the {0} is {1}": "{0} : {1}" };
  assert.deepEqual(["it is 1", "it is 1, not 2", "the sum is 1", "the sum is 1, not 2"].map((text) => told(text, table)), ["it = 1", "it = 1 ≠ 2", "sum : 1", "the sum = 1 ≠ 2"]);
  assert.equal(german("CPU: none"), "CPU: none");
});

test("English has no table, and stays", () => {
  assert.equal(told("prompt 2: there are no responses"), "prompt 2: there are no responses");
  assert.equal(sentence(new Error("not now")), "not now");
  assert.equal(sentence("not now"), "not now");
});

test("no text makes it slow or overflows the stack", async () => {
  const all = await textsElsewhere();
  const start = performance.now();
  for (const part of ["prompt 1: ", "{reason}, so ", " must lie between ", ", not ", "a", ": "]) {
    const text = part.repeat(200_000);
    assert.equal(told(text, all), text);
    assert.equal(told(`${text}: the old value stays`, all), `${text}: the old value stays`);
  }
  assert.ok(performance.now() - start < 5000, `${performance.now() - start} ms`);
});

test("texts are read from Rust as the compiler reads them; tests and mistakes are left out", () => {
  const rust = String.raw`
    // "It is a comment": 'a
    #[error("a \")\" is missing")] A,
    #[error(
        "no more than {MOST} may stand: \
         multiply some out", 1
    )]
    B(&'static str),
    #[error(transparent)] C, #[error("{0}")] D, #[error("gone")] E,
    fn f<'a>(c: char) { let quote = '"'; let tick = '\''; let raw = r#"it is "raw""#; let both = "some \u{e9}tudes\\"; }
    fn g() { map.get("logps/chosen").expect("it was put there"); format!("{a} is {b}"); format!("{a}: {b}") }
    #[cfg(test)] use super::{a, b};
    #[cfg(all(test, not(windows)))] mod tests { fn f() { assert_eq!(a, "it is a test"); } }
    fn h() { write!(f, "after the tests") }`;
  assert.deepEqual(textsIn(rust), ['a ")" is missing', "no more than {MOST} may stand: multiply some out", "gone", 'it is "raw"', "some études\\", "{a} is {b}", "after the tests"]);
  assert.deepEqual(textsIn(rust, true), ['a ")" is missing', "no more than {MOST} may stand: multiply some out", "gone"]);
});

test("texts of every kind are listed, names, tests and code are not", async () => {
  const all = await textsElsewhere();
  const known = [
    "config.json says {field} = {value}, but it must lie between {least} and {most}",
    "no more than {MAX_DEPTH} parentheses, signs and exponents may stand within each other: multiply some out",
    'Message {number} of the field “{field}” {problem}. Write messages like {{"role": "user", "content": "Hi"}}',
    "{reason}, so the run goes on with the CPU engine from step {step}.",
    "this drawing has too few points: {found}, not {LEAST} at least",
    "diffusion policies",
    "Weight of {}",
    "Learning rate",
    "DPO",
    "Sampling temperature",
    "log π of the chosen answer",
    "Flipped labels",
    "Who asks?",
    "latest",
    "Tiny assistant",
    "Kinder, 30 % of labels flipped",
  ];
  for (const text of known) assert.equal(all[text], text, text);
  for (const text of ["{0}", "rewards/chosen", "evaluation", "it is a test"]) assert.ok(!Object.hasOwn(all, text), text);
  assert.equal(Object.keys(all).filter((text) => /\n|let |\\text|::/.test(text)).length, 0);
});

/** A template as the core fills it in. @param {string} template */
const formatted = (template) => template.replace(/\{\{|\}\}|\{[^{}]*\}/g, (braces) => (braces.length === 2 && braces !== "{}" ? braces[0] : "7"));

test("every text of the list is found again once it is filled in", async () => {
  const all = await textsElsewhere();
  const marked = Object.fromEntries(Object.keys(all).map((text) => [text, `«${text}»`]));
  for (const text of Object.keys(all)) assert.equal(told(formatted(text), marked), `«${formatted(text)}»`);
});

test("why an engine is not the one that was asked for is told", () => {
  const tell = (/** @type {string} */ text) => told(text, { "no GPU can be used here: {0}": "hier geht keine GPU: {0}", "this browser offers none": "dieser Browser hat keine" });
  assert.equal(engineInWords("CPU (candle): no GPU can be used here"), "CPU (candle): no GPU can be used here", "in English it stays as it is");
  assert.equal(engineInWords("CPU (candle, WebAssembly SIMD)", tell), "CPU (candle, WebAssembly SIMD)");
  assert.equal(engineInWords("CPU (candle, WebAssembly SIMD): no GPU can be used here: this browser offers none", tell), "CPU (candle, WebAssembly SIMD): hier geht keine GPU: dieser Browser hat keine");
});

test("what the core throws and what its data say is told", async () => {
  const core = await builtCore();
  const table = {
    ...GERMAN,
    "column {column}: {problem}": "Spalte {column}: {problem}",
    "there is no function {name:?}: {}": "es gibt keine Funktion {name:?}: {}",
    "did you mean {name:?}?": "meinst du {name:?}?",
    "This is {found}, not an object. Write one object a line, like {EXAMPLE}": "{found} ist kein Objekt, schreib {EXAMPLE}",
    "a number": "Eine Zahl",
    "Weight of {}": "Gewicht von {}",
    "Flipped labels": "Vertauschte Urteile",
    "Who asks?": "Wer fragt?",
  };
  const tell = (/** @type {string} */ text) => told(text, table);
  const words = inPageWords(core, tell);
  const thrown = (/** @type {() => unknown} */ action) => {
    try {
      return action();
    } catch (error) {
      return tell(/** @type {Error} */ (error).message);
    }
  };
  assert.equal(thrown(() => words.writtenMethod("custom", "2 * Sigmiod(lw)")), 'Spalte 5: es gibt keine Funktion "Sigmiod": meinst du "sigmoid"?');
  assert.deepEqual(words.parsePreferences('{"prompt": "a number", "chosen": "b", "rejected": "c"}\n5'), {
    pairs: [{ prompt: "a number", chosen: "b", rejected: "c" }],
    problems: [{ line: 2, message: 'Eine Zahl ist kein Objekt, schreib {"prompt": "Mar", "chosen": "ia", "rejected": "vin"}' }],
  });
  assert.deepEqual(words.catalogue("answers").training[0], { ...core.catalogue("answers").training[0], label: "Lernrate" });
  assert.ok(words.writtenMethod("sum", "dpo + 0.1 * sft").hyperparameters.some(({ name, label }) => name === "weight_sft" && label === "Gewicht von SFT"));
  const noise = words.tableScenarios().find(({ name }) => name === "noise");
  assert.equal(noise?.title, "Vertauschte Urteile");
  assert.ok(noise?.prompts[0].responses.includes("Wer fragt?"));
  assert.deepEqual(inPageWords(core).tableScenarios(), core.tableScenarios());
});
