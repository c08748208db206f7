/* The service worker: what a tablet needs to go on without a connection.

It answers for the pages of places alone: at once with one that was seen before, which says how old
it is, and else from the network first. Walls, the desk and all other pages go to the server as if it
was not there: they must be right or say that they are not. The server puts CC_BUILD before it, so that another build is another worker with a shell of its own. */
importScripts('/assets/ago.js', '/assets/keep-store.js', '/assets/outbox-queue.js', '/static/sw-keep.js', '/static/sw-seen.js');

const PATIENCE_MS = 3000;
const HASTE_MS = 200;
const SLOW_MS = 20000;
const PLACE = /^\/(cell|case|inspection)\/[^/]+$/;
const DASH = /^\/_dash-(layout|dependencies)$/;
const PICTURE = /^\/photos\/[^/]+\/thumb$/;
const SHOWS = ['tab', 'show', 'q'];
const STILL = /<div id="cc-still">[\s\S]*<\/div>\n(?=<div id="react-entry-point">)/;
const ALWAYS = ['/away', '/static/plain.css', '/static/icon.svg'];
const BEGINNING = ['/_dash-layout', '/_dash-dependencies'];
const FILL = 'page.children';

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const placed = (url) => {
  const query = new URLSearchParams([...url.searchParams].filter(([name]) => SHOWS.includes(name))).toString();
  return url.pathname + (query && '?' + query);
};

/* ---- answering ---- */

/* The network's answer, or what was kept where that fails or takes long; both may be missing. A page
   asks several times: where one answer was waited for in vain the next ones are not waited for. */
let slowUntil = 0;
const longEnough = async () => {
  await sleep(Date.now() < slowUntil ? HASTE_MS : PATIENCE_MS);
  return null;
};
const patient = async (event, network, known) => {
  event.waitUntil(network.catch(() => {}));
  const came = network.then((answer) => (answer.status >= 500 ? null : answer), () => null);
  const kept = await known();
  if (!kept) return network;
  const answer = await Promise.race([came, longEnough()]);
  slowUntil = answer ? 0 : Date.now() + SLOW_MS;
  came.then((late) => late && (slowUntil = 0));
  return answer || kept;
};

const bareShell = async (cache) => {
  for (const key of (await cache.keys()).reverse()) {
    if (!here(key.url).pathname.startsWith('/kept/html/')) continue;
    const kept = await found(cache, key);
    if (kept && kept.headers.get('X-Kept-Build') === self.CC_BUILD) {
      return new Response((await kept.text()).replace(STILL, ''), { headers: kept.headers });
    }
  }
  return null;
};
const keptPage = async (path) => {
  if (await inDoubt()) return null;
  const cache = await places();
  const own = await found(cache, `/kept/html${path}`);
  if (own && own.headers.get('X-Kept-Build') === self.CC_BUILD) return own;
  return cache && bareShell(cache);
};
const away = async () => (await (await caches.open(SHELL)).match('/away', EVEN)) || Response.error();

/* Who comes to the login has signed out, elsewhere perhaps, or not. */
const checkSession = async () => {
  const answer = await fetch('/_dash-layout', { redirect: 'manual' }).catch(() => null);
  if (answer && (answer.status === 401 || answer.type === 'opaqueredirect')) await ccStore.wipe();
};
const page = async (event, url) => {
  const token = await leaving();
  if (token !== undefined && !(await leave(token))) return away();
  const path = placed(url);
  const isKeyed = url.searchParams.has('key');
  const isPlace = PLACE.test(url.pathname);
  const begun = Date.now();
  const network = fetch(event.request).then(async (answer) => {
    if (isPlace) event.waitUntil(notePace(Date.now() - begun).catch(() => {}));
    if (answer.type === 'opaqueredirect' && !isKeyed) await ccStore.wipe();
    else if (isPlace) event.waitUntil(keepHtml(path, answer.clone()).then((isTold) => isTold && endDoubt()).catch(() => {}));
    return answer;
  });
  const pace = paceOf();
  const seen = isPlace && !isKeyed ? await seenOf(path) : null;
  if (seen) return atOnce(event, network, seen, pace);
  return patient(event, network, () => keptPage(path)).catch(away);
};
/* The way in leads to where one was last. */
const home = async (event) => {
  const token = await leaving();
  if (token !== undefined && !(await leave(token))) return away();
  return fetch(event.request).catch(async () => {
    const cache = await places();
    const keys = cache ? (await cache.keys()).map((key) => here(key.url)) : [];
    const last = keys.filter((url) => url.pathname.startsWith('/kept/fill/')).pop();
    return last ? Response.redirect(last.pathname.replace('/kept/fill', '') + last.search) : away();
  });
};

/* The times in a page are of its making; its clock must not take them for now. */
const walk = (component, visit) => {
  if (Array.isArray(component)) component.forEach((each) => walk(each, visit));
  else if (component && component.props) {
    visit(component);
    walk(component.props.children, visit);
  }
};
const aged = async (kept) => {
  const told = await kept.json();
  componentOf(told).props.kept.old = true;
  walk(componentOf(told), (each) => each.type === 'Stream' && delete each.props.clock);
  return Response.json(told);
};
const nothingKept = () => {
  const children = { namespace: 'cc_kit', type: 'Away', props: { id: 'away' } };
  return Response.json({ multi: true, response: { page: { children } } });
};
const keptFill = async (path) => {
  if (await inDoubt()) return null;
  const kept = await found(await places(), `/kept/fill${path}`);
  return kept && aged(kept);
};
const pathAsked = (body) => {
  const value = (name) => ((body.inputs || []).find((each) => each.property === name) || {}).value || '';
  return placed(here(value('pathname') + value('search')));
};

const ended = () => ccStore.wipe().then(() => tellAll({ ended: true }));
const callback = async (event) => {
  const body = await event.request.clone().json();
  const network = fetch(event.request).then(async (answer) => {
    if (answer.status === 401) event.waitUntil(ended());
    else if (body.output === FILL) event.waitUntil(keepFill(pathAsked(body), answer.clone()).catch(() => {}));
    return answer;
  });
  // Of other callbacks nothing changes where nobody answers, which is what 204 says to Dash.
  if (body.output !== FILL) return network.catch(() => new Response(null, { status: 204 }));
  const path = pathAsked(body);
  return patient(event, network, () => keptFill(path)).catch(nothingKept);
};

const resource = async (request) => {
  const shell = await caches.open(SHELL);
  const kept = await shell.match(request, EVEN);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) shell.put(request, answer.clone()).catch(() => {});
  return answer;
};
const described = (event, name) => {
  const network = fetch(event.request).then(async (answer) => {
    if (answer.ok) event.waitUntil(caches.open(name).then(async (cache) => cache.put(event.request, await stamped(answer.clone()))));
    else if (answer.status === 401) event.waitUntil(ended());
    return answer;
  });
  return patient(event, network, async () => (await caches.open(name)).match(event.request, EVEN));
};
const ground = async (event) => {
  const mark = await current();
  return mark ? described(event, `cc-places-${mark}`) : fetch(event.request);
};

/* Tiles and small pictures: the address of each changes with what it shows. */
const piece = async (event, mark) => {
  if (!mark || mark !== (await current())) return fetch(event.request);
  const cache = await caches.open(`cc-tiles-${mark}`);
  const kept = await cache.match(event.request, EVEN);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(cache.put(event.request, answer.clone()).then(() => trim(cache)).catch(() => {}));
  return answer;
};

const navigated = (event, url) => {
  if (url.pathname.startsWith('/login') || url.searchParams.has('key')) event.waitUntil(beginDoubt());
  if (event.request.method !== 'GET') return null;
  if (TABLET.test(url.pathname)) return page(event, url);
  if (url.pathname === '/' || url.pathname === '/away') return home(event);
  if (url.pathname === '/login') event.waitUntil(checkSession());
  return null;
};
/* Returns the answer to a request, or null for one that goes its own way. */
const answerTo = (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return null;
  if (request.mode === 'navigate') return navigated(event, url);
  // The map's own thread asks for its tiles, and does not say for which page: the address does.
  if (url.pathname.startsWith('/tiles/') && url.searchParams.has('k')) return piece(event, url.searchParams.get('k'));
  if (!isTablet(request.referrer) && request.destination !== 'font') return null;
  if (url.pathname === '/_dash-update-component') return callback(event);
  if (request.method !== 'GET') return null;
  if (DASH.test(url.pathname)) return described(event, SHELL);
  if (RESOURCE.test(url.pathname)) return resource(request);
  if (url.pathname === '/tiles/ground.json') return ground(event);
  if (PICTURE.test(url.pathname)) return current().then((mark) => piece(event, mark));
  return null;
};
self.addEventListener('fetch', (event) => {
  const answer = answerTo(event);
  if (answer) event.respondWith(answer);
});

/* ---- beginning ---- */

const openPlaces = async () => {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  return [...new Set(pages.map((each) => each.url).filter((url) => PLACE.test(new URL(url).pathname)))].slice(0, 3);
};
const htmlOf = async (path) => {
  const answer = await fetch(path, { headers: { Accept: 'text/html' }, redirect: 'manual', cache: 'no-store' });
  await keepHtml(path, answer);
  if (answer.ok) await keepResources(BEGINNING);
};
/* The new shell is whole before it takes the place of the old one; what has its version in its
   address is taken over. */
const install = async () => {
  await keepResources(ALWAYS);
  for (const address of await openPlaces()) await htmlOf(placed(new URL(address)));
  const shell = await caches.open(SHELL);
  for (const name of (await caches.keys()).filter((each) => each.startsWith('cc-shell-') && each !== SHELL)) {
    const old = await caches.open(name);
    for (const key of await old.keys()) {
      const lasting = /^\/(_dash-component-suites|assets\/fonts)\//.test(here(key.url).pathname);
      if (lasting && !(await shell.match(key, EVEN))) await shell.put(key, await old.match(key, EVEN));
    }
  }
  await self.skipWaiting();
};
const activate = async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith('cc-shell-') && name !== SHELL);
  await Promise.all(old.map((name) => caches.delete(name)));
  await clients.claim();
};
self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

/* The first page of all came before this worker: it is asked for once more, to be kept. */
const fillOf = async (path, token) => {
  const url = here(path);
  const inputs = [['pathname', url.pathname], ['search', url.search]].map(([property, value]) => ({ id: 'url', property, value }));
  const body = { output: FILL, outputs: { id: 'page', property: 'children' }, inputs, changedPropIds: ['url.pathname'] };
  const answer = await fetch('/_dash-update-component', { method: 'POST', body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': token } });
  await keepFill(path, answer);
};
const keepHere = async (source, { keep: path, resources, grounds, token }) => {
  if (!PLACE.test(here(path).pathname)) return;
  await keepResources(resources);
  const cache = await places();
  if (!(await found(cache, `/kept/html${path}`))) await htmlOf(path);
  await keepGround(grounds);
  if (!(await found(await places(), `/kept/fill${path}`))) await fillOf(path, token);
  source.postMessage({ kept: path });
};
self.addEventListener('message', (event) => {
  const told = event.data || {};
  event.waitUntil(told.keep ? keepHere(event.source, told)
    : Promise.all([keepResources(told.resources || []), keepGround(told.grounds)]));
});

/* What waits is sent when the connection comes back, even where no page is open any more. */
const tokens = async () => {
  const own = self.cookieStore && (await self.cookieStore.get('_csrf_token'));
  return own ? decodeURIComponent(own.value) : (await ccStore.get('meta', 'token')) || '';
};
const sendAll = async () => {
  const came = await ccQueue.drain(tokens, true);
  if (came.left && came.halt !== 'signin') throw new Error('to be tried again');
};
self.addEventListener('sync', (event) => {
  if (event.tag === 'cc-outbox') event.waitUntil(sendAll());
});
