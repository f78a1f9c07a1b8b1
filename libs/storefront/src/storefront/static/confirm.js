// Asks first, acts on the press: a mail scanner that opens the link changes nothing.
import { post } from "./http.js";
import { fill, has, secret, show } from "./views.js";

const { actionUrl } = document.querySelector("main").dataset;

async function act(button, given = {}) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const answer = await post(actionUrl, { token: secret(), ...given });
  button.removeAttribute("aria-disabled");
  if (answer.status === 422 && complain(answer.data.errors ?? [])) return;
  fill(answer.data);
  const refusal = answer.slug && has(answer.slug) ? answer.slug : "trouble";
  show(answer.ok ? "done" : refusal, { focus: true });
}

/** Says beside the fields what is wrong with them; whether any was among `errors`. */
function complain(errors) {
  const found = errors.map(({ pointer = "", detail }) => [document.querySelector(`[name="${pointer.replace("#/", "")}"]`), detail]);
  const wrong = found.filter(([input]) => input);
  for (const [input, detail] of wrong) {
    const error = document.getElementById(`${input.id}-error`);
    input.setAttribute("aria-invalid", "true");
    error.textContent = detail;
    error.hidden = false;
    input.focus();
  }
  return wrong.length > 0;
}

const form = document.querySelector("form[data-act]");
for (const button of document.querySelectorAll("button[data-act]")) {
  button.addEventListener("click", () => (form ? show("ask", { focus: true }) : act(button))); // a form is sent by its own
}
form?.addEventListener("submit", (event) => {
  event.preventDefault();
  act(event.submitter, Object.fromEntries(new FormData(event.target)));
});
if (!secret()) show("unknown");
