/* What a tablet keeps of the places one has seen, and how it shows them without a connection. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const store = self.ccStore;
  const { useEffect, useState } = window.React;
  const PLACE = /^\/(cell|case|inspection)\/[^/]+$/;
  const RESOURCE = /^\/(assets|static|_dash-component-suites)\//;
  const GROUND = /^\/tiles\/ground\.json$/;
  const MOST_PLACES = 40;
  const FIRST_MS = 500;
  const SAVE_MS = 5000;
  const HEARD_MS = 30000;
  const HOPE_MS = 2000; // so long a page from the network waits for its stream before it shows what was
  const REGISTER_MS = 8000;
  const LATE_MS = 15000; // what a page fetches when it stands has come by then

  /* The place that is shown: when its page was made, whether that was kept, what its stream said. */
  let place = null;
  let give = null;
  let saving = 0;
  const here = () => (cc.here ? cc.here() : location.pathname);
  const isHere = (mine) => place === mine && here() === mine.path;
  const tokenHere = () =>
    decodeURIComponent((document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || '');
  const quietly = (work) => work.catch((error) => console.warn('nothing is kept here:', error));

  /* Whose all this is: another account, or other rights, and what was kept of places is gone. */
  const settle = async (kept) => {
    const known = await store.get('meta', 'account');
    const same = known && known.who === kept.who && known.rights === kept.rights;
    if (same) return;
    if (known) await store.wipe(`${kept.who}-${kept.rights}`);
    const seal = await store.keyOf(kept.seal);
    await store.put('meta', { who: kept.who, rights: kept.rights, seal }, 'account');
    if (cc.outbox) cc.outbox.refresh();
  };

  const save = async (mine) => {
    saving = 0;
    if (!mine || !mine.heard) return;
    if (cc.link.state === 'live') mine.heard = cc.link.asof ?? cc.real();
    const { path, name, at, heard, topics } = mine;
    mine.saved = true;
    await store.put('places', { path, name, at, heard, topics });
    await store.put('meta', { words: cc.words, language: cc.language, clock: { ...cc.clock } }, 'screen');
    await store.put('meta', tokenHere(), 'token');
    const old = (await store.all('places')).sort((a, b) => b.heard - a.heard).slice(MOST_PLACES);
    await Promise.all(old.map((each) => store.remove('places', each.path)));
  };
  const saveNow = () => {
    clearTimeout(saving);
    saving = 0;
    if (place) quietly(save(place));
  };
  const saveSoon = () => {
    saving = saving || setTimeout(saveNow, place.saved ? SAVE_MS : FIRST_MS);
  };

  const merge = (topics, set) => Object.entries(set).forEach(([topic, frame]) => {
    const before = topics[topic] || { parts: {} };
    topics[topic] = { ...before, ...frame, parts: { ...before.parts, ...frame.parts } };
  });

  /* Shows what was known of the place, as old as it is, where the stream has said nothing yet. */
  const restore = async (mine) => {
    const known = await store.get('places', mine.path);
    const screen = await store.get('meta', 'screen');
    if (!isHere(mine) || !give || cc.link.state === 'live') return;
    if (screen && !cc.clock.known) Object.assign(cc.clock, screen.clock);
    cc.link.contact = known ? known.heard : mine.at;
    if (cc.link.state === 'connecting') cc.link.state = 'lost';
    const set = Object.fromEntries(Object.entries(known ? known.topics : {}).filter(([t]) => !mine.topics[t]));
    merge(mine.topics, set);
    give(set, true);
    cc.freshenAll();
    cc.refreshHeader();
  };
  const restoreInTime = (mine) => {
    if (!give || mine.restoring) return;
    mine.restoring = setTimeout(() => quietly(restore(mine)), mine.old ? 0 : HOPE_MS);
  };

  const belong = (kept) => {
    cc.keepMark = `${kept.who}-${kept.rights}`;
    cc.settling = quietly(settle(kept));
  };

  /* A page has come, from the server or from what was kept: the same place again keeps its values,
     which a page made anew has lost. */
  cc.filled = (kept) => {
    if (!kept || !PLACE.test(location.pathname)) {
      place = null;
      if (kept) belong(kept);
      return;
    }
    const again = place && isHere(place) ? place : null;
    if (place && !again) saveNow();
    place = { path: here(), name: document.title.replace(/ · [^·]*$/, ''), at: kept.at, old: Boolean(kept.old),
      topics: again ? again.topics : {}, heard: again ? again.heard : null };
    if (place.old && !again) Object.assign(cc.link, { state: 'lost', contact: kept.at });
    belong(kept);
    if (again && give) give(again.topics, true);
    else restoreInTime(place);
    if (!place.old) introduce();
  };
  /* The stream of the page that is shown is there to be given values. */
  cc.joined = (replay) => {
    give = replay;
    if (place && isHere(place)) restoreInTime(place);
  };
  cc.heard = (set) => {
    if (!place || !isHere(place)) return;
    merge(place.topics, set);
    place.heard = cc.real();
    saveSoon();
  };
  /* The stream has begun: a page that was kept is asked for anew, and what waits is sent. */
  cc.greeted = () => {
    if (cc.outbox) cc.outbox.send(true);
    if (!place || !isHere(place)) return;
    place.heard = cc.real();
    saveSoon();
    if (!place.old) return;
    place.old = false;
    window.dash_clientside.set_props('url', { pathname: location.pathname });
  };
  setInterval(() => place && cc.link.state === 'live' && saveSoon(), HEARD_MS);
  window.addEventListener('pagehide', saveNow);
  document.addEventListener('visibilitychange', () => document.hidden && saveNow());

  /* What the header says of a place that has no connection. */
  cc.awayWords = () => {
    if (!place || !isHere(place) || cc.link.state !== 'lost') return '';
    const since = cc.link.contact || place.at;
    return cc.say('没有连接，{ago}的内容', { ago: cc.ago(Math.max(0, cc.real() - since) / 1000) });
  };

  /* The service worker begins once the page is there, and is told what the page was made of. */
  let introduced = false;
  const fetched = (pattern) => performance.getEntriesByType('resource')
    .map((entry) => new URL(entry.name)).filter((url) => url.origin === location.origin && pattern.test(url.pathname))
    .map((url) => url.pathname + url.search);
  const register = async () => {
    const made = await navigator.serviceWorker.register('/sw.js', { scope: '/', updateViaCache: 'none' });
    if (!made) return;
    const { active } = await navigator.serviceWorker.ready;
    const tell = (said) => active.postMessage({ resources: fetched(RESOURCE), grounds: fetched(GROUND), ...said });
    tell({ keep: here(), token: tokenHere() });
    setTimeout(tell, LATE_MS);
  };
  const introduce = () => {
    if (introduced || !navigator.serviceWorker) return;
    introduced = true;
    const idle = window.requestIdleCallback || ((work) => setTimeout(work, 500));
    const start = () => idle(() => quietly(register()), { timeout: REGISTER_MS });
    if (document.readyState === 'complete') start();
    else window.addEventListener('load', start, { once: true });
  };
  if (navigator.serviceWorker) navigator.serviceWorker.addEventListener('message', (event) => {
    const told = event.data || {};
    if (told.kept) document.documentElement.dataset.kept = told.kept;
    // Its session has ended: the way to the login is by the server.
    if (told.ended) location.reload();
  });

  /* The token with which this session's writes are accepted. */
  cc.token = async (fresh) => {
    if (fresh) await fetch(location.pathname, { cache: 'no-store', redirect: 'manual' });
    return tokenHere();
  };

  /* Leaves: nothing of the user stays here, even if the server cannot be told at once. */
  const forgetAll = async () => {
    const account = await store.get('meta', 'account');
    if (account) await self.ccQueue.forget(account.who);
    await store.wipe();
  };
  cc.signOut = async () => {
    const token = tokenHere();
    clearTimeout(saving);
    place = null;
    await quietly(forgetAll());
    const told = await fetch('/logout', { method: 'POST', headers: { 'X-CSRFToken': token }, redirect: 'manual' })
      .then((answer) => answer.type === 'opaqueredirect' || answer.ok, () => false);
    if (!told) await quietly(store.put('meta', token, 'leaving'));
    location.assign(told ? '/login' : '/away');
  };

  /* Where nothing was kept: what was, to go to. */
  kit.Away = (props) => {
    const [known, set] = useState([]);
    useEffect(() => {
      store.get('meta', 'screen').then((screen) => {
        if (screen) Object.assign(cc, { words: screen.words, language: screen.language });
        return store.all('places');
      }).then((places) => set(places.sort((a, b) => b.heard - a.heard)), () => {});
      const awake = () => window.dash_clientside.set_props('url', { pathname: location.pathname });
      window.addEventListener('online', awake);
      return () => window.removeEventListener('online', awake);
    }, []);
    const rows = known.map((each) => cc.h('li', { key: each.path },
      cc.h('a', { className: 'open', href: each.path }, cc.h('span', { className: 'name' }, each.name),
        cc.h('small', null, cc.ago(Math.max(0, Date.now() - each.heard) / 1000)))));
    return cc.h('main', { className: 'cc-away', id: props.id },
      cc.h('h1', null, cc.say('没有连接')),
      cc.h('p', null, cc.say('这里没有保存过的内容。有了网络之后请再试一次。')),
      cc.h('button', { type: 'button', onClick: () => location.reload() }, cc.say('重试')),
      rows.length ? cc.h('h2', null, cc.say('保存过的地方')) : null,
      rows.length ? cc.h('ul', null, rows) : null);
  };
})();
