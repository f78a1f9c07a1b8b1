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
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>${escaped(title)}</title></head>
<body><main><h1>${escaped(title)}</h1><p>This page has closed.</p><p>${escaped(message)}</p></main></body></html>
`;
  return new Response(html, { status: 410, headers: { ...SAFE, "Content-Type": "text/html; charset=utf-8" } });
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
