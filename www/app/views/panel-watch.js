// @ts-check

/** Tells whether a panel of the tabs is in sight, now and whenever that changes. @param {HTMLElement} panel @param {(shown: boolean) => void} tell */
export function watchPanel(panel, tell) {
  new MutationObserver(() => tell(!panel.hidden)).observe(panel, { attributes: true, attributeFilter: ["hidden"] });
  tell(!panel.hidden);
}
