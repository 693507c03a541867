// @ts-check
/** @import { CompareCommand, CompareEvent } from "./messages.js" */
/** @import { CompareStore } from "./state.js" */
import { setIcons } from "../app/icons.js";
import { offline } from "../app/offline.js";
import { Persistence } from "../app/persistence.js";
import { Assets } from "../app/scenarios.js";
import { storage } from "../app/storage.js";
import { createStore } from "../app/store.js";
import { STORAGE } from "../app/strings/storage.js";
import { TROUBLE } from "../app/strings/trouble.js";
import { displayMenu } from "../app/views/display-menu.js";
import { noticeList } from "../app/views/notice-list.js";
import { WorkerLine } from "../app/worker-line.js";
import { CompareApp } from "./app.js";
import { isSettings, startingSettings } from "./settings.js";
import { initialState, reduce } from "./state.js";
import { branching } from "./views/branching.js";
import { charts } from "./views/charts.js";
import { controls } from "./views/controls.js";
import { figures } from "./views/figures.js";
import { runs } from "./views/runs.js";
import { samples } from "./views/samples.js";

/** What goes wrong before there is a store to tell. @type {string[]} */
const early = [];
/** @type {(text: string) => void} */
let report = (text) => void early.push(text);
const persistence = new Persistence(storage(), (text) => report(text));
const kept = persistence.kept("compare", isSettings, STORAGE.compareSettings);
/** @type {CompareStore} */
const store = createStore(reduce, initialState(startingSettings(kept, persistence.settings())));
report = (text) => store.dispatch({ type: "notice", notice: { key: "storage", kind: "error", text } });
early.forEach(report);

/** @type {WorkerLine<CompareCommand, CompareEvent>} */
const worker = new WorkerLine(
  () => new Worker(new URL("../compare-worker.js", import.meta.url), { type: "module" }),
  (event) => store.dispatch({ type: "event", event }),
  TROUBLE.pairsKept,
);
const app = new CompareApp(store, worker, new Assets(new URL("../assets/", import.meta.url)), persistence);
store.subscribe((state, before) => {
  if (state.settings !== before.settings) persistence.keep("compare", state.settings);
});

setIcons();
displayMenu();
controls(store, app);
runs(store, app);
branching(store, app);
charts(store, app);
figures(store);
samples(store, app);
noticeList(store, () => app.restart());

worker.start();
app.start();
offline();
