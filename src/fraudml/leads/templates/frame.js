(function () {
  "use strict";
  var root = document.documentElement;
  root.classList.add("js");
  function show(lang) {
    root.setAttribute("data-lang", lang);
    root.setAttribute("lang", lang === "en" ? "en" : "zh-CN");
    document.querySelectorAll("[data-set-lang]").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-set-lang") === lang));
    });
  }
  function kept() {
    try { return window.localStorage.getItem("fraudml-lang"); } catch (error) { return null; }
  }
  function keep(lang) {
    try { window.localStorage.setItem("fraudml-lang", lang); } catch (error) { /* private window */ }
  }
  var asked = new URLSearchParams(window.location.hash.slice(1)).get("lang") || kept();
  if (["both", "zh", "en"].indexOf(asked) >= 0) { show(asked); }
  document.querySelectorAll("[data-set-lang]").forEach(function (button) {
    button.addEventListener("click", function () {
      var lang = button.getAttribute("data-set-lang");
      show(lang);
      keep(lang);
    });
  });
})();
