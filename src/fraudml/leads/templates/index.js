(function () {
  "use strict";
  var state = new URLSearchParams(window.location.hash.slice(1));
  var sections = Array.prototype.slice.call(document.querySelectorAll("section.list"));
  var numbers = ["rank", "amount", "risk", "probability", "peers"];

  function rowsOf(section) {
    return Array.prototype.slice.call(section.querySelectorAll(".list-scroll tbody tr"));
  }
  function remember() {
    var kept = new URLSearchParams();
    state.forEach(function (value, key) { if (value !== "") { kept.set(key, value); } });
    state = kept;
    try { window.history.replaceState(null, "", "#" + kept.toString()); } catch (error) { /* stays */ }
  }
  function fits(row) {
    var q = (state.get("q") || "").trim().toLowerCase();
    if (row.said === undefined) { row.said = row.textContent.toLowerCase(); }
    var least = parseFloat(state.get("min_risk"));
    return q.split(/\s+/).every(function (word) { return row.said.indexOf(word) >= 0; }) &&
      (!state.get("typology") || row.dataset.typology === state.get("typology")) &&
      (!state.get("region") || row.dataset.region === state.get("region")) &&
      (isNaN(least) || parseFloat(row.dataset.risk) >= least);
  }
  function filter(section) {
    var shown = 0;
    rowsOf(section).forEach(function (row) {
      row.hidden = !fits(row);
      if (!row.hidden) { shown += 1; }
    });
    var counter = section.querySelector(".shown");
    if (counter) {
      counter.textContent = String(shown);
      section.querySelector(".empty").hidden = shown > 0;
    }
  }
  function compare(key, down) {
    return function (a, b) {
      var x = a.dataset[key], y = b.dataset[key];
      if (x === "" || y === "") { return (x === "") - (y === ""); }
      var order = numbers.indexOf(key) >= 0 ? parseFloat(x) - parseFloat(y) : x.localeCompare(y);
      return (down ? -order : order) || parseFloat(a.dataset.rank) - parseFloat(b.dataset.rank);
    };
  }
  function sort(section) {
    var asked = (state.get("sort") || "rank").split(":"), down = asked[1] === "down";
    var body = section.querySelector("tbody");
    if (!body) { return; }
    rowsOf(section).sort(compare(asked[0], down)).forEach(function (row) { body.appendChild(row); });
    section.querySelectorAll(".sort").forEach(function (button) {
      var head = button.closest("th");
      head.removeAttribute("aria-sort");
      if (button.dataset.key === asked[0]) {
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
      }
    });
  }
  function fill(section) {
    var form = section.querySelector("form");
    if (!form) { return; }
    ["q", "typology", "region", "min_risk"].forEach(function (name) {
      form.elements[name].value = state.get(name) || "";
    });
  }
  function show() {
    var grain = state.get("grain") || "provider";
    sections.forEach(function (section) {
      section.classList.toggle("current", section.dataset.grain === grain);
      fill(section);
      filter(section);
      sort(section);
    });
    document.querySelectorAll("[role=tab]").forEach(function (tab) {
      tab.setAttribute("aria-selected", String(tab.dataset.grain === grain));
    });
  }
  function set(changes) {
    Object.keys(changes).forEach(function (key) { state.set(key, changes[key]); });
    remember();
    show();
  }
  document.querySelectorAll("[role=tab]").forEach(function (tab) {
    tab.addEventListener("click", function () {
      set({ grain: tab.dataset.grain, typology: "", region: "" });
    });
  });
  sections.forEach(function (section) {
    var form = section.querySelector("form");
    if (!form) { return; }
    form.addEventListener("submit", function (event) { event.preventDefault(); });
    form.addEventListener("input", function (event) {
      state.set(event.target.name, event.target.value);
      remember();
      filter(section);
    });
    form.addEventListener("reset", function () {
      set({ q: "", typology: "", region: "", min_risk: "" });
    });
    section.querySelectorAll(".sort").forEach(function (button) {
      button.addEventListener("click", function () {
        var key = button.dataset.key, now = (state.get("sort") || "rank").split(":");
        var first = ["amount", "risk", "probability", "peers"].indexOf(key) >= 0;
        var down = now[0] === key ? now[1] !== "down" : first;
        set({ sort: key + (down ? ":down" : "") });
      });
    });
  });
  window.addEventListener("hashchange", function () {
    state = new URLSearchParams(window.location.hash.slice(1));
    show();
  });
  show();
})();
