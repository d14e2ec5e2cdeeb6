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

// Each state is an entry of the browser's history: going back to one shows it.
window.addEventListener("popstate", () => window.location.reload());

function keepAddress(search) {
  if (search !== window.location.search) window.history.pushState({}, "", search);
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
