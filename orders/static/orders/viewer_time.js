// Leaves the browser's time zone where the server finds it, so that every page shows the viewer's own times.
(function () {
  var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  var line = "orderbridge_timezone=" + zone;
  if (!zone || document.cookie.split("; ").indexOf(line) !== -1) {
    return;
  }
  var safe = window.location.protocol === "https:" ? "; Secure" : "";
  document.cookie = line + "; path=/; max-age=31536000; SameSite=Lax" + safe;
})();
