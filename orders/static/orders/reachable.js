// What the theme leaves out for keyboards and screen readers: a way past the menu, icons that are not read out,
// a Filters button that Tab reaches, and gaps in the pager that are no links.
(function () {
  const NAMES = { light_mode: "Light or dark", dark_mode: "Light or dark", computer: "Light or dark" };

  // A link or button that shows nothing but an icon keeps a name when the icon is no longer read out.
  function nameHolder(icon) {
    const holder = icon.closest("a, button, [role=button], [tabindex]");
    if (!holder || holder.hasAttribute("aria-label") || holder.hasAttribute("title")) {
      return;
    }
    const words = holder.cloneNode(true);
    words.querySelectorAll(".material-symbols-outlined").forEach(function (inner) {
      inner.remove();
    });
    if (words.textContent.trim() === "") {
      const name = icon.textContent.trim();
      const home = holder.getAttribute("href") === "/admin/" ? "Home" : "";
      holder.setAttribute("aria-label", home || NAMES[name] || name.replace(/_/g, " "));
    }
  }

  function mend(root) {
    root.querySelectorAll(".material-symbols-outlined:not([aria-hidden])").forEach(function (icon) {
      nameHolder(icon);
      icon.setAttribute("aria-hidden", "true");
    });
    root.querySelectorAll("a[x-on\\:click]:not([href]):not([tabindex])").forEach(function (button) {
      button.setAttribute("tabindex", "0");
      button.setAttribute("role", "button");
    });
    root.querySelectorAll('a[href*="p="]').forEach(function (link) {
      if (link.textContent.trim() === "…") {
        link.replaceWith(document.createTextNode("…"));
      }
    });
  }

  document.addEventListener("keydown", function (event) {
    const button = event.target;
    if ((event.key === "Enter" || event.key === " ") && button.matches && button.matches('a[role="button"]:not([href])')) {
      event.preventDefault();
      button.click();
    }
  });

  document.addEventListener("DOMContentLoaded", function () {
    const content = document.getElementById("content");
    if (content && !document.querySelector(".ob-skip")) {
      const skip = document.createElement("a");
      skip.className = "ob-skip";
      skip.href = "#content";
      skip.textContent = "Skip to the content";
      content.setAttribute("tabindex", "-1");
      document.body.prepend(skip);
    }
    mend(document);
  });
  document.addEventListener("htmx:afterSettle", function (event) {
    mend(event.target);
  });
})();
