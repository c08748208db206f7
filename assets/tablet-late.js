/* What a tablet does when its page stands: what is large comes last. */
(() => {
  const cc = (window.cc = window.cc || {});
  const QUIET_MS = 1500;
  const LONGEST_MS = 8000;

  /* Resolves when the page has been drawn and the browser has nothing else to do; at once on walls. */
  let calm = null;
  cc.whenCalm = () => {
    if (!document.documentElement.classList.contains('cc-tablet')) return Promise.resolve();
    calm = calm || new Promise((done) => {
      const rest = () => (window.requestIdleCallback
        ? window.requestIdleCallback(done, { timeout: QUIET_MS }) : setTimeout(done, 200));
      const look = () => (cc.link && cc.link.state === 'live' ? setTimeout(rest, 50) : setTimeout(look, 100));
      if (document.getElementById('cc-still')) look();
      else rest();
      setTimeout(done, LONGEST_MS);
    });
    return calm;
  };

  /* The still has done its service when the page that it stood for is there. */
  cc.endStill = () => {
    const still = document.getElementById('cc-still');
    if (still) still.remove();
    return Boolean(still);
  };
})();
