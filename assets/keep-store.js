/* What a browser keeps for its user, for the page and for the service worker: one database, with
   the actions that wait sealed by a key that goes when the session does. */
(() => {
  const NAME = 'cc-kept';
  const STORES = {
    meta: {}, places: { keyPath: 'path' }, actions: { keyPath: 'seq', autoIncrement: true }, loads: {},
  };
  const OF_SESSION = ['meta', 'places'];
  const OF_CACHES = /^cc-(places|tiles)-/;

  let opening = null;
  let opened = null;
  const forgetBase = () => {
    opening = opened = null;
  };
  const open = () => {
    opening = opening || new Promise((done, fail) => {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () =>
        Object.entries(STORES).forEach(([name, shape]) => asked.result.createObjectStore(name, shape));
      asked.onerror = () => {
        forgetBase();
        fail(asked.error);
      };
      asked.onsuccess = () => {
        const base = asked.result;
        base.onclose = forgetBase;
        base.onversionchange = () => {
          base.close();
          forgetBase();
        };
        opened = base;
        done(base);
      };
    });
    return opening;
  };

  /* One transaction; `work` gets a function that names its stores and may return a request, whose
     result is the answer once everything is on the disk. */
  const begun = (base, names, mode, work) => new Promise((done, fail) => {
    const change = base.transaction(names, mode, { durability: 'strict' });
    change.onabort = () => fail(change.error || new Error('the browser kept nothing'));
    const asked = work((name) => change.objectStore(name));
    change.oncomplete = () => done(asked instanceof IDBRequest ? asked.result : asked);
  });
  /* At once where it can be: a page that is being left has no later. */
  const within = async (names, mode, work) => begun(opened || (await open()), names, mode, work);
  const get = (name, key) => within([name], 'readonly', (of) => of(name).get(key));
  const all = (name) => within([name], 'readonly', (of) => of(name).getAll());
  const put = (name, value, key) => within([name], 'readwrite', (of) => of(name).put(value, key));
  const remove = (name, key) => within([name], 'readwrite', (of) => of(name).delete(key));

  /* Caches of places and tiles end with the mark of whom they are for. */
  const dropCaches = async (but) => {
    const kept = self.caches ? await caches.keys() : [];
    const others = kept.filter((name) => OF_CACHES.test(name) && name.replace(OF_CACHES, '') !== but);
    await Promise.all(others.map((name) => caches.delete(name)));
  };
  /* Drops what a session leaves behind, but the caches of the next one; actions that wait stay,
     sealed, for their own user. */
  const wipe = async (but = '') => {
    await within(OF_SESSION, 'readwrite', (of) => OF_SESSION.forEach((name) => of(name).clear()));
    await dropCaches(but);
  };

  /* Without a secure connection browsers have no cryptography, and what is kept lies open. */
  const keyOf = async (seal) => {
    if (!self.crypto.subtle || !seal) return null;
    const bytes = Uint8Array.from(atob(seal), (letter) => letter.charCodeAt(0));
    return crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
  };
  const seal = async (key, bytes) => {
    if (!key) return { bytes };
    const iv = crypto.getRandomValues(new Uint8Array(12));
    return { iv, bytes: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, bytes) };
  };
  const unseal = (key, { iv, bytes }) =>
    iv ? crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key, bytes) : bytes;
  const close = (key, value) => seal(key, new TextEncoder().encode(JSON.stringify(value)));
  const reveal = async (key, sealed) => JSON.parse(new TextDecoder().decode(await unseal(key, sealed)));

  self.ccStore = { within, get, all, put, remove, wipe, dropCaches, keyOf, seal, unseal, close, reveal };
})();
