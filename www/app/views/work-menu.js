// @ts-check
/** @import { App } from "../app.js" */
/** @import { AppStore } from "../state.js" */
/** @import { Shelf } from "../policies/shelf.js" */
/** @import { Work } from "../projects/work.js" */
import { find, setText } from "../dom.js";
import { dropped } from "../policies/dropped.js";
import { followLinks } from "../share/is-shared.js";
import { PROJECTS } from "../strings/projects.js";
import { opens } from "./opens.js";

/**
 * Projects, Share and Bring a policy: what they open is loaded when it is wanted. Gives what brings a policy that was dropped.
 * @param {AppStore} store @param {App} app @param {Work} work @param {Shelf} shelf @param {(text: string) => void} trouble
 */
export function workMenu(store, app, work, shelf, trouble) {
  const projects = find("projects-button", HTMLButtonElement);
  const share = find("share-button", HTMLButtonElement);
  const name = work.projects.project(work.id)?.name;
  if (name) {
    setText(find("projects-button", HTMLElement).querySelector("span") ?? projects, name);
    projects.setAttribute("aria-label", `${PROJECTS.button}: ${name}`);
  }
  opens(projects, async () => (await import("../projects/projects-dialog.js")).projectsDialog(work), trouble);
  opens(share, async () => (await import("../share/share-dialog.js")).shareDialog(store, work), trouble);
  const bring = opens(find("bring", HTMLButtonElement), async () => (await import("../policies/policy-dialog.js")).policyDialog(store, app, shelf), trouble);
  if (work.lesson) {
    const { lesson } = work;
    import("../share/lesson.js").then((module) => module.lesson(store, app, work, lesson));
  }
  followLinks();
  return async (/** @type {DataTransfer} */ data) => bring(await dropped(data));
}
