// Copies the page's address.

document.addEventListener("click", async ({ target }) => {
  if (!target.closest("[data-share]")) return;
  const address = document.querySelector("[data-share-address]");
  address.select();
  let copied = true;
  await navigator.clipboard?.writeText(address.value).catch(() => { copied = false; });
  document.querySelector("[data-share-note]").textContent = navigator.clipboard && copied ? "Copied" : "Selected: copy it by hand";
});
