// "None of these" goes with nothing else: ticking it clears the others, and the other way round.
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.type !== "checkbox" || !box.checked) return;
  for (const other of box.form.querySelectorAll("input[type=checkbox]")) {
    if (other !== box && (box.hasAttribute("data-alone") || other.hasAttribute("data-alone"))) {
      other.checked = false;
    }
  }
});
