// The download page: the token behind # is handed over, and what it opens is shown. Looking uses nothing up.
import { bind, open, refusal } from "./grant.js";
import { fill, secret, show } from "./views.js";

async function look() {
  if (!secret()) return show("unknown");
  show("loading");
  const answer = await open(secret());
  if (!answer.ok) refuse(answer);
}

function refuse(answer) {
  fill({ detail: answer.data.detail });
  show(refusal(answer), { focus: true });
}

bind(secret, refuse);
document.querySelector("[data-again]").addEventListener("click", look);
addEventListener("hashchange", look);
look();
