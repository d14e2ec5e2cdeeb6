// The header's switches keep the rest of the address, which holds the state of the screen.
"use strict";

function go(name, value, keep) {
  const address = new URL(window.location.href);
  if (!keep) address.search = "";
  const current = new URLSearchParams(window.location.search);
  for (const always of ["lang", "theme"]) {
    if (current.has(always)) address.searchParams.set(always, current.get(always));
  }
  address.searchParams.set(name, value);
  window.location.assign(address);
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-set]");
  if (!target) return;
  event.preventDefault();
  go(target.dataset.set, target.dataset.to, true);
});

document.addEventListener("change", (event) => {
  if (event.target.id === "dataset") go("dataset", event.target.value, false);
});

// Each state is an entry of the browser's history: going back to one shows it.
window.addEventListener("popstate", () => window.location.reload());
