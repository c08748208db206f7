/* What the service worker keeps, and whose it is; sw.js answers with it. */
const SHELL = `cc-shell-${self.CC_BUILD}`;
const MOST_PLACES = 40;
const MOST_BYTES = 12 * 1024 * 1024;
const TRIM_EVERY = 30;
const KEPT_MS = 7 * 24 * 3600 * 1000;
const TABLET = /^\/((cell|case|inspection)\/|search$)/;
const RESOURCE = /^\/(assets|static|_dash-component-suites)\//;
const EVEN = { ignoreVary: true };

const here = (path) => new URL(path, location.origin);
const isTablet = (address) => {
  const url = address ? new URL(address) : null;
  return Boolean(url) && url.origin === location.origin && TABLET.test(url.pathname);
};

/* ---- whose it is ---- */

const markOf = (name) => name.replace(/^cc-(places|tiles)-/, '');
const current = async () => {
  const name = (await caches.keys()).find((each) => each.startsWith('cc-places-'));
  return name ? markOf(name) : '';
};
/* The cache of places of whoever an answer is for; what others kept goes first. */
const placesOf = async (mark) => {
  await ccStore.dropCaches(mark);
  return caches.open(`cc-places-${mark}`);
};
const places = async () => {
  const mark = await current();
  return mark ? caches.open(`cc-places-${mark}`) : null;
};
const tellAll = async (said) => {
  for (const page of await clients.matchAll({ type: 'window' })) if (isTablet(page.url)) page.postMessage(said);
};

/* Who signed out without a connection is signed out at the server with the first one there is. */
const leaving = () => ccStore.get('meta', 'leaving');
const leave = async (token) => {
  const answer = await fetch('/logout', { method: 'POST', headers: { 'X-CSRFToken': token }, redirect: 'manual' }).catch(() => null);
  if (!answer || answer.status >= 500) return false;
  await ccStore.remove('meta', 'leaving');
  return true;
};

/* ---- keeping ---- */

const stamped = async (answer, more = {}) => {
  const headers = new Headers(answer.headers);
  headers.set('X-Kept-At', Date.now());
  Object.entries(more).forEach(([name, value]) => headers.set(name, value));
  return new Response(await answer.blob(), { status: answer.status, headers });
};
/* A cache lists what it holds in the order in which it came: the first ones are the oldest. */
const keep = async (cache, key, answer, prefix) => {
  await cache.delete(key, EVEN);
  await cache.put(key, answer);
  const keys = (await cache.keys()).filter((each) => here(each.url).pathname.startsWith(prefix));
  await Promise.all(keys.slice(0, Math.max(0, keys.length - MOST_PLACES)).map((old) => cache.delete(old, EVEN)));
};
const found = async (cache, key) => {
  const answer = cache && (await cache.match(key, EVEN));
  return answer && Date.now() - Number(answer.headers.get('X-Kept-At')) < KEPT_MS ? answer : null;
};

const resourcesOf = (html) => [...html.matchAll(/\b(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path.replace(/&amp;/g, '&'))
  .filter((path) => RESOURCE.test(here(path).pathname));
const keepResources = async (paths) => {
  const shell = await caches.open(SHELL);
  await Promise.all([...new Set(paths)].map(async (path) => {
    if (!(await shell.match(path, EVEN))) await shell.add(path);
  }));
};

/* A page as the server has sent it: its still shows at once what it was, its scripts are kept too.
   Returns whether the server has said whose it is; a place that is none any more is forgotten. */
const GONE = [403, 404, 410];
const keepHtml = async (path, answer) => {
  const mark = answer.headers.get('X-Kept-For');
  if (GONE.includes(answer.status)) await forgetHtml(path);
  if (!answer.ok || !mark) return false;
  const html = await answer.clone().text();
  await keepResources(resourcesOf(html));
  await keep(await placesOf(mark), `/kept/html${path}`, await stamped(answer, { 'X-Kept-Build': self.CC_BUILD }), '/kept/html/');
  return true;
};
const forgetHtml = async (path) => {
  const cache = await places();
  if (cache) await cache.delete(`/kept/html${path}`, EVEN);
};
const keepGround = async (addresses = []) => {
  const cache = await places();
  await Promise.all(addresses.map(async (address) => {
    const answer = cache && !(await cache.match(address, EVEN)) && (await fetch(address));
    if (answer && answer.ok) await cache.put(address, await stamped(answer));
  }));
};
const componentOf = (told) => ((told.response || {}).page || {}).children;
const keepFill = async (path, answer) => {
  const mark = answer.headers.get('X-Kept-For');
  if (!answer.ok || !mark) return;
  const cache = await placesOf(mark);
  const page = componentOf(await answer.clone().json());
  const key = `/kept/fill${path}`;
  // What is no place any more, or not for this user, is not shown again either.
  if (page && page.props && page.props.kept) await keep(cache, key, await stamped(answer), '/kept/fill/');
  else await cache.delete(key, EVEN);
};

/* So much room tiles and pictures have; the oldest go. */
let added = 0;
const trim = async (cache) => {
  added += 1;
  if (added % TRIM_EVERY) return;
  let room = MOST_BYTES;
  for (const key of (await cache.keys()).reverse()) {
    const kept = await cache.match(key, EVEN);
    room -= Number(kept && kept.headers.get('Content-Length')) || 20000;
    if (room < 0) await cache.delete(key, EVEN);
  }
};
