// A page of several views, of which one is seen; and the facts written into it.
import { extension, fileSize, instant } from "./formats.js";

const known = {};

/** Shows the view `name`; its heading gets the focus when the viewer acted (`focus`). */
export function show(name, { focus = false } = {}) {
  for (const view of document.querySelectorAll("[data-view]")) view.hidden = view.dataset.view !== name;
  const heading = document.querySelector(`[data-view="${name}"] h1`);
  document.title = heading.textContent;
  if (focus) heading.focus();
}

export const has = (name) => document.querySelector(`[data-view="${name}"]`) !== null;

/**
 * Writes `facts` into [data-fill], [data-fill-time], [data-fill-href]; [data-if] is seen once its fact is known.
 * What goes into [data-fill-html] has been through the server's sanitiser.
 */
export function fill(facts) {
  Object.assign(known, facts);
  each("fill", facts, (element, value) => { element.textContent = value; });
  each("fillTime", facts, (element, value) => {
    element.dateTime = value;
    element.textContent = instant(new Date(value));
  });
  each("fillHtml", facts, (element, value) => { element.innerHTML = value; });
  each("fillHref", facts, (element, value) => { element.href = value; });
  for (const element of document.querySelectorAll("[data-if]")) element.hidden = !known[element.dataset.if];
}

/** What a file card shows, from what delivery says. */
export function aboutFile({ fileName, fileSizeBytes, attemptsAllowed, attemptsUsed, attemptsLeft }) {
  const left = attemptsLeft ?? attemptsAllowed - attemptsUsed;
  return {
    extension: extension(fileName),
    fileSize: fileSize(fileSizeBytes),
    attempts: attemptsAllowed === undefined ? String(left) : `${left} of ${attemptsAllowed}`,
  };
}

/** The secret behind `#`, which no server sees unless it is handed over; empty where there is none. */
export function secret() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // cut off within an escape
  }
}

function each(name, facts, write) {
  const attribute = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  for (const element of document.querySelectorAll(`[data-${attribute}]`)) {
    const value = facts[element.dataset[name]];
    if (value !== undefined && value !== null && value !== "") write(element, value);
  }
}
