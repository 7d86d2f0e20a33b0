/* Names for what packages leave nameless, so that a screen reader can say it: the rich-text editor,
   Select2, the two halves of a moment. The buttons of the rich-text editor are in English; their
   words in the language of the admin are in the catalogues of locale/packages. */
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const said = (element) => element?.textContent.trim().replace(/:$/, "") || "";
  const labelOf = (control) =>
    said(document.querySelector(`label[for="${control.id}"]`)) || control.getAttribute("aria-label") || "";
  const name = (element, words) => {
    if (element && words && !element.getAttribute("aria-label")) element.setAttribute("aria-label", words);
  };

  const say = window.gettext ?? ((words) => words); // on pages without a catalogue

  const nameAll = () => {
    for (const button of document.querySelectorAll(".prose-menubar button[title]")) {
      const words = say(button.title);
      if (words === button.title) continue;
      button.title = words;
      button.setAttribute("aria-label", words);
    }
    for (const option of document.querySelectorAll(".prose-menubar__option > *")) {
      const words = say(option.textContent);
      if (words !== option.textContent) option.textContent = words;
    }
    for (const text of document.querySelectorAll(".form-row .ProseMirror[role=textbox]")) {
      name(text, said(text.closest(".form-row").querySelector("label")));
    }
    for (const tick of document.querySelectorAll("td.delete input")) {
      name(tick, said(tick.closest("table").querySelector("thead th:last-child")));
    }
    for (const input of document.querySelectorAll("#result_list td input:not([type=hidden], [type=checkbox])")) {
      const cell = input.closest("td");
      const column = cell.closest("table").querySelector(`thead th:nth-child(${cell.cellIndex + 1}) .text`);
      name(input, [said(cell.parentNode.querySelector("th")), said(column)].filter(Boolean).join(", "));
    }
    for (const input of document.querySelectorAll("p.datetime input")) {
      const label = said(input.closest(".fieldBox, .form-row").querySelector("label, legend"));
      name(input, [label, said(input.previousSibling)].filter(Boolean).join(", "));
    }
    for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
      const box = select.nextElementSibling;
      name(box?.querySelector(".select2-search__field"), labelOf(select));
      name(box?.querySelector(".select2-selection__rendered[role=textbox]"), labelOf(select));
      const shown = box?.querySelector(".select2-selection--single");
      if (!shown || shown.id) continue;
      shown.id = `${select.id}-chosen`;
      name(shown, labelOf(select));
      shown.setAttribute("aria-labelledby", `${shown.id} ${shown.getAttribute("aria-labelledby")}`);
    }
  };
  new MutationObserver(nameAll).observe(document.body, { childList: true, subtree: true });
  nameAll();
});
