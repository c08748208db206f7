/* Begins a tablet's page once its still has been seen: what comes out of the browser's cache is there
   at once, and would hold up the first sight of the page for as long as it takes to run. The
   addresses are those that the page has fetched ahead. */
(() => {
  const LONGEST_MS = 1000;
  const ahead = (kind) => [...document.querySelectorAll(`link[rel=preload][as=${kind}]`)].map((link) => link.getAttribute('href'));
  const added = (element, said) => new Promise((done, failed) => {
    const onerror = () => failed(new Error(`${said.href || said.src} did not come`));
    document.head.append(Object.assign(element, said, { onload: done, onerror }));
  });
  const sheets = ahead('style').map((href) => () => added(document.createElement('link'), { rel: 'stylesheet', href }));
  const scripts = ahead('script').map((src) => () => added(document.createElement('script'), { async: false, src }));
  const seen = new Promise((done) => {
    // Where nobody looks no frame is drawn.
    if (document.hidden) done();
    requestAnimationFrame(() => setTimeout(done));
    setTimeout(done, LONGEST_MS);
  });
  seen.then(() => Promise.all([...sheets, ...scripts].map((begin) => begin())))
    .then(() => { window.renderer = new window.DashRenderer(); });
})();
