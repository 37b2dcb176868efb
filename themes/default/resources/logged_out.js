// Goes on to the application when all frames of the page have loaded, or have had time enough. Without a script the page's head does.
"use strict";

(function () {
  var address = document.querySelector("a[data-continue]").href;

  function goOn() {
    location.replace(address);
  }

  window.setTimeout(goOn, 5000);
  if (document.readyState === "complete") {
    goOn();
  } else {
    window.addEventListener("load", goOn);
  }
}());
