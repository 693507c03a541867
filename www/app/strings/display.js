// @ts-check
/** What the Display menu says. */
export const DISPLAY = Object.freeze({
  button: "Display",
  theme: "Theme",
  themes: Object.freeze({ system: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" }),
  projector: "Projector mode",
  projectorHelp: "Larger type, thicker lines, fewer of them: for the last row of a class.",
  calm: "Calm motion",
  calmHelp: "Nothing moves, and charts change at most three times a second.",
  enter: "Full screen",
  leave: "Leave full screen",
  refused: "This browser does not allow full screen here. Its own key for it is F11.",
});
