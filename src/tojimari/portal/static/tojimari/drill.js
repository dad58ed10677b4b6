// A drill's page: says that a person had it in front of them, and never what they typed.
const page = document.getElementById("drill");
const told = document.getElementById("told");
const VISIBLE_MS = 1500;
let said = false;

function send(address, fields) {
  const body = new URLSearchParams(fields);
  return fetch(address, { method: "POST", body, headers: { "X-Tojimari-Script": "yes" }, credentials: "omit", keepalive: true }).catch(() => {});
}

// Only time with the page in front counts: a tab that was opened behind says nothing.
function watch() {
  if (said || document.visibilityState !== "visible") return;
  setTimeout(() => {
    if (said || document.visibilityState !== "visible") return;
    said = true;
    send(page.dataset.step, { how: "visible" });
  }, VISIBLE_MS);
}
document.addEventListener("visibilitychange", watch);
watch();

if (page.dataset.form) {
  const asks = document.getElementById("asks");
  // Going into a field is enough: at once the page says what this was, before anything is typed.
  const tell = (event) => {
    event.preventDefault();
    if (asks.hidden) return;
    send(page.dataset.typed, {});
    for (const field of asks.querySelectorAll("input")) field.value = "";
    asks.hidden = true;
    told.hidden = false;
    told.setAttribute("tabindex", "-1");
    told.focus();
  };
  asks.addEventListener("focusin", (event) => {
    if (event.target.tagName === "INPUT") tell(event);
  });
  asks.querySelector("form").addEventListener("submit", tell);
}
