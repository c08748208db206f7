/* Outside Dash: the theme before the first paint, and a reload of a page that paints nothing. */
(() => {
  const cc = (window.cc = window.cc || {});
  const root = document.documentElement;
  const asked = new URLSearchParams(location.search).get('theme');
  const wish = ['light', 'dark', 'auto'].includes(asked) ? asked : root.dataset.theme || 'dark';
  cc.byLight = wish === 'auto';
  const bright = matchMedia('(prefers-color-scheme: light)');
  if (cc.byLight) root.dataset.theme = bright.matches ? 'light' : 'dark';
  else root.dataset.theme = wish;

  const LIMIT_MS = 120000;
  const LOOK_MS = 5000;
  let painted = Date.now();
  let looked = Date.now();
  const drawn = () => {
    const page = document.getElementById('react-entry-point');
    return page && page.firstElementChild && !page.querySelector(':scope > ._dash-loading');
  };
  const look = () => {
    const now = Date.now();
    // A machine that slept, or a page that was hidden, has not failed to paint.
    if (document.hidden || now - looked > 4 * LOOK_MS) painted = now;
    looked = now;
    requestAnimationFrame(() => {
      if (drawn()) painted = Date.now();
    });
    if (now - painted < LIMIT_MS) return;
    painted = now;
    if (cc.reload) cc.reload('blank');
    else location.reload();
  };
  setInterval(look, LOOK_MS);
})();
