// @ts-check
/**
 * Loads something when it is wanted first; again, if that failed. What is missing is told.
 * @template T
 * @param {() => Promise<T>} load
 * @param {() => void} missing
 * @returns {() => Promise<T | null>}
 */
export function loadedOnce(load, missing) {
  /** @type {Promise<T> | null} */
  let loading = null;
  return async () => {
    try {
      return await (loading ??= load());
    } catch {
      loading = null;
      missing();
      return null;
    }
  };
}
