// @ts-check

/**
 * The core's own words, translated; for English there is nothing to translate. A translation puts here, for each text of
 * the core, that text in its language; of a sentence with places the template, with the same places wherever they belong:
 *
 *   "there is no hyper-parameter {0:?} for this method": "diese Methode hat keinen Hyperparameter {0:?}",
 *
 * Places without a name are counted from 0: the second {} is also {1}. `node www/build/core-sentences.mjs` prints all
 * there is to translate.
 * @type {Readonly<Record<string, string>>}
 */
export const CORE = Object.freeze({});
