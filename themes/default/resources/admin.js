// What the console gains with a script; everything works without it.
"use strict";

(() => {
  const SECONDS = 5;
  const PATIENCE = 10 * 60 * 1000; // nobody at the keyboard: looking on must not keep a session alive

  // Live: the same page again, of which the list is taken.
  function watch(region, label) {
    const box = label.querySelector("input");
    let timer = 0, touched = Date.now();
    for (const kind of ["pointermove", "keydown"]) document.addEventListener(kind, () => { touched = Date.now(); }, { passive: true });
    async function look() {
      if (Date.now() - touched > PATIENCE) { box.checked = false; stop(); return; }
      if (document.hidden || region.contains(document.activeElement)) return;
      const answer = await fetch(location.href, { credentials: "same-origin", redirect: "error" }).catch(() => null);
      if (!answer || !answer.ok) { box.checked = false; stop(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(region.id);
      if (fresh && fresh.innerHTML !== region.dataset.last) {
        region.dataset.last = fresh.innerHTML;
        region.replaceChildren(...document.importNode(fresh, true).childNodes);
        region.querySelectorAll("[data-local]").forEach((time) => window.countersignLocalise?.(time));
      }
    }
    function stop() { clearInterval(timer); timer = 0; }
    label.hidden = false;
    box.addEventListener("change", () => { stop(); if (box.checked) { look(); timer = setInterval(look, SECONDS * 1000); } });
  }

  // Ticked rows: how many, and the buttons for them.
  function count(bar) {
    const form = bar.closest("form");
    const boxes = [...form.querySelectorAll("tbody .table-check input")];
    const show = () => {
      const ticked = boxes.filter((box) => box.checked).length;
      bar.querySelector("[data-bulk-count]").hidden = !ticked;
      bar.querySelector("[data-bulk-number]").textContent = String(ticked);
      for (const button of bar.querySelectorAll("[data-bulk-button]")) button.disabled = !ticked;
    };
    const head = form.querySelector("thead .table-check");
    const all = document.createElement("input");
    all.type = "checkbox";
    all.setAttribute("aria-label", head.textContent.trim());
    all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; show(); });
    head.replaceChildren(all);
    form.addEventListener("change", show);
    show();
  }

  // What destroys can be pressed only once the name is there.
  function guard(field) {
    const button = field.form.querySelector(".button-danger");
    const show = () => { button.disabled = field.value !== field.dataset.confirm; };
    field.addEventListener("input", show);
    show();
  }

  // Work in batches: the next one begins by itself.
  function proceed(form) { setTimeout(() => form.requestSubmit(), 400); }

  const region = document.querySelector("[data-live]");
  const label = document.querySelector("[data-live-switch]");
  if (region && label) watch(region, label);
  document.querySelectorAll("form[data-continue]").forEach(proceed);
  document.querySelectorAll("[data-bulk]").forEach(count);
  document.querySelectorAll("[data-confirm]").forEach(guard);
})();
