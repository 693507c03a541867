// @ts-check
/** @import { Pair, PairText, Side } from "./messages.js" */

/** The most edits that Undo goes back. */
export const MOST_PAST = 200;
/** The heaviest a pair may be. */
export const MOST_WEIGHT = 10;

/** What an edit did, for a name of what Undo takes back. @typedef {"typing" | "adding" | "duplicating" | "deleting" | "swapping" | "moving" | "weighing" | "enabling" | "drawing" | "flipping" | "restoring" | "importing" | "rewriting"} Doing */
/**
 * Where Undo or Redo goes: the pairs as they were, and what lies between them and those that follow.
 * @typedef {{ pairs: Pair[], doing: Doing, id: number | null }} Edit
 */
/**
 * The pairs of the scenario and how they came to be as they are.
 * @typedef {object} PairsState
 * @property {Pair[]} pairs
 * @property {number} nextId
 * @property {Edit[]} past what Undo goes back to, latest last
 * @property {Edit[]} future what Redo goes on to, next last
 * @property {string | null} typing the field that is being typed into: one Undo takes all of it back
 * @property {number | null} selected
 */
/**
 * @typedef {{ type: "edit", id: number, field: "prompt" | Side, text: string }
 *   | { type: "settle" }
 *   | { type: "add" } | { type: "duplicate", id: number } | { type: "delete", id: number } | { type: "swap", id: number }
 *   | { type: "move", id: number, by: -1 | 1 }
 *   | { type: "weigh", id: number, weight: number }
 *   | { type: "enable", id: number, enabled: boolean }
 *   | { type: "fill", id: number, field: Side, text: string }
 *   | { type: "flip", ids: number[] }
 *   | { type: "replace", pairs: PairText[], doing: "restoring" | "rewriting" }
 *   | { type: "append", pairs: PairText[] }
 *   | { type: "undo" } | { type: "redo" }} PairsAction
 */

/** @type {PairsState} */
export const NO_PAIRS = { pairs: [], nextId: 1, past: [], future: [], typing: null, selected: null };

/** The pairs of a scenario that has just been opened. @param {PairText[]} texts @param {number} nextId @returns {PairsState} */
export function openedPairs(texts, nextId) {
  const pairs = texts.map((text, index) => ({ ...text, id: nextId + index }));
  return { ...NO_PAIRS, pairs, nextId: nextId + pairs.length, selected: pairs[0]?.id ?? null };
}

/** A pair without what only this page knows of it. @param {Pair} pair @returns {PairText} */
export function textOf({ prompt, chosen, rejected, weight, enabled, only }) {
  return {
    prompt,
    chosen,
    rejected,
    ...(weight !== undefined && weight !== 1 && { weight }),
    ...(enabled === false && { enabled }),
    ...(only && { only }),
  };
}

/** @param {PairText} one @param {PairText} other */
export function sameText(one, other) {
  return (
    one.prompt === other.prompt &&
    one.chosen === other.chosen &&
    one.rejected === other.rejected &&
    (one.weight ?? 1) === (other.weight ?? 1) &&
    (one.enabled ?? true) === (other.enabled ?? true) &&
    one.only === other.only
  );
}

/** What an edit of the pairs makes of them. @param {PairsState} state @param {PairsAction} action @returns {PairsState} */
export function reducePairs(state, action) {
  const { pairs, nextId } = state;
  switch (action.type) {
    case "edit": {
      const { id, field, text } = action;
      return typed(state, id, field, (pair) => ({ ...withoutOnly(pair, field), [field]: text }));
    }
    case "weigh": {
      const weight = Math.min(MOST_WEIGHT, Math.max(0, action.weight));
      return typed(state, action.id, "weight", (pair) => ({ ...pair, weight }));
    }
    case "settle":
      return state.typing === null ? state : { ...state, typing: null };
    case "add": {
      const pair = { id: nextId, prompt: "", chosen: "", rejected: "" };
      return done(state, "adding", nextId, [...pairs, pair], { nextId: nextId + 1, selected: nextId });
    }
    case "duplicate": {
      const place = pairs.findIndex(({ id }) => id === action.id);
      if (place < 0) return state;
      const copy = { ...pairs[place], id: nextId };
      return done(state, "duplicating", nextId, pairs.toSpliced(place + 1, 0, copy), { nextId: nextId + 1, selected: nextId });
    }
    case "delete":
      return done(state, "deleting", action.id, pairs.filter(({ id }) => id !== action.id));
    case "swap":
      return done(state, "swapping", action.id, changed(pairs, action.id, swapped));
    case "move": {
      const from = pairs.findIndex(({ id }) => id === action.id);
      const to = from + action.by;
      if (from < 0 || to < 0 || to >= pairs.length) return state;
      return done(state, "moving", action.id, pairs.with(from, pairs[to]).with(to, pairs[from]));
    }
    case "enable": {
      /** @type {(pair: Pair) => Pair} */
      const enable = ({ enabled: _, ...pair }) => (action.enabled ? pair : { ...pair, enabled: false });
      return done(state, "enabling", action.id, changed(pairs, action.id, enable));
    }
    case "fill": {
      const { id, field, text } = action;
      return done(state, "drawing", id, changed(pairs, id, (pair) => ({ ...withoutOnly(pair, field), [field]: text })));
    }
    case "flip": {
      const flipped = new Set(action.ids);
      if (flipped.size === 0) return state;
      return done(state, "flipping", null, pairs.map((pair) => (flipped.has(pair.id) ? swapped(pair) : pair)));
    }
    case "replace":
      return replaced(state, action.pairs, action.doing);
    case "append": {
      const added = action.pairs.map((pair, index) => ({ ...pair, id: nextId + index }));
      return done(state, "importing", added[0]?.id ?? null, [...pairs, ...added], { nextId: nextId + added.length });
    }
    case "undo":
      return travelled(state, state.past, "past");
    case "redo":
      return travelled(state, state.future, "future");
  }
}

/** @param {Pair[]} pairs @param {number} id @param {(pair: Pair) => Pair} change */
function changed(pairs, id, change) {
  return pairs.map((pair) => (pair.id === id ? change(pair) : pair));
}

/** What is typed into the side that nobody judged makes a pair of two. @param {Pair} pair @param {string} field @returns {Pair} */
function withoutOnly(pair, field) {
  const { only, ...both } = pair;
  return only === undefined || field === only || field === "prompt" ? pair : both;
}

/** @param {Pair} pair @returns {Pair} */
function swapped({ only, ...pair }) {
  const turned = { ...pair, chosen: pair.rejected, rejected: pair.chosen };
  return only ? { ...turned, only: only === "chosen" ? "rejected" : "chosen" } : turned;
}

/**
 * Goes on with what is being typed, or begins to.
 * @param {PairsState} state @param {number} id @param {string} field @param {(pair: Pair) => Pair} change
 * @returns {PairsState}
 */
function typed(state, id, field, change) {
  const typing = `${id} ${field}`;
  const pairs = changed(state.pairs, id, change);
  const before = state.past.at(-1);
  if (state.typing !== typing || !before) return { ...done(state, field === "weight" ? "weighing" : "typing", id, pairs), typing };
  const [was, is] = [before.pairs, pairs].map((all) => all.find((pair) => pair.id === id));
  // What was typed and deleted again leaves nothing to undo.
  if (was && is && sameText(was, is)) return { ...state, pairs: before.pairs, past: state.past.slice(0, -1), typing: null };
  return { ...state, pairs };
}

/**
 * Takes a whole text's pairs; those that were there before keep their ids, and with them their numbers.
 * @param {PairsState} state @param {PairText[]} texts @param {"restoring" | "rewriting"} doing
 * @returns {PairsState}
 */
function replaced(state, texts, doing) {
  /** @type {Map<string, number[]>} */
  const known = new Map();
  for (const pair of state.pairs) {
    const ids = known.get(keyOf(pair));
    if (ids) ids.push(pair.id);
    else known.set(keyOf(pair), [pair.id]);
  }
  let { nextId } = state;
  const pairs = texts.map((text) => ({ ...text, id: known.get(keyOf(text))?.shift() ?? nextId++ }));
  return done(state, doing, null, pairs, { nextId });
}

/** @param {PairText} pair */
const keyOf = ({ prompt, chosen, rejected }) => JSON.stringify([prompt, chosen, rejected]);

/**
 * @param {PairsState} state @param {Doing} doing @param {number | null} id @param {Pair[]} pairs @param {Partial<PairsState>} [more]
 * @returns {PairsState}
 */
function done(state, doing, id, pairs, more) {
  const past = [...state.past, { pairs: state.pairs, doing, id }].slice(-MOST_PAST);
  return keepSelection({ ...state, pairs, past, future: [], typing: null, ...more }, state.pairs);
}

/** @param {PairsState} state @param {Edit[]} edits @param {"past" | "future"} from @returns {PairsState} */
function travelled(state, edits, from) {
  const edit = edits.at(-1);
  if (!edit) return state;
  const { pairs, doing, id } = edit;
  const back = { pairs: state.pairs, doing, id };
  const others = from === "past" ? { past: edits.slice(0, -1), future: [...state.future, back] } : { past: [...state.past, back], future: edits.slice(0, -1) };
  return keepSelection({ ...state, pairs, ...others, typing: null }, state.pairs);
}

/**
 * If the selected pair is gone, the one that took its place is selected.
 * @param {PairsState} state
 * @param {Pair[]} before
 * @returns {PairsState}
 */
function keepSelection(state, before) {
  if (state.pairs.some((pair) => pair.id === state.selected)) return state;
  const place = before.findIndex((pair) => pair.id === state.selected);
  const heir = state.pairs[Math.min(Math.max(place, 0), state.pairs.length - 1)];
  return { ...state, selected: heir?.id ?? null };
}
