// @ts-check
/** @import { Assets } from "../scenarios.js" */
/** @import { Contents } from "../projects/projects.js" */
/** @import { Known, Shared } from "./fields.js" */
import { Projects } from "../projects/projects.js";
import { sentence } from "../sentence.js";
import { DEFAULT_SETTINGS } from "../state.js";
import { memory } from "../storage.js";
import { SHARE } from "../strings/share.js";
import { readShared, withoutUnknown } from "./fields.js";
import { readLink } from "./link.js";

/**
 * What a link says, beside the work that it brings.
 * @typedef {object} Lesson
 * @property {Shared} shared
 * @property {string[]} problems what of the link was ignored, and why
 * @property {boolean} again whether it was opened here before, so that what was changed then is there
 */

/**
 * The project that a link brings: made when it is opened first, found when it is opened again. Nothing that was there
 * before is touched. Null if the link cannot be read, which is told.
 * @param {string} fragment
 * @param {Projects} projects
 * @param {Assets} assets
 * @param {(sentence: string) => void} report
 * @returns {Promise<{ projects: Projects, id: string, lesson: Lesson } | null>}
 */
export async function openLink(fragment, projects, assets, report) {
  const link = fragment.replace(/^#/, "");
  const { fields, problems } = await readLink(link);
  if (!fields) {
    report(SHARE.notOpened(problems.join("; ")));
    return null;
  }
  const read = readShared(fields);
  // Without its index the page says itself what is missing.
  const known = await assets.index().catch(() => null);
  const { shared, problems: unknown } = known ? withoutUnknown(read.shared, known) : { shared: read.shared, problems: [] };
  const lesson = { shared, problems: [...problems, ...read.problems, ...unknown], again: false };
  try {
    const before = projects.ofLink(link);
    if (before) return { projects, id: before.id, lesson: { ...lesson, again: true } };
    return { projects, id: projects.create(projectName(shared), contentsOf(shared, known), link), lesson };
  } catch (error) {
    report(SHARE.notKept(sentence(error)));
    const passing = new Projects(memory());
    return { projects: passing, id: passing.create(projectName(shared), contentsOf(shared, known), link), lesson };
  }
}

/** @param {Shared} shared */
const projectName = ({ title }) => SHARE.projectName(title);

/** What a project holds that begins as a link says. @param {Shared} shared @param {Known | null} known @returns {Contents} */
export function contentsOf(shared, known) {
  const { policy, method = "", loss, values, judge, judgeKind, guides, pairs } = shared;
  const scenario = shared.scenario ?? scenarioFor(policy, known);
  const settings = {
    ...DEFAULT_SETTINGS,
    policy: policy ?? "",
    scenario,
    method,
    ...(loss !== undefined && { losses: { [method]: loss } }),
    ...(values && { values: { [method]: values } }),
    ...(judge !== undefined && { judges: { [scenario]: judge } }),
    ...(judgeKind && { judgeKinds: { [scenario]: judgeKind } }),
    ...(guides !== undefined && { guides: { [scenario]: guides } }),
    ...(shared.seed !== undefined && { seed: shared.seed }),
    ...(shared.engine && { engine: shared.engine }),
    ...(shared.sampler && { sampler: shared.sampler }),
  };
  return { settings: JSON.stringify(settings), ...(pairs && { [`pairs/${scenario}`]: JSON.stringify(pairs) }) };
}

/** The first scenario of a policy, or of all. @param {string | undefined} policy @param {Known | null} known */
function scenarioFor(policy, known) {
  const scenarios = known?.scenarios ?? [];
  return (scenarios.find((scenario) => scenario.policy === policy) ?? scenarios[0])?.name ?? "";
}
