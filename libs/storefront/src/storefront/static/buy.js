// The form works alone; this keeps a second press from opening a second checkout.

const LONGEST_WAY = 30_000; // ms to the checkout; nothing tells that its reader stopped the way there
const pressed = (form) => form.querySelector("button");

document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-buy]");
  if (!form) return;
  const button = pressed(form);
  if (button.getAttribute("aria-disabled") === "true") return event.preventDefault();
  button.setAttribute("aria-disabled", "true");
  button.dataset.label = button.textContent;
  button.textContent = "Opening the checkout…";
  setTimeout(revive, LONGEST_WAY);
});

// Coming back from the checkout finds the page as it was left.
addEventListener("pageshow", revive);

function revive() {
  for (const button of document.querySelectorAll("[data-buy] button[aria-disabled]")) {
    button.removeAttribute("aria-disabled");
    button.textContent = button.dataset.label;
  }
}
