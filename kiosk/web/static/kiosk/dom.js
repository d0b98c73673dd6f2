// Makes elements. Every text of a person or of the server goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** h("button.key", {onclick, "aria-label": name, hidden: false}, ...children): an element; null and false are left out. */
export function h(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) element.className = classes.join(" ");
  if (tag === "button") element.type = "button";
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false)
      element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** The drawing *name* of the page's own sprite. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** A large button; *key* is the key of a keypad that presses it. */
export function button(spec, key, text, onclick, more = {}) {
  const keys = key ? { "data-key": key, "aria-keyshortcuts": key } : {};
  return h(`button.${spec}`, { onclick, ...keys, ...more }, text, key && h("kbd", { "aria-hidden": "true" }, key));
}

/** Do *work* once what stands on the screen now has been painted. */
export function afterPaint(work) {
  // A page that nobody sees is not painted.
  if (document.hidden) work();
  else requestAnimationFrame(() => setTimeout(work));
}
