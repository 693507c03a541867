// @ts-check
/** @import { Assets } from "../scenarios.js" */
/** @import { Lesson } from "../share/open-link.js" */
import { Persistence } from "../persistence.js";
import { isShared } from "../share/is-shared.js";
import { memory } from "../storage.js";
import { PROJECTS } from "../strings/projects.js";
import { OWN, Projects } from "./projects.js";

/**
 * The work that the page opens with.
 * @typedef {object} Work
 * @property {Projects} projects
 * @property {string} id of the project that is open
 * @property {Persistence} persistence its part of the storage
 * @property {Persistence} page what the page keeps for all projects
 * @property {Lesson | null} lesson what the link says that was opened
 */

/**
 * Opens what a link carries, else the project that was open last, else one's own work.
 * @param {string} fragment of the page's address
 * @param {Storage | null} storage null if the browser refuses it
 * @param {Assets} assets
 * @param {(sentence: string) => void} report
 * @returns {Promise<Work>}
 */
export async function openWork(fragment, storage, assets, report) {
  const kept = storage ?? memory();
  if (!storage) report(PROJECTS.nothingKept);
  const projects = new Projects(kept);
  const page = new Persistence(kept, report);
  if (isShared(fragment)) {
    const { openLink } = await import("../share/open-link.js");
    const opened = await openLink(fragment, projects, assets, report);
    if (opened) return { ...opened, page, persistence: persistenceOf(opened.projects, opened.id, report) };
  }
  const id = openId(projects);
  return { projects, id, lesson: null, page, persistence: persistenceOf(projects, id, report) };
}

/** @param {Projects} projects @param {string} id @param {(sentence: string) => void} report */
const persistenceOf = (projects, id, report) => new Persistence(projects.storage(id), report, projects.prefix(id));

/** @param {Projects} projects */
function openId(projects) {
  try {
    return projects.open;
  } catch {
    // A storage that cannot be read is told where the settings are.
    return OWN;
  }
}
