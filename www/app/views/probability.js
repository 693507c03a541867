// @ts-check
/** @import { AnswersShown } from "../messages.js" */
/** @import { Likely } from "../probability-moves.js" */
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
import { element, find, setText } from "../dom.js";
import { fixed, percentage, signed, visible } from "../format.js";
import { ANSWER_WORDS as WORDS } from "../strings/close-up.js";
import { watchPanel } from "./panel-watch.js";

/** How long the answers may be added up, milliseconds, during which nothing else is done: at first, and at most. */
const TIME = { first: 400, most: 6400 };
/** Probability that may be left out of what is called everything: of rounding. */
const NOTHING = 1e-6;

/** Where the probability of the answers to the selected pair's prompt went. @param {AppStore} store @param {App} app */
export function probability(store, app) {
  const panel = find("panel-probability", HTMLElement);
  const intro = element("p", { class: "hint" });
  const problem = element("p", { class: "problem", role: "alert", hidden: "" });
  const sums = bars(WORDS.summary, WORDS.group);
  const kl = element("p");
  const further = element("button", { type: "button" }, WORDS.further);
  const moves = element("tbody");
  const head = [WORDS.text, WORDS.policy, WORDS.reference, WORDS.change].map((text) => element("th", { scope: "col", ...(text === WORDS.change && { colspan: "2" }) }, text));
  const found = element(
    "div",
    { class: "answers", hidden: "" },
    sums.table,
    element("div", { class: "toolbar divergence" }, kl, further),
    element("h3", {}, WORDS.moves),
    element("table", { class: "moves", "aria-label": WORDS.moves }, element("thead", {}, element("tr", {}, ...head)), moves),
    element("p", { class: "hint" }, WORDS.both),
  );
  panel.append(intro, problem, found);
  find("tab-probability", HTMLElement).hidden = false;

  let shown = false;
  let milliseconds = TIME.first;
  const prompt = () => {
    const { pairs, selected } = store.state();
    return pairs.find(({ id }) => id === selected)?.prompt;
  };
  const ask = () => {
    const wanted = prompt();
    app.watch({ answers: shown && wanted !== undefined ? { prompt: wanted, milliseconds } : null });
  };
  store.watch(prompt, () => {
    milliseconds = TIME.first;
    if (shown) ask();
    show();
  });
  watchPanel(panel, (now) => {
    if (now === shown) return;
    shown = now;
    ask();
  });
  further.addEventListener("click", () => {
    milliseconds = Math.min(4 * milliseconds, TIME.most);
    ask();
    show();
  });

  /** What stands between prompt and answer on the page. */
  const separator = () => {
    const { policies, settings } = store.state();
    return policies.find(({ name }) => name === settings.policy)?.separator ?? "";
  };

  function show() {
    const { answers } = store.state().closeUp;
    const about = prompt();
    const current = answers !== null && answers.at.prompt === about ? answers : null;
    const when = current?.shown ? WORDS.measured(current.step) : current?.problem ? "" : WORDS.waiting;
    setText(intro, about === undefined ? WORDS.none : `${WORDS.intro(visible(about))} ${when}`);
    problem.hidden = !current?.problem;
    setText(problem, current?.problem ?? "");
    found.hidden = !current?.shown;
    if (!current?.shown) return;
    const { chosen, rejected } = current.shown;
    sums.show([
      { name: WORDS.chosen(chosen.count), kind: "chosen", ...chosen },
      { name: WORDS.rejected(rejected.count), kind: "rejected", ...rejected },
    ]);
    setText(kl, divergence(current.shown));
    further.disabled = milliseconds >= TIME.most || current.shown.moves.open.policy < NOTHING;
    further.title = milliseconds >= TIME.most ? WORDS.farthest : "";
    moves.replaceChildren(...movedRows(current.shown, `${current.at.prompt}${separator()}`));
  }
  store.watch((state) => state.closeUp.answers, show);
}

/** @param {AnswersShown} shown */
function divergence({ kl, moves: { open } }) {
  const written = fixed(kl, 3);
  return open.policy < NOTHING ? WORDS.klExact(written) : WORDS.klLeast(written, percentage(1 - open.policy));
}

/** The answers that gained, those that lost, and the two rests, as bars to either side. @param {AnswersShown} shown @param {string} beginning what stands before each answer */
function movedRows({ moves: { gained, lost, others, open } }, beginning) {
  const rest = (/** @type {Likely} */ likely) => ({ ...likely, change: likely.policy - likely.reference });
  const rows = [
    ...[...gained, ...[...lost].reverse()].map((answer) => ({ ...answer, name: answer.text === "" ? WORDS.empty : visible(answer.text), rest: false })),
    ...(others.count > 0 ? [{ ...rest(others), name: WORDS.othersReached(others.count), rest: true }] : []),
    ...(open.policy >= NOTHING || open.reference >= NOTHING ? [{ ...rest(open), name: WORDS.open, rest: true }] : []),
  ];
  const most = Math.max(...rows.map(({ change }) => Math.abs(change)), Number.MIN_VALUE);
  return rows.map(({ name, policy, reference, change, rest }) => {
    const before = rest ? [] : [element("span", { class: "prompt" }, beginning)];
    const bar = element("td", { class: `move ${change < 0 ? "down" : "up"}`, "aria-hidden": "true" });
    bar.style.setProperty("--share", String(Math.abs(change) / most));
    const numbers = [percentage(policy), percentage(reference), signed(100 * change)].map((text) => element("td", { class: "number" }, text));
    return element("tr", rest ? { class: "rest" } : {}, element("th", { scope: "row" }, ...before, name), ...numbers, bar);
  });
}

/**
 * Probabilities under policy and reference as bars of one scale, from 0 to 1.
 * @param {string} name of the table
 * @param {string} group what its lines are
 */
function bars(name, group) {
  const body = element("tbody");
  const head = [group, WORDS.policy, WORDS.reference, WORDS.change].map((text) => element("th", { scope: "col" }, text));
  return {
    table: element("table", { class: "next", "aria-label": name }, element("thead", {}, element("tr", {}, ...head)), body),
    /** @param {(Likely & { name: string, kind: string })[]} lines */
    show(lines) {
      body.replaceChildren(
        ...lines.map(({ name, kind, policy, reference }) => {
          const cell = (/** @type {number} */ value, /** @type {string} */ of) => {
            const made = element("td", { class: `bar ${of}` }, percentage(value));
            made.style.setProperty("--share", String(Math.min(value, 1)));
            return made;
          };
          return element(
            "tr",
            {},
            element("th", { scope: "row", class: kind }, name),
            cell(policy, kind),
            cell(reference, "reference"),
            element("td", { class: "number" }, signed(100 * (policy - reference))),
          );
        }),
      );
    },
  };
}
