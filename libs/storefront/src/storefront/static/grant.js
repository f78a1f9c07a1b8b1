// What a download token opens: the file's facts, and the download itself.
import { isPassing, pause, post } from "./http.js";
import { aboutFile, fill, show } from "./views.js";

const COUNTED_AFTER = 1_500; // ms until the attempt just made is asked for
const { dataset } = document.querySelector("main");
const BOUND_TO = { address: "the address", network: "the network" };
const statusUrl = dataset.downloadStatusUrl ?? dataset.statusUrl;

/** Asks for the grant of `token`, for `patience` ms while no answer gets through, and shows what it opens. */
export async function open(token, { patience = 0 } = {}) {
  const deadline = Date.now() + patience;
  let answer = await post(statusUrl, { token });
  for (let wait = 200; isPassing(answer) && Date.now() < deadline; wait = Math.min(wait * 1.5, 3_000)) {
    await pause(Math.max(wait, answer.retryAfter * 1000));
    answer = await post(statusUrl, { token });
  }
  if (answer.ok) {
    fill({ ...answer.data, ...aboutFile(answer.data), boundTo: BOUND_TO[answer.data.addressBinding] });
    show("ready");
  }
  return answer;
}

/** Makes the download button work for what `token()` says; a refusal goes to `refused`. */
export function bind(token, refused) {
  const button = document.querySelector("[data-download]");
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    await download(token(), refused);
    button.removeAttribute("aria-disabled");
  });
}

/** The view that explains why `answer` is no. */
export const refusal = ({ slug }) => slug || "trouble";

async function download(token, refused) {
  const answer = await post(dataset.downloadsUrl, { token });
  if (!answer.ok) return isPassing(answer) ? note("That did not work just now. Please press again in a minute.") : refused(answer);
  location.assign(answer.data.url);
  note("Your download has begun. Your browser shows the progress, and can resume if the line breaks.");
  await pause(COUNTED_AFTER);
  const after = await post(statusUrl, { token });
  if (after.ok) fill(aboutFile(after.data));
}

function note(text) {
  document.querySelector("[data-download-note]").textContent = text;
}
