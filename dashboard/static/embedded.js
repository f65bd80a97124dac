// Inside the widget: tells the page around it how high it is, and nothing else.

if (parent !== window) {
  const tell = () =>
    parent.postMessage({ edmWidgetHeight: document.documentElement.offsetHeight }, "*");
  new ResizeObserver(tell).observe(document.documentElement);
}
