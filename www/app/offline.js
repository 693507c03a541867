// @ts-check
import { element, find, setText } from "./dom.js";
import { OFFLINE } from "./strings/offline.js";

/** Milliseconds that the page has for itself before its files are fetched for later. */
const QUIET = 2000;

/**
 * Has the site kept for visits without a network, and tells when a newer version of it is there: it takes over when the
 * person says so, never under a run.
 */
export function offline() {
  const container = navigator.serviceWorker;
  // Absent on hosts without https, and in some private windows.
  if (!container) return;
  const start = () => setTimeout(() => register(container).catch(() => {}), QUIET);
  if (document.readyState === "complete") start();
  else addEventListener("load", start, { once: true });
}

/** @param {ServiceWorkerContainer} container */
async function register(container) {
  const registration = await container.register(new URL("../service-worker.js", import.meta.url), { scope: new URL("../", import.meta.url).pathname, updateViaCache: "none" });
  const look = () => {
    // The first version takes over nothing, so there is nothing to tell.
    if (registration.waiting && registration.active) tell(container, registration.waiting);
  };
  look();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
}

/** @type {ServiceWorker | null} */
let told = null;

/** @param {ServiceWorkerContainer} container @param {ServiceWorker} waiting */
function tell(container, waiting) {
  if (told === waiting) return;
  told = waiting;
  document.getElementById("new-version")?.remove();
  const text = element("p", {}, OFFLINE.newVersion);
  const reload = element("button", { type: "button" }, OFFLINE.reload);
  const later = element("button", { type: "button", "aria-label": OFFLINE.later }, "✕");
  const notice = element("div", { id: "new-version", class: "notice note", role: "status" }, text, reload, later);
  reload.addEventListener("click", () => {
    container.addEventListener("controllerchange", () => location.reload(), { once: true });
    waiting.postMessage({ type: "take over" });
  });
  container.addEventListener("message", ({ data }) => {
    if (data?.type === "others are open") setText(text, OFFLINE.othersOpen(data.others));
  });
  later.addEventListener("click", () => notice.remove());
  find("notices", HTMLElement).append(notice);
}
