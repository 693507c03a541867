// @ts-check
/** @import { AppStore, State } from "../state.js" */
/** @import { App } from "../app.js" */
import { element, find, setText } from "../dom.js";
import { compact, fixed } from "../format.js";
import { pairsInUse } from "../pair-sides.js";
import { selfTest } from "../self-test.js";
import { currentLoss, currentMethod, currentValues } from "../state.js";
import { LOSSES } from "../strings/losses.js";
import { CUSTOM, isWritten } from "../written.js";
import { explainLosses, lossForm } from "./loss-form.js";
import { math } from "./math.js";

/** The loss, the present numbers in it, and the self-test. @param {AppStore} store @param {App} app */
export function formula(store, app) {
  const target = find("formula", HTMLElement);
  store.watch(currentMethod, (method, state) => {
    target.replaceChildren();
    setText(find("method-summary", HTMLElement), method ? LOSSES.summary(method.summary, method.source) : "");
    if (!method) return;
    if (isWritten(method.name)) return target.append(element("code", {}, currentLoss(state)));
    target.append(math(method.name));
  });
  const values = find("formula-values", HTMLElement);
  const show = () => setText(values, present(store.state()));
  store.watch((state) => state.latest, show);
  store.watch((state) => state.settings.values, show);
  store.watch(currentMethod, show);

  const test = find("self-test", HTMLElement);
  store.watch(
    (state) => state.evaluation,
    (evaluation, state) => {
      // A pair of one side has a part of the loss, and no margin.
      const whole = pairsInUse(state).map(({ only }) => only === undefined);
      const loss = whole.every(Boolean) ? currentMethod(state)?.lossAtReference : undefined;
      const result = selfTest({ loss, margins: whole.some(Boolean) }, evaluation);
      test.hidden = !result;
      if (result) setText(test, result.text);
      test.classList.toggle("problem", result?.passed === false);
    },
  );
  writing(store, app);
}

/** The loss as it is, and the numbers that it is made with. @param {State} state */
function present(state) {
  const method = currentMethod(state);
  if (!method) return "";
  const all = currentValues(state);
  const set = method.hyperparameters.map(({ name, label }) => `${label} = ${compact(all[name])}`);
  const { loss, "rewards/chosen": chosen, "rewards/rejected": rejected, "rewards/margins": margin } = state.latest ?? {};
  const parts = [LOSSES.mean(fixed(loss, 3)), ...set];
  if (Number.isFinite(margin)) {
    parts.push(LOSSES.margin(fixed(chosen, 3), fixed(rejected, 3), fixed(margin, 3)));
  }
  return parts.join(", ");
}

/** The loss that a person writes. @param {AppStore} store @param {App} app */
function writing(store, app) {
  const language = find("loss-language", HTMLElement);
  const { form, field } = lossForm(LOSSES.loss, "loss-help", (loss) => app.writeLoss(store.state().settings.method, loss));
  language.before(form);
  store.watch((state) => state.settings.method, (method) => {
    form.hidden = !isWritten(method);
    language.hidden = method !== CUSTOM;
  });
  store.watch(currentLoss, (loss) => (field.value = loss));
  const asText = find("as-text", HTMLButtonElement);
  asText.addEventListener("click", () => app.openAsText());
  store.watch(currentMethod, (method) => (asText.hidden = !method?.written));
  store.watch((state) => state.catalogue, (catalogue) => explainLosses(find("loss-help", HTMLElement), catalogue));
}
