// @ts-check
/** @import { AppStore } from "./state.js" */
import { App } from "./app.js";
import { setIcons } from "./icons.js";
import { Importer } from "./importer.js";
import { offline } from "./offline.js";
import { createPairsView } from "./pairs-view.js";
import { Shelf } from "./policies/shelf.js";
import { openWork } from "./projects/work.js";
import { Assets } from "./scenarios.js";
import { initialState, reduce } from "./state.js";
import { storage } from "./storage.js";
import { createStore } from "./store.js";
import { charts } from "./views/charts.js";
import { closer } from "./views/closer.js";
import { controls } from "./views/controls.js";
import { displayMenu } from "./views/display-menu.js";
import { explorer } from "./views/explorer.js";
import { exports } from "./views/exports.js";
import { formula } from "./views/formula.js";
import { headline } from "./views/headline.js";
import { help } from "./views/help.js";
import { judge } from "./views/judge.js";
import { keys } from "./views/keys.js";
import { marginPlot } from "./views/margin-plot.js";
import { notices } from "./views/notices.js";
import { imports } from "./views/import.js";
import { pairTable } from "./views/pair-table.js";
import { pairText } from "./views/pair-text.js";
import { pairTools } from "./views/pair-tools.js";
import { person } from "./views/person.js";
import { probability } from "./views/probability.js";
import { profile } from "./views/profile.js";
import { replay } from "./views/replay.js";
import { rollouts } from "./views/rollouts.js";
import { samples } from "./views/samples.js";
import { stages } from "./views/stages.js";
import { strong } from "./views/strong.js";
import { setTerms } from "./views/terms.js";
import { timeline } from "./views/timeline.js";
import { tokens } from "./views/tokens.js";
import { workMenu } from "./views/work-menu.js";
import { WorkerClient } from "./worker-client.js";

/** What goes wrong before there is a store to tell. @type {string[]} */
const early = [];
/** @type {(text: string) => void} */
let report = (text) => void early.push(text);
const assets = new Assets(new URL("../assets/", import.meta.url));
const work = await openWork(location.hash, storage(), assets, (text) => report(text));
const { persistence } = work;
/** @type {AppStore} */
const store = createStore(reduce, initialState(persistence.settings()));
report = (text) => store.dispatch({ type: "notice", notice: { key: "storage", kind: "error", text } });
early.forEach(report);

const worker = new WorkerClient(
  () => new Worker(new URL("../worker.js", import.meta.url), { type: "module" }),
  (event) => store.dispatch({ type: "event", event }),
);
const shelf = new Shelf(work.page, worker);
const app = new App(store, worker, assets, persistence, shelf);
/** @param {string} text */
const partMissing = (text) => store.dispatch({ type: "notice", notice: { key: "part", kind: "error", text } });

setIcons();
setTerms();
displayMenu();
help(work.page, partMissing);
keys(store);
controls(store, app);
formula(store, app);
stages(store, app);
marginPlot(store, app);
person(store, app);
rollouts(store);
replay(store);
judge(store, app);
strong(store, app);
closer(store);
const pairsView = createPairsView();
pairTools(store, app, pairsView, pairTable(store, app, pairsView));
pairText(store, app);
imports(new Importer(store, (text) => worker.parse(text)), workMenu(store, app, work, shelf, partMissing));
tokens(store, app);
explorer(store, app);
probability(store, app);
charts(store, app);
timeline(store, app);
headline(store);
samples(store, app);
profile(store, app);
notices(store, app);
exports(store, app);

worker.start();
app.start();
offline();
