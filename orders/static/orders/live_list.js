// Keeps the rows of orders that are on their way up to date, without reloading the list.
(function () {
  var EVERY = 3000;

  function moving() {
    return Array.prototype.slice.call(document.querySelectorAll("#result_list [data-moving]"));
  }

  function show(states) {
    document.querySelectorAll(".ob-tabs a").forEach(function (tab) {
      var count = (states.tabs || {})[tab.getAttribute("href")];
      if (count !== undefined) {
        tab.querySelector(".ob-count").textContent = count;
      }
    });
    moving().forEach(function (mark) {
      var row = mark.closest("tr");
      var cells = states[mark.dataset.moving];
      Object.keys(cells || {}).forEach(function (name) {
        var cell = row.querySelector("td." + name);
        if (cell && cell.innerHTML !== cells[name] && !cell.contains(document.activeElement)) {
          cell.innerHTML = cells[name];
        }
      });
    });
  }

  function ask() {
    var ids = moving().map(function (mark) { return mark.dataset.moving; });
    if (!ids.length || document.hidden) {
      return;
    }
    fetch(document.querySelector("[data-states]").dataset.states + "?ids=" + ids.join(","), { credentials: "same-origin" })
      .then(function (answer) { return answer.ok ? answer.json() : {}; })
      .then(show)
      .catch(function () { /* offline for a moment: the next round asks again */ });
  }

  window.setInterval(ask, EVERY);
})();
