// Keys, news, and the reader's own clock. Everything can be read and done without it.
"use strict";

// ---- the reader's clock: known to the browser, and from the next page on to the desk

if (!/(^|; )zone=/.test(document.cookie)) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone) document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

// ---- keys

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;
const items = () => [...document.querySelectorAll("[data-item]")].filter((item) => item.offsetParent !== null);
const stops = [":is(h1, h2, h3) a", "a.line", "a", "[tabindex='0']", "button"];
const stop = (item) => stops.map((kind) => item.querySelector(kind)).find(Boolean) ?? item;

function step(way) {
  const all = items();
  if (!all.length) return;
  const at = all.findIndex((item) => item.contains(document.activeElement));
  const next = at < 0 ? (way > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + way));
  stop(all[next]).focus();
  all[next].scrollIntoView({ block: "nearest" });
}

function showKeys() {
  const dialog = document.getElementById("keys");
  dialog.showModal();
  if (!dialog.querySelector("kbd")) htmx.trigger(dialog, "open");
}

const paths = { w: "/", s: "/stories", d: "/due", f: "/feeds" };
const does = { j: () => step(1), k: () => step(-1), "/": () => document.getElementById("find").select(), "?": showKeys };
let going = 0;

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape" && document.activeElement !== document.body) {
    document.activeElement.blur();
  } else if (typing(event.target) || document.querySelector("dialog[open]")) {
    return;
  } else if (going > Date.now() && event.key in paths) {
    location.assign(paths[event.key]);
  } else if (event.key === "g") {
    going = Date.now() + 1500;
  } else if (event.key in does) {
    event.preventDefault();
    does[event.key]();
  }
});

document.querySelector("[data-keys]")?.addEventListener("click", (event) => {
  event.preventDefault();
  showKeys();
});

// ---- news: one line for each page that is looked at; browsers have six in all

const live = document.body.dataset.live;
let line = null;
let last = null;

function listen() {
  line?.close();
  line = null;
  if (!live || document.hidden) return;
  line = new EventSource(last ? `${live}?after=${encodeURIComponent(last)}` : live);
  line.addEventListener("change", (event) => {
    last = event.data;
    htmx.trigger(document.body, "desk:change", { mark: last });
  });
}

document.addEventListener("visibilitychange", listen);
window.addEventListener("pagehide", () => line?.close());
window.addEventListener("pageshow", listen);
