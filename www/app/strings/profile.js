// @ts-check
/** What is said of a single update: where its time goes, and why it could not be taken apart. */
export const PROFILE = Object.freeze({
  summary: (/** @type {{ milliseconds: string, dispatches: number, gpu: boolean, megabytes: string, ceiling: string }} */ { milliseconds, dispatches, gpu, megabytes, ceiling }) =>
    `One update: ${milliseconds} ms in ${dispatches} ${gpu ? "dispatches" : "passes"}, ${megabytes} MB read and written. A large matrix product reaches ${ceiling} GFLOP/s here.`,
  failed: (/** @type {string} */ reason) => `The update could not be measured: ${reason}.`,
  notApart: (/** @type {string} */ reason) => `The next update cannot be taken apart: ${reason}`,
});
