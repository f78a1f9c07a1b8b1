// Cloudflare Worker before the origin. It answers from KV what anybody may know of a page, and refuses what is over;
// it grants nothing, and what KV has not heard of goes to the origin. KV may be stale for a minute: every entry bears
// the instants at which it turns false, and the clock here is compared with them.
import { goodBye, notFound, problem } from "./answers.js";

const PAGE = /^\/p\/([0-9A-Za-z]{10,32})$/;
const DOCUMENT = /^\/api\/pages\/v1\/public\/pages\/([0-9A-Za-z]{10,32})$/;
const DOWNLOAD = /^\/api\/delivery\/v1\/downloads(\/status)?$/;
const LONGEST_BODY = 4096;

export default {
  async fetch(request, env) {
    return (await answered(request, env)) ?? toOrigin(request, env);
  },
};

async function answered(request, env) {
  const url = new URL(request.url);
  try {
    if (request.method === "GET" || request.method === "HEAD") {
      return (await page(url, env)) ?? (await document(url, request, env));
    }
    if (request.method === "POST" && DOWNLOAD.test(url.pathname)) return await download(request, env);
  } catch {
    return null; // KV, or an entry that cannot be read: the origin knows
  }
  return null;
}

// For whom it asks, Cloudflare knows; what visitors say of it themselves is not handed on.
function toOrigin(request, env) {
  const url = new URL(request.url);
  const headers = new Headers(request.headers);
  headers.set("X-Forwarded-Host", url.host);
  headers.delete("X-Forwarded-For");
  const visitor = request.headers.get("CF-Connecting-IP");
  if (visitor) headers.set("X-Forwarded-For", visitor);
  return fetch(new Request(env.ORIGIN + url.pathname + url.search, new Request(request, { headers, redirect: "manual" })));
}

// The page itself is the origin's, which renders it; that it is over can be said here.
async function page(url, env) {
  const found = await entry(env, "page:", PAGE.exec(url.pathname)?.[1]);
  if (!found) return null;
  if (found.withdrawn) return notFound();
  return found.farewell && isOver(found) ? goodBye(found.farewell.title, found.farewell.message) : null;
}

// What a program is told: not of a capped page, whose stock only the origin knows, and not to who brings a pass.
async function document(url, request, env) {
  if (url.search || request.headers.has("If-None-Match")) return null;
  const found = await entry(env, "page:", DOCUMENT.exec(url.pathname)?.[1]);
  if (!found) return null;
  if (found.withdrawn) return problem({ type: "page-unknown", title: "There is no such page", status: 404 });
  const now = Date.now();
  if (found.capped || (found.until && now >= Date.parse(found.until))) return null;
  const told = { serverNow: new Date(now).toISOString(), state: state(found, now), remaining: null, ...found.document };
  return Response.json(told, { headers: { "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff" } });
}

function state(found, now) {
  if (now >= Date.parse(found.expiresAt)) return "expired";
  return now < Date.parse(found.launchAt) ? "pre_launch" : "live";
}

// Only a refusal is given here; that a link opens, and how often, the origin decides at every click.
async function download(request, env) {
  const body = await request.clone().text();
  if (body.length > LONGEST_BODY) return null;
  const { token } = JSON.parse(body);
  if (typeof token !== "string") return null;
  const found = await entry(env, "token:", await sha256(token));
  if (!found) return null;
  if (found.refusal) return problem(found.refusal);
  return isOver(found) ? problem(found.afterwards) : null;
}

function isOver(found) {
  return Date.now() >= Date.parse(found.expiresAt);
}

async function entry(env, prefix, name) {
  return name ? env.EDGE.get(prefix + name, { type: "json", cacheTtl: 60 }) : null;
}

async function sha256(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
