// @ts-check
/** Milliseconds after which a person wonders whether anything happens. */
const PATIENCE = 300;

/** Does what a button is for, which may take a while: it says so, and cannot be pressed meanwhile. @param {HTMLButtonElement} button @param {string} text @param {() => Promise<void>} action */
export async function busy(button, text, action) {
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
  button.disabled = true;
  const timer = setTimeout(() => {
    label.textContent = text;
    button.setAttribute("aria-busy", "true");
  }, PATIENCE);
  try {
    await action();
  } finally {
    clearTimeout(timer);
    label.textContent = before;
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}
