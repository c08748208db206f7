// Puts new figures in place of the old ones every two seconds and says how old they are.
(function () {
  "use strict";
  const EVERY = 2000, PATIENCE = 8000;
  const figures = document.getElementById("figures");
  const age = document.getElementById("age");
  let seen = performance.now(), lost = false;

  // Only what differs is touched: nothing flashes, and a selection or a scroll position stays.
  function follow(old, fresh) {
    if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
      old.replaceWith(fresh.cloneNode(true));
      return;
    }
    if (old.nodeType === Node.TEXT_NODE) {
      if (old.data !== fresh.data) old.data = fresh.data;
      return;
    }
    for (const { name, value } of [...(fresh.attributes || [])])
      if (old.getAttribute(name) !== value) old.setAttribute(name, value);
    const before = [...old.childNodes], after = [...fresh.childNodes];
    after.forEach((node, i) => before[i] ? follow(before[i], node) : old.append(node.cloneNode(true)));
    before.slice(after.length).forEach((node) => node.remove());
  }

  async function renew() {
    try {
      const answer = await fetch("/operations/figures", {
        headers: { Accept: "application/json" }, cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 401 || answer.status === 404) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = document.createElement("div");
      fresh.className = figures.className;
      fresh.id = figures.id;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      fresh.append(...page.body.childNodes);
      follow(figures, fresh);
      seen = performance.now();
      lost = false;
    } catch (error) {
      lost = true;
    }
    tell();
    setTimeout(renew, EVERY);
  }

  function tell() {
    const seconds = Math.floor((performance.now() - seen) / 1000);
    const words = lost ? "lost" : seconds < 3 ? "now" : "old";
    age.textContent = age.dataset[words].replace("{n}", seconds);
    age.classList.toggle("loud", lost || seconds > 6);
    figures.classList.toggle("stale", lost || seconds > 6);
  }

  tell();
  setInterval(tell, 500);
  setTimeout(renew, EVERY);
})();
