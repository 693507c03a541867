// @ts-check
/** Runs before anything is painted, so that no page flashes in another theme. */
import { apply } from "./appearance.js";

apply();
