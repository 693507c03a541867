// @ts-check
/** What a person drops onto the page: whether it is meant as a policy, and its files. */

/** A file that was chosen or dropped, and where it lay. @typedef {{ path: string, file: File }} Chosen */

/** Deeper folders than these are no policy's. */
const MOST_DEPTH = 3;

/** Preferences come as single files, and not in these. @param {DataTransfer} data */
export const isPolicy = (data) => [...data.items].some((item) => item.webkitGetAsEntry()?.isDirectory) || [...data.files].some(({ name }) => /\.(safetensors|zip)$/i.test(name));

/** All files that were dropped, those in folders too. @param {DataTransfer} data @returns {Promise<Chosen[]>} */
export async function dropped(data) {
  // The entries must be asked for before anything is awaited: then the list is gone.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...data.files].map((file) => ({ path: file.name, file }));
  return (await Promise.all(entries.map((entry) => filesIn(entry, 0)))).flat();
}

/** @param {FileSystemEntry} entry @param {number} depth @returns {Promise<Chosen[]>} */
async function filesIn(entry, depth) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  if (depth >= MOST_DEPTH) return [];
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  /** @type {FileSystemEntry[]} */
  const inside = [];
  // A reader gives a part at a time, and nothing at the end.
  for (;;) {
    const part = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    inside.push(...part);
  }
  return (await Promise.all(inside.map((one) => filesIn(one, depth + 1)))).flat();
}
