/* Kyrgyz for Select2, which has none; laid out as its own languages are. */
(() => {
  "use strict";
  const amd = window.jQuery?.fn?.select2?.amd;
  if (!amd) return;
  amd.define("select2/i18n/ky", [], () => ({
    errorLoading: () => "Жыйынтыктарды жүктөөгө мүмкүн болбоду",
    inputTooLong: (args) => `Кыскартыңыз: ${args.input.length - args.maximum} белги ашык`,
    inputTooShort: (args) => `Дагы жазыңыз: ${args.minimum - args.input.length} белги керек`,
    loadingMore: () => "Дагы жүктөлүүдө…",
    maximumSelected: (args) => `Эң көбү ${args.maximum} тандаса болот`,
    noResults: () => "Эч нерсе табылган жок",
    searching: () => "Изделүүдө…",
    removeAllItems: () => "Баарын алып салуу",
    removeItem: () => "Алып салуу",
    search: () => "Издөө",
  }));
  amd.require("select2/i18n/ky");
})();
