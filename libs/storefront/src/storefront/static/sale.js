// A sales page that changes by itself at the instant, by the server's clock, without a reload.
import { ServerClock } from "./clock.js";
import { run } from "./countdown.js";
import { ask, LONGEST_ANSWER, pause } from "./http.js";

const POLL_EVERY = 30_000;
const LONGEST_SLEEP = 60_000; // timers drift and overflow: a long wait is taken in parts
const RETRY_FROM = 250;
const RETRY_TO = 5_000;
const FAR_OFF = 2_000; // from what the server says, which takes its way

const clock = new ServerClock();
const page = () => document.querySelector("main[data-state]");
const status = () => ask(page().dataset.statusUrl);
let alarm;
let events;
let heard = {}; // what the server said last, unless the page that is shown is newer
let heardAt = 0;
let refreshing = false;
let syncing = false;

/** Wakes at the page's next change. */
function arm() {
  clearTimeout(alarm);
  const { nextChange } = page().dataset;
  if (!nextChange) return;
  const left = Date.parse(nextChange) - clock.now();
  alarm = left > 0 ? setTimeout(arm, Math.min(left, LONGEST_SLEEP)) : setTimeout(refresh);
}

/** Fetches this page anew and shows it, asking again while there is a reason to. */
async function refresh() {
  if (refreshing) return;
  refreshing = true;
  for (let wait = RETRY_FROM; isOutdated(); wait = Math.min(wait * 2, RETRY_TO)) {
    const known = heard;
    const fresh = await fetchPage();
    if (fresh && isNews(fresh.querySelector("main[data-state]"))) {
      swap(fresh);
      if (heard === known) heard = {};
    }
    if (isOutdated()) await pause(wait);
  }
  refreshing = false;
  start();
}

/** Whether the server last said something else than is shown, or the next change is due. What has expired stays. */
function isOutdated() {
  const { state, expiresAt, nextChange } = page().dataset;
  if (!nextChange) return false;
  const isMoved = Math.abs(Date.parse(heard.expiresAt) - Date.parse(expiresAt)) > FAR_OFF;
  return (heard.state ?? state) !== state || isMoved || Date.parse(nextChange) <= clock.now();
}

async function fetchPage() {
  const signal = AbortSignal.timeout(LONGEST_ANSWER);
  try {
    const response = await fetch(location.href, { signal, cache: "no-store", redirect: "manual", headers: { Accept: "text/html" } });
    if (response.type === "opaqueredirect" || response.status === 404) return leave();
    return new DOMParser().parseFromString(await response.text(), "text/html"); // 410 is a page as well
  } catch {
    return null;
  }
}

/** What was a page leads elsewhere now, or is gone: nothing here goes on. */
function leave() {
  location.reload();
  return new Promise(() => {});
}

function isNews(fresh) {
  const shown = page().dataset;
  return fresh && ["state", "nextChange", "expiresAt"].some((fact) => fresh.dataset[fact] !== shown[fact]);
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

/** What the server tells: another state or end is fetched, the number left is written in. */
function hear({ state, expiresAt, remaining, serverNow }) {
  const at = Date.parse(serverNow);
  if (at < heardAt) return; // an answer overtaken by an event
  heardAt = at || heardAt;
  heard = { state, expiresAt };
  if (isOutdated()) refresh();
  if (remaining === undefined) return;
  for (const left of page().querySelectorAll("[data-left]")) {
    left.hidden = remaining === null;
    left.querySelector("[data-remaining]").textContent = remaining ?? "";
  }
}

/** Hears, and knows by it a clock that stood still while the machine slept. */
function follow(told) {
  if (Math.abs(Date.parse(told.serverNow) - clock.now()) > FAR_OFF) resume();
  hear(told);
}

/** `take`s what the status says; of a page that it does not know, the page itself is asked. */
async function learn(answer, take) {
  if (answer.ok) take(answer.data);
  else if (answer.status === 404) await fetchPage();
}

function listen() {
  const { eventsUrl } = page().dataset;
  if (!eventsUrl) return hush();
  if (events && events.readyState !== EventSource.CLOSED) return;
  events = new EventSource(eventsUrl);
  for (const kind of ["message", "state"]) events.addEventListener(kind, ({ data }) => follow(JSON.parse(data)));
}

function hush() {
  events?.close();
  events = undefined;
}

/** For where no stream gets through: asks, and tries the stream again. */
async function poll() {
  if (document.hidden || !page().dataset.eventsUrl || events?.readyState === EventSource.OPEN) return;
  await learn(await status(), follow);
  listen();
}

function start() {
  document.querySelectorAll("[data-countdown]").forEach((countdown) => run(countdown, clock));
  arm();
  listen();
}

/** After a sleep or a return to the tab, nothing that was measured before is trusted. */
async function resume() {
  if (syncing || document.hidden || !page().dataset.nextChange) return;
  syncing = true;
  const answer = await clock.sync(status);
  syncing = false;
  await learn(answer, hear);
  start();
}

document.addEventListener("visibilitychange", resume);
addEventListener("pagehide", hush);
addEventListener("pageshow", ({ persisted }) => persisted && resume());
setInterval(poll, POLL_EVERY);
start();
resume();
