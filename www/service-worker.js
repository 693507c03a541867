// @ts-check
/// <reference lib="webworker" />
"use strict";

/**
 * Serves the site without a network after the first visit.
 *
 * Files are cached under the hash of their bytes, so that two versions of the site lie side by side: a page goes on
 * with the version that it began with, whatever has been published meanwhile. A new version waits until no page of the
 * old one is open, or until the person asks for it.
 */

const worker = /** @type {ServiceWorkerGlobalScope & { PRECACHE: Record<string, string> }} */ (/** @type {unknown} */ (self));

// Written when the site is built: the paths of all files, each with the SHA-256 of its bytes.
importScripts("precache.js");

const FILES = new Map(Object.entries(worker.PRECACHE));
const SCOPE = worker.registration.scope;
// Other sites of the same origin have caches of their own.
const CACHE = `alignment-playground ${SCOPE}`;

/** Where a file of this version lies in the cache. @param {string} path @param {string} hash */
const keyOf = (path, hash) => `${SCOPE}${path}?sha256=${hash}`;

worker.addEventListener("install", (event) => event.waitUntil(install()));
worker.addEventListener("activate", (event) => event.waitUntil(forgetOldFiles()));
worker.addEventListener("message", (event) => {
  if (event.data?.type === "take over") event.waitUntil(takeOver(event.source));
});
worker.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  const hash = path === null ? undefined : FILES.get(path);
  if (path !== null && hash !== undefined) event.respondWith(answer(path, hash, event.request));
});

/** Fetches what the cache lacks of this version; a file that is not the one that was built stops it, until later. */
async function install() {
  const cache = await caches.open(CACHE);
  const there = new Set((await cache.keys()).map((request) => request.url));
  const missing = [...FILES].filter(([path, hash]) => !there.has(keyOf(path, hash)));
  await inTurns(missing, 6, async ([path, hash]) => {
    const response = await fetch(`${SCOPE}${path}`, { cache: "no-cache" });
    if (!response.ok) throw new Error(`${path} could not be fetched (status ${response.status})`);
    const bytes = await response.arrayBuffer();
    if ((await sha256(bytes)) !== hash) throw new Error(`${path} is of another version`);
    // Without the marks of a redirect, which a navigation would refuse.
    const type = response.headers.get("content-type");
    await cache.put(keyOf(path, hash), new Response(bytes, { headers: type ? { "content-type": type } : {} }));
  });
}

/** What only older versions had; caches of this site under older names. */
async function forgetOldFiles() {
  const cache = await caches.open(CACHE);
  const present = new Set([...FILES].map(([path, hash]) => keyOf(path, hash)));
  const keys = await cache.keys();
  await Promise.all(keys.filter(({ url }) => !present.has(url)).map((request) => cache.delete(request)));
}

/**
 * This version takes the place of the one before, unless another page is open: its code would change under it.
 * @param {Client | ServiceWorker | MessagePort | null} source the page that asks
 */
async function takeOver(source) {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = pages.filter(({ url }) => url.startsWith(SCOPE)).length;
  if (open > 1) source?.postMessage({ type: "others are open", others: open - 1 });
  else await worker.skipWaiting();
}

/** The file of the site that a request asks for; null if it is for something else. @param {Request} request */
function pathOf({ method, url }) {
  if (method !== "GET" || !url.startsWith(SCOPE)) return null;
  const path = new URL(url).pathname.slice(new URL(SCOPE).pathname.length);
  return path === "" ? "index.html" : path;
}

/** @param {string} path @param {string} hash @param {Request} request */
async function answer(path, hash, request) {
  const cache = await caches.open(CACHE);
  // The browser may have thrown away what it was to keep.
  return (await cache.match(keyOf(path, hash))) ?? fetch(request);
}

/** @param {ArrayBuffer} bytes */
async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** So many at a time. @template T @param {T[]} items @param {number} width @param {(item: T) => Promise<void>} action */
async function inTurns(items, width, action) {
  const waiting = [...items];
  const lane = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await action(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}
