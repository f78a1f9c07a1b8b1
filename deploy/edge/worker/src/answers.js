import { STYLE, STYLE_DIGEST } from "./style.js";

// What the edge says itself.
const SAFE = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
};

// A problem document (RFC 9457).
export function problem(told) {
  const headers = { ...SAFE, "Content-Type": "application/problem+json" };
  return new Response(JSON.stringify(told), { status: told.status, headers });
}

export function goodBye(title, message) {
  return page(410, title, ["This page has closed.", message]);
}

// As the origin says it of any address without a page.
export function notFound() {
  return page(404, "There is no page here", ["The address may have a typo, or the page was taken down."]);
}

function page(status, title, lines) {
  const said = lines.filter(Boolean).map((line) => `<p>${escaped(line)}</p>`).join("");
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escaped(title)}</h1>${said}</main></body></html>
`;
  const policy = `${SAFE["Content-Security-Policy"]}; style-src '${STYLE_DIGEST}'`;
  const headers = { ...SAFE, "Content-Security-Policy": policy, "Content-Type": "text/html; charset=utf-8" };
  return new Response(html, { status, headers });
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
