// Puts every <time data-local> in the viewer's own zone, and those of a swapped page too.
import { instant } from "./formats.js";

function localise() {
  for (const time of document.querySelectorAll("time[data-local]")) {
    time.title = time.textContent;
    time.textContent = instant(new Date(time.dateTime));
    delete time.dataset.local;
  }
}

document.addEventListener("storefront:swapped", localise);
localise();
