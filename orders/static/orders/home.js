// Home refreshes itself. A signed-out viewer gets the login page for an answer: then the whole page is asked again.
document.addEventListener("htmx:beforeSwap", function (event) {
  if (event.detail.target.id !== "home-now") {
    return;
  }
  if (event.detail.serverResponse.indexOf('id="home-now"') === -1) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});
