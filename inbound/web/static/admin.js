// What pages show to holders of the admin key. The key lives in this tab alone (sessionStorage) and travels in a header:
// never in an address, never in a cookie. What comes from the API is only ever put into pages as text.
"use strict";

(() => {
  const PLACE = "daybook.admin-key";
  const page = document.querySelector("[data-admin]");
  const at = (id) => document.getElementById(id);

  // A browser may forbid to keep anything; then the key lasts until the page is left.
  let held = "";
  try {
    held = sessionStorage.getItem(PLACE) ?? "";
  } catch {}
  function keep(key) {
    held = key;
    try {
      if (key) sessionStorage.setItem(PLACE, key);
      else sessionStorage.removeItem(PLACE);
    } catch {}
  }

  class Refusal extends Error {
    constructor(message, status) {
      super(message);
      this.status = status;
    }
  }

  async function send(method, path) {
    const headers = { "X-Admin-Key": held };
    try {
      return await fetch(path, { method, headers, cache: "no-store", redirect: "error" });
    } catch {
      throw new Refusal("Daybook does not answer. It may be stopped, or the network is away.", 0);
    }
  }

  async function ask(method, path) {
    const answer = await send(method, path);
    const body = await answer.json().catch(() => null);
    if (answer.ok && body) return body;
    const details = (body?.details ?? []).map((one) => one.message);
    const said = details.length > 1 ? details.join(" ") : body?.detail;
    throw new Refusal(said ?? `Daybook answered ${answer.status} and did not say why.`, answer.status);
  }

  // On /sources: the same page, as holders of the key see it.
  async function showSources() {
    const answer = await send("GET", location.pathname);
    if (answer.status === 401) return keep("");
    if (!answer.ok) return;
    const shown = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    if (shown) document.querySelector("main").replaceChildren(...shown.childNodes);
  }

  if (page?.dataset.admin === "sources" && held) showSources().catch(() => {});
  if (page?.dataset.admin !== "runs") return;

  // Words
  const NAMES = Object.fromEntries([...at("source").options].map((one) => [one.value, one.textContent]));
  const KINDS = { backfill: "Backfill", sync: "Sync", census: "Census" };
  const number = (value) => value.toLocaleString("en-GB");
  const count = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;
  const usual = { timeZone: "UTC", day: "numeric", month: "short", year: "numeric" };
  const dayFormat = new Intl.DateTimeFormat("en-GB", usual);
  const minuteFormat = new Intl.DateTimeFormat("en-GB", { ...usual, hour: "2-digit", minute: "2-digit" });
  const day = (text) => dayFormat.format(new Date(text));
  const minute = (text) => `${minuteFormat.format(new Date(text))} UTC`;
  // The window ends before its last moment: midnight is still the day before.
  const lastDay = (text) => dayFormat.format(new Date(Date.parse(text) - 1));

  function lasting(seconds) {
    if (seconds < 60) return count(Math.max(1, Math.round(seconds)), "second");
    if (seconds < 5_400) return count(Math.round(seconds / 60), "minute");
    if (seconds < 172_800) return `${Math.round(seconds / 360) / 10} hours`;
    return count(Math.round(seconds / 86_400), "day");
  }

  function what(run) {
    const of = run.item ?? run.project;
    return `${KINDS[run.kind] ?? "Backfill"} of ${NAMES[run.source] ?? run.source}${of ? `, ${of}` : ""}`;
  }

  function stretch(run) {
    if (run.kind === "sync") return `changes since ${minute(run.from)}`;
    if (run.kind === "census") return `everything since ${day(run.from)}`;
    if (run.item) return "this record alone";
    if (run.days) return `the last ${count(run.days, "day")}`;
    return `${day(run.from)} to ${lastDay(run.to)}`;
  }

  function counts(run) {
    const done = run.progress;
    const parts = [];
    if (run.state !== "queued") {
      const of = done.expected === null ? "" : `${number(done.distinct)} of `;
      const all = count(done.expected ?? done.distinct, "record");
      parts.push(`${of}${all}${run.kind === "census" ? " compared" : ""}`);
    }
    const told = ["new", "changed", "unchanged", "gone"].filter((name) => done[name] > 0);
    parts.push(...told.map((name) => `${number(done[name])} ${name}`));
    if (done.quarantined > 0) parts.push(`${number(done.quarantined)} could not be read`);
    if (done.requests > 0) {
      const isPlanned = done.plan && !run.finished_at;
      const of = isPlanned ? `${number(done.requests)} of about ` : "";
      parts.push(of + count(isPlanned ? done.plan.requests : done.requests, "request"));
    }
    if (done.waits > 0) parts.push(count(done.waits, "wait"));
    if (run.seconds_left !== null) parts.push(`about ${lasting(run.seconds_left)} left`);
    return parts.join(" · ");
  }

  function when(run) {
    const parts = [`asked for by ${run.requested_by}, ${minute(run.created_at)}`];
    if (run.finished_at) {
      const spent = run.started_at ? (Date.parse(run.finished_at) - Date.parse(run.started_at)) / 1000 : null;
      parts.push(`ended ${minute(run.finished_at)}${spent === null ? "" : ` after ${lasting(spent)}`}`);
    }
    return parts.join("; ");
  }

  function lines(list, texts) {
    const one = (text) => Object.assign(document.createElement("li"), { textContent: text });
    list.replaceChildren(...texts.map(one));
    list.hidden = texts.length === 0;
  }

  // Runs
  const shown = new Map();
  const CLASSES = { running: "in_progress", done: "done", failed: "bad" };

  function slot(item, name) {
    return item.querySelector(`[data-slot="${name}"]`);
  }

  function text(item, name, words) {
    const place = slot(item, name);
    if (place.textContent !== words) place.textContent = words;
    place.hidden = words === "";
  }

  function draw(run) {
    let item = shown.get(run.id);
    if (!item) {
      item = at("run").content.firstElementChild.cloneNode(true);
      slot(item, "cancel").addEventListener("click", () => cancel(run.id, item));
      shown.set(run.id, item);
    }
    const isOver = run.finished_at !== null;
    text(item, "state", run.state);
    slot(item, "state").className = `pill ${CLASSES[run.state] ?? ""}`;
    text(item, "what", what(run));
    text(item, "window", stretch(run));
    text(item, "counts", counts(run));
    text(item, "error", run.error ?? "");
    text(item, "when", when(run));
    lines(slot(item, "warnings"), run.warnings);
    const bar = slot(item, "bar");
    bar.hidden = run.state !== "running";
    bar.setAttribute("aria-label", `How far the ${what(run)} is`);
    if (run.share === null) bar.removeAttribute("value");
    else bar.value = run.share;
    slot(item, "cancel").setAttribute("aria-label", `Cancel the ${what(run)}`);
    slot(item, "end").hidden = isOver;
    return item;
  }

  async function cancel(id, item) {
    const button = slot(item, "cancel");
    button.disabled = true;
    try {
      draw(await ask("POST", `/api/backfill/${encodeURIComponent(id)}/cancel`));
      at("list-trouble").textContent = "";
    } catch (refusal) {
      refused(refusal, "list-trouble");
    }
    button.disabled = false;
  }

  let timer = 0;
  async function refresh() {
    clearTimeout(timer);
    if (!held) return;
    let pause = 15_000;
    if (!document.hidden) {
      try {
        const { backfills } = await ask("GET", "/api/backfill");
        // The key may have been forgotten meanwhile.
        if (!held) return;
        const items = backfills.map(draw);
        const list = at("list");
        // Only what has moved is moved, so that whoever stands on a button stays there.
        items.forEach((item, place) => {
          if (list.children[place] !== item) list.insertBefore(item, list.children[place] ?? null);
        });
        while (list.children.length > items.length) list.lastElementChild.remove();
        at("no-runs").hidden = items.length > 0;
        at("list-trouble").textContent = "";
        if (backfills.some((run) => run.finished_at === null)) pause = 2_000;
      } catch (refusal) {
        refused(refusal, "list-trouble");
      }
    }
    clearTimeout(timer);
    if (held) timer = setTimeout(refresh, pause);
  }
  document.addEventListener("visibilitychange", refresh);

  // The key
  function refused(refusal, place) {
    if (refusal.status === 401) lock(refusal.message);
    else at(place).textContent = refusal.message;
  }

  function lock(message) {
    keep("");
    clearTimeout(timer);
    shown.clear();
    at("list").replaceChildren();
    hidePlan();
    for (const id of ["told", "ask-trouble", "list-trouble"]) at(id).textContent = "";
    at("inside").hidden = true;
    at("key-form").hidden = false;
    at("key-trouble").textContent = message;
    at("key").focus();
  }

  async function unlock() {
    try {
      const { off } = await ask("GET", "/api/sources");
      for (const option of at("source").options) {
        option.disabled = off.includes(option.value);
        option.textContent = NAMES[option.value] + (option.disabled ? " (off)" : "");
      }
      const first = [...at("source").options].find((option) => !option.disabled);
      if (at("source").selectedOptions[0]?.disabled && first) at("source").value = first.value;
      at("key-form").hidden = true;
      at("inside").hidden = false;
      at("key-trouble").textContent = "";
      await refresh();
    } catch (refusal) {
      if (refusal.status === 401) return lock(refusal.message);
      at("key-form").hidden = false;
      at("key-trouble").textContent = refusal.message;
    }
  }

  at("key-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const key = at("key").value.trim();
    if (!/^[\x20-\x7e]+$/.test(key)) return lock("A key consists of plain letters, digits and signs; this one does not.");
    at("key").value = "";
    keep(key);
    unlock();
  });
  at("forget").addEventListener("click", () => lock(""));

  // The plan
  let planned = null;
  function hidePlan() {
    planned = null;
    at("plan").hidden = true;
  }

  function address() {
    const query = new URLSearchParams();
    const reach = at("ask").elements.reach.value;
    const add = (name, id) => query.append(name, at(id).value.trim());
    if (reach === "days") add("days", "days");
    else if (reach === "item") add("item", "item");
    else (add("from_date", "from"), add("to_date", "to"));
    if (reach !== "item" && at("project").value.trim()) add("project", "project");
    return { path: `/api/backfill/${at("source").value}`, query };
  }

  function drawPlan(plan) {
    const run = { ...plan, kind: "backfill" };
    at("plan-what").textContent = `${what(run)}: ${stretch(run)}`;
    const expected = plan.expected === null ? "The source does not say how many" : number(plan.expected);
    at("plan-records").textContent = expected;
    const about = plan.plan?.estimated ? "about " : "";
    at("plan-requests").textContent = plan.plan ? about + number(plan.plan.requests) : "It cannot be told";
    at("plan-time").textContent = plan.plan ? `at least ${lasting(plan.plan.seconds)}` : "It cannot be told";
    lines(at("plan-warnings"), [...plan.warnings, ...plan.unseen.map((one) => `Not seen: ${one}`)]);
    at("plan").hidden = false;
    at("plan-title").focus();
  }

  async function busy(button, work) {
    button.disabled = true;
    at("ask-trouble").textContent = "";
    at("told").textContent = "";
    try {
      await work();
    } catch (refusal) {
      refused(refusal, "ask-trouble");
    }
    button.disabled = false;
  }

  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    hidePlan();
    const { path, query } = address();
    busy(at("show-plan"), async () => {
      at("told").textContent = "Asking the source how much there is…";
      const dry = new URLSearchParams(query);
      dry.append("dry_run", "true");
      const plan = await ask("POST", `${path}?${dry}`).finally(() => (at("told").textContent = ""));
      planned = `${path}?${query}`;
      drawPlan(plan);
    });
  });

  // A plan is for what the form says: whoever changes that needs another one.
  at("ask").addEventListener("input", (event) => {
    hidePlan();
    const radio = { days: "by-days", from: "by-dates", to: "by-dates", item: "by-item" }[event.target.id];
    if (radio) at(radio).checked = true;
    at("project-line").hidden = at("by-item").checked;
  });
  at("dismiss").addEventListener("click", hidePlan);
  at("start").addEventListener("click", () => {
    if (!planned) return;
    busy(at("start"), async () => {
      const accepted = await ask("POST", planned);
      hidePlan();
      at("told").textContent = accepted.deduplicated
        ? "This is being read already; nothing was started twice."
        : "Accepted. It is the first in the list below.";
      await refresh();
    });
  });

  const today = new Date().toISOString().slice(0, 10);
  at("from").max = today;
  at("to").max = today;
  if (held) unlock();
  else at("key-form").hidden = false;
})();
