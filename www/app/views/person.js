// @ts-check
/** @import { Question } from "../messages.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { download, element, find, setText } from "../dom.js";
import { count } from "../format.js";
import { currentJudgeKind } from "../state.js";
import { ANSWERS, answerKeys } from "./answer-keys.js";

/** Two answers of the policy's own that the person compares. @param {AppStore} store @param {App} app */
export function person(store, app) {
  const section = find("person", HTMLElement);
  const question = find("question", HTMLElement);
  const keys = find("person-keys", HTMLInputElement);
  const save = find("export-compared", HTMLButtonElement);
  const choices = ANSWERS.map((preferred) => {
    const button = find(`prefer-${preferred}`, HTMLButtonElement);
    button.addEventListener("click", () => app.answer(preferred));
    return button;
  });
  save.addEventListener("click", async () => {
    const lines = await app.compared();
    if (lines !== null) download("judged.jsonl", lines, "application/jsonl");
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
  store.watch(
    (state) => state.person,
    (state) => {
      save.disabled = state.compared === 0;
      setText(find("person-status", HTMLElement), sentence(state));
    },
  );
}

/** @param {Question} question */
function shown({ prompt, first, second }) {
  const answer = (/** @type {string} */ name, /** @type {string} */ text) =>
    element("div", { class: "answer" }, element("h3", {}, name), element("div", {}, text || "(nothing)"));
  return [element("p", {}, prompt ? `To “${prompt}”` : "From the start"), answer("1", first), answer("2", second)];
}

/** @param {State["person"]} person */
export function sentence({ questions, compared }) {
  const judged = compared === 0 ? "Nothing judged yet: training waits for your first word." : `${count(compared)} judged: each update learns from some of them.`;
  const waiting = questions.length === 0 ? "The next answers are being drawn." : `${questions.length} ${questions.length === 1 ? "pair waits" : "pairs wait"}.`;
  return `${judged} ${waiting}`;
}
