// @ts-check
/** @import { NextShown } from "../messages.js" */
import { element, setText } from "../dom.js";
import { fixed, percentage, signed, visible } from "../format.js";
import { NEXT_WORDS as WORDS } from "../strings/close-up.js";

/** @typedef {{ id: number, text: string, end: boolean }} Token */

/**
 * What may come next under policy and reference, as bars with numbers, side by side.
 * @param {string} name of the table
 * @param {(token: Token) => void} [choose] what it means to choose a token
 */
export function nextTable(name, choose) {
  const body = element("tbody");
  const entropy = element("p", { class: "hint" });
  const head = [WORDS.token, WORDS.policy, WORDS.reference, WORDS.change].map((text) => element("th", { scope: "col" }, text));
  const table = element("table", { class: "next", "aria-label": name }, element("thead", {}, element("tr", {}, ...head)), body);
  /** Lines stay what they are while the numbers change, so that a press of a button is not lost. @type {Map<number, ReturnType<typeof line>>} */
  const lines = new Map();
  const others = line(element("span"));
  /** @param {Token} token */
  const lineOf = (token) => {
    const known = lines.get(token.id) ?? line(label(token, choose));
    lines.set(token.id, known);
    return known;
  };
  return {
    part: element("div", {}, table, entropy),
    /** @param {NextShown} shown @param {number} [here] the token that stands there */
    show(shown, here) {
      const { tokens, rest } = shown;
      const most = Math.max(...[...tokens, rest].flatMap(({ policy, reference }) => [policy, reference]));
      const rows = tokens.map((token) => {
        const known = lineOf(token);
        known.show(token, most);
        known.row.classList.toggle("selected", token.id === here);
        setText(known.mark, token.id === here ? WORDS.here : "");
        return known.row;
      });
      others.show(rest, most);
      setText(others.name, WORDS.others(shown.others));
      rows.push(others.row);
      rows.forEach((row, place) => {
        if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
      });
      while (body.children.length > rows.length) body.lastElementChild?.remove();
      setText(entropy, WORDS.entropy(fixed(shown.entropy.policy, 3), fixed(shown.entropy.reference, 3)));
    },
  };
}

/** @param {Token} token @param {((token: Token) => void) | undefined} choose */
function label(token, choose) {
  const name = token.end ? WORDS.end : visible(token.text);
  // No answer goes on behind its end.
  if (!choose || token.end) return element("b", {}, name);
  const button = element("button", { type: "button", "aria-label": WORDS.add(name) }, name);
  button.addEventListener("click", () => choose(token));
  return button;
}

/** @param {HTMLElement} name */
function line(name) {
  const cells = { policy: element("td", { class: "bar policy" }), reference: element("td", { class: "bar reference" }) };
  const change = element("td", { class: "number" });
  const mark = element("span", { class: "unit" });
  return {
    name,
    mark,
    row: element("tr", {}, element("th", { scope: "row" }, name, " ", mark), cells.policy, cells.reference, change),
    /** @param {{ policy: number, reference: number }} numbers @param {number} most */
    show(numbers, most) {
      for (const of of /** @type {const} */ (["policy", "reference"])) {
        setText(cells[of], percentage(numbers[of]));
        cells[of].style.setProperty("--share", String(numbers[of] / most));
      }
      setText(change, signed(100 * (numbers.policy - numbers.reference)));
    },
  };
}
