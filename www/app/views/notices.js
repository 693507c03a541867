// @ts-check
/** @import { AppStore } from "../state.js" */
/** @import { App } from "../app.js" */
/** @import { NoticeStore } from "./notice-list.js" */
import { find, setText } from "../dom.js";
import { noticeList } from "./notice-list.js";

/** Sentences for the person at the screen, and the alarm. @param {AppStore} store @param {App} app */
export function notices(store, app) {
  noticeList(/** @type {NoticeStore} */ (/** @type {unknown} */ (store)), () => app.restart());
  const alarm = find("alarm", HTMLElement);
  store.watch(
    (state) => state.alarm,
    (text) => {
      alarm.hidden = text === null;
      setText(alarm, text ?? "");
    },
  );
}
