// @ts-check
/** @import { KeyedStorage } from "../storage.js" */
import { PROJECTS } from "../strings/projects.js";
import { PREFIX } from "../storage.js";

/**
 * A project as its list shows it.
 * @typedef {object} Project
 * @property {string} id
 * @property {string} name
 * @property {number} created milliseconds since 1970
 * @property {number} changed
 * @property {number} size characters that it takes of the storage
 * @property {string} [link] the fragment of the link that it came from
 */
/** What a project holds: texts of JSON by name. @typedef {Record<string, string>} Contents */
/** A deleted project, as it can be brought back. @typedef {{ id: string, name: string, entries: [string, string][] }} Removed */

/** The work that belongs to no project: whatever is typed before one is made. */
export const OWN = "";
const OPEN = `${PREFIX}open`;
const ALL = `${PREFIX}project/`;
const HEADER = "project";
const CHANGED = "changed";
/** What of one's own work a project would hold; the rest is the page's. */
const CONTENT = /^(settings$|pairs\/|judgements\/)/;
const MOST_NAME = 80;

/**
 * Work kept in the browser, each project under a prefix of its own, so that opening one changes nothing of another.
 * What cannot be done is thrown as a sentence, and then nothing has changed.
 */
export class Projects {
  #storage;
  #now;

  /** @param {KeyedStorage} storage @param {() => number} [now] */
  constructor(storage, now = Date.now) {
    this.#storage = storage;
    this.#now = now;
  }

  /** What stands before the keys of a project's entries. @param {string} id */
  prefix(id) {
    return id === OWN ? PREFIX : `${ALL}${id}/`;
  }

  /** All projects, the one changed last first. @returns {Project[]} */
  list() {
    const ids = this.#keys().flatMap((key) => (key.startsWith(ALL) && key.endsWith(`/${HEADER}`) ? key.slice(ALL.length, -HEADER.length - 1) : []));
    const projects = ids.flatMap((id) => this.project(id) ?? []);
    return projects.sort((one, other) => other.changed - one.changed);
  }

  /** @param {string} id @returns {Project | null} */
  project(id) {
    const header = this.#json(`${this.prefix(id)}${HEADER}`);
    if (id === OWN || typeof header?.name !== "string" || typeof header.created !== "number") return null;
    const changed = Number(this.#storage.getItem(`${this.prefix(id)}${CHANGED}`)) || header.created;
    const link = typeof header.link === "string" ? { link: header.link } : {};
    return { id, name: header.name, created: header.created, changed, size: this.size(id), ...link };
  }

  /** The project that a link's fragment has made here, if it was opened before. @param {string} fragment */
  ofLink(fragment) {
    return this.list().find(({ link }) => link === fragment) ?? null;
  }

  /** Characters that a project takes of the storage. @param {string} id */
  size(id) {
    return this.#entries(id).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  }

  /** The project that is opened when the page is; one's own work if there is none. */
  get open() {
    const id = this.#storage.getItem(OPEN) ?? OWN;
    return this.project(id) ? id : OWN;
  }

  set open(id) {
    this.#attempt(PROJECTS.notOpened, () => (id === OWN ? this.#storage.removeItem(OPEN) : this.#storage.setItem(OPEN, id)));
  }

  /** @param {string} name @param {Contents} contents @param {string} [link] the fragment that it comes from @returns {string} its id */
  create(name, contents, link) {
    const created = this.#now();
    const id = this.#freshId(created);
    const header = JSON.stringify({ name: fitName(name), created, ...(link && { link }) });
    const entries = Object.entries({ ...contents, [HEADER]: header, [CHANGED]: String(created) });
    this.#write(fitName(name), entries.map(([key, value]) => [`${this.prefix(id)}${key}`, value]));
    return id;
  }

  /** What a project holds. @param {string} id @returns {Contents} */
  contents(id) {
    const { length } = this.prefix(id);
    const entries = this.#entries(id).map(([key, value]) => [key.slice(length), value]);
    return Object.fromEntries(entries.filter(([key]) => key !== HEADER && key !== CHANGED && !key.endsWith("/unreadable")));
  }

  /** @param {string} id @param {string} name */
  rename(id, name) {
    const { name: _, ...header } = this.#json(`${this.prefix(id)}${HEADER}`) ?? { created: this.#now() };
    this.#write(fitName(name), [[`${this.prefix(id)}${HEADER}`, JSON.stringify({ name: fitName(name), ...header })]]);
  }

  /** @param {string} id @returns {Removed} what brings it back */
  remove(id) {
    const name = this.project(id)?.name ?? "";
    const entries = this.#entries(id);
    for (const [key] of entries) this.#storage.removeItem(key);
    return { id, name, entries };
  }

  /** Brings a deleted project back. @param {Removed} removed */
  restore({ name, entries }) {
    this.#write(name, entries);
  }

  /** A project's part of the storage, which notes when it was changed. @param {string} id @returns {Pick<Storage, "getItem" | "setItem" | "removeItem">} */
  storage(id) {
    const storage = this.#storage;
    if (id === OWN) return storage;
    const changed = () => storage.setItem(`${this.prefix(id)}${CHANGED}`, String(this.#now()));
    return {
      getItem: (key) => storage.getItem(key),
      setItem(key, value) {
        // The page saves what it opens: that is no change.
        if (storage.getItem(key) === value) return;
        storage.setItem(key, value);
        changed();
      },
      removeItem(key) {
        if (storage.getItem(key) === null) return;
        storage.removeItem(key);
        changed();
      },
    };
  }

  /** @param {string} id @returns {[string, string][]} */
  #entries(id) {
    const prefix = this.prefix(id);
    const own = id === OWN ? (/** @type {string} */ key) => CONTENT.test(key.slice(prefix.length)) : () => true;
    return this.#keys().flatMap((key) => (key.startsWith(prefix) && own(key) ? [[key, this.#storage.getItem(key) ?? ""]] : []));
  }

  #keys() {
    return Array.from({ length: this.#storage.length }, (_, index) => this.#storage.key(index) ?? "");
  }

  /** @param {number} created */
  #freshId(created) {
    for (let turn = 0; ; turn++) {
      const id = (created + turn).toString(36);
      if (this.#storage.getItem(`${this.prefix(id)}${HEADER}`) === null) return id;
    }
  }

  /** All entries, or none. @param {string} name @param {[string, string][]} entries */
  #write(name, entries) {
    const before = entries.map(([key]) => /** @type {const} */ ([key, this.#storage.getItem(key)]));
    this.#attempt(PROJECTS.notSaved(name), () => {
      try {
        for (const [key, value] of entries) this.#storage.setItem(key, value);
      } catch (error) {
        for (const [key] of before) this.#storage.removeItem(key);
        for (const [key, value] of before) if (value !== null) this.#storage.setItem(key, value);
        throw error;
      }
    });
  }

  /** @param {string} failed what then was not done @param {() => void} action */
  #attempt(failed, action) {
    try {
      action();
    } catch (error) {
      const full = error instanceof Error && /quota/i.test(error.name + error.message);
      throw new Error(full ? PROJECTS.full(failed) : PROJECTS.refused(failed));
    }
  }

  /** @param {string} key @returns {any} */
  #json(key) {
    try {
      return JSON.parse(this.#storage.getItem(key) ?? "null");
    } catch {
      return null;
    }
  }
}

/** @param {string} name */
export const fitName = (name) => name.trim().slice(0, MOST_NAME) || PROJECTS.untitled;
