// The header's switches keep the rest of the address, which holds the state of the screen.
"use strict";

function go(name, value, keep) {
  const address = new URL(window.location.href);
  if (!keep) address.search = "";
  const current = new URLSearchParams(window.location.search);
  for (const always of ["lang", "theme", "as_of"]) {
    if (current.has(always)) address.searchParams.set(always, current.get(always));
  }
  if (value === "") address.searchParams.delete(name);
  else address.searchParams.set(name, value);
  window.location.assign(address);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-set], [data-drop]");
  if (!target) return;
  event.preventDefault();
  if (target.dataset.drop) go(target.dataset.drop, "", true);
  else go(target.dataset.set, target.dataset.to, true);
});

// A menu closes when something else is pressed, and on Escape.
const openMenus = () => document.querySelectorAll("nav details[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "dataset") go("dataset", event.target.value, false);
  if (event.target.id === "as-of") {
    go("as_of", event.target.value === event.target.max ? "" : event.target.value, true);
  }
});

// A copy button says what it did; it may stand in a card, whose inside the page does not see.
document.addEventListener("click", async (event) => {
  const button = event.composedPath().find((each) => each.dataset?.copy !== undefined);
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const before = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = before; }, 2000);
});

// The header's search: what is typed is asked of the server, what is chosen opens where it can.
const search = document.getElementById("search");
const found = document.getElementById("found");
let asked = 0;
let chosen = -1;

function openFound(item) {
  const parameter = item.dataset.parameter ? JSON.parse(item.dataset.parameter) : null;
  const layout = document.body.classList;
  const shows = {area: ["overview", "linked", "topic", "indicator"], indicator: ["overview", "indicator"]};
  if (parameter && shows[parameter[0]].some((name) => layout.contains(name))) {
    go(parameter[0], parameter[1], true);
    return;
  }
  const address = new URL(item.dataset.address, window.location.href);
  const current = new URLSearchParams(window.location.search);
  for (const always of ["lang", "theme", "as_of"]) {
    if (current.has(always)) address.searchParams.set(always, current.get(always));
  }
  window.location.assign(address);
}

function closeFound() {
  found.hidden = true;
  chosen = -1;
  search.setAttribute("aria-expanded", "false");
  search.removeAttribute("aria-activedescendant");
}

function choose(place) {
  const items = [...found.querySelectorAll("[role=option]")];
  if (!items.length) return;
  chosen = (place + items.length) % items.length;
  items.forEach((item, n) => item.setAttribute("aria-selected", String(n === chosen)));
  search.setAttribute("aria-activedescendant", items[chosen].id);
  items[chosen].scrollIntoView({block: "nearest"});
}

function showFound(things) {
  found.replaceChildren(...things.map((thing, n) => {
    const item = document.createElement("li");
    item.id = `found-${n}`;
    item.setAttribute("role", "option");
    item.dataset.address = thing.address;
    if (thing.parameter) item.dataset.parameter = JSON.stringify(thing.parameter);
    const kind = document.createElement("small");
    kind.textContent = thing.kind;
    item.append(thing.title, " ", kind);
    return item;
  }));
  if (!things.length) {
    const none = document.createElement("li");
    none.textContent = search.dataset.none;
    found.append(none);
  }
  found.hidden = false;
  search.setAttribute("aria-expanded", "true");
  chosen = -1;
  if (things.length) choose(0);
}

async function ask() {
  const words = search.value.trim();
  const number = ++asked;
  if (!words) return void closeFound();
  const current = new URLSearchParams(window.location.search);
  const query = new URLSearchParams({q: words, lang: document.documentElement.lang});
  if (current.has("as_of")) query.set("as_of", current.get("as_of"));
  const answer = await fetch(`search?${query}`);
  const things = (await answer.json()).found;  // read to its end even where nobody waits for it
  if (answer.ok && number === asked) showFound(things);
}

if (search) {
  search.addEventListener("input", ask);
  search.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") choose(chosen + 1);
    else if (event.key === "ArrowUp") choose(chosen - 1);
    else if (event.key === "Escape") closeFound();
    else if (event.key === "Enter" && chosen >= 0) openFound(found.querySelectorAll("[role=option]")[chosen]);
    else return;
    event.preventDefault();
  });
  found.addEventListener("pointerdown", (event) => event.preventDefault());
  found.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) openFound(item);
  });
  search.addEventListener("blur", () => setTimeout(closeFound, 150));
  document.addEventListener("keydown", (event) => {
    const typing = event.composedPath()[0];
    if (event.key !== "/" || /^(INPUT|TEXTAREA|SELECT)$/.test(typing.tagName)) return;
    event.preventDefault();
    search.focus();
  });
}

// Each state is an entry of the browser's history: going back to one shows it.
window.addEventListener("popstate", () => window.location.reload());

// What rotate.js keeps there is not the board's.
function keepAddress(search) {
  const next = new URLSearchParams(search);
  const current = new URLSearchParams(window.location.search);
  for (const name of ["rotate", "pages", "stopped"]) {
    if (current.has(name)) next.set(name, current.get(name));
  }
  if (next.toString() !== current.toString()) window.history.pushState({}, "", `?${next}`);
}

// Bokeh lays text out as if a rem were 16 pixels: on a wall its labels would overlap. So sizes in
// rem are told in pixels, a narrow map keeps its values and drops the names, a phone's writes them small.
const NARROW = 1100;
const PHONE = 560;

function inPixels(size, rem) {
  const match = /^([\d.]+)rem$/.exec(size);
  return match ? `${(parseFloat(match[1]) * rem).toFixed(1)}px` : size;
}

function fit(model, rem) {
  for (const property of model) {
    if (!property.attr.endsWith("font_size")) continue;
    const value = property.get_value();
    const size = typeof value === "string" ? value : value?.value;
    if (typeof size !== "string" || !size.endsWith("rem")) continue;
    const pixels = inPixels(size, rem);
    model.setv({[property.attr]: typeof value === "string" ? pixels : {value: pixels}}, {sync: false});
  }
  if (model.name === "names") model.setv({visible: window.innerWidth > NARROW}, {sync: false});
  if (model.name === "values" && window.innerWidth <= PHONE) {
    model.glyph.setv({text_font_size: {value: "10px"}}, {sync: false});
  }
}

function fitWhenDrawn() {
  const bokeh = window.Bokeh?.documents?.[0];
  if (!bokeh || !bokeh.is_idle) return void setTimeout(fitWhenDrawn, 50);
  bokeh.on_message("address", keepAddress);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  if (rem === 16 && window.innerWidth > NARROW) return;
  for (const model of bokeh._all_models.values()) fit(model, rem);
}

fitWhenDrawn();
