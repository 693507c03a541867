// @ts-check
/** @import { Contents } from "./projects.js" */
import { isJudgements, isPairs, isSettings } from "../persistence.js";
import { PROJECTS } from "../strings/projects.js";
import { fitName } from "./projects.js";

/** A project as one file of JSON. */

const FORMAT = "alignment-playground/project";
const VERSION = 1;
const MOST_MEGABYTES = 16;
const MOST_ENTRIES = 500;

/** What a project may hold, and what each must be. @type {{ key: RegExp, fits: (value: any) => boolean, what: (key: string) => string }[]} */
const KINDS = [
  { key: /^settings$/, fits: isSettings, what: () => PROJECTS.settings },
  { key: /^pairs\/[\w-]{1,80}$/, fits: isPairs, what: (key) => PROJECTS.pairs(key.slice(6)) },
  { key: /^judgements\/[\w-]{1,80}$/, fits: isJudgements, what: (key) => PROJECTS.judgements(key.slice(11)) },
];

/** @param {string} name @param {Contents} contents @param {Date} [saved] */
export function toFile(name, contents, saved = new Date()) {
  const values = Object.entries(contents).flatMap(([key, text]) => {
    try {
      return [[key, JSON.parse(text)]];
    } catch {
      // The page sets aside what it cannot read; a file has no use for it.
      return [];
    }
  });
  return `${JSON.stringify({ format: FORMAT, version: VERSION, name, saved: saved.toISOString(), contents: Object.fromEntries(values) }, null, 1)}\n`;
}

/**
 * The project in a file; what of it cannot be read is named. Throws a sentence if it is none.
 * @param {string} file its name
 * @param {string} text
 * @returns {{ name: string, contents: Contents, leftOut: string[] }}
 */
export function fromFile(file, text) {
  if (text.length > MOST_MEGABYTES * 2 ** 20) throw new Error(PROJECTS.largeFile(file, MOST_MEGABYTES));
  let read;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error(PROJECTS.noProjectFile(file));
  }
  const { format, version, name, contents } = read ?? {};
  if (format !== FORMAT || typeof contents !== "object" || contents === null) throw new Error(PROJECTS.noProjectFile(file));
  if (version !== VERSION) throw new Error(PROJECTS.newerFile(file));
  /** @type {Contents} */
  const fit = {};
  /** @type {string[]} */
  const leftOut = [];
  for (const [key, value] of Object.entries(contents).slice(0, MOST_ENTRIES)) {
    const kind = KINDS.find((kind) => kind.key.test(key));
    if (kind?.fits(value)) fit[key] = JSON.stringify(value);
    else leftOut.push(kind ? kind.what(key) : PROJECTS.unknown(key.slice(0, 40)));
  }
  return { name: fitName(typeof name === "string" ? name : ""), contents: fit, leftOut };
}
