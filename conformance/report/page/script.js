"use strict";
// The state of the filter is in the address, so that a view can be sent to somebody: #q=sum&v=diverges&t=engine
const search = document.getElementById("search");
const boxes = [...document.querySelectorAll("input[name=verdict]")];
const target = document.getElementById("target");
const rows = [...document.querySelectorAll("#cells > details")];
const texts = rows.map((row) => row.textContent.toLowerCase());

function show() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  let shown = 0;
  rows.forEach((row, place) => {
    const fits = verdicts.has(row.dataset.verdict)
      && (!target.value || row.dataset.target === target.value)
      && words.every((word) => texts[place].includes(word));
    row.hidden = !fits;
    shown += fits;
  });
  document.getElementById("shown").textContent = `${shown} of ${rows.length} shown`;
}

function read() {
  const asked = new URLSearchParams(location.hash.slice(1));
  search.value = asked.get("q") ?? "";
  target.value = asked.get("t") ?? "";
  const verdicts = asked.get("v")?.split(",");
  boxes.forEach((box) => { box.checked = verdicts ? verdicts.includes(box.value) : box.defaultChecked; });
  show();
}

function write() {
  const asked = new URLSearchParams();
  if (search.value) asked.set("q", search.value);
  if (target.value) asked.set("t", target.value);
  asked.set("v", boxes.filter((box) => box.checked).map((box) => box.value).join(","));
  history.replaceState(null, "", "#" + asked);
  show();
}

for (const control of [search, target, ...boxes]) control.addEventListener("input", write);
window.addEventListener("hashchange", read);
read();
