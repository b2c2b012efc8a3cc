// Keeps an open page up to date: asks for the page again and puts its changed parts in place. Without this script the
// page loads itself anew now and then (see layout.html).
(() => {
  "use strict";
  const everyMs = Number(document.body.dataset.refreshS) * 1000;
  if (!everyMs) return;
  const lost = document.getElementById("lost");

  const putInPlace = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (next && next.innerHTML !== part.innerHTML) part.replaceChildren(...next.childNodes);
    }
    document.title = fresh.title;
  };

  const ask = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { cache: "no-cache", signal: AbortSignal.timeout(4 * everyMs) });
      if (!answer.ok) throw new Error(String(answer.status));
      putInPlace(await answer.text());
      lost.hidden = true;
    } catch {
      lost.hidden = false; // old figures must not pass for new ones
    }
  };

  const keepAsking = async () => {
    await ask();
    setTimeout(keepAsking, everyMs);
  };

  setTimeout(keepAsking, everyMs);
  document.addEventListener("visibilitychange", ask);
})();
