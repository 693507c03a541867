// @ts-check
/** @import { Store } from "../store.js" */
import { element, find, setText } from "../dom.js";
import { engineSentence } from "../status.js";

/**
 * What runs the graphs, in the bar. Where there is little room only the first word is seen; the sentence stands under "More".
 * @template {{ session: { engine: string, preparing: { done: number, all: number } | null } }} S
 * @param {Pick<Store<S, any>, "watch">} store
 */
export function engineBadge(store) {
  const badge = find("engine", HTMLElement);
  store.watch((state) => state.session, (session) => {
    const sentence = engineSentence(session);
    const [first] = sentence.split(" ");
    if (badge.textContent !== sentence) badge.replaceChildren(element("b", {}, first), element("span", {}, sentence.slice(first.length)));
    setText(find("engine-now", HTMLElement), sentence);
  });
}
