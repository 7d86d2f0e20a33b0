// A button beside a reference that copies it as plain text. Without the script, or where browsers
// keep the clipboard closed (no HTTPS), there is no button, and one tap selects the reference.
"use strict";
for (const row of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard?.writeText) break;
  const button = row.querySelector("button");
  const status = row.querySelector("[role=status]");
  const text = document.getElementById(row.dataset.copy);
  button.addEventListener("click", async () => {
    status.textContent = "";
    try {
      await navigator.clipboard.writeText(text.textContent.trim());
      status.textContent = row.dataset.copied;
    } catch {
      getSelection().selectAllChildren(text);
    }
  });
  row.hidden = false;
}
