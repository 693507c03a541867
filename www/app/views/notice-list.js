// @ts-check
/** @import { Notice } from "../state.js" */
/** @import { Store } from "../store.js" */
import { element, find } from "../dom.js";
import { TROUBLE } from "../strings/trouble.js";

/** @typedef {Store<{ notices: Notice[] }, { type: "dismiss", key: string }>} NoticeStore */

/** Sentences for the person at the screen. @param {NoticeStore} store @param {() => void} restart */
export function noticeList(store, restart) {
  const target = find("notices", HTMLElement);
  /** @type {Map<Notice, HTMLElement>} */
  let shown = new Map();
  store.watch(
    (state) => state.notices,
    (list) => {
      // One that stays is left where it is, or a screen reader would read it again.
      const next = new Map(list.map((notice) => [notice, shown.get(notice) ?? box(notice, store, restart)]));
      for (const [notice, line] of shown) if (!next.has(notice)) line.remove();
      for (const [notice, line] of next) if (!shown.has(notice)) target.append(line);
      shown = next;
    },
  );
}

/** @param {Notice} notice @param {NoticeStore} store @param {() => void} restart */
function box({ key, kind, text, remedy }, store, restart) {
  const dismiss = element("button", { type: "button", "aria-label": TROUBLE.dismiss }, "✕");
  dismiss.addEventListener("click", () => store.dispatch({ type: "dismiss", key }));
  const notice = element("div", { class: `notice ${kind}`, role: "alert" }, element("p", {}, text));
  if (remedy === "restart") {
    const again = element("button", { type: "button" }, TROUBLE.again);
    again.addEventListener("click", restart);
    notice.append(again);
  }
  notice.append(dismiss);
  return notice;
}
