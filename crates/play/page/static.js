// The session of a page without a server. It runs in a worker of the browser and speaks as the server does.

/** Whether the page has no server: then the index says so. */
export const isStatic = document.querySelector('meta[name="toddle"][content="static"]') !== null;

/** Who waits for an answer. @type {Map<number, (answer: any) => void>} */
const waiting = new Map();

/** Who hears the news. @type {(news: import("./protocol.js").News) => void} */
let tell = () => {};

/** Why the session has ended, if it has. @type {import("./protocol.js").Mistake | null} */
let ended = null;

const worker = isStatic ? begin() : null;

function begin() {
  const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    if (data.news) tell(JSON.parse(data.news));
    if (data.answer) answer(data.id, JSON.parse(data.answer));
    if (data.ended) end(data.ended);
  });
  worker.addEventListener("error", (event) => end(event.message || "the worker does not start"));
  return worker;
}

/**
 * @param {number} id
 * @param {unknown} content
 */
function answer(id, content) {
  waiting.get(id)?.(content);
  waiting.delete(id);
}

/**
 * Answers every ask from now on with an error. Without an ask, the error is shown at once.
 *
 * @param {string} got
 */
function end(got) {
  if (ended) return;
  ended = { what: `toddle has stopped in this browser: ${got}`, expected: "", got, try: "Reload the page, or open it in another browser.", place: null };
  if (waiting.size === 0) Promise.reject(new Error(`${ended.what}. ${ended.try}`));
  for (const id of [...waiting.keys()]) answer(id, { error: ended });
}

let asked = 0;

/**
 * The answer to an ask.
 *
 * @param {string} ask
 * @returns {Promise<any>}
 */
export async function send(ask) {
  if (ended) return { error: ended };
  asked += 1;
  worker?.postMessage({ id: asked, ask });
  return new Promise((answered) => waiting.set(asked, answered));
}

/**
 * Calls with each news.
 *
 * @param {(news: import("./protocol.js").News) => void} heard
 */
export function listen(heard) {
  tell = heard;
}
