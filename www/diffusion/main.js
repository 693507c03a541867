// @ts-check
/** @import { NoticeStore } from "../app/views/notice-list.js" */
/** @import { Command, DiffusionEvent } from "./messages.js" */
/** @import { DiffusionStore } from "./state.js" */
import { find } from "../app/dom.js";
import { setIcons } from "../app/icons.js";
import { offline } from "../app/offline.js";
import { Persistence } from "../app/persistence.js";
import { followLinks, isShared } from "../app/share/is-shared.js";
import { storage } from "../app/storage.js";
import { createStore } from "../app/store.js";
import { TROUBLE } from "../app/strings/trouble.js";
import { displayMenu } from "../app/views/display-menu.js";
import { noticeList } from "../app/views/notice-list.js";
import { opens } from "../app/views/opens.js";
import { tabs } from "../app/views/tabs.js";
import { setTerms } from "../app/views/terms.js";
import { WorkerLine } from "../app/worker-line.js";
import { DiffusionApp } from "./app.js";
import { INITIAL, reduce } from "./state.js";
import { figures } from "./views/charts.js";
import { cloud } from "./views/cloud.js";
import { comparison } from "./views/comparison.js";
import { controls } from "./views/controls.js";
import { drawn } from "./views/drawn.js";
import { errors } from "./views/errors.js";
import { headline } from "./views/headline.js";
import { keys } from "./views/keys.js";
import { kept } from "./views/kept.js";
import { pairs } from "./views/pairs.js";
import { rollouts } from "./views/rollouts.js";
import { shapeDialog } from "./views/shape-dialog.js";
import { way } from "./views/way.js";

/** What the page is opened with, if that is a link. */
const link = isShared(location.hash) ? await (await import("./share/open-link.js")).openLink(location.hash, INITIAL) : null;
/** @type {DiffusionStore} */
const store = createStore(reduce, link?.initial ?? INITIAL);
/** @type {WorkerLine<Command, DiffusionEvent>} */
const worker = new WorkerLine(
  () => new Worker(new URL("../diffusion-worker.js", import.meta.url), { type: "module" }),
  (event) => store.dispatch({ type: "event", event }),
  TROUBLE.pairsKept,
);
const persistence = new Persistence(storage(), (text) => store.dispatch({ type: "notice", notice: { key: "storage", kind: "error", text } }));
// Before the app, which opens what is chosen as soon as the core has said what it knows.
link?.follow(store);
const app = new DiffusionApp(store, worker, new URL("../assets/", import.meta.url));

setIcons();
setTerms();
displayMenu();
keys(store);
controls(store, app);
drawn(store, app);
cloud(store, app);
comparison(store, app);
pairs(store, app);
errors(store);
figures(store, app);
rollouts(store);
way(store, app);
headline(store);
kept(store, app);
shapeDialog(store, app, persistence, link?.shape ?? null);
tabs(find("closer", HTMLElement));
noticeList(/** @type {NoticeStore} */ (/** @type {unknown} */ (store)), () => app.restart());
opens(find("share-button", HTMLButtonElement), async () => (await import("./share/share-dialog.js")).shareDialog(store, link?.lesson ?? {}), (text) => app.report("part", text));
link?.settle(store, app);
followLinks();

app.start();
offline();
