/* Turns the fieldsets of the languages into tabs. Without this script they stand one under another.
   Keys as in the ARIA pattern for tabs: arrows move, Home and End go to the ends. */
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

  const states = document.querySelector(".language-states");
  if (states) states.hidden = true;
  const original = document.getElementById("id_original_language");
  const first = tabs.find((tab) => tab.classList.contains("has-errors"))
    || tabs.find((tab) => original && tab.lang === original.value)
    || tabs[0];
  show(first);
});
