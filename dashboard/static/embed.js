// For other sites: puts the widget where this script's tag stands, in place of the link
// before it, and gives it the height that it asks for. Sets nothing, asks nobody else.

(() => {
  const script = document.currentScript;
  if (!script) return;
  const source = new URL("embed", script.src);
  const frame = document.createElement("iframe");
  frame.src = source.href;
  frame.title = "Who has signed the motion";
  frame.width = "100%";
  frame.height = "560";
  frame.loading = "lazy";
  frame.setAttribute("frameborder", "0");
  frame.style.maxWidth = "480px";
  frame.style.border = "0";

  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== source.origin) return;
    const height = Number(event.data && event.data.edmWidgetHeight);
    if (height > 0 && height < 5000) frame.height = String(Math.ceil(height));
  });

  const page = source.href.slice(0, -"/embed".length);
  const before = script.previousElementSibling;
  const link = before && (before.matches("a") ? before : before.querySelector("a"));
  if (link && link.href.startsWith(page)) before.replaceWith(frame);
  else script.before(frame);
})();
