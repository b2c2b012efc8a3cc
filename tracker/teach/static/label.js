"use strict";
(() => {
  const $ = (id) => document.getElementById(id), SVG = "http://www.w3.org/2000/svg";
  const words = JSON.parse($("words").textContent);
  const say = (text, values = {}) => (words[text] || text).replace(/%\((\w+)\)s/g, (_, key) => values[key]);
  const COLOURS = ["#ffb000", "#4cc9f0", "#f72585", "#70e000", "#c77dff", "#ff7b54", "#00e5c3", "#e0e0e0"];
  const REACH_PX = 22, DRAW_PX = 6, NUDGE = 0.002;
  let labels = [], items = [], at = 0, chosen = -1, current = 0, past = [], drag = null, unit = 1;

  const item = () => items[at];
  const copy = (boxes) => boxes.map((b) => ({ label: b.label, xyxy: [...b.xyxy], score: b.score }));
  const colour = (label) => COLOURS[Math.max(0, labels.indexOf(label)) % COLOURS.length];
  const make = (name, values, parent) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
    parent.append(made);
    return made;
  };

  // --- saving: the last word on each picture goes out, one after another, again until it is there
  const waiting = new Map();
  let sending = false;
  function save(one) {
    waiting.set(one.name, JSON.stringify({ state: one.state, boxes: one.boxes }));
    told("Saving", "busy");
    send();
  }
  async function send() {
    if (sending) return;
    sending = true;
    while (waiting.size) {
      const [name, body] = waiting.entries().next().value;
      try {
        const answer = await fetch(`pictures/${name}`, { method: "POST", headers: { "Content-Type": "application/json" }, body });
        if (!answer.ok) throw new Error(answer.status);
        if (waiting.get(name) === body) waiting.delete(name);
      } catch {
        told("Not saved, trying again", "lost");
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
    sending = false;
    told("Saved", "");
  }
  function told(text, kind) { $("saved").textContent = say(text); $("saved").className = `saved ${kind}`; }
  addEventListener("beforeunload", (event) => { if (waiting.size) event.preventDefault(); });

  // --- changing: whatever changes goes through here, so that undo knows it
  function change(act) {
    const one = item();
    past.push({ name: one.name, state: one.state, boxes: copy(one.boxes) });
    if (past.length > 500) past.shift();
    act(one);
    save(one);
  }
  function undo() {
    const before = past.pop();
    if (!before) return;
    const where = items.findIndex((one) => one.name === before.name);
    if (where < 0) return undo();
    at = where;
    Object.assign(item(), { state: before.state, boxes: before.boxes });
    chosen = -1;
    save(item());
    show();
  }
  function decide(state) {
    if (at >= items.length) return;
    change((one) => { one.state = state; });
    const open = (one) => one.state === "open";
    const after = items.findIndex((one, i) => i > at && open(one));
    at = after >= 0 ? after : items.findIndex(open);
    if (at < 0) at = items.length;
    chosen = -1;
    show();
  }
  function go(step) {
    at = Math.min(items.length - 1, Math.max(0, at + step));
    chosen = -1;
    show();
  }
  function removeBox() {
    if (chosen < 0) return;
    change((one) => one.boxes.splice(chosen, 1));
    chosen = -1;
    show();
  }
  function setClass(index) {
    if (index >= labels.length) return;
    current = index;
    if (chosen >= 0 && item().boxes[chosen].label !== labels[index]) {
      change((one) => { one.boxes[chosen].label = labels[index]; one.boxes[chosen].score = 1; });
    }
    show();
  }
  async function erase() {
    const one = item();
    $("sure").close();
    waiting.delete(one.name);
    try {
      const answer = await fetch(`pictures/${one.name}`, { method: "DELETE" });
      if (!answer.ok) throw new Error(answer.status);
    } catch { told("Not saved, trying again", "lost"); return; }
    items.splice(items.indexOf(one), 1);
    past = past.filter((before) => before.name !== one.name);
    at = Math.min(at, items.length);
    chosen = -1;
    told("Saved", "");
    show();
  }

  // --- showing
  function show() {
    const over = at >= items.length, one = item(), kept = items.filter((i) => i.part === "kept");
    const count = (list, state) => list.filter((i) => i.state === state).length;
    const decided = (list) => list.length - count(list, "open");
    $("done").textContent = say("%(done)s of %(all)s", { done: decided(items), all: items.length });
    $("skipped").textContent = say("%(skipped)s skipped", { skipped: count(items, "skipped") });
    $("kept").textContent = say("%(kept)s of %(keptAll)s kept back", { kept: decided(kept), keptAll: kept.length });
    $("bar").max = items.length || 1;
    $("bar").value = decided(items);
    $("finished").hidden = !over;
    $("stage").hidden = over;
    document.querySelector(".state").hidden = over;
    for (const id of ["skip", "accept", "person", "next"]) $(id).disabled = over;
    $("undo").disabled = !past.length;
    $("delete").disabled = over || chosen < 0;
    $("back").disabled = at === 0;
    if (over) return;
    $("state").textContent = say({ open: "To do", accepted: "Accepted", skipped: "Skipped" }[one.state]);
    $("state").className = `chip ${one.state}`;
    $("part").hidden = one.part !== "kept";
    showClasses();
    draw();
    for (const near of [items[at + 1], items[at - 1]]) if (near) new Image().src = `pictures/${near.name}.jpg`;
  }
  function showClasses() {
    const label = chosen >= 0 ? item().boxes[chosen].label : labels[current];
    [...$("classes").children].forEach((button, i) => button.setAttribute("aria-checked", labels[i] === label));
  }
  function draw() {
    const one = item(), svg = $("picture");
    svg.setAttribute("viewBox", `0 0 ${one.width} ${one.height}`);
    const shown = svg.getBoundingClientRect();
    unit = Math.max(one.width / shown.width, one.height / shown.height);
    let image = svg.querySelector("image");
    if (!image) image = make("image", {}, svg);
    if (image.getAttribute("href") !== `pictures/${one.name}.jpg`) {
      for (const [key, value] of Object.entries({ href: `pictures/${one.name}.jpg`, width: one.width, height: one.height })) image.setAttribute(key, value);
    }
    svg.querySelectorAll("g").forEach((old) => old.remove());
    one.boxes.forEach((box, i) => { if (i !== chosen) drawBox(svg, box, false); });
    if (chosen >= 0) drawBox(svg, one.boxes[chosen], true);
  }
  function drawBox(svg, box, isChosen) {
    const { width, height } = item(), [l, t, r, b] = box.xyxy;
    const x = l * width, y = t * height, w = (r - l) * width, h = (b - t) * height;
    const group = make("g", { class: `box${isChosen ? " chosen" : ""}${box.score < 0.5 ? " unsure" : ""}` }, svg);
    group.style.setProperty("--c", colour(box.label));
    make("rect", { class: "halo", x, y, width: w, height: h }, group);
    make("rect", { class: "edge", x, y, width: w, height: h }, group);
    const text = say(box.label), tall = 19 * unit, wide = ([...text].reduce((s, c) => s + (c > "\u2e80" ? 14 : 7.6), 0) + 10) * unit;
    const above = y - tall >= 0 ? y - tall : y;
    make("rect", { class: "tag", x, y: above, width: wide, height: tall }, group);
    const tag = make("text", { transform: `translate(${x + 5 * unit} ${above + 14 * unit}) scale(${unit})` }, group);
    tag.textContent = text;
    if (isChosen) {
      for (const grip of GRIPS) {
        const [gx, gy] = gripPlace(box.xyxy, grip), side = 9 * unit;
        make("rect", { class: "grip", x: gx * width - side / 2, y: gy * height - side / 2, width: side, height: side }, group);
      }
    }
  }

  // --- pointer: a grip of the chosen box, else a box, else a new one
  function place(event) {
    const svg = $("picture"), matrix = svg.getScreenCTM().inverse();
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix);
    return [point.x / item().width, point.y / item().height];
  }
  function gripAt(x, y) {
    if (chosen < 0) return null;
    const { width, height } = item(), box = item().boxes[chosen].xyxy;
    const far = (g) => { const [gx, gy] = gripPlace(box, g); return Math.hypot((gx - x) * width, (gy - y) * height) / unit; };
    // In a small box the middle must still move it: grips reach no further than a third of a side inwards.
    const inside = x > box[0] && x < box[2] && y > box[1] && y < box[3];
    const reach = inside ? Math.min(REACH_PX, Math.min((box[2] - box[0]) * width, (box[3] - box[1]) * height) / unit / 3) : REACH_PX;
    const near = GRIPS.map((g) => [far(g), g]).sort((a, b) => a[0] - b[0])[0];
    return near[0] <= reach ? near[1] : null;
  }
  $("picture").addEventListener("pointerdown", (event) => {
    if (drag || event.button > 0 || at >= items.length) return;
    event.preventDefault();
    $("picture").focus({ preventScroll: true });
    const [x, y] = place(event), grip = gripAt(x, y), under = boxUnder(item().boxes, x, y);
    const stays = chosen >= 0 && boxUnder([item().boxes[chosen]], x, y) === 0;
    drag = { id: event.pointerId, x, y, from: [event.clientX, event.clientY], grip, moving: grip || stays ? chosen : -1, under, began: false };
    try { $("picture").setPointerCapture(event.pointerId); } catch { /* the pointer is gone already */ }
  });
  $("picture").addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const [x, y] = place(event);
    if (!drag.began) {
      if (Math.hypot(event.clientX - drag.from[0], event.clientY - drag.from[1]) < DRAW_PX) return;
      drag.began = true;
      change((one) => {
        if (drag.moving < 0) {
          one.boxes.push({ label: labels[current], xyxy: clampBox([drag.x, drag.y, x, y]), score: 1 });
          chosen = one.boxes.length - 1;
        } else drag.start = [...one.boxes[drag.moving].xyxy];
      });
    }
    const box = item().boxes[chosen];
    if (drag.moving < 0) box.xyxy = clampBox([drag.x, drag.y, x, y]);
    else if (drag.grip) box.xyxy = draggedBox(drag.start, drag.grip, x - drag.x, y - drag.y);
    else box.xyxy = movedBox(drag.start, x - drag.x, y - drag.y);
    box.score = 1;
    draw();
  });
  const release = (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    if (drag.began) save(item());
    else if (!drag.grip) {
      // A second tap on a box chooses none, so that the next tap reaches what lies below.
      chosen = drag.under === chosen ? -1 : drag.under;
      if (chosen >= 0) current = Math.max(0, labels.indexOf(item().boxes[chosen].label));
    }
    drag = null;
    show();
  };
  $("picture").addEventListener("pointerup", release);
  $("picture").addEventListener("pointercancel", release);

  // --- keys
  function nudge(dx, dy, grow) {
    change((one) => {
      const box = one.boxes[chosen];
      box.xyxy = grow ? draggedBox(box.xyxy, [1, 1], dx, dy) : movedBox(box.xyxy, dx, dy);
      box.score = 1;
    });
    show();
  }
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  document.addEventListener("keydown", (event) => {
    if ($("sure").open) {
      if (event.key === "Enter") { event.preventDefault(); erase(); }
      return;
    }
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if ((event.ctrlKey || event.metaKey) && key === "z") { event.preventDefault(); return undo(); }
    if (event.ctrlKey || event.metaKey || event.altKey || drag) return;
    const pressed = document.activeElement instanceof HTMLButtonElement || document.activeElement instanceof HTMLAnchorElement;
    if (pressed && (key === " " || key === "Enter" || key === "Tab")) return;
    const on = at < items.length;
    if (ARROWS[key] && (chosen >= 0 || !on)) {
      event.preventDefault();
      if (on) return nudge(ARROWS[key][0] * NUDGE, ARROWS[key][1] * NUDGE, event.shiftKey);
    }
    const acts = {
      Enter: () => decide("accepted"), " ": () => decide("accepted"), s: () => decide("skipped"), z: undo,
      Delete: removeBox, Backspace: removeBox, x: removeBox, p: () => on && $("sure").showModal(),
      ArrowLeft: () => go(-1), ArrowRight: () => go(1), Escape: () => { chosen = -1; show(); },
      Tab: () => { if (on && item().boxes.length) { chosen = (chosen + (event.shiftKey ? -1 : 1) + item().boxes.length) % item().boxes.length; show(); } },
    };
    if (key === "Tab" && document.activeElement !== $("picture")) return;
    // Out of the picture by Tab once every box was chosen: nobody is locked in.
    if (key === "Tab" && on && (event.shiftKey ? chosen <= 0 : chosen === item().boxes.length - 1)) { chosen = -1; show(); return; }
    if (/^[1-9]$/.test(key) && on) return setClass(Number(key) - 1);
    if (acts[key]) { event.preventDefault(); if (on || key === "z" || key === "ArrowLeft") acts[key](); }
  });

  const click = (id, act) => $(id).addEventListener("click", () => { act(); $("picture").focus({ preventScroll: true }); });
  click("accept", () => decide("accepted"));
  click("skip", () => decide("skipped"));
  click("undo", undo);
  click("delete", removeBox);
  click("back", () => go(-1));
  click("next", () => go(1));
  click("again", () => { at = 0; show(); });
  $("person").addEventListener("click", () => $("sure").showModal());
  $("keep").addEventListener("click", () => $("sure").close());
  $("erase").addEventListener("click", erase);
  addEventListener("resize", () => { if (at < items.length) draw(); });

  fetch("pictures").then((answer) => answer.json()).then((all) => {
    labels = all.labels;
    items = all.pictures;
    labels.forEach((label, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("role", "radio");
      button.style.setProperty("--c", COLOURS[i % COLOURS.length]);
      button.append(say(label), " ", Object.assign(document.createElement("kbd"), { textContent: i + 1 }));
      button.addEventListener("click", () => { setClass(i); $("picture").focus({ preventScroll: true }); });
      $("classes").append(button);
    });
    const open = items.findIndex((one) => one.state === "open");
    at = open < 0 ? items.length : open;
    told("Saved", "");
    show();
    $("picture").focus({ preventScroll: true });
  });
})();
