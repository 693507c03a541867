// @ts-check
/** @import { Judgement, PairText } from "./messages.js" */
/** @import { Settings } from "./state.js" */
import { JUDGE_KINDS, judgement, pairText } from "./messages.js";
import { DEFAULT_SETTINGS } from "./state.js";
import { PREFIX } from "./storage.js";
import { STORAGE } from "./strings/storage.js";

/**
 * What was typed and judged, kept in the browser. Whatever goes wrong is told in a sentence and loses nothing:
 * entries that cannot be read are set aside under another key.
 */
export class Persistence {
  #storage;
  #report;
  #prefix;

  /**
   * @param {Pick<Storage, "getItem" | "setItem" | "removeItem"> | null} storage null if the browser refuses it
   * @param {(sentence: string) => void} report
   * @param {string} [prefix] what stands before each key
   */
  constructor(storage, report, prefix = PREFIX) {
    this.#storage = storage;
    this.#report = report;
    this.#prefix = prefix;
    if (!storage) report(STORAGE.none);
  }

  /** @returns {Settings} */
  settings() {
    const stored = this.#read(this.#key("settings"), isSettings, STORAGE.settings);
    const { sampler, ...others } = stored ?? {};
    return { ...DEFAULT_SETTINGS, ...others, sampler: { ...DEFAULT_SETTINGS.sampler, ...sampler } };
  }

  /** @param {Settings} settings */
  saveSettings(settings) {
    this.#write(this.#key("settings"), settings);
  }

  /** The edited pairs of a scenario; null if it stands as it came. @param {string} scenario @returns {PairText[] | null} */
  pairs(scenario) {
    return this.#read(this.#key(`pairs/${scenario}`), isPairs, STORAGE.pairs(scenario));
  }

  /** @param {string} scenario @param {PairText[] | null} pairs null if they are the scenario's own again */
  savePairs(scenario, pairs) {
    if (pairs) this.#write(this.#key(`pairs/${scenario}`), pairs);
    else this.#attempt((storage) => storage.removeItem(this.#key(`pairs/${scenario}`)));
  }

  /** What the person has said in a scenario. @param {string} scenario */
  judgements(scenario) {
    return this.#read(this.#key(`judgements/${scenario}`), isJudgements, STORAGE.judgements(scenario)) ?? [];
  }

  /** @param {string} scenario @param {Judgement[]} judgements */
  saveJudgements(scenario, judgements) {
    if (judgements.length > 0) this.#write(this.#key(`judgements/${scenario}`), judgements);
    else this.#attempt((storage) => storage.removeItem(this.#key(`judgements/${scenario}`)));
  }

  /**
   * What another page kept for itself under a name; null if there is none.
   * @template T
   * @param {string} name
   * @param {(value: any) => value is T} fits
   * @param {string} what
   */
  kept(name, fits, what) {
    return this.#read(this.#key(name), fits, what);
  }

  /** Says whether it worked. @param {string} name @param {unknown} value */
  keep(name, value) {
    return this.#write(this.#key(name), value);
  }

  /** @param {string} name */
  #key(name) {
    return this.#prefix + name;
  }

  /**
   * @template T
   * @param {string} key
   * @param {(value: any) => value is T} fits
   * @param {string} what
   * @returns {T | null}
   */
  #read(key, fits, what) {
    const text = this.#attempt((storage) => storage.getItem(key)) ?? null;
    if (text === null) return null;
    let value = null;
    try {
      value = JSON.parse(text);
    } catch {
      // Told below, together with JSON of an unknown shape.
    }
    if (fits(value)) return value;
    const aside = `${key}/unreadable`;
    this.#attempt((storage) => {
      storage.setItem(aside, text);
      storage.removeItem(key);
    });
    this.#report(STORAGE.unreadable(what, aside));
    return null;
  }

  /** @param {string} key @param {unknown} value */
  #write(key, value) {
    return this.#attempt((storage) => {
      storage.setItem(key, JSON.stringify(value));
      return true;
    }) === true;
  }

  /** @template T @param {(storage: Pick<Storage, "getItem" | "setItem" | "removeItem">) => T} action */
  #attempt(action) {
    if (!this.#storage) return undefined;
    try {
      return action(this.#storage);
    } catch (error) {
      const full = error instanceof Error && /quota/i.test(error.name + error.message);
      this.#report(full ? STORAGE.full : STORAGE.failed);
      return undefined;
    }
  }
}

/** @param {any} value @returns {value is PairText[]} */
export const isPairs = (value) => Array.isArray(value) && value.every(pairText);

/** @param {any} value @returns {value is Judgement[]} */
export const isJudgements = (value) => Array.isArray(value) && value.every(judgement);

/** @param {any} value @returns {value is Partial<Settings>} */
export function isSettings(value) {
  if (typeof value !== "object" || value === null) return false;
  const { policy = "", scenario = "", method = "", losses = {}, judges = {}, judgeKinds = {}, guides = {} } = value;
  const { engine = "cpu", speed = 0, seed = 0, values = {}, sampler = {} } = value;
  if (![losses, judges, judgeKinds, guides].every(isTable)) return false;
  const texts = [policy, scenario, method, ...Object.values(losses), ...Object.values(judges), ...Object.values(guides), sampler?.prompt ?? ""];
  const counts = [speed, seed, sampler?.temperature ?? 0, sampler?.count ?? 0, sampler?.seed ?? 0];
  return (
    texts.every((text) => typeof text === "string") &&
    Object.values(judgeKinds).every((kind) => JUDGE_KINDS.includes(kind)) &&
    ["automatic", "gpu", "cpu"].includes(engine) &&
    counts.every(Number.isFinite) &&
    isTable(values) &&
    Object.values(values).every((own) => isTable(own) && Object.values(own).every(Number.isFinite))
  );
}

/** @param {unknown} value */
function isTable(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
