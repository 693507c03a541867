// @ts-check
/** @import { AppStore } from "../state.js" */
import { find, setText } from "../dom.js";
import { currentValues } from "../state.js";
import { ROLLOUTS } from "../strings/judges.js";

/** How full the replay buffer is, where the method keeps one. @param {AppStore} store */
export function replay(store) {
  const line = find("replay", HTMLElement);
  const level = find("replay-level", HTMLMeterElement);
  const text = find("replay-text", HTMLElement);
  const show = () => {
    const state = store.state();
    const groups = state.latest?.["replay/groups"] ?? NaN;
    const most = currentValues(state).replay ?? 0;
    line.hidden = !(most > 0 && groups > 0);
    if (line.hidden) return;
    level.max = Math.max(most, groups);
    level.value = groups;
    setText(text, ROLLOUTS.replay(groups, level.max));
  };
  store.watch((state) => state.latest, show);
  store.watch((state) => state.settings, show);
}
