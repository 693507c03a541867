// @ts-check
/** @import { GameApp } from "../app.js" */
/** @import { Read } from "../edits.js" */
/** @import { GameStore } from "../state.js" */
import { element, find, setText } from "../../app/dom.js";
import { compact, fixed } from "../../app/format.js";
import { THOUGHTS } from "../../app/strings/games.js";
import { readPreference, readReference, readReward, withPreference, withShare } from "../edits.js";
import { currentPrompt, currentScenario } from "../state.js";

/** What is thought of the responses, and the reference: tables to edit. @param {GameStore} store @param {GameApp} app */
export function thoughts(store, app) {
  const [taste, reference] = [find("taste", HTMLTableElement), find("reference", HTMLTableElement)];
  const restore = find("restore", HTMLButtonElement);
  restore.addEventListener("click", () => app.restore());
  /** What a field shows, by its name. @type {Map<string, { input: HTMLInputElement, value: () => number }>} */
  let fields = new Map();

  /** @param {string} name @param {() => number} value @param {(text: string) => Read} read @param {(value: number) => void} set */
  const field = (name, value, read, set) => {
    const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": name });
    const show = () => (input.value = String(Number(value().toPrecision(6))));
    input.addEventListener("change", () => {
      const typed = read(input.value);
      if ("problem" in typed) app.refuse(typed.problem);
      else set(typed.value);
      show();
    });
    show();
    fields.set(name, { input, value });
    return input;
  };
  const prompt = () => {
    const found = currentPrompt(store.state());
    if (!found) throw new Error("no game is shown");
    return found;
  };

  const make = () => {
    fields = new Map();
    const shown = currentPrompt(store.state());
    if (!shown) return;
    const { responses } = shown;
    if ("rewards" in shown.taste) {
      const rewards = () => /** @type {{ rewards: number[] }} */ (prompt().taste).rewards;
      const inputs = responses.map((response, index) =>
        field(THOUGHTS.rewardOf(response), () => rewards()[index], (text) => readReward(text, response), (value) => {
          app.change({ taste: { rewards: rewards().map((old, other) => (other === index ? value : old)) } });
        }),
      );
      taste.setAttribute("aria-label", THOUGHTS.rewards);
      taste.replaceChildren(...table(["", ...responses], [[THOUGHTS.reward, ...inputs]]));
    } else {
      const rows = () => /** @type {{ preferences: number[][] }} */ (prompt().taste).preferences;
      const lines = responses.map((winner, row) => [
        winner,
        ...responses.map((loser, column) => {
          if (row === column) return "½";
          const name = THOUGHTS.beats(winner, loser);
          return field(name, () => rows()[row][column], (text) => readPreference(text, name), (value) => {
            app.change({ taste: { preferences: withPreference(rows(), row, column, value) } });
          });
        }),
      ]);
      taste.setAttribute("aria-label", THOUGHTS.preferences);
      taste.replaceChildren(...table([THOUGHTS.rowBeats, ...responses], lines));
    }
    const shares = responses.map((response, index) =>
      field(THOUGHTS.referenceOf(response), () => prompt().reference[index], (text) => readReference(text, response), (value) => {
        app.change({ reference: withShare(prompt().reference, index, value) });
      }),
    );
    reference.replaceChildren(...table(["", ...responses], [[THOUGHTS.reference, ...shares]]));
  };
  store.watch((state) => `${currentScenario(state)?.name} ${state.settings.prompt}`, make);
  store.watch(currentPrompt, () => {
    for (const { input, value } of fields.values()) {
      if (document.activeElement !== input) input.value = String(Number(value().toPrecision(6)));
    }
  });
  store.watch((state) => state.changed, (changed, { settings }) => (restore.disabled = !(settings.scenario in changed)));
  store.watch((state) => state.settings.scenario, (scenario, { changed }) => (restore.disabled = !(scenario in changed)));

  const implied = find("implied", HTMLElement);
  const preferences = find("preferences", HTMLTableElement);
  const text = find("thoughts-text", HTMLElement);
  const follow = () => {
    const state = store.state();
    const [shown, scenario, game] = [currentPrompt(state), currentScenario(state), state.games[state.settings.prompt]];
    if (!shown || !scenario) return;
    const rewarded = "rewards" in shown.taste;
    implied.hidden = !rewarded || !game;
    if (rewarded && game && game.preferences.length === shown.responses.length) {
      const flipped = scenario.flipRate > 0;
      const cell = (/** @type {number} */ row, /** @type {number} */ column) => {
        const truth = fixed(game.preferences[row][column], 3);
        return flipped && row !== column ? THOUGHTS.labelled(truth, fixed(game.labelled[row][column], 3)) : truth;
      };
      const lines = shown.responses.map((winner, row) => [winner, ...shown.responses.map((_, column) => cell(row, column))]);
      preferences.replaceChildren(...table([THOUGHTS.rowBeats, ...shown.responses], lines));
    }
    const flips = scenario.flipRate > 0 ? THOUGHTS.flipped(compact(100 * scenario.flipRate)) : "";
    const edited = rewarded ? THOUGHTS.differences : THOUGHTS.howOften;
    setText(text, THOUGHTS.text(shown.text, edited, flips));
  };
  store.watch((state) => state.games, follow);
  store.watch(currentPrompt, follow);
}

/** @param {string[]} head @param {(string | HTMLElement)[][]} lines */
function table(head, lines) {
  const columns = head.map((text) => (text ? element("th", { scope: "col" }, text) : element("td")));
  const rows = lines.map(([name, ...cells]) => element("tr", {}, element("th", { scope: "row" }, name), ...cells.map((cell) => element("td", {}, cell))));
  return [element("thead", {}, element("tr", {}, ...columns)), element("tbody", {}, ...rows)];
}
