// A sales page that changes by itself at the instant, by the server's clock, without a reload.
import { ServerClock } from "./clock.js";
import { run } from "./countdown.js";
import { ask } from "./http.js";

const POLL_EVERY = 30_000;
const LONGEST_SLEEP = 60_000; // timers drift and overflow: a long wait is taken in parts
const RETRY_FROM = 250;
const RETRY_TO = 5_000;

const clock = new ServerClock();
const page = () => document.querySelector("main[data-state]");
const status = () => ask(page().dataset.statusUrl);
let alarm;
let events;
let heardAt = 0;
let refreshing = false;

/** Wakes at the page's next change. */
function arm() {
  clearTimeout(alarm);
  const { nextChange } = page().dataset;
  if (!nextChange) return;
  const left = Date.parse(nextChange) - clock.now();
  alarm = left > 0 ? setTimeout(arm, Math.min(left, LONGEST_SLEEP)) : setTimeout(refresh);
}

/** Fetches this page anew and shows it, asking again while it is still the same. */
async function refresh() {
  if (refreshing) return;
  refreshing = true;
  for (let wait = RETRY_FROM; ; wait = Math.min(wait * 2, RETRY_TO)) {
    const fresh = await fetchPage();
    if (fresh && isNews(fresh.querySelector("main[data-state]"))) {
      swap(fresh);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  refreshing = false;
  start();
}

async function fetchPage() {
  try {
    const response = await fetch(location.href, { cache: "no-store", redirect: "manual", headers: { Accept: "text/html" } });
    if (response.type === "opaqueredirect") location.reload(); // what was a page leads elsewhere now
    return new DOMParser().parseFromString(await response.text(), "text/html"); // 410 is a page as well
  } catch {
    return null;
  }
}

function isNews(fresh) {
  const shown = page().dataset;
  return fresh && (fresh.dataset.state !== shown.state || fresh.dataset.nextChange !== shown.nextChange);
}

function swap(fresh) {
  const main = document.adoptNode(fresh.querySelector("main[data-state]"));
  const hadFocus = page().contains(document.activeElement);
  page().replaceWith(main);
  document.title = fresh.title;
  if (hadFocus) main.focus();
  document.getElementById("announcer").textContent = main.querySelector(".state-title, .countdown-label")?.textContent ?? "";
  document.dispatchEvent(new Event("storefront:swapped"));
}

/** What the server tells: another state is fetched, the number left is written in. */
function hear({ state, remaining, serverNow }) {
  const at = Date.parse(serverNow);
  if (at < heardAt) return; // an answer overtaken by an event
  heardAt = at || heardAt;
  if (state && state !== page().dataset.state) refresh();
  if (remaining === undefined) return;
  for (const left of page().querySelectorAll("[data-left]")) {
    left.hidden = remaining === null;
    left.querySelector("[data-remaining]").textContent = remaining ?? "";
  }
}

function listen() {
  const { eventsUrl } = page().dataset;
  if (!eventsUrl) return hush();
  if (events && events.readyState !== EventSource.CLOSED) return;
  events = new EventSource(eventsUrl);
  for (const kind of ["message", "state"]) events.addEventListener(kind, ({ data }) => hear(JSON.parse(data)));
}

function hush() {
  events?.close();
  events = undefined;
}

/** For where no stream gets through: asks, and tries the stream again. */
async function poll() {
  if (document.hidden || !page().dataset.eventsUrl || events?.readyState === EventSource.OPEN) return;
  const answer = await status();
  if (answer.ok) hear(answer.data);
  listen();
}

function start() {
  document.querySelectorAll("[data-countdown]").forEach((countdown) => run(countdown, clock));
  arm();
  listen();
}

/** After a sleep or a return to the tab, nothing that was measured before is trusted. */
async function resume() {
  if (document.hidden || !page().dataset.nextChange) return;
  const answer = await clock.sync(status);
  if (answer.ok) hear(answer.data);
  start();
}

document.addEventListener("visibilitychange", resume);
addEventListener("pagehide", hush);
addEventListener("pageshow", ({ persisted }) => persisted && resume());
setInterval(poll, POLL_EVERY);
start();
resume();
