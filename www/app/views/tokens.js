// @ts-check
/** @import { TokenPlace, TokenStrip } from "../messages.js" */
/** @import { App } from "../app.js" */
/** @import { AppStore, State } from "../state.js" */
/** @import { Token } from "../token-columns.js" */
import { element, find, setText } from "../dom.js";
import { fixed, signed, visible } from "../format.js";
import { icon } from "../icons.js";
import { TOKEN_WORDS as WORDS } from "../strings/close-up.js";
import { tokenColumns } from "../token-columns.js";
import { nextTable } from "./next-table.js";
import { watchPanel } from "./panel-watch.js";

/** A change of so many nats has the full colour. */
const FULL = 2;
const SHADES = 4;
/** An answer that is not there. @type {TokenStrip} */
const NOTHING = { texts: [], policy: [], reference: [] };
const SIDES = /** @type {const} */ (["chosen", "rejected"]);

/** The selected pair token by token, answer over answer; and what could stand in a token's place. @param {AppStore} store @param {App} app */
export function tokens(store, app) {
  const none = element("p", {}, WORDS.none);
  const intro = element("p");
  const strip = element("ol", { class: "token-columns" });
  const title = element("h3");
  const close = element("button", { type: "button", class: "quiet" }, icon("remove"), WORDS.close);
  const measured = element("p", { class: "hint" });
  const table = nextTable(WORDS.table);
  const inspector = element("section", { class: "inspector", hidden: "" }, element("div", { class: "toolbar" }, title, close), measured, table.part);
  const panel = find("panel-tokens", HTMLElement);
  find("tokens", HTMLElement).append(none, intro, strip, inspector);

  /** What is looked at: asked for only while it can be seen. @type {TokenPlace | null} */
  let at = null;
  let shown = false;
  const look = (/** @type {TokenPlace | null} */ place) => {
    at = place;
    app.watch({ token: shown ? at : null });
    showInspector();
    markOpen();
  };
  watchPanel(panel, (now) => {
    if (now === shown) return;
    shown = now;
    if (at) app.watch({ token: shown ? at : null });
  });
  close.addEventListener("click", () => {
    const place = at;
    look(null);
    if (place) buttons.get(keyOf(place.side, place.index))?.focus();
  });

  /** @type {Map<string, HTMLButtonElement>} */
  const buttons = new Map();
  /** What the strip was made for: the same texts only get other numbers. */
  let made = "";
  store.watch((state) => state.tokens, (scores, state) => {
    const index = state.pairs.findIndex((pair) => pair.id === scores?.id);
    const known = scores !== null && index >= 0;
    none.hidden = known;
    intro.hidden = strip.hidden = !known;
    if (!known) return;
    setText(intro, WORDS.intro(index + 1));
    const { only } = state.pairs[index];
    const columns = tokenColumns(only === "rejected" ? NOTHING : scores.chosen, only === "chosen" ? NOTHING : scores.rejected);
    const key = JSON.stringify([scores.id, only, scores.chosen.texts, scores.rejected.texts]);
    if (key !== made) {
      made = key;
      buttons.clear();
      strip.replaceChildren(
        ...columns.map((column, place) =>
          element("li", { class: column.shared ? "shared" : "" }, ...SIDES.map((side) => (column[side] ? button(scores.id, side, place) : element("span", { class: "no-token" })))),
        ),
      );
    }
    columns.forEach((column, place) => {
      for (const side of SIDES) {
        const [token, target] = [column[side], buttons.get(keyOf(side, place))];
        if (token && target) fill(target, side, token);
      }
    });
    markOpen();
  });

  /** @param {number} pair @param {"chosen" | "rejected"} side @param {number} index */
  function button(pair, side, index) {
    const unseen = (/** @type {string} */ text) => element("span", { class: "unseen" }, text);
    const said = [unseen(WORDS.tokenAt(WORDS[side], index + 1)), element("b"), unseen(WORDS.logProb), element("span"), unseen(WORDS.change), element("span")];
    const made = element("button", { type: "button", class: `token ${side}` }, ...said);
    made.addEventListener("click", () => look({ pair, side, index }));
    buttons.set(keyOf(side, index), made);
    return made;
  }
  function markOpen() {
    for (const [key, target] of buttons) target.setAttribute("aria-pressed", String(at !== null && key === keyOf(at.side, at.index)));
  }
  store.watch((state) => state.selected, (selected) => {
    if (at && at.pair !== selected) look(null);
  });

  function showInspector() {
    const state = store.state();
    const { next } = state.closeUp;
    const fits = at !== null && next !== null && JSON.stringify(next.at) === JSON.stringify(at);
    inspector.hidden = !fits;
    if (!fits || !at) return;
    const here = state.tokens?.[at.side];
    setText(title, WORDS.instead(at.side, at.index + 1));
    setText(measured, `${after(here, at.index)} ${WORDS.measured(next.step)}`);
    table.show(next.shown, next.shown.here);
  }
  store.watch((state) => state.closeUp.next, showInspector);
}

/** @param {string} side @param {number} index */
const keyOf = (side, index) => `${side} ${index}`;

/** What stands before a token. @param {TokenStrip | undefined} strip @param {number} index */
function after(strip, index) {
  const before = strip?.texts.slice(0, index).join("") ?? "";
  return `${before === "" ? WORDS.first : WORDS.after(visible(before))}.`;
}

/** @param {HTMLButtonElement} target @param {"chosen" | "rejected"} side @param {Token} token */
function fill(target, side, { text, end, policy, reference }) {
  const change = policy - reference;
  const shade = Math.min(SHADES, Math.round((Math.abs(change) / FULL) * SHADES));
  const name = end ? WORDS.end : visible(text);
  const texts = [name, fixed(policy), signed(change)];
  texts.forEach((text, index) => setText(target.children[2 * index + 1], text));
  target.className = `token ${side} ${change < 0 ? "down" : "up"}-${shade}`;
}
