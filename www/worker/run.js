// @ts-check
/** @import { LanguageSession } from "../pkg/playground.js" */
/** @import { WorkerEvent } from "../app/messages.js" */
/** @import { PolicyFiles } from "./policy-library.js" */

/**
 * A run of a language policy that is open. The page knows it by its `number`; the policy's answers have at most `maxTokens`.
 * @typedef {{ number: number, session: LanguageSession, files: PolicyFiles, maxTokens: number }} Run
 */
/** Tells the page something. @typedef {(event: WorkerEvent, transfer?: Transferable[]) => void} Post */

export {};
