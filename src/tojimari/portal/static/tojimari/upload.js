// Files that are too large are said before they are sent: the server ends such a form unread, and
// what was typed would be lost with it.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const most = Number(form.dataset.most);
  if (!most) return;
  let size = 0;
  for (const field of form.querySelectorAll("input[type=file]")) {
    for (const file of field.files) size += file.size;
  }
  form.querySelector("[data-said]")?.remove();
  if (size <= most) return;
  event.preventDefault();
  const said = document.createElement("p");
  said.className = "card warn";
  said.dataset.said = "yes";
  said.tabIndex = -1;
  said.setAttribute("role", "alert");
  said.textContent = form.dataset.tooLarge;
  form.prepend(said);
  said.focus();
});
