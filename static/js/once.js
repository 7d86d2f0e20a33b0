/* A second click on a button that sends sends nothing more: a new record would be stored twice, and
   an answer counted twice. Whoever has stopped the page from loading, or waits for long, is asked. */
"use strict";
(() => {
  const AT_ONCE = 3000; // milliseconds within which it was one click meant
  const again = document.currentScript.dataset.again;
  const sent = new WeakMap();
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    const since = Date.now() - (sent.get(form) ?? -Infinity);
    // What is sent as a file leaves the page as it is, ready for the next.
    const isAsked = !form.matches("#changelist-form, [data-downloads]");
    if (since < AT_ONCE || (isAsked && since < Infinity && !confirm(again))) event.preventDefault();
    else sent.set(form, Date.now());
  });
  addEventListener("pageshow", () => {
    for (const form of document.forms) sent.delete(form);
  });
})();
