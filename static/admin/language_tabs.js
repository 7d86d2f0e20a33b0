/* Turns the fieldsets of the languages into tabs. Without this script they stand one under another.
   Keys as in the ARIA pattern for tabs: arrows move, Home and End go to the ends.
   After a refused form, links under the note lead to each field that needs a correction. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const panels = [...document.querySelectorAll("fieldset.language-tab")];
  if (panels.length < 2) return;

  const list = document.createElement("div");
  list.className = "language-tabs";
  list.setAttribute("role", "tablist");
  panels[0].before(list);

  const code = (panel) => [...panel.classList].find((name) => name.startsWith("language-tab--")).slice(14);
  const tabs = panels.map((panel) => {
    const language = code(panel);
    const heading = panel.querySelector("h2, summary");
    const tab = document.createElement("button");
    tab.type = "button";
    tab.id = `tab-${language}`;
    tab.lang = language;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `panel-${language}`);
    tab.textContent = heading.textContent.trim();
    panel.id = `panel-${language}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tab.id);
    heading.hidden = true;

    const state = document.querySelector(`[data-language-state="${language}"]`);
    const mark = document.createElement("small");
    if (panel.querySelector(".errors, .errorlist")) {
      tab.classList.add("has-errors");
      mark.textContent = " !";
    } else if (state) {
      mark.textContent = ` ${state.textContent.split(":").pop().trim()}`;
    }
    tab.append(mark);
    list.append(tab);
    return tab;
  });

  const show = (chosen) => {
    tabs.forEach((tab, index) => {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      panels[index].hidden = !isChosen;
    });
  };

  list.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab]");
    if (tab) show(tab);
  });
  list.addEventListener("keydown", (event) => {
    const place = tabs.indexOf(document.activeElement);
    const next = {
      ArrowRight: (place + 1) % tabs.length,
      ArrowLeft: (place - 1 + tabs.length) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    tabs[next].focus();
    show(tabs[next]);
  });

  // The cursor of a new record begins in the first control, which would be a button above the form
  // or the first tab, whichever is chosen.
  window.addEventListener("load", () => {
    if (!document.activeElement.closest(".submit-row, .language-tabs")) return;
    const fields = document.querySelectorAll("form .form-row select, form .form-row input");
    [...fields].find((field) => field.offsetParent)?.focus({ preventScroll: true });
  });

  const states = document.querySelector(".language-states");
  if (states) states.hidden = true;
  const original = document.getElementById("id_original_language");
  const first = tabs.find((tab) => tab.classList.contains("has-errors"))
    || tabs.find((tab) => tab.lang === (original?.value || document.documentElement.lang))
    || tabs[0];
  show(first);

  const note = document.querySelector(".errornote");
  if (!note) return;
  const links = document.createElement("ul");
  links.className = "error-links";
  for (const message of document.querySelectorAll("form .errorlist li")) {
    const row = message.closest(".form-multiline > div, .form-row, td, .inline-related");
    const field = row?.querySelector("input:not([type=hidden]), select, textarea, [contenteditable]");
    if (!field) continue;
    const place = [
      row.closest(".inline-related")?.querySelector("h3")?.innerText
        || row.closest(".inline-group")?.querySelector("h2")?.textContent,
      document.getElementById(row.closest("[role=tabpanel]")?.getAttribute("aria-labelledby"))?.firstChild.textContent,
      row.querySelector("label")?.textContent || row.dataset.label,
    ];
    const link = document.createElement("a");
    link.href = `#${field.id}`;
    link.textContent = [...place, message.textContent]
      .filter(Boolean).map((text) => text.trim().replace(/\s+/g, " ").replace(/:$/, ""))
      // A label that begins with the language needs it said no second time.
      .filter((text, at, all) => !all[at + 1]?.startsWith(text)).join(": ");
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const panel = row.closest("[role=tabpanel]");
      if (panel) show(tabs[panels.indexOf(panel)]);
      const fold = row.closest("details");
      if (fold) fold.open = true;
      field.focus();
    });
    const item = document.createElement("li");
    item.append(link);
    links.append(item);
  }
  if (links.children.length) note.after(links);
});
