// Asks the session, and listens to its news.

import { Maps } from "./feature-maps.js";
import * as without from "./static.js";

/** @typedef {import("./protocol.js").Encoded} Encoded */
/** @typedef {import("./protocol.js").Mistake} Mistake */

/** An answer that says what was wrong with the ask. */
export class AskError extends Error {
  /** @param {Mistake} mistake */
  constructor(mistake) {
    super(mistake.what);
    this.mistake = mistake;
  }
}

/** The session that all asks mean: the shared one, or one of this page's own. */
const own = new URLSearchParams(location.search).get("session");
const query = own ? `?session=${encodeURIComponent(own)}` : "";

/** Whether a network that has learned is kept when another one is opened. Only a server has a place for it. */
export const keeps = !without.isStatic;

/** Asks that are right also while another network is being opened. */
const ALWAYS = new Set(["open", "hello", "network", "news"]);

/** Whether another network is being opened. What a panel asks then would be about a network that is gone. */
export const gate = { opening: false };

/** The asks that are not answered yet. @type {Set<Promise<unknown>>} */
const underway = new Set();

/** Waits until every ask is answered. */
export async function quiet() {
  await Promise.allSettled(underway);
}

/**
 * Asks, and waits for the answer.
 *
 * @template T
 * @param {string} word
 * @param {Record<string, unknown>} [more]
 * @returns {Promise<T>}
 */
export async function ask(word, more = {}) {
  if (gate.opening && !ALWAYS.has(word)) throw new DOMException("Another network is being opened.", "AbortError");
  const text = JSON.stringify({ ask: word, ...more });
  const answered = without.isStatic ? without.send(text) : send(text);
  underway.add(answered);
  const answer = await answered.finally(() => underway.delete(answered));
  if (!answer.error) return answer;
  throw new AskError(answer.error);
}

/**
 * The answer of the server.
 *
 * @param {string} body
 * @returns {Promise<any>}
 */
async function send(body) {
  const response = await fetch(`ask${query}`, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => {
    throw new AskError(mistake("toddle does not answer", "Start `toddle play` again, and open its new address."));
  });
  const answer = await response.json().catch(() => null);
  if (answer && (response.ok || answer.error)) return answer;
  throw new AskError(mistake(`toddle answered with status ${response.status}`, "Reload the page."));
}

/**
 * @param {string} what
 * @param {string} remedy
 * @returns {Mistake}
 */
function mistake(what, remedy) {
  return { what, expected: "", got: "", try: remedy, place: null };
}

/**
 * Calls with each news, and with null when the connection is lost.
 *
 * @param {(news: import("./protocol.js").News | null) => void} heard
 */
export function listen(heard) {
  if (without.isStatic) return without.listen(heard);
  const source = new EventSource(`events${query}`);
  source.addEventListener("news", (event) => heard(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  source.addEventListener("error", () => heard(null));
  addEventListener("pagehide", () => source.close());
}

/**
 * Asks only the newest question: while an answer is on its way, later questions replace each other.
 *
 * @template T
 * @param {(answer: T) => void} answered
 * @param {(error: unknown) => void} failed
 */
export function newest(answered, failed) {
  let busy = false;
  /** @type {(() => Promise<T>) | null} */
  let waiting = null;
  /** @param {() => Promise<T>} question */
  const run = async (question) => {
    busy = true;
    try {
      answered(await question());
    } catch (error) {
      failed(error);
    }
    busy = false;
    const next = waiting;
    waiting = null;
    if (next) run(next);
  };
  /** @param {() => Promise<T>} question */
  return (question) => {
    if (busy) waiting = question;
    else run(question);
  };
}

/**
 * Tells old calls of a kind from the newest one, whose answer is the only one to show.
 *
 * @returns {() => () => boolean} begins a call, and gives the question whether it is still the newest
 */
export function turns() {
  let count = 0;
  return () => {
    const turn = (count += 1);
    return () => turn === count;
  };
}

/**
 * The elements of an array.
 *
 * @param {Encoded} encoded
 * @returns {Float32Array | Float64Array | Uint8Array}
 */
export function decode({ f32, f64, u8 }) {
  const text = atob(f32 ?? f64 ?? u8 ?? "");
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  if (f32 !== undefined) return new Float32Array(bytes.buffer);
  return f64 !== undefined ? new Float64Array(bytes.buffer) : bytes;
}

/**
 * The elements of an array, with its shape.
 *
 * @param {Encoded} encoded
 */
export function maps(encoded) {
  return new Maps(encoded.shape, decode(encoded));
}

/**
 * Bytes on their way.
 *
 * @param {Uint8Array} bytes
 */
export function base64(bytes) {
  let text = "";
  for (let start = 0; start < bytes.length; start += 8192) text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  return btoa(text);
}

/**
 * A file on its way.
 *
 * @param {Blob} file
 */
export async function base64OfFile(file) {
  return base64(new Uint8Array(await file.arrayBuffer()));
}

/**
 * Numbers on their way.
 *
 * @param {number[]} numbers
 * @returns {Encoded}
 */
export function encode(numbers) {
  return { shape: [numbers.length], f64: base64(new Uint8Array(Float64Array.from(numbers).buffer)) };
}
