/* The queue of actions, for the page and for the service worker: each is sent in its turn and
   carried out once, since the server knows its key. */
(() => {
  const store = self.ccStore;
  const LOCK = 'cc-outbox';
  const FIRST_PAUSE_MS = 2000;
  const LONGEST_PAUSE_MS = 60000;
  const FAULTS = 5; // so often an action may break the server before it stands aside for the others
  const ANSWER_MS = 20000;
  const SLOWEST = 10; // bytes in a millisecond for which a photo is waited
  const DONE_KEPT_MS = 24 * 3600 * 1000;
  const STRAY_KEPT_MS = 30 * DONE_KEPT_MS;
  const OPEN = ['waiting', 'sending'];

  const channel = self.BroadcastChannel ? new BroadcastChannel('cc-outbox') : null;
  const listeners = new Set();
  const heard = () => listeners.forEach((listener) => listener());
  if (channel) channel.onmessage = heard;
  const tell = () => {
    if (channel) channel.postMessage('changed');
    heard();
  };

  const random = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  };
  const account = () => store.get('meta', 'account');
  const draftOf = (name, who) => `${name}:${who}`;
  const mine = async (who) => (await store.all('actions')).filter((record) => record.who === who);

  /* Keeps an action; it is on the disk when this resolves to its key. The draft that it was made of
     goes in the same instant: what was begun is there once, as the one or the other. */
  const add = async ({ method = 'POST', path, body, blob, what, place, draft: begun }) => {
    if (!/^\/api\//.test(path)) throw new Error(`${path} is not of the API`);
    const owner = await account();
    if (!owner) throw new Error('nobody is known to be signed in');
    const key = random();
    const said = { method, path, body, type: blob && blob.type, what, place };
    const sealed = await store.close(owner.seal, said);
    const load = blob && (await store.seal(owner.seal, await blob.arrayBuffer()));
    const record = { key, sent: key, who: owner.who, at: Date.now(), state: 'waiting', tries: 0, due: 0, sealed };
    await store.within(['actions', 'loads'], 'readwrite', (of) => {
      of('actions').add(record);
      if (load) of('loads').put(load, key);
      if (begun) of('loads').delete(draftOf(begun, owner.who));
    });
    tell();
    return key;
  };

  /* The user's actions, oldest first, with what they say. */
  const list = async () => {
    const owner = await account();
    if (!owner) return [];
    const told = async (sealed) => (sealed ? store.reveal(owner.seal, sealed).catch(() => null) : null);
    const opened = (await mine(owner.who)).map(async (record) => ({
      ...record, ...(await told(record.sealed)), result: await told(record.result),
    }));
    return Promise.all(opened);
  };

  /* Changes an action that is still as it was; false for one that was taken back meanwhile. */
  const change = async (seq, allowed, changes) => {
    let changed = false;
    await store.within(['actions', 'loads'], 'readwrite', (of) => {
      const asked = of('actions').get(seq);
      asked.onsuccess = () => {
        const record = asked.result;
        changed = Boolean(record) && allowed.includes(record.state);
        if (!changed) return;
        if (changes) of('actions').put({ ...record, ...changes });
        else of('actions').delete(seq);
        if (!changes || changes.state === 'done') of('loads').delete(record.key);
      };
    });
    tell();
    return changed;
  };
  const drop = (seq) => change(seq, ['waiting', 'refused', 'done'], null);
  /* Who has been told how a case stands now, and does the same again, has seen that version. */
  const renewed = async (record) => {
    const owner = await account();
    const [said, result] = await Promise.all([record.sealed, record.result].map((sealed) => store.reveal(owner.seal, sealed)));
    if (result.code !== 'conflict' || !said.body || !said.body.version) return {};
    said.body.version = { ...said.body.version, $seen: result.version };
    return { sealed: await store.close(owner.seal, said) };
  };
  /* Under a new key: the server gives the old answer to the old one. */
  const retry = async (seq) => {
    const record = await store.get('actions', seq);
    const anew = record && record.result ? await renewed(record).catch(() => ({})) : {};
    return change(seq, ['refused'], { ...anew, state: 'waiting', sent: random(), version: null, tries: 0, faults: 0, due: 0, result: null });
  };

  /* What an earlier action was answered stands for {"$ref": its key, "field": "id"} in a body, and
     for {{key.field}} in a path. {"$seen": version, "case": number} is the version that was seen, or
     the one that the user's own actions have made of that very one since: whose own queue changes
     a case is in nobody's way, and what somebody else did in between is a conflict. */
  const field = (answers, key, name) => {
    if (!answers.has(key)) throw new Error('depends');
    const value = String(name).split('.').reduce((found, part) => (found || {})[part], answers.get(key));
    if (value === undefined) throw new Error('depends');
    return value;
  };
  const version = ({ $seen, case: number }, answers) => {
    const mine = [...answers.values()].map((answer) => (answer || {}).case || {}).filter((one) => one.id === number);
    const made = new Set(mine.map((one) => one.version));
    let now = $seen;
    while (made.has(now + 1)) now += 1;
    return now;
  };
  const filled = (value, answers) => {
    if (Array.isArray(value)) return value.map((each) => filled(each, answers));
    if (!value || typeof value !== 'object') return value;
    if (value.$seen) return version(value, answers);
    if (value.$ref) return field(answers, value.$ref, value.field);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, answers)]));
  };
  const pathOf = (path, answers) =>
    path.replace(/\{\{(\w+)\.([\w.]+)\}\}/g, (_, key, name) => encodeURIComponent(field(answers, key, name)));

  const request = async (record, owner, answers) => {
    const said = await store.reveal(owner.seal, record.sealed);
    const load = await store.get('loads', record.key);
    // Under one key the same is said each time, whatever has been answered to others meanwhile.
    const isSaid = record.version && said.body && said.body.version;
    const full = said.body && filled(isSaid ? { ...said.body, version: record.version } : said.body, answers);
    const body = load ? await store.unseal(owner.seal, load) : full && JSON.stringify(full);
    const kind = load ? said.type || 'application/octet-stream' : 'application/json';
    return { path: pathOf(said.path, answers), method: said.method, body, kind, version: full && full.version };
  };

  const words = async (answer) => {
    const told = await answer.json().catch(() => ({}));
    return told.error ? { ...told.error, status: answer.status } : { status: answer.status, answer: told };
  };
  const isToken = (said) => said.status === 400 && /csrf/i.test(`${said.code} ${said.message}`);

  /* One try: {state: done | refused | waiting, said, halt}; `halt` says why nothing else is tried. */
  const attempt = async (asked, record, owner, token) => {
    const size = (asked.body && (asked.body.byteLength || asked.body.length)) || 0;
    let answer;
    try {
      answer = await fetch(asked.path, {
        method: asked.method, body: asked.body, credentials: 'same-origin', redirect: 'manual', cache: 'no-store',
        headers: { 'Content-Type': asked.kind, Accept: 'application/json', 'Idempotency-Key': record.sent,
          'X-Acting-For': owner.who, 'X-CSRFToken': token || '' },
        signal: AbortSignal.timeout(ANSWER_MS + size / SLOWEST),
      });
      if (answer.type === 'opaqueredirect' || answer.status === 401) return { state: 'waiting', halt: 'signin' };
      const said = await words(answer);
      if (answer.ok) return { state: 'done', said };
      if (isToken(said)) return { state: 'waiting', halt: 'token' };
      const busy = answer.status >= 500 || [408, 425, 429].includes(answer.status);
      const faults = (record.faults || 0) + (answer.status === 500 ? 1 : 0);
      if (!busy || faults >= FAULTS) return { state: 'refused', said };
      const after = Number(answer.headers.get('Retry-After')) * 1000 || 0;
      return { state: 'waiting', halt: 'busy', after, faults };
    } catch (error) {
      return { state: 'waiting', halt: 'network' };
    }
  };

  const pauseAfter = (tries, after) =>
    Math.max(after || 0, Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2));

  const answersOf = async (records, owner) => {
    const done = records.filter((record) => record.state === 'done' && record.result);
    const pairs = done.map(async (record) => [record.key, (await store.reveal(owner.seal, record.result)).answer]);
    return new Map(await Promise.all(pairs));
  };

  const send = async (record, owner, records, tokens) => {
    let asked;
    try {
      asked = await request(record, owner, await answersOf(records, owner));
    } catch (error) {
      const code = error.message === 'depends' ? 'depends' : 'unreadable';
      const result = await store.close(owner.seal, { code });
      await change(record.seq, OPEN, { state: 'refused', result });
      return { state: 'refused' };
    }
    if (!(await change(record.seq, OPEN, { state: 'sending', version: asked.version }))) return { state: 'gone' };
    let came = await attempt(asked, record, owner, await tokens(false));
    if (came.halt === 'token') came = await attempt(asked, record, owner, await tokens(true));
    const changes = { state: came.state, ended: came.said ? Date.now() : 0 };
    if (came.faults) changes.faults = came.faults;
    if (came.said) changes.result = await store.close(owner.seal, came.said);
    if (came.halt && came.halt !== 'signin') {
      Object.assign(changes, { tries: record.tries + 1, due: Date.now() + pauseAfter(record.tries, came.after) });
    }
    await change(record.seq, OPEN, changes);
    return came;
  };

  /* What is done goes after a day, what nobody comes back for after a month. */
  const prune = async () => {
    const limit = (record) => (record.state === 'done' ? DONE_KEPT_MS : STRAY_KEPT_MS);
    const old = (await store.all('actions')).filter((record) => Date.now() - record.at > limit(record));
    if (old.length) await removeAll(old);
  };
  const removeAll = async (records) => {
    await store.within(['actions', 'loads'], 'readwrite', (of) => records.forEach((record) => {
      of('actions').delete(record.seq);
      of('loads').delete(record.key);
    }));
    tell();
  };
  const forget = async (who) => {
    await removeAll(await mine(who));
    await store.within(['loads'], 'readwrite', (of) => {
      const asked = of('loads').getAllKeys();
      asked.onsuccess = () => asked.result.filter((key) => key.endsWith(draftOf('', who))).forEach((key) => of('loads').delete(key));
    });
  };

  /* What the user has begun and is no action yet: sealed too, and there again after the next sign-in. */
  const draft = async (name) => {
    const owner = await account();
    const sealed = owner && (await store.get('loads', draftOf(name, owner.who)));
    return sealed ? store.reveal(owner.seal, sealed).catch(() => null) : null;
  };
  const keepDraft = async (name, value) => {
    const owner = await account();
    if (!owner) throw new Error('nobody is known to be signed in');
    const key = draftOf(name, owner.who);
    return value ? store.put('loads', await store.close(owner.seal, value), key) : store.remove('loads', key);
  };

  /* Whoever has the lock sends; what was being sent when its page ended is sent again. */
  const work = async (tokens, hurry) => {
    for (let first = true; ; first = false) {
      const owner = await account();
      const records = owner ? await mine(owner.who) : [];
      const next = records.find((record) => OPEN.includes(record.state));
      if (!next) {
        await prune();
        return { left: 0 };
      }
      const left = records.filter((record) => OPEN.includes(record.state)).length;
      const pause = next.due - Date.now();
      if (pause > 0 && !(hurry && first)) return { left, pause, halt: 'pause' };
      const came = await send(next, owner, records, tokens);
      if (came.halt) {
        const kept = (await store.get('actions', next.seq)) || next;
        return { left, halt: came.halt, pause: Math.max(0, kept.due - Date.now()) };
      }
    }
  };

  /* Sends what waits, in order, until nothing does or something halts it. `tokens(fresh)` gives the
     token of the session; in a `hurry` pauses are over, as when the connection has come back. */
  const drain = (tokens, hurry = false) => {
    const working = () => work(tokens, hurry);
    return navigator.locks ? navigator.locks.request(LOCK, working) : working();
  };

  self.ccQueue = { add, list, drop, retry, drain, forget, draft, keepDraft, OPEN, listen: (listener) => listeners.add(listener) };
})();
