// Finds out whether our cookies reach us in a frame of another site, and tells the page around it (for keycloak-js).
// The first of two documents sets a cookie, the second looks for it.
"use strict";

(function () {
  var root = document.documentElement;
  var limits = root.getAttribute("data-cookie");
  var next = root.getAttribute("data-next");

  function tell(supported) {
    parent.postMessage(supported ? "supported" : "unsupported", "*");
  }

  if (next) {
    document.cookie = "idp-third-party=yes; Max-Age=60; " + limits;
    location.replace(next);
    return;
  }
  var came = document.cookie.split(/;\s*/).indexOf("idp-third-party=yes") !== -1;
  document.cookie = "idp-third-party=; Max-Age=0; " + limits;
  // Some browsers give each site around us cookies of its own: they come, but they are not those of our sign-in pages.
  if (came && document.hasStorageAccess) {
    document.hasStorageAccess().then(tell, function () { tell(false); });
  } else {
    tell(came);
  }
}());
