// @ts-check
/** @import { Judgement, PairText, Question } from "../messages.js" */
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import { download, element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { currentJudgeKind } from "../state.js";
import { PERSON } from "../strings/judges.js";
import { ANSWERS, answerKeys } from "./answer-keys.js";

/** Two answers of the policy's own that the person compares. @param {AppStore} store @param {App} app */
export function person(store, app) {
  const section = find("person", HTMLElement);
  const question = find("question", HTMLElement);
  const keys = find("person-keys", HTMLInputElement);
  const save = find("export-compared", HTMLButtonElement);
  const forget = find("forget-compared", HTMLButtonElement);
  const choices = ANSWERS.map((preferred) => {
    const button = find(`prefer-${preferred}`, HTMLButtonElement);
    button.addEventListener("click", () => app.answer(preferred));
    return button;
  });
  save.addEventListener("click", async () => {
    const lines = await app.format(pairsOf(store.state().judgements));
    if (lines !== null) download("judged.jsonl", lines, "application/jsonl");
  });
  forget.addEventListener("click", () => {
    if (store.state().forgotten.length > 0) app.recallJudgements();
    else app.forgetJudgements();
  });
  answerKeys(() => !section.hidden && keys.checked, (preferred) => app.answer(preferred));
  store.watch(currentJudgeKind, (kind) => (section.hidden = kind !== "person"));
  store.watch(
    ({ person: { questions } }) => questions[0]?.id,
    (_, { person: { questions } }) => {
      question.replaceChildren(...(questions[0] ? shown(questions[0]) : []));
      for (const button of choices) button.disabled = questions.length === 0;
    },
  );
  const show = () => {
    const { person, judgements, forgotten } = store.state();
    save.disabled = pairsOf(judgements).length === 0;
    forget.disabled = judgements.length + forgotten.length === 0;
    setText(forget, forgotten.length > 0 ? PERSON.recall : PERSON.forget);
    setText(find("person-status", HTMLElement), sentence(person.questions.length, judgements.length));
  };
  store.watch((state) => state.person, show);
  store.watch((state) => state.judgements, show);
}

/** What was preferred, as pairs; ties are left out. @param {Judgement[]} judgements @returns {PairText[]} */
export function pairsOf(judgements) {
  return judgements.flatMap(({ prompt, first, second, preferred }) => {
    if (preferred === "neither") return [];
    const [chosen, rejected] = preferred === "first" ? [first, second] : [second, first];
    return [{ prompt, chosen, rejected }];
  });
}

/** @param {Question} question */
function shown({ prompt, first, second }) {
  const answer = (/** @type {string} */ name, /** @type {string} */ text) =>
    element("div", { class: "answer" }, element("h3", {}, name), element("div", {}, text || PERSON.nothing));
  return [element("p", {}, prompt ? PERSON.to(prompt) : PERSON.start), answer("1", first), answer("2", second)];
}

/** @param {number} waiting questions @param {number} judged */
export function sentence(waiting, judged) {
  const past = judged === 0 ? PERSON.first : PERSON.judged(count(judged));
  const next = waiting === 0 ? PERSON.drawing : PERSON.waiting(waiting);
  return `${past} ${next}`;
}
