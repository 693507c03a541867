// @ts-check
import { WORKER } from "../app/strings/worker.js";

/** A file of a policy. @param {string} folder its URL, with a slash at its end @param {string} name */
export async function policyFile(folder, name) {
  const response = await fetch(new URL(name, folder)).catch(() => null);
  if (!response?.ok) throw new Error(WORKER.unfetchedFile(name));
  return response.arrayBuffer();
}
