// Registers without leaving the page; the form works alone as well.
import { newKey, post } from "./http.js";

const CUSTOM = "customFields.";
let key = newKey();

document.addEventListener("input", ({ target }) => {
  if (!target.closest("[data-registration]")) return;
  key = newKey(); // other contents are another request
  mark(target, "");
});

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("[data-registration]");
  if (!form) return;
  event.preventDefault();
  const button = form.querySelector("button");
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const answer = await post(form.action, contents(form), { "Idempotency-Key": key });
  button.removeAttribute("aria-disabled");
  if (answer.ok) thank(form);
  else complain(form, answer);
});

/** The body: empty answers are left out, numbers and ticks are what they are. */
function contents(form) {
  const body = { customFields: {} };
  for (const input of form.querySelectorAll("[name]")) {
    const value = valueOf(input);
    if (value === "") continue;
    if (input.name.startsWith(CUSTOM)) body.customFields[input.name.slice(CUSTOM.length)] = value;
    else body[input.name] = value;
  }
  return body;
}

function valueOf(input) {
  if (input.dataset.type === "boolean") return input.checked;
  const text = input.value.trim();
  return input.dataset.type === "number" && text ? Number(text) : text;
}

function thank(form) {
  const done = form.parentElement.querySelector("[data-registered]").content.cloneNode(true);
  const heading = done.querySelector("[tabindex]");
  form.replaceWith(done);
  heading.focus();
}

function complain(form, { status, data }) {
  const said = (data.errors ?? []).filter(({ pointer, detail }) => {
    const input = form.elements.namedItem(nameOf(pointer));
    if (input) mark(input, detail);
    return input;
  });
  const problem = form.querySelector("[data-form-problem]");
  problem.hidden = said.length > 0;
  problem.textContent = status === 0 ? "We could not reach the server. Please try again." : data.detail || data.title || "That did not work. Please try again.";
  (form.querySelector('[aria-invalid="true"]') ?? form.querySelector("button")).focus();
}

/** `#/customFields/size` → `customFields.size`. */
const nameOf = (pointer = "") =>
  pointer.replace(/^#/, "").split("/").filter((part, index) => part && !(index === 1 && part === "body")).join(".");

function mark(input, detail) {
  const error = document.getElementById(`${input.id}-error`);
  input.toggleAttribute("aria-invalid", Boolean(detail));
  if (detail) input.setAttribute("aria-invalid", "true");
  error.textContent = detail;
  error.hidden = !detail;
}
