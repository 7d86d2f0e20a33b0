/* Asks before a form is left in which something was typed: by a link, another language, "back". */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector(".change-form #content-main > form");
  if (!form) return;
  // What was refused is not saved either.
  let isTyped = document.querySelector(".errornote") !== null;
  const note = () => { isTyped = true; };
  // The rich-text editor says "changed" of itself when it has only been drawn.
  for (const kind of ["input", "change"]) form.addEventListener(kind, (event) => event.isTrusted && note());
  django.jQuery(form).on("select2:select select2:unselect", note);
  form.addEventListener("submit", () => { isTyped = false; });
  addEventListener("beforeunload", (event) => {
    if (isTyped) event.preventDefault();
  });
});
