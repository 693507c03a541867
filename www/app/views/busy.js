// @ts-check
/** Milliseconds after which a person wonders whether anything happens. */
const PATIENCE = 300;
/** Buttons that were pressed and are not done. @type {WeakSet<HTMLButtonElement>} */
const pressed = new WeakSet();

/**
 * Does what a button is for, which may take a while: it says so, and pressing it again does nothing meanwhile. It keeps
 * the focus, so that a dialog gives it back.
 * @param {HTMLButtonElement} button
 * @param {string} text
 * @param {() => Promise<void>} action
 */
export async function busy(button, text, action) {
  if (pressed.has(button)) return;
  pressed.add(button);
  const label = button.querySelector("span") ?? button;
  const before = label.textContent;
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
    pressed.delete(button);
  }
}
