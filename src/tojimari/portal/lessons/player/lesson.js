// Runs a lesson inside a learning system that speaks SCORM 1.2; without one it only shows it.
"use strict";
(function () {
  function find(from) {
    for (let hops = 0, here = from; here && hops < 12; hops += 1) {
      if (here.API) { return here.API; }
      if (here.parent === here) { return null; }
      here = here.parent;
    }
    return null;
  }
  const system = find(window) || (window.opener ? find(window.opener) : null);
  const began = Date.now();
  let over = false;

  function set(name, value) {
    if (system) { system.LMSSetValue("cmi.core." + name, value); }
  }
  // CMITimespan: HHHH:MM:SS
  function since() {
    const seconds = Math.floor((Date.now() - began) / 1000);
    const two = (number) => String(number).padStart(2, "0");
    return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(":");
  }
  function end() {
    if (over || !system) { return; }
    over = true;
    set("session_time", since());
    system.LMSFinish("");
  }

  if (system) {
    system.LMSInitialize("");
    const status = system.LMSGetValue("cmi.core.lesson_status");
    if (status === "not attempted" || status === "") { set("lesson_status", "incomplete"); system.LMSCommit(""); }
  }
  window.addEventListener("pagehide", end);

  const form = document.querySelector("form");
  form.addEventListener("submit", function (event) {
    event.preventDefault();
    const asked = Array.from(form.querySelectorAll("fieldset"));
    let right = 0;
    for (const each of asked) {
      const chosen = each.querySelector("input:checked");
      const good = chosen !== null && chosen.value === "right";
      right += good ? 1 : 0;
      each.classList.add(good ? "good" : "other");
      each.querySelector(".why").hidden = false;
    }
    document.querySelector("#today").hidden = false;
    document.querySelector("#right").textContent = right + " / " + asked.length;
    form.querySelector("button").hidden = true;
    if (!over) {
      set("score.min", "0");
      set("score.max", "100");
      set("score.raw", String(Math.round(100 * right / asked.length)));
      set("lesson_status", "completed");
      if (system) { system.LMSCommit(""); }
    }
    document.querySelector("#today").scrollIntoView();
  });
}());
