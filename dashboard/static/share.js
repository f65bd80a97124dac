// Copies the address or the snippet that stands beside a button. Without a clipboard the
// text is selected instead, so that the keyboard copies it.

for (const button of document.querySelectorAll("[data-copy-near]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = button.closest(".copy").querySelector("input, textarea");
    const told = button.closest(".copy").nextElementSibling;
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = "Copied.";
    } catch {
      field.focus();
      field.select();
      told.textContent = "Selected: copy it with your keyboard or menu.";
    }
  });
}
