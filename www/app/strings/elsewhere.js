// @ts-check

/**
 * What the page shows and has from elsewhere, translated: the core's own words, and what policies and scenarios are called
 * and say of themselves in `www/assets/`. For English there is nothing to translate. A translation puts here, for each
 * such text, that text in its language; of a sentence with places the template, with the same places wherever they belong:
 *
 *   "there is no hyper-parameter {0:?} for this method": "diese Methode hat keinen Hyperparameter {0:?}",
 *
 * Places without a name are counted from 0: the second {} is also {1}. `node www/build/texts-elsewhere.mjs` prints all
 * there is to translate.
 * @type {Readonly<Record<string, string>>}
 */
export const ELSEWHERE = Object.freeze({});
