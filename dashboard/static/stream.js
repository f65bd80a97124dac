// A motion's changes as they come: from the last id a page has, nothing twice, until it is left.

export function follow(address, afterId, onChange) {
  let lastId = afterId;
  let source = null;
  let retry = 0;

  function listen() {
    clearTimeout(retry);
    source = new EventSource(`${address}?after=${lastId}`);
    source.addEventListener("signature", (message) => {
      const change = JSON.parse(message.data);
      if (change.id <= lastId) return;
      lastId = change.id;
      onChange(change);
    });
    source.addEventListener("error", () => {
      // The browser reconnects by itself, unless it was refused.
      if (source.readyState !== EventSource.CLOSED) return;
      retry = setTimeout(listen, 5_000 + Math.random() * 10_000);
    });
  }

  addEventListener("pagehide", () => {
    clearTimeout(retry);
    source?.close();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) listen();
  });
  listen();
}
