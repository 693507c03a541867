// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
import { element, find, setText } from "../dom.js";
import { NEXT_WORDS as WORDS, TOKEN_WORDS } from "../strings/close-up.js";
import { nextTable } from "./next-table.js";
import { watchPanel } from "./panel-watch.js";

/** Milliseconds of quiet after which what was typed goes to the policy. */
const PAUSE = 80;

/** What comes next in a text that a person types, token by token. @param {AppStore} store @param {App} app */
export function explorer(store, app) {
  const panel = find("panel-next", HTMLElement);
  const prompt = element("textarea", { rows: "1", spellcheck: "false", autocomplete: "off" });
  const answer = element("textarea", { rows: "1", spellcheck: "false", autocomplete: "off" });
  const back = element("button", { type: "button" }, WORDS.back);
  const clear = element("button", { type: "button", class: "quiet" }, WORDS.clear);
  const problem = element("p", { class: "problem", role: "alert", hidden: "" });
  const measured = element("p", { class: "hint", role: "status" }, WORDS.waiting);
  const table = nextTable(WORDS.table, ({ id, text }) => {
    chosen.push({ id, text });
    showAnswer();
    ask();
  });
  panel.append(
    element("p", { class: "hint" }, WORDS.hint),
    element(
      "form",
      { class: "fields explorer", "aria-label": WORDS.title },
      element("label", {}, WORDS.prompt, prompt),
      element("label", {}, WORDS.answer, answer),
      back,
      clear,
    ),
    problem,
    measured,
    table.part,
  );

  /** What was typed of the answer, and the tokens that were added by choosing them: they need not be those of their text. */
  let typed = "";
  /** @type {{ id: number, text: string }[]} */
  let chosen = [];
  let shown = false;
  let timer = 0;
  const ask = () => {
    clearTimeout(timer);
    app.watch({ beginning: shown ? { prompt: prompt.value, answer: typed, tokens: chosen.map(({ id }) => id) } : null });
  };
  const askSoon = () => {
    clearTimeout(timer);
    timer = window.setTimeout(ask, PAUSE);
  };
  function showAnswer() {
    answer.value = typed + chosen.map(({ text }) => text).join("");
    back.disabled = chosen.length === 0;
    clear.disabled = answer.value === "";
  }
  prompt.addEventListener("input", askSoon);
  answer.addEventListener("input", () => {
    [typed, chosen] = [answer.value, []];
    showAnswer();
    askSoon();
  });
  back.addEventListener("click", () => {
    chosen.pop();
    showAnswer();
    if (back.disabled) answer.focus();
    ask();
  });
  clear.addEventListener("click", () => {
    [typed, chosen] = ["", []];
    showAnswer();
    answer.focus();
    ask();
  });
  showAnswer();
  // Another policy starts from its own prompt.
  store.watch((state) => state.settings.scenario, (_, { settings }) => {
    prompt.value = settings.sampler.prompt;
    [typed, chosen] = ["", []];
    showAnswer();
    if (shown) ask();
  });
  watchPanel(panel, (now) => {
    if (now === shown) return;
    shown = now;
    ask();
  });
  find("tab-next", HTMLElement).hidden = false;

  store.watch((state) => state.closeUp.explored, (explored) => {
    problem.hidden = !explored?.problem;
    setText(problem, explored?.problem ?? "");
    table.part.hidden = !explored?.shown;
    setText(measured, explored?.shown ? TOKEN_WORDS.measured(explored.step) : explored?.problem ? "" : WORDS.waiting);
    if (explored?.shown) table.show(explored.shown);
  });
}
