// @ts-check
/**
 * One place for the page's state: it changes only by actions, through a pure function.
 * @template S, A
 * @typedef {object} Store
 * @property {() => S} state
 * @property {(action: A) => void} dispatch
 * @property {(listener: (state: S, previous: S) => void) => void} subscribe
 * @property {<T>(select: (state: S) => T, render: (value: T, state: S) => void) => void} watch
 *   renders at once, then whenever the selected part is another one
 */

/**
 * @template S, A
 * @param {(state: S, action: A) => S} reduce
 * @param {S} initial
 * @returns {Store<S, A>}
 */
export function createStore(reduce, initial) {
  let current = initial;
  /** @type {((state: S, previous: S) => void)[]} */
  const listeners = [];
  /** @type {A[]} */
  const queue = [];
  return {
    state: () => current,
    dispatch(action) {
      // An action that a listener dispatches waits until all listeners have seen this one.
      queue.push(action);
      if (queue.length > 1) return;
      for (; queue.length > 0; queue.shift()) {
        const previous = current;
        current = reduce(previous, queue[0]);
        if (current === previous) continue;
        for (const listener of listeners) listener(current, previous);
      }
    },
    subscribe(listener) {
      listeners.push(listener);
    },
    watch(select, render) {
      let seen = select(current);
      listeners.push((state) => {
        const value = select(state);
        if (Object.is(value, seen)) return;
        seen = value;
        render(value, state);
      });
      render(seen, current);
    },
  };
}
