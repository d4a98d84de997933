// The worker of a page without a server: it holds the session, answers the asks of the page, and trains between them. It tells the news
// as the server's events do.

import { open } from "./open.js";

/** @typedef {{ handle(ask: string): string, news(): string, is_running(): boolean, train_slice(steps: number): boolean }} Session */

/** The digits to train on and to test with, each as images and labels. */
const DIGITS = ["train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"];

/** The milliseconds of a slice of a training, after which asks are answered; and those between two news. */
const [SLICE, NEWS] = [15, 100];

/** @type {Promise<Session>} */
const opened = begin();
const turns = new MessageChannel();
let steps = 1;
let training = false;
let told = { at: 0, news: "" };

async function begin() {
  const digits = await Promise.all(DIGITS.map(bytes));
  return open(async (name) => {
    const { default: start, Session } = await import(`./${name}.js`);
    await start({ module_or_path: await bytes(`${name}_bg.wasm.gz`) });
    return new Session(...digits);
  });
}

/**
 * The bytes of a file that is compressed. Some servers say so to the browser, which then has inflated them already.
 *
 * @param {string} name
 */
async function bytes(name) {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`the file ${name} is not there`);
  const content = new Uint8Array(await response.arrayBuffer());
  if (content[0] !== 0x1f || content[1] !== 0x8b) return content;
  const inflated = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(inflated).arrayBuffer());
}

/**
 * Tells the news if there are some.
 *
 * @param {Session} session
 */
function tell(session) {
  const news = session.news();
  if (news !== told.news) postMessage({ news });
  told = { at: performance.now(), news };
}

addEventListener("message", async ({ data: { id, ask } }) => {
  try {
    const session = await opened;
    postMessage({ id, answer: session.handle(ask) });
    // The ask may have opened a network whose steps are longer.
    steps = 1;
    if (!training || performance.now() - told.at >= NEWS) tell(session);
    if (!training && session.is_running()) {
      training = true;
      turns.port2.postMessage(null);
    }
  } catch (error) {
    stop(error);
  }
});

// A message to itself lets the messages of the page come first.
turns.port1.onmessage = async () => {
  try {
    const session = await opened;
    const begun = performance.now();
    training = session.train_slice(steps);
    const took = performance.now() - begun;
    if (took < SLICE / 2) steps = Math.min(steps * 2, 1 << 16);
    if (took > SLICE * 2) steps = Math.max(steps >> 1, 1);
    if (!training || performance.now() - told.at >= NEWS) tell(session);
    if (training) turns.port2.postMessage(null);
  } catch (error) {
    stop(error);
  }
};

/**
 * Says that the session has ended by a mistake.
 *
 * @param {unknown} error
 */
function stop(error) {
  postMessage({ ended: error instanceof Error ? error.message : String(error) });
}
