// The thanks page: waits until the order is paid, then shows the file at once.
import { ServerClock } from "./clock.js";
import { run } from "./countdown.js";
import { bind, open } from "./grant.js";
import { ask, isPassing, pause } from "./http.js";
import { fill, secret, show } from "./views.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
const SLOW_AFTER = 30_000;
const GRANT_PATIENCE = 30_000;
const VIEWS = {
  completed: "paid", partially_refunded: "paid", disputed: "paid",
  failed: "failed", expired: "failed", refunded: "refunded", charged_back: "refunded",
};

const { statusUrl } = document.querySelector("main").dataset;
const clock = new ServerClock();
let token = "";

async function follow() {
  if (!secret()) return show("unknown");
  const { ok, data } = await told(({ status }) => status !== "processing");
  if (!ok) return show("unknown");
  if (data.accent) tint(data.accent);
  fill({ ...data, linkKept: !data.linkMailed });
  startSaleClock(data.saleEndsAt);
  const view = VIEWS[data.status] ?? "unknown";
  show(view);
  if (view === "paid" && data.downloadUrl) await lookForFile(data);
}

/** In the creator's colour from here on. */
function tint(accent) {
  const stylesheet = document.createElement("link");
  stylesheet.rel = "stylesheet";
  stylesheet.href = new URL(`accent-${accent.slice(1).toLowerCase()}.css`, import.meta.url);
  document.head.append(stylesheet);
}

/** The order as it stands once `enough` says so or `patience` ms are over, or the refusal to tell it. */
async function told(enough, { patience = Infinity } = {}) {
  const began = Date.now();
  for (let wait = FIRST_WAIT; ; wait = Math.min(wait * 1.4, LONGEST_WAIT)) {
    const answer = await clock.during(() => ask(statusUrl, { headers: { Authorization: `Bearer ${secret()}` } }));
    if (answer.ok ? enough(answer.data) : !isPassing(answer)) return answer;
    if (Date.now() - began > patience) return answer;
    document.querySelector("[data-slow]").hidden = Date.now() - began < SLOW_AFTER;
    await pause(Math.max(wait, answer.retryAfter * 1000));
  }
}

/** The grant is on its way for some milliseconds more; until it is there, or if it is refused, the link stands there. */
async function lookForFile({ downloadUrl, downloadReady }) {
  token = decodeURIComponent(new URL(downloadUrl, location.href).hash.slice(1));
  if (!downloadReady) await told((order) => order.downloadReady, { patience: GRANT_PATIENCE });
  await open(token, { patience: GRANT_PATIENCE });
}

function startSaleClock(saleEndsAt) {
  if (!saleEndsAt || Date.parse(saleEndsAt) <= clock.now()) return;
  const holder = document.querySelector("[data-sale-clock]");
  const countdown = holder.querySelector("[data-countdown]");
  countdown.dataset.countdown = saleEndsAt;
  holder.hidden = false;
  run(countdown, clock);
}

bind(() => token, () => show("paid", { focus: true }));
follow();
