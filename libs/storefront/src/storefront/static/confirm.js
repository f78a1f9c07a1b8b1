// Asks first, acts on the press: a mail scanner that opens the link changes nothing.
import { post } from "./http.js";
import { fill, has, secret, show } from "./views.js";

const { actionUrl } = document.querySelector("main").dataset;

async function act({ currentTarget: button }) {
  if (button.getAttribute("aria-disabled") === "true") return;
  button.setAttribute("aria-disabled", "true");
  const answer = await post(actionUrl, { token: secret() });
  button.removeAttribute("aria-disabled");
  fill(answer.data);
  const refusal = answer.slug && has(answer.slug) ? answer.slug : "trouble";
  show(answer.ok ? "done" : refusal, { focus: true });
}

for (const button of document.querySelectorAll("[data-act]")) button.addEventListener("click", act);
if (!secret()) show("unknown");
