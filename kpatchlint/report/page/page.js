"use strict";
// Moving between findings and along a path, filtering, themes.  The page reads without it.
const all = (query, within = document) => [...within.querySelectorAll(query)];
const findings = all("article.finding");
const links = new Map(all("nav a[data-finding]").map((link) => [link.dataset.finding, link]));
const filter = document.getElementById("filter");
const said = document.getElementById("said");
let current = null;

function choose(finding, scroll) {
  if (current) {
    current.classList.remove("current");
    links.get(current.id).removeAttribute("aria-current");
  }
  current = finding;
  finding.classList.add("current");
  const link = links.get(finding.id);
  link.setAttribute("aria-current", "true");
  if (scroll) {
    finding.focus({ preventScroll: true });
    finding.scrollIntoView({ block: "start" });
    link.scrollIntoView({ block: "nearest" });
  }
}

function move(by) {
  const shown = findings.filter((finding) => !finding.hidden);
  if (!shown.length) return;
  const at = shown.indexOf(current);
  const next = at < 0 ? 0 : Math.min(Math.max(at + by, 0), shown.length - 1);
  choose(shown[next], true);
}

function walk(finding, by) {
  const notes = all(".note[data-step]", finding);
  if (!notes.length) return;
  const at = notes.findIndex((note) => note.classList.contains("here"));
  const next = at < 0 ? (by > 0 ? 0 : notes.length - 1) : Math.min(Math.max(at + by, 0), notes.length - 1);
  all(".here", finding).forEach((element) => element.classList.remove("here"));
  const row = document.getElementById(notes[next].dataset.row);
  notes[next].classList.add("here");
  if (row) row.classList.add("here");
  notes[next].scrollIntoView({ block: "nearest" });
  finding.querySelector(".where").textContent = `${next + 1} / ${notes.length}`;
  said.textContent = `Step ${next + 1} of ${notes.length}: ${notes[next].textContent}`;
}

function sift() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  const levels = new Set(all("nav input[type=checkbox]").filter((box) => box.checked).map((box) => box.value));
  let count = 0;
  for (const finding of findings) {
    const text = finding.dataset.text;
    const shown = levels.has(finding.dataset.level) && words.every((word) => text.includes(word));
    finding.hidden = !shown;
    links.get(finding.id).parentElement.hidden = !shown;
    count += shown;
  }
  for (const group of all("[data-group]")) group.hidden = !group.querySelector("article:not([hidden])");
  for (const group of all("nav li[data-list]")) group.hidden = !group.querySelector("li:not([hidden])");
  said.textContent = `${count} of ${findings.length} findings`;
}

function theme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  n: () => current && walk(current, 1),
  p: () => current && walk(current, -1),
  m: () => { const model = current && current.querySelector("details.model"); if (model) model.open = !model.open; },
  r: () => current && current.querySelector("a.to-rule").click(),
  b: () => current && choose(current, true),
  t: theme,
  "/": () => filter.focus(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input[type=search]")) {
    if (event.key === "Escape") { filter.value = ""; sift(); filter.blur(); }
    return;
  }
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("click", (event) => {
  const finding = event.target.closest("article.finding");
  if (finding && finding !== current) choose(finding, false);
  const button = event.target.closest("button[data-by]");
  if (button) walk(finding, Number(button.dataset.by));
});
document.getElementById("theme").addEventListener("click", theme);
filter.addEventListener("input", sift);
all("nav input[type=checkbox]").forEach((box) => box.addEventListener("change", sift));
all(".needs-script").forEach((element) => { element.hidden = false; });
