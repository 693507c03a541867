// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";

/** Sentences for the person at the screen, and the alarm. @param {AppStore} store @param {App} app */
export function notices(store, app) {
  const target = find("notices", HTMLElement);
  store.watch(
    (state) => state.notices,
    (list) => {
      target.replaceChildren(
        ...list.map(({ key, kind, text, remedy }) => {
          const dismiss = element("button", { type: "button", "aria-label": "Dismiss this message" }, "✕");
          dismiss.addEventListener("click", () => store.dispatch({ type: "dismiss", key }));
          const notice = element("div", { class: `notice ${kind}`, role: "alert" }, element("p", {}, text));
          if (remedy === "restart") {
            const again = element("button", { type: "button" }, "Try again");
            again.addEventListener("click", () => app.restart());
            notice.append(again);
          }
          notice.append(dismiss);
          return notice;
        }),
      );
    },
  );
  const alarm = find("alarm", HTMLElement);
  store.watch(
    (state) => state.alarm,
    (text) => {
      alarm.hidden = text === null;
      setText(alarm, text ?? "");
    },
  );
}
