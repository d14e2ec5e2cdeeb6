// A screen on a wall goes through its pages by itself: `?rotate=20`, of some pages `&pages=live,safety`.
// It says that it does, stops when somebody touches it, and stops for an alarm that nobody has seen.
"use strict";

(() => {
  const LEAST = 5;               // seconds a page is shown at least: pages take up to two to be drawn
  const MOST = 3600;
  const LOOK_MS = 5000;          // between two looks for alarms
  const OPEN_MS = 15000;         // within which the next page must answer
  const GRACE_MS = 2000;
  const KEPT = ["lang", "theme", "as_of", "at", "speed", "rotate", "pages"];
  const LIVE = "live";
  const SEEN = "cityboard-stopped-for";
  const WORDS = {
    ko: {
      rotating: "자동 순환", seconds: (n) => `${n}초 뒤 다음 화면`, stop: "멈춤", again: "다시 순환",
      stopped: "자동 순환을 멈췄습니다", alarm: "확인하지 않은 경보가 있어 자동 순환을 멈췄습니다",
      simulated: "모의 자료", blind: "경보를 확인할 수 없음", broken: (n) => `열리지 않아 건너뛴 화면 ${n}`,
    },
    en: {
      rotating: "Rotating", seconds: (n) => `next screen in ${n} s`, stop: "Stop", again: "Rotate again",
      stopped: "Rotation stopped", alarm: "Rotation stopped: an alarm is not acknowledged",
      simulated: "SIMULATED", blind: "alarms cannot be read", broken: (n) => `${n} skipped, not opening`,
    },
  };

  const address = new URL(window.location.href);
  const wanted = Number.parseFloat(address.searchParams.get("rotate"));
  if (!Number.isFinite(wanted) || wanted <= 0) return;
  const seconds = Math.min(Math.max(wanted, LEAST), MOST);
  const say = WORDS[document.documentElement.lang] ?? WORDS.ko;
  const here = address.pathname.split("/").pop();

  let state = "rotating";        // or "hand", "alarm": what stopped it
  let graceUntil = 0;            // the hand that starts the rotation does not stop it
  let shownAt = Date.now();      // when this page, or the last try to leave it, began
  let stoppedFor = null;         // the alarm
  let isBlind = false;           // whether alarms could not be read the last time
  let isLeaving = false;
  let skipped = 0;

  const mark = document.createElement("aside");
  mark.id = "rotation";
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const count = document.createElement("span");
  count.setAttribute("aria-hidden", "true");
  const bar = document.createElement("i");
  const button = document.createElement("button");
  button.type = "button";
  mark.append(said, count, button, bar);
  document.body.append(mark);

  // A clock that the address sets goes on from page to page as fast as it did on the first.
  const openedAt = Date.now();
  function clockNow() {
    const at = address.searchParams.get("at");
    const speed = Number.parseInt(address.searchParams.get("speed") ?? "0", 10);
    const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(.*)$/.exec(at ?? "");
    if (!parts || !(speed > 0)) return at;
    const passed = (Date.now() - openedAt) * speed;
    const then = new Date(Date.parse(`${parts[1]}Z`) + passed);
    return then.toISOString().slice(0, 19) + parts[2];
  }

  const left = () => Math.max(0, Math.ceil(seconds - (Date.now() - shownAt) / 1000));

  function write(element, words) {
    if (element.textContent !== words) element.textContent = words;
  }

  function show() {
    mark.className = state;
    const notes = [];
    if (skipped) notes.push(say.broken(skipped));
    if (isBlind) notes.push(say.blind);
    if (state === "rotating") {
      write(said, [say.rotating, ...notes].join(" · "));
      write(count, isLeaving ? "…" : say.seconds(left()));
      bar.style.width = `${100 * Math.min(1, 1 - left() / seconds)}%`;
    } else {
      write(said, stoppedFor ? alarmWords() : say.stopped);
      write(count, "");
      bar.style.width = "0";
    }
    write(button, state === "rotating" ? say.stop : say.again);
  }

  function alarmWords() {
    if (!stoppedFor.title) return say.alarm;
    const simulated = stoppedFor.is_simulated ? ` (▨ ${say.simulated})` : "";
    return `${say.alarm}: ${stoppedFor.level_words} · ${stoppedFor.title}${simulated}`;
  }

  // The address tells whether it rotates, so that a page that is loaded again stays as it was.
  function keep(name, value) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
    const now = new URL(window.location.href);
    if (value === null) now.searchParams.delete(name);
    else now.searchParams.set(name, value);
    window.history.replaceState(window.history.state, "", now);
  }

  // Whoever touches the screen works with it: nothing moves on by itself until it is asked to.
  function stop() {
    if (state === "hand") return;
    state = "hand";
    keep("rotate", null);
    keep("stopped", null);
    show();
  }

  function start() {
    state = "rotating";
    stoppedFor = null;
    shownAt = Date.now();
    graceUntil = shownAt + GRACE_MS;
    keep("rotate", String(seconds));
    keep("stopped", null);
    show();
  }

  function linkTo(page, parameters = {}) {
    const next = new URL(page, window.location.href);
    next.search = "";
    for (const name of KEPT) {
      if (address.searchParams.has(name)) next.searchParams.set(name, address.searchParams.get(name));
    }
    if (next.searchParams.has("at")) next.searchParams.set("at", clockNow());
    for (const [name, value] of Object.entries(parameters)) next.searchParams.set(name, value);
    return next;
  }

  function pages() {
    const named = (address.searchParams.get("pages") ?? "").split(",");
    const chosen = named.filter((name) => /^[a-z][a-z0-9_]*$/.test(name));
    const links = [...document.querySelectorAll("nav details a")];
    const all = links.map((link) => new URL(link.href).pathname.split("/").pop());
    return [...new Set(chosen.length ? chosen : all)];
  }

  // A page that is broken would keep the wall where it is: so it is asked for before it is opened.
  async function opens(next) {
    try {
      const answer = await fetch(next, {cache: "no-store", signal: AbortSignal.timeout(OPEN_MS)});
      return answer.ok && (await answer.text()).includes("assets/rotate.js");
    } catch {
      return false;
    }
  }

  async function leave() {
    isLeaving = true;
    skipped = 0;
    const all = pages();
    const place = all.indexOf(here);
    for (let n = 1; n <= all.length; n += 1) {
      const page = all[(place + n + all.length) % all.length];
      if (page === here || state !== "rotating") break;
      const next = linkTo(page);
      const isWhole = await opens(next);
      if (state !== "rotating") break;
      if (isWhole) return void window.location.assign(next);
      skipped += 1;
    }
    isLeaving = false;
    shownAt = Date.now();
  }

  function tick() {
    if (state === "rotating" && !isLeaving && left() === 0) leave();
    show();
  }

  const seen = () => JSON.parse(window.sessionStorage.getItem(SEEN) ?? "[]");

  async function read() {
    const query = new URLSearchParams({lang: document.documentElement.lang});
    if (address.searchParams.has("as_of")) query.set("as_of", address.searchParams.get("as_of"));
    if (address.searchParams.has("at")) query.set("at", clockNow());
    try {
      const answer = await fetch(`alarms?${query}`, {cache: "no-store"});
      const told = await answer.json();
      isBlind = !answer.ok || Boolean(told.problem);
      return answer.ok ? told.alarms : null;
    } catch {
      isBlind = true;
      return null;
    }
  }

  async function look() {
    if (state === "hand") return;
    const alarms = await read();
    if (alarms !== null) {
      const stopping = alarms.filter((alarm) => alarm.stops_rotation);
      if (state === "alarm") follow(stopping);
      else if (state === "rotating") {
        const fresh = stopping.find((alarm) => !seen().includes(alarm.id));
        if (fresh) stopFor(fresh, stopping);
      }
    }
    show();
  }

  function follow(stopping) {
    stoppedFor = stopping.find((alarm) => alarm.id === stoppedFor?.id) ?? null;
    if (stoppedFor === null) start();
  }

  async function stopFor(alarm, stopping) {
    state = "alarm";
    stoppedFor = alarm;
    window.sessionStorage.setItem(SEEN, JSON.stringify(stopping.map((each) => each.id)));
    keep("stopped", alarm.id);
    const live = linkTo(LIVE, {stopped: alarm.id});
    const isServed = document.querySelector(`nav a[href^="${LIVE}?"]`) !== null;
    if (here !== LIVE && isServed && await opens(live) && state === "alarm") {
      window.location.assign(live);
    }
  }

  if (address.searchParams.has("stopped")) {
    state = "alarm";
    stoppedFor = {id: address.searchParams.get("stopped")};
  }

  button.addEventListener("click", () => {
    if (state === "rotating") stop();
    else start();
  });
  const outside = (event) => {
    if (!mark.contains(event.target) && Date.now() > graceUntil) stop();
  };
  for (const name of ["pointerdown", "touchstart", "wheel", "keydown"]) {
    document.addEventListener(name, outside, {capture: true, passive: true});
  }
  document.addEventListener("pointermove", (event) => {
    if (event.movementX || event.movementY) outside(event);
  }, {capture: true, passive: true});

  show();
  look();
  setInterval(tick, 1000);
  setInterval(look, LOOK_MS);
})();
