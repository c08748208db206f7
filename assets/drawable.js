/* The scripts that draw maps and charts. Dash's graph asks for them once: what fails then, on a bad
   connection, never comes again in that page. So they are fetched before a graph is made, again and
   again until there is a connection. */
(() => {
  const cc = (window.cc = window.cc || {});
  const FOLDER = 'script[src*="/dash/dcc/dash_core_components"]';
  const PIECES = ['dash_core_components-shared.js', 'async-graph.js'];
  const [FIRST_MS, LONGEST_MS] = [1000, 20000];
  const ANSWER_MS = 90000;

  const load = (src) => new Promise((done, fail) => {
    const tag = Object.assign(document.createElement('script'), { src, async: true });
    const failed = () => {
      tag.remove();
      fail(new Error(`${src} has not come`));
    };
    const late = setTimeout(failed, ANSWER_MS);
    tag.onerror = failed;
    tag.onload = () => {
      clearTimeout(late);
      done();
    };
    document.head.append(tag);
  });
  /* Over after a pause, or when the connection is back. */
  const pause = (span) => new Promise((done) => {
    const over = () => {
      clearTimeout(timer);
      window.removeEventListener('online', over);
      done();
    };
    const timer = setTimeout(over, span);
    window.addEventListener('online', over);
  });
  const bring = async (src) => {
    for (let span = FIRST_MS; ; span = Math.min(2 * span, LONGEST_MS)) {
      try {
        return await load(src);
      } catch (error) {
        await pause(span);
      }
    }
  };

  let coming = null;
  /* Resolves when graphs can be made without asking the server for anything more. */
  cc.drawable = () => {
    if (coming) return coming;
    const found = document.querySelector(FOLDER);
    const folder = found && found.src.replace(/[^/]*$/, '');
    const isThere = (name) => document.querySelector(`script[src*="/${name.replace('.js', '')}"]`);
    const wanted = folder ? PIECES.filter((name) => !isThere(name)).map((name) => folder + name) : [];
    if (!window.Plotly && window._dashPlotlyJSURL) wanted.push(window._dashPlotlyJSURL);
    coming = Promise.all(wanted.map(bring));
    return coming;
  };
})();
