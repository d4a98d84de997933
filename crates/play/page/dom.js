// Small helpers to make elements. There is no template language and no framework.

/** @typedef {Node | string | number | null | undefined | false} Child */
/** @typedef {Record<string, unknown>} Props */

/**
 * Makes an element.
 *
 * A property that begins with `on` is a listener. `class` and names with a hyphen are attributes, and so is `role`. Everything
 * else is set as a property. A property that is `undefined` is left out.
 *
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props} [props]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined) continue;
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === "class" || name === "role" || name === "for" || name.includes("-")) {
      element.setAttribute(name, String(value));
    } else {
      Reflect.set(element, name, value);
    }
  }
  element.append(...nodes(children));
  return element;
}

/**
 * Makes an element of SVG. Every property is an attribute.
 *
 * @param {string} tag
 * @param {Record<string, string | number>} [attributes]
 * @param {...Child} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...nodes(children));
  return element;
}

/**
 * The children that are there, as nodes.
 *
 * @param {(Child | Child[])[]} children
 * @returns {Node[]}
 */
function nodes(children) {
  /** @type {Node[]} */
  const found = [];
  for (const child of children.flat()) {
    if (child === null || child === undefined || child === false) continue;
    found.push(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return found;
}

/**
 * Replaces everything in an element.
 *
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...nodes(children));
}

/**
 * A text in which words between backticks are code.
 *
 * @param {string} text
 */
export function prose(text) {
  return text.split("`").map((part, i) => (i % 2 ? h("code", {}, part) : part));
}

/**
 * A labelled field: the label, the control, and a hint below them.
 *
 * @param {string} label
 * @param {HTMLElement} control
 * @param {string} [hint]
 */
export function field(label, control, hint) {
  control.id ||= unique();
  control.dataset.key ??= label;
  const described = hint ? h("small", { class: "hint", id: unique() }, hint) : null;
  if (described) control.setAttribute("aria-describedby", described.id);
  return h("div", { class: "field" }, h("label", { for: control.id }, label), control, described);
}

/**
 * A list of choices.
 *
 * @param {[value: string, text: string][]} choices
 * @param {string} chosen
 * @param {(value: string) => void} changed
 */
export function select(choices, chosen, changed) {
  const element = h("select", {}, choices.map(([value, text]) => h("option", { value, selected: value === chosen }, text)));
  element.addEventListener("change", () => changed(element.value));
  return element;
}

let count = 0;

/** A name for an element that no other element has. */
function unique() {
  count += 1;
  return `e${count}`;
}

/**
 * Builds a part of the page again. The control that had the focus has it afterwards: the new one with the same `data-key`.
 *
 * @param {HTMLElement} part
 * @param {() => void} build
 */
export function keepFocus(part, build) {
  const focused = document.activeElement;
  const key = focused instanceof HTMLElement && part.contains(focused) ? focused.dataset.key : undefined;
  build();
  if (key && document.activeElement !== focused) /** @type {HTMLElement | null} */ (part.querySelector(`[data-key="${CSS.escape(key)}"]`))?.focus({ preventScroll: true });
}

/** Whether the person asked for less movement. */
export function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Collects calls, and makes one call with the newest arguments at the next picture of the screen.
 *
 * @template {unknown[]} A
 * @param {(...args: A) => void} call
 * @returns {(...args: A) => void}
 */
export function atNextFrame(call) {
  /** @type {A | null} */
  let waiting = null;
  return (...args) => {
    if (waiting === null) {
      requestAnimationFrame(() => {
        const newest = /** @type {A} */ (waiting);
        waiting = null;
        call(...newest);
      });
    }
    waiting = args;
  };
}
