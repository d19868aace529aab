// Keeps the open list up to date without a reload: orders on their way every 3 s, tabs and the menu's badge every 15 s.
// A row's own Sync goes out from here too, so that the list stays where it is and the keyboard stays at that row.
(function () {
  const MOVING_EVERY = 3000;
  const ALL_EVERY = 15000;
  let askedAt = Date.now();

  const all = (choice) => Array.from(document.querySelectorAll(choice));
  const moving = () => all("#result_list [data-moving]").map((mark) => mark.dataset.order);
  const rowOf = (order) => document.querySelector(`#result_list [data-order="${order}"]`)?.closest("tr");

  function show(states) {
    all(".ob-tabs a").forEach(function (tab) {
      const count = (states.tabs || {})[tab.getAttribute("href")];
      if (count !== undefined) {
        tab.querySelector(".ob-count").textContent = count;
      }
    });
    showBadge(states.badge);
    Object.entries(states.rows || {}).forEach(function ([order, cells]) {
      const row = rowOf(order);
      Object.entries(cells).forEach(function ([name, markup]) {
        const cell = row && row.querySelector("td." + name);
        if (cell && cell.innerHTML !== markup && !cell.contains(document.activeElement)) {
          cell.innerHTML = markup;
        }
      });
    });
  }

  function showBadge(badge) {
    const link = badge && document.querySelector(`#nav-sidebar-apps a[href="${badge.link}"]`);
    if (!link) {
      return;
    }
    let mark = link.querySelector(".ob-badge");
    if (!badge.text) {
      mark?.remove();
      return;
    }
    if (!mark) {
      mark = link.appendChild(document.createElement("span"));
      mark.className = "ob-badge";
    }
    mark.textContent = badge.text;
  }

  function ask(orders) {
    askedAt = Date.now();
    const address = document.querySelector("[data-states]").dataset.states;
    return fetch(`${address}?ids=${orders.join(",")}`, { credentials: "same-origin" })
      .then((answer) => (answer.ok && !answer.redirected ? answer.json() : {}))
      .then(show)
      .catch(() => { /* offline for a moment: the next round asks again */ });
  }

  window.setInterval(function () {
    const orders = moving();
    if (!document.hidden && (orders.length || Date.now() - askedAt >= ALL_EVERY)) {
      ask(orders);
    }
  }, MOVING_EVERY);

  document.addEventListener("submit", function (event) {
    const button = event.submitter;
    const row = button?.closest("#result_list tr");
    if (!row || !button.hasAttribute("formaction") || button.dataset.plainly) {
      return;
    }
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    const token = new FormData(event.target).get("csrfmiddlewaretoken");
    fetch(button.formAction, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
    }).then(function (answer) {
      if (!answer.ok || answer.redirected) {
        throw new Error("not done from here");
      }
      return answer.json();
    }).then(function (done) {
      row.querySelector("a.ob-id").focus();
      say(done.said);
      return ask([row.querySelector("[data-order]").dataset.order]);
    }).catch(function () {
      button.dataset.plainly = "yes"; // signed out, not allowed, offline: the page that follows says which
      event.target.requestSubmit(button);
    });
  });

  function say(words) {
    const said = document.getElementById("said");
    said.textContent = words;
    window.setTimeout(function () {
      if (said.textContent === words) {
        said.textContent = "";
      }
    }, 8000);
  }
})();
