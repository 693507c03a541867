// @ts-check
/** @import { Importer } from "../importer.js" */
/** @import { Mapping } from "../preference-files/columns.js" */
import { element, setText } from "../dom.js";
import { columnsOf, guess, isComplete, valuesOf } from "../preference-files/columns.js";
import { readEntries } from "../preference-files/read.js";
import { pairUp } from "../preference-files/singles.js";
import { IMPORTS } from "../strings/imports.js";

/** Pairs of the preview. */
const PREVIEWED = 3;
/** Values of a label that can be chosen from. */
const MOST_VALUES = 30;

/** Which fields a form asks for, and what they are called there. @type {Record<Mapping["form"], Partial<Record<Exclude<keyof Mapping, "form">, string>>>} */
const ASKED = {
  pair: { prompt: IMPORTS.prompt, first: IMPORTS.chosen, second: IMPORTS.rejected },
  judged: { prompt: IMPORTS.prompt, first: IMPORTS.answer, label: IMPORTS.label, positive: IMPORTS.good, negative: IMPORTS.bad },
  compared: { prompt: IMPORTS.prompt, first: IMPORTS.first, second: IMPORTS.second, label: IMPORTS.label, positive: IMPORTS.firstBetter, negative: IMPORTS.secondBetter },
};
const FIELDS = /** @type {const} */ (["prompt", "first", "second", "label", "positive", "negative"]);

/** Asks what the columns of a file hold, and shows the first pairs that come of it. @param {Importer} importer */
export function mappingDialog(importer) {
  const title = element("h2", { id: "mapping-title" });
  const form = element("select", {}, element("option", { value: "pair" }, IMPORTS.formPair), element("option", { value: "judged" }, IMPORTS.formJudged), element("option", { value: "compared" }, IMPORTS.formCompared));
  const fields = FIELDS.map((field) => ({ field, name: element("span"), select: element("select") }));
  const labels = fields.map(({ name, select }) => element("label", {}, name, select));
  const preview = element("tbody");
  const told = element("p", { class: "unit", role: "status" });
  const accept = element("button", { class: "primary" }, IMPORTS.import);
  const cancel = element("button", { type: "button" }, IMPORTS.cancel);
  const head = element("tr", {}, element("th", { scope: "col" }, IMPORTS.prompt), element("th", { scope: "col", class: "chosen" }, `${IMPORTS.chosen} ✓`), element("th", { scope: "col", class: "rejected" }, `${IMPORTS.rejected} ✗`));
  const asking = element(
    "form",
    {},
    element("label", { class: "form" }, IMPORTS.form, form),
    element("div", { class: "fields" }, ...labels),
    element("h3", { id: "preview-title" }, IMPORTS.preview),
    element("div", { class: "scroll", role: "region", tabindex: "0", "aria-labelledby": "preview-title" }, element("table", { "aria-labelledby": "preview-title" }, element("thead", {}, head), preview)),
    told,
    element("div", { class: "toolbar" }, accept, cancel),
  );
  const dialog = element("dialog", { class: "dialog mapping-dialog", "aria-labelledby": "mapping-title" }, title, asking);
  document.body.append(dialog);

  /** @type {import("../importer.js").Asking | null} */
  let asked = null;
  /** @type {Mapping} */
  let mapping = guess([]);
  let turn = 0;

  const show = () => {
    const entries = asked?.entries ?? [];
    form.value = mapping.form;
    const columns = columnsOf(entries);
    const values = mapping.label ? valuesOf(entries, mapping.label).slice(0, MOST_VALUES) : [];
    fields.forEach(({ field, name, select }, index) => {
      const called = ASKED[mapping.form][field];
      labels[index].hidden = called === undefined;
      setText(name, called ?? "");
      const ofLabel = field === "positive" || field === "negative";
      const nothing = element("option", { value: "" }, field === "prompt" && mapping.form !== "judged" ? IMPORTS.noPrompt : IMPORTS.unset);
      select.replaceChildren(...(ofLabel ? [] : [nothing]), ...(ofLabel ? values : columns).map((value) => element("option", { value }, value)));
      select.value = mapping[field];
    });
    accept.disabled = !isComplete(mapping);
    void showPairs();
  };

  const showPairs = async () => {
    const mine = ++turn;
    const { found, problems } = asked && isComplete(mapping) ? await readEntries(asked.entries, importer.parse, mapping) : { found: [], problems: [] };
    if (mine !== turn) return;
    const pairs = pairUp(found).slice(0, PREVIEWED);
    preview.replaceChildren(...pairs.map(({ pair }) => element("tr", {}, ...[pair.prompt, pair.chosen, pair.rejected].map((text) => element("td", {}, text)))));
    const [first] = problems;
    setText(told, first ? IMPORTS.line(first.line, first.message) : pairs.length === 0 ? IMPORTS.previewNone : "");
  };

  form.addEventListener("change", () => {
    mapping = { ...mapping, form: /** @type {Mapping["form"]} */ (form.value) };
    show();
  });
  for (const { field, select } of fields) {
    select.addEventListener("change", () => {
      mapping = { ...mapping, [field]: select.value };
      // Another label says other things.
      if (field === "label") {
        const [positive = "", negative = ""] = valuesOf(asked?.entries ?? [], select.value);
        mapping = { ...mapping, positive, negative };
      }
      show();
    });
  }
  /** @param {Mapping | null} answer */
  const finish = (answer) => {
    const { answer: reply } = asked ?? {};
    asked = null;
    if (dialog.open) dialog.close();
    reply?.(answer);
  };
  asking.addEventListener("submit", (event) => {
    event.preventDefault();
    finish(mapping);
  });
  cancel.addEventListener("click", () => finish(null));
  dialog.addEventListener("close", () => finish(null));
  importer.store.watch((state) => state.asking, (next) => {
    if (!next) return;
    asked = next;
    mapping = guess(next.entries);
    setText(title, IMPORTS.mappingTitle(next.name));
    show();
    dialog.showModal();
  });
}
