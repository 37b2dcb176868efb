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

// The same estimate as the server's (idp/pki/file_passwords.py), which decides; this one only encourages.
const WORDS = /password|passwort|secret|welcome|letmein|admin|login|master|dragon|monkey|sunshine|princess|football|baseball|iloveyou|certificate|countersign|summer|winter|spring|autumn|monday|friday|january|december|hello|test|changeme|default|computer|internet|superman|batman|shadow|michael|charlie/g;
const FORWARD = ["abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop"];
const RUNS = [...FORWARD, ...FORWARD.map((run) => [...run].reverse().join(""))];
const LOOK_ALIKES = { "@": "a", "$": "s", "!": "i", 0: "o", 1: "l", 3: "e", 4: "a", 5: "s", 7: "t", 8: "b" };

function marked(pattern, text) {
  const places = new Set();
  for (const match of text.matchAll(pattern)) for (let i = 0; i < match[0].length; i += 1) places.add(match.index + i);
  return places;
}

function isSurprising(text, i) {
  const before = text.slice(0, i);
  if (before.endsWith(text[i]) || (!/[\p{L}\p{N}]/u.test(text[i]) && before.includes(text[i]))) return false;
  if (i && RUNS.some((run) => run.includes(text.slice(i - 1, i + 1)))) return false;
  return i < 2 || !before.includes(text.slice(i - 2, i + 1));
}

function estimateBits(text) {
  const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[^a-zA-Z0-9]/, 20]];
  const perCharacter = Math.log2(Math.max(2, kinds.reduce((size, [kind, count]) => size + (kind.test(text) ? count : 0), 0)));
  const lower = text.toLowerCase();
  const plain = [...lower].map((character) => LOOK_ALIKES[character] ?? character).join("");
  const words = marked(WORDS, plain);
  const letters = marked(/[a-z]{4,}/g, lower);
  let bits = 8 * [...plain.matchAll(WORDS)].length;
  for (let i = 0; i < lower.length; i += 1) {
    if (words.has(i)) continue;
    if (!isSurprising(lower, i)) bits += 0.5;
    else bits += letters.has(i) ? Math.min(3, perCharacter) : perCharacter;
  }
  return bits;
}

function measure(text, minimum) {
  if (!text) return 0;
  return text.length < minimum ? 1 : 1 + [40, 52, 70].filter((bits) => estimateBits(text) >= bits).length;
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
  const options = { day: "numeric", month: time.dataset.local === "short" ? "short" : "long", year: "numeric" };
  if (time.dataset.local === "moment") Object.assign(options, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  if (time.dataset.local === "short") Object.assign(options, { hour: "2-digit", minute: "2-digit" });
  time.title ||= time.textContent;
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang, options).format(instant);
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
    const link = next.querySelector("a");
    const address = new URL(link.href);
    if (address.searchParams.has("platform")) address.searchParams.set("platform", form.elements.platform.value);
    link.href = address.href;
    setTimeout(() => { reset(form); next.classList.add("arrived"); next.focus(); next.scrollIntoView({ block: "center" }); }, 1500);
  });
}

all("[data-reveal]").forEach(offerReveal);
all("[data-meter]").forEach(showStrength);
all("[data-copy]").forEach(offerCopy);
all("[data-local]").forEach(localise);
window.countersignLocalise = localise;
all("form[method=post]").forEach(submitOnce);
all("form[data-download]").forEach(followDownload);
all("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => window.print()); });
