// Asking the gateways: JSON in, JSON or a problem document (RFC 9457) out, never an exception.

/** ms; no gateway works on an answer for longer. */
export const LONGEST_ANSWER = 30_000;
const REFUSALS = ["expired", "exhausted", "revoked", "refunded", "suspended", "elsewhere", "taken", "unknown"];

/** @returns {Promise<{ok: boolean, status: number, data: object, slug: string, retryAfter: number}>} status 0: not reached. */
export async function ask(url, { method = "GET", body, headers = {} } = {}) {
  const signal = AbortSignal.timeout(LONGEST_ANSWER);
  const options = { method, signal, cache: "no-store", headers: { Accept: "application/json", ...headers } };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers["Content-Type"] = "application/json";
  }
  try {
    const response = await fetch(url, options);
    const data = parsed(await response.text());
    return {
      ok: response.ok,
      status: response.status,
      data,
      slug: response.ok ? "" : slugOf(data, response.status),
      retryAfter: Number(response.headers.get("Retry-After")) || 0,
    };
  } catch {
    return { ok: false, status: 0, data: {}, slug: "", retryAfter: 0 };
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

export const post = (url, body, headers) => ask(url, { method: "POST", body, headers });

/** Whether asking again may go better: not reached, not heard yet, too many at once. */
export const isPassing = ({ status }) => [0, 425, 429, 500, 502, 503, 504].includes(status);

export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** A fresh Idempotency-Key (`randomUUID` exists in secure contexts alone). */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The last word of the problem's type where a view knows it: `expired` of `download-expired`. Any other 404 is `unknown`. */
function slugOf({ type = "" }, status) {
  const word = String(type).match(/[a-z]+$/)?.[0];
  if (REFUSALS.includes(word)) return word;
  return status === 404 ? "unknown" : "";
}
