// What a page gains with a script; every page works without it.
"use strict";

const LEVELS = ["", "Too easy to guess", "Could be stronger", "Good", "Strong"];
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function offerReveal(button) {
  const field = document.getElementById(button.dataset.reveal);
  button.hidden = false;
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    button.querySelector("[data-reveal-text]").textContent = shown ? "Show" : "Hide";
  });
  field.form?.addEventListener("submit", () => { field.type = "password"; });
}

// Roughly how many bits: repeated characters and runs such as "abc" or "123" count for little.
function estimateBits(text) {
  const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9]/, 20]];
  const alphabet = kinds.reduce((size, [kind, count]) => size + (kind.test(text) ? count : 0), 0) || 1;
  let worth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const step = i ? text.charCodeAt(i) - text.charCodeAt(i - 1) : 2;
    const letters = /[a-z]{3}$/i.test(text.slice(0, i + 1));
    worth += Math.abs(step) <= 1 ? 0.2 : letters ? 0.55 : 1;
  }
  return worth * Math.log2(alphabet);
}

function measure(text, minimum) {
  if (!text) return 0;
  if (text.length < minimum || /^(pass(word|wort)|qwert|admin|letmein|welcome)/i.test(text)) return 1;
  return 1 + [36, 46, 64].filter((bits) => estimateBits(text) >= bits).length;
}

function showStrength(field) {
  const meter = document.getElementById(field.dataset.meter);
  const text = meter.querySelector(".strength-text");
  const minimum = Number(meter.dataset.minlength);
  field.addEventListener("input", () => {
    const level = measure(field.value, minimum);
    meter.hidden = !level;
    meter.dataset.level = String(level);
    const missing = minimum - field.value.length;
    const words = missing > 0 ? `${missing} more character${missing === 1 ? "" : "s"}` : LEVELS[level];
    if (text.textContent !== words) text.textContent = words;
  });
}

function offerCopy(button) {
  if (!navigator.clipboard) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-text]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    const items = all("li", source);
    await navigator.clipboard.writeText(items.length ? items.map((item) => item.textContent.trim()).join("\n") : source.textContent.trim());
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, 2500);
  });
}

// Instants are written in UTC by the server, and in the reader's own zone here.
function localise(time) {
  const instant = new Date(time.dateTime);
  if (Number.isNaN(instant.getTime())) return;
  const options = { day: "numeric", month: "long", year: "numeric" };
  if (time.dataset.local === "moment") Object.assign(options, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  time.title = time.textContent;
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : undefined, options).format(instant);
}

// A second press of the button while the first is under way does nothing.
function submitOnce(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    button?.setAttribute("aria-disabled", "true");
    setTimeout(() => reset(form, button), 8000);
  });
  window.addEventListener("pageshow", () => reset(form));
}

function reset(form, button = form.querySelector("[aria-disabled]")) {
  delete form.dataset.sent;
  button?.removeAttribute("aria-disabled");
}

// The answer to this form is a file, so the page stays: point to what comes next.
function followDownload(form) {
  form.addEventListener("submit", () => {
    const next = document.getElementById("after-download");
    setTimeout(() => { reset(form); next.classList.add("arrived"); next.focus(); next.scrollIntoView({ block: "center" }); }, 1500);
  });
}

all("[data-reveal]").forEach(offerReveal);
all("[data-meter]").forEach(showStrength);
all("[data-copy]").forEach(offerCopy);
all("[data-local]").forEach(localise);
all("form[method=post]").forEach(submitOnce);
all("form[data-download]").forEach(followDownload);
all("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => window.print()); });
