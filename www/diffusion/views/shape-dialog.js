// @ts-check
/** @import { Persistence } from "../../app/persistence.js" */
/** @import { DiffusionApp } from "../app.js" */
/** @import { Stroke, OwnShape } from "../own-shape.js" */
/** @import { DiffusionStore } from "../state.js" */
import { onAppearance } from "../../app/appearance.js";
import { element, find, setText } from "../../app/dom.js";
import { count, fixed } from "../../app/format.js";
import { icon } from "../../app/icons.js";
import { SHAPE } from "../../app/strings/diffusion.js";
import { EXAMPLES, centred, extended, fromBase64, isKeptShape, pointsAlong, readStrokes, toBase64, writtenStrokes } from "../own-shape.js";
import { plane, toPoint } from "../plane.js";
import { OWN_SHAPE } from "../scenarios.js";
import { trainShape } from "../shape-training.js";

/** Canvas pixels along the plane. */
const SIDE = 800;
const LEARNT = { colour: "chosen", radius: 3 };
/** Under which name the browser keeps it; one that a link brought takes the place of no other. */
const KEPT_AS = "shape";
const BROUGHT_AS = "linked-shape";

/**
 * The shape that a person draws, and the policy that learns it.
 * @param {DiffusionStore} store
 * @param {DiffusionApp} app
 * @param {Persistence} persistence
 * @param {Stroke[] | null} brought the shape of a link, which is to be learnt before all else
 */
export function shapeDialog(store, app, persistence, brought) {
  const keptAs = brought ? BROUGHT_AS : KEPT_AS;
  const open = find("shape-open", HTMLButtonElement);
  const drawing = drawingBoard();
  const { dialog, status, progress, learn, enough, cancel } = frame(drawing.parts);
  /** @type {ReturnType<typeof trainShape> | null} */
  let training = null;

  const stop = (/** @type {string} */ text) => {
    training?.end();
    training = null;
    show();
    setText(status, text);
  };
  const show = () => {
    const learns = training !== null;
    learn.hidden = learns;
    enough.hidden = cancel.hidden = progress.hidden = !learns;
    drawing.lock(learns);
    setText(learn, store.state().own ? SHAPE.again : SHAPE.learn);
  };
  learn.addEventListener("click", () => {
    const strokes = drawing.strokes();
    if (strokes.length === 0) return setText(status, SHAPE.few);
    app.pause();
    progress.removeAttribute("value");
    setText(status, SHAPE.begins);
    training = trainShape(pointsAlong(strokes), {
      progress({ done, all, distance, floor, points }) {
        Object.assign(progress, { max: all, value: done });
        setText(status, SHAPE.progress(count(done), count(all), fixed(distance, 3), fixed(floor, 3)));
        drawing.showLearnt(points);
      },
      learnt(files, learnt) {
        training = null;
        const own = { id: Date.now(), strokes, files, learnt };
        const was = persistence.keep(keptAs, { strokes, config: files.config, weights: toBase64(files.weights), learnt });
        dialog.close();
        app.openShape(own);
        tell(own, was);
      },
      failed: (reason) => stop(SHAPE.failed(reason)),
    });
    show();
    cancel.focus();
  });
  enough.addEventListener("click", () => training?.enough());
  cancel.addEventListener("click", () => {
    stop(SHAPE.stopped);
    learn.focus();
  });
  dialog.addEventListener("close", () => {
    if (training) stop(SHAPE.stopped);
  });
  const tell = (/** @type {OwnShape} */ { learnt }, /** @type {boolean} */ kept) => {
    const text = `${SHAPE.learnt(count(learnt.updates), fixed(learnt.seconds, 0), fixed(learnt.distance, 3), fixed(learnt.floor, 3))} ${kept ? SHAPE.kept : SHAPE.notKept}`;
    store.dispatch({ type: "notice", notice: { key: "shape", kind: "note", text } });
  };
  const begin = (/** @type {string} */ text) => {
    drawing.begin(store.state().own?.strokes ?? brought ?? []);
    setText(status, text);
    show();
    dialog.showModal();
  };
  open.addEventListener("click", () => begin(""));
  store.watch((state) => state.own !== null, (drawn) => setText(/** @type {Element} */ (open.querySelector("span")), drawn ? SHAPE.change : SHAPE.button));

  const kept = persistence.kept(keptAs, isKeptShape, SHAPE.storage);
  if (kept && (!brought || writtenStrokes(kept.strokes) === writtenStrokes(brought))) {
    const { strokes, config, weights, learnt } = kept;
    store.dispatch({ type: "own", own: { id: Date.now(), strokes, files: { config, weights: fromBase64(weights) }, learnt } });
    // Learnt when the link was opened before.
    if (brought) store.dispatch({ type: "scenario", scenario: OWN_SHAPE });
  } else if (brought) {
    begin(SHAPE.brought);
    learn.focus();
  }
  store.watch((state) => state.settings.scenario, (scenario, { own }) => {
    if (scenario !== OWN_SHAPE) store.dispatch({ type: "dismiss", key: "shape" });
    else if (own) tell(own, true);
  });
}

/** The dialog around the drawing. @param {HTMLElement[]} parts */
function frame(parts) {
  const status = element("p", { role: "status", class: "hint" });
  const progress = element("progress", { "aria-label": SHAPE.learn, hidden: "" });
  const learn = element("button", { type: "button", class: "primary" });
  const [enough, cancel] = [SHAPE.enough, SHAPE.cancel].map((name) => element("button", { type: "button", hidden: "" }, name));
  const close = element("button", { type: "button", class: "quiet", "aria-label": SHAPE.close }, icon("remove"));
  const dialog = element(
    "dialog",
    { class: "dialog shape-dialog", "aria-labelledby": "shape-title" },
    element("div", { class: "dialog-head" }, element("h2", { id: "shape-title" }, SHAPE.title), close),
    element("p", { class: "hint" }, SHAPE.hint),
    ...parts,
    element("div", { class: "toolbar" }, learn, enough, cancel, progress),
    status,
  );
  close.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  return { dialog, status, progress, learn, enough, cancel };
}

/** The plane that is drawn on, and the same as numbers. */
function drawingBoard() {
  const canvas = element("canvas", { class: "plane drawing", role: "img", "aria-label": SHAPE.plane });
  const [undo, clear] = [element("button", { type: "button" }, icon("undo"), SHAPE.undo), element("button", { type: "button" }, SHAPE.clear)];
  const examples = element("select", {}, new Option(SHAPE.choose, ""), ...EXAMPLES.map(({ name, title }) => new Option(title, name)));
  const text = element("textarea", { rows: "4", spellcheck: "false", "aria-describedby": "shape-text-help shape-problem" });
  const problem = element("p", { id: "shape-problem", class: "problem", role: "alert" });
  /** @type {Stroke[]} */
  let strokes = [];
  /** The stroke that the pointer draws. @type {Stroke | null} */
  let stroke = null;
  /** @type {Float32Array | null} */
  let learnt = null;
  let locked = false;

  const draw = () => {
    const board = plane(canvas, SIDE);
    if (learnt) board?.dots(learnt, LEARNT);
    const all = stroke ? [...strokes, stroke] : strokes;
    // Where the learnt points belong.
    board?.strokes(learnt ? centred(all) : all, learnt ? "reference" : "plain");
    undo.disabled = clear.disabled = locked || all.length === 0;
  };
  /** @param {Stroke[]} next */
  const set = (next) => {
    strokes = next;
    learnt = null;
    setText(problem, "");
    text.value = writtenStrokes(strokes);
    draw();
  };
  const at = (/** @type {PointerEvent} */ event) => toPoint(event.offsetX, event.offsetY, canvas.clientWidth);
  canvas.addEventListener("pointerdown", (event) => {
    if (locked || event.button !== 0) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    learnt = null;
    stroke = [at(event)];
    draw();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    stroke = extended(stroke, at(event));
    draw();
  });
  const lift = () => {
    if (!stroke) return;
    const drawn = stroke;
    stroke = null;
    set([...strokes, drawn]);
  };
  canvas.addEventListener("pointerup", lift);
  canvas.addEventListener("pointercancel", lift);
  undo.addEventListener("click", () => set(strokes.slice(0, -1)));
  clear.addEventListener("click", () => set([]));
  examples.addEventListener("change", () => {
    const example = EXAMPLES.find(({ name }) => name === examples.value);
    if (example) set(example.strokes);
  });
  // What is wrong stays as it was typed.
  text.addEventListener("input", () => {
    const read = readStrokes(text.value);
    setText(problem, read.problem ?? "");
    if (read.problem) return;
    strokes = read.strokes;
    learnt = null;
    draw();
  });
  onAppearance(draw);
  return {
    parts: [
      element(
        "div",
        { class: "board" },
        canvas,
        element(
          "div",
          {},
          element("div", { class: "toolbar" }, undo, clear, element("label", {}, `${SHAPE.examples} `, examples)),
          element("label", { class: "wide" }, SHAPE.text, text),
          element("p", { id: "shape-text-help", class: "hint" }, SHAPE.textHelp),
          problem,
        ),
      ),
    ],
    strokes: () => strokes,
    begin: set,
    /** @param {boolean} now */
    lock(now) {
      locked = now;
      text.disabled = examples.disabled = now;
      draw();
    },
    /** @param {Float32Array} points */
    showLearnt(points) {
      learnt = points;
      draw();
    },
  };
}
