// @ts-check
/** @import { Parsed } from "./messages.js" */
/** @import { Mapping } from "./preference-files/columns.js" */
/** @import { Entry } from "./preference-files/entries.js" */
/** @import { AppStore } from "./state.js" */
import { MOST_PAIRS } from "./pairs-view.js";
import { sentence } from "./sentence.js";
import { createStore } from "./store.js";
import { IMPORTS } from "./strings/imports.js";
import { TROUBLE } from "./strings/trouble.js";

/** Larger files would not fit into what a page may hold of them. */
const MOST_BYTES = 16 * 2 ** 20;
/** Milliseconds after which an import is shown as one that goes on. */
const PATIENCE = 300;
/** Entries that the columns are guessed from, and a preview is made of. */
const LOOKED_AT = 200;
/** Bad lines that are named. */
const NAMED = 5;

/** What a person is asked about a file. @typedef {{ name: string, entries: Entry[], answer: (mapping: Mapping | null) => void }} Asking */
/** @typedef {{ reading: { name: string, read: number } | null, asking: Asking | null }} ImportState */

/** What reads files, loaded when there is one: a visit may never bring any. */
const reading = () => import("./preference-files/reading.js");

/** Brings preferences in: from files, or from what is pasted; one after the other. */
export class Importer {
  #app;
  #parse;
  /** @type {AbortController | null} */
  #control = null;
  #queue = Promise.resolve();

  /** @param {AppStore} app @param {(text: string) => Promise<Parsed>} parse the core's reader */
  constructor(app, parse) {
    this.#app = app;
    this.#parse = parse;
    /** @type {import("./store.js").Store<ImportState, Partial<ImportState>>} */
    this.store = createStore((/** @type {ImportState} */ state, change) => ({ ...state, ...change }), { reading: null, asking: null });
  }

  get parse() {
    return this.#parse;
  }

  /** Adds the pairs of files. @param {File[]} files */
  takeFiles(files) {
    return this.#enqueue(async () => {
      for (const file of files) {
        if (file.size > MOST_BYTES) this.#tell("error", IMPORTS.tooLarge(file.name, MOST_BYTES / 2 ** 20));
        else await this.#take(await file.text(), file.name);
      }
    });
  }

  /** Adds the pairs of a text. @param {string} text @returns {Promise<boolean>} whether all of it was added */
  async takeText(text) {
    let whole = false;
    await this.#enqueue(async () => {
      if (text.length > MOST_BYTES) this.#tell("error", IMPORTS.tooLarge(IMPORTS.pasted, MOST_BYTES / 2 ** 20));
      else whole = await this.#take(text, "", IMPORTS.pasted);
    });
    return whole;
  }

  /** Nothing is added of what is being read. */
  cancel() {
    this.#control?.abort();
  }

  /** @param {() => Promise<void>} work */
  #enqueue(work) {
    this.#queue = this.#queue.then(work).catch((error) => {
      this.#tell("error", TROUBLE.failedKept(sentence(error)));
    });
    return this.#queue;
  }

  /** @param {string} text @param {string} name of the file, if it is one @param {string} [called] @returns {Promise<boolean>} whether all of it was added */
  async #take(text, name, called = name) {
    const { slicesOf, speaksForItself } = await reading();
    const entries = (slicesOf(text, name).next().value?.entries ?? []).slice(0, LOOKED_AT);
    /** @type {Mapping | null} */
    let mapping = null;
    if (!speaksForItself(entries)) {
      mapping = await new Promise((answer) => this.store.dispatch({ asking: { name: called, entries, answer } }));
      this.store.dispatch({ asking: null });
      if (!mapping) {
        this.#tell("note", IMPORTS.cancelled(called));
        return false;
      }
    }
    return this.#read(text, name, called, mapping);
  }

  /** @param {string} text @param {string} name @param {string} called @param {Mapping | null} mapping */
  async #read(text, name, called, mapping) {
    const { readPairs } = await reading();
    const control = new AbortController();
    this.#control = control;
    let read = 0;
    const show = () => this.store.dispatch({ reading: { name: called, read } });
    const timer = setTimeout(show, PATIENCE);
    const progress = (/** @type {number} */ share) => {
      read = share;
      if (this.store.state().reading) show();
    };
    try {
      const { pairs, problems } = await readPairs(text, { name, mapping, parse: this.#parse, progress, signal: control.signal });
      return this.#add(pairs, problems, called);
    } catch (error) {
      if (!control.signal.aborted) throw error;
      this.#tell("note", IMPORTS.cancelled(called));
      return false;
    } finally {
      clearTimeout(timer);
      this.store.dispatch({ reading: null });
    }
  }

  /** @param {import("./messages.js").PairText[]} pairs @param {{ line: number, message: string }[]} problems @param {string} name */
  #add(pairs, problems, name) {
    const taken = pairs.slice(0, Math.max(0, MOST_PAIRS - this.#app.state().pairs.length));
    if (taken.length > 0) this.#app.dispatch({ type: "append", pairs: taken });
    const left = pairs.length - taken.length;
    const alone = { chosen: 0, rejected: 0 };
    for (const { only } of taken) if (only) alone[only]++;
    const said = [
      IMPORTS.added(taken.length, name),
      left > 0 && IMPORTS.left(MOST_PAIRS, left),
      alone.chosen + alone.rejected > 0 && IMPORTS.alone(alone.chosen, alone.rejected),
      ...problems.slice(0, NAMED).map(({ line, message }) => `${IMPORTS.line(line, message)}.`),
      problems.length > NAMED && IMPORTS.moreLines(problems.length - NAMED),
    ];
    this.#tell(problems.length > 0 ? "error" : "note", said.filter(Boolean).join(" "));
    return problems.length === 0 && left === 0;
  }

  /** @param {"note" | "error"} kind @param {string} text */
  #tell(kind, text) {
    this.#app.dispatch({ type: "notice", notice: { key: "import", kind, text } });
  }
}
