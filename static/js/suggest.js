// Completions in a large search form, from the address in data-suggest, while one types. The form
// works without them, so whoever saves data or whose request fails simply gets none.
"use strict";
(() => {
  const input = document.querySelector("input[data-suggest]");
  const saves = navigator.connection?.saveData || matchMedia("(prefers-reduced-data: reduce)").matches;
  if (!input || saves) return;
  const list = document.createElement("datalist");
  list.id = "suggestions";
  input.after(list);
  input.setAttribute("list", list.id);
  const address = new URL(input.dataset.suggest, location.href);
  let waiting, asked;

  const offer = async () => {
    const words = input.value.trim();
    const isOffered = [...list.children].some((option) => option.value === words);
    if (words.length < 2 || isOffered) return;
    address.searchParams.set("q", words);
    asked?.abort();
    asked = new AbortController();
    try {
      const answer = await fetch(address, { credentials: "omit", signal: asked.signal });
      const { suggestions } = await answer.json();
      list.replaceChildren(
        ...suggestions.map(({ text, language }) => {
          const option = new Option("", text);
          option.lang = language;
          return option;
        }),
      );
    } catch {
      // Outrun by the next letter, offline, or the server has other worries.
    }
  };

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(offer, 200);
  });
})();
