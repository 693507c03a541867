// @ts-check
import { calm } from "../appearance.js";
import { element, find, setText } from "../dom.js";
import { STEPS, TOUR } from "../strings/tour.js";

/** Pixels between a part of the page and the card that tells of it. */
const GAP = 12;

/** Makes the tour; what it gives begins it. The page stays usable beside the card, which has the focus at each step. */
export function tour() {
  const place = element("p", { class: "hint" });
  const title = element("h2", { id: "tour-title" });
  const text = element("p", { id: "tour-text" });
  const [skip, back, next] = [TOUR.skip, TOUR.back, TOUR.next].map((name) => element("button", { type: "button" }, name));
  skip.classList.add("quiet");
  next.classList.add("primary");
  const card = element(
    "div",
    { class: "tour", role: "dialog", tabindex: "-1", "aria-labelledby": "tour-title", "aria-describedby": "tour-text", popover: "manual" },
    place,
    title,
    text,
    element("div", { class: "toolbar" }, skip, back, next),
  );
  document.body.append(card);
  let step = 0;
  /** @type {Element | null} */
  let came = null;

  const end = () => {
    leave();
    card.hidePopover();
    if (came instanceof HTMLElement) came.focus();
  };
  const leave = () => find(STEPS[step].at, HTMLElement).classList.remove("toured");
  /** @param {number} to */
  const go = (to) => {
    leave();
    if (to >= STEPS.length) return end();
    step = to;
    const { at, title: name, text: what } = STEPS[step];
    const target = find(at, HTMLElement);
    setText(place, TOUR.step(step + 1, STEPS.length));
    setText(title, name);
    setText(text, what);
    setText(next, step + 1 === STEPS.length ? TOUR.finish : TOUR.next);
    back.disabled = step === 0;
    target.classList.add("toured");
    target.scrollIntoView({ block: "nearest", behavior: calm() ? "auto" : "smooth" });
    stand(card, target);
    card.focus();
  };
  skip.addEventListener("click", end);
  back.addEventListener("click", () => go(step - 1));
  next.addEventListener("click", () => go(step + 1));
  card.addEventListener("keydown", (event) => {
    if (event.key === "Escape") end();
    else if (event.key === "ArrowRight") go(step + 1);
    else if (event.key === "ArrowLeft" && step > 0) go(step - 1);
    else return;
    event.preventDefault();
  });
  for (const event of ["scroll", "resize"]) {
    addEventListener(event, () => {
      if (card.matches(":popover-open")) stand(card, find(STEPS[step].at, HTMLElement));
    }, { passive: true });
  }
  return () => {
    came = document.activeElement;
    card.showPopover();
    go(0);
  };
}

/** Beside what it tells of, where there is room: right, left, below, above; else at the bottom. @param {HTMLElement} card @param {HTMLElement} target */
function stand(card, target) {
  const { width, height } = card.getBoundingClientRect();
  const at = target.getBoundingClientRect();
  const within = (/** @type {number} */ value, /** @type {number} */ most) => Math.max(GAP, Math.min(value, most - GAP));
  const [right, down] = [innerWidth - width, innerHeight - height];
  const beside = within(at.top + 48, down);
  const [left, top] =
    at.right + GAP + width < innerWidth ? [at.right + GAP, beside]
    : at.left - GAP - width > 0 ? [at.left - GAP - width, beside]
    : at.bottom + GAP + height < innerHeight ? [within(at.left, right), at.bottom + GAP]
    : [within(at.left, right), within(at.top - GAP - height > 0 ? at.top - GAP - height : down, down)];
  Object.assign(card.style, { left: `${left}px`, top: `${top}px` });
}
