// @ts-check
/** @import { Command, GameEvent } from "./messages.js" */
/** @import { GameStore } from "./state.js" */
/** @import { NoticeStore } from "../app/views/notice-list.js" */
import { setIcons } from "../app/icons.js";
import { offline } from "../app/offline.js";
import { createStore } from "../app/store.js";
import { TROUBLE } from "../app/strings/trouble.js";
import { displayMenu } from "../app/views/display-menu.js";
import { noticeList } from "../app/views/notice-list.js";
import { WorkerLine } from "../app/worker-line.js";
import { GameApp } from "./app.js";
import { INITIAL, reduce } from "./state.js";
import { bars } from "./views/bars.js";
import { controls } from "./views/controls.js";
import { figures } from "./views/figures.js";
import { simplex } from "./views/simplex.js";
import { thoughts } from "./views/thoughts.js";

/** @type {GameStore} */
const store = createStore(reduce, INITIAL);
/** @type {WorkerLine<Command, GameEvent>} */
const worker = new WorkerLine(
  () => new Worker(new URL("../games-worker.js", import.meta.url), { type: "module" }),
  (event) => store.dispatch({ type: "event", event }),
  TROUBLE.changesKept,
);
const app = new GameApp(store, worker);

setIcons();
displayMenu();
controls(store, app);
simplex(store, app);
bars(store);
thoughts(store, app);
figures(store);
noticeList(/** @type {NoticeStore} */ (/** @type {unknown} */ (store)), () => app.restart());

app.start();
offline();
