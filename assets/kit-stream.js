/* Stream: the one EventSource of a page, from the server's events to the parts' values. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect } = window.React;
  const BEAT_MS = 5000;
  const QUIET_MS = 3 * BEAT_MS + 2000;
  const LONGEST_PAUSE_MS = 15000;
  const MOST_RELOADS = 4;
  const AGAIN_MS = 10000;
  const LONGEST_SPREAD_MS = 1500;

  const put = (slot, part, value) =>
    window.dash_clientside.set_props(`${slot}-${part}`, { value });

  const apply = (slot, frame) => {
    Object.assign(slot, { at: frame.at, state: frame.state, reason: frame.reason || '' });
    Object.entries(frame.parts || {}).forEach(([part, value]) => slot.pending.set(part, value));
    cc.freshen(slot);
  };

  const give = (slot) => {
    const values = [...slot.pending];
    slot.pending.clear();
    for (const [part, value] of values) {
      try {
        put(slot.id, part, value);
      } catch (error) {
        cc.setBroken(slot.id, `${slot.id}-${part}`, cc.say('显示出错：{reason}', { reason: error.message }));
      }
    }
  };

  /* The first change is drawn at once, what follows so often: nobody reads numbers more quickly,
     and each drawing of a large canvas costs a good part of a core where no graphics card helps.
     The instants are parts of the full second, so that the clock is drawn in the same frames. */
  const DRAW_MS = 200;
  let drawn = 0;
  let drawing = 0;
  const draw = () => {
    drawing = 0;
    drawn = performance.now();
    cc.slots.forEach((slot) => slot.node && cc.shown(slot.node) && give(slot));
  };
  const drawSoon = () => {
    if (drawing) return;
    if (performance.now() - drawn >= DRAW_MS) draw();
    else drawing = setTimeout(draw, DRAW_MS - (cc.real() % DRAW_MS) + cc.AFTER_MS);
  };

  /* Gives the parts under `face` the values that came while nobody saw them. */
  cc.flush = (face) => cc.slots.forEach((slot) => {
    if (slot.node && face && face.contains(slot.node)) give(slot);
  });

  /* Reloads the page when the server answers for it again; walls do not all come at once. */
  cc.reload = (why) => {
    if (cc.reloading) return;
    cc.reloading = why;
    const attempt = async () => {
      try {
        const answer = await fetch(location.href, { cache: 'no-store', headers: { 'X-Reload': why } });
        if (answer.ok) return location.reload();
      } catch (error) {
        console.warn('reload waits for the server', error);
      }
      setTimeout(attempt, 2000 + Math.random() * 3000);
    };
    const { spread = LONGEST_SPREAD_MS } = cc.link;
    setTimeout(attempt, Math.min(200, spread) + Math.random() * spread);
  };

  /* A page made by another build than the server's is reloaded. While processes are replaced it
     may come from one of the old build again: it is tried a few times, with growing pauses. */
  const checkBuild = (mine, theirs) => {
    if (!mine || !theirs || mine === theirs) return;
    const [build, times, at] = (sessionStorage.getItem('cc-build') || '').split(' ');
    const tried = build === theirs ? Number(times) : 0;
    if (tried >= MOST_RELOADS || (tried && Date.now() - at < tried * AGAIN_MS)) return;
    sessionStorage.setItem('cc-build', `${theirs} ${tried + 1} ${Date.now()}`);
    cc.reload('build');
  };

  /* Up to when all is shown that was committed, and since when no worker speaks; null: about now. */
  const ageOf = ({ asof = null, silent = null }) => ({ asof, silent });

  cc.connect = (props) => {
    let source = null;
    let last = props.last || '';
    let failures = 0;
    let timer = 0;
    let heard = Date.now();
    let build = props.build || '';
    const { link } = cc;

    const say = (changes) => {
      Object.assign(link, changes);
      cc.freshenAll();
      cc.refreshHeader();
    };
    const lose = () => {
      if (source) source.close();
      source = null;
      const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
      failures += 1;
      say({ state: 'lost', retryAt: Date.now() + pause });
      clearTimeout(timer);
      timer = setTimeout(open, pause);
      // An EventSource hides why it was refused; a session that ended must lead to the login page.
      if (failures % 5 === 0) {
        fetch(location.href, { redirect: 'manual', cache: 'no-store' }).then(
          (answer) => answer.type === 'opaqueredirect' && location.reload(), () => {});
      }
    };
    const listen = (name, handle) => source.addEventListener(name, (event) => {
      const mine = event.currentTarget;
      if (mine !== source) return;
      heard = Date.now();
      if (event.lastEventId) last = event.lastEventId;
      const body = JSON.parse(event.data);
      if (link.asof === null) link.contact = cc.real();
      handle(body);
    });
    const onHello = (hello) => {
      failures = 0;
      cc.setClock(hello);
      build = build || hello.build;
      link.spread = hello.spread;
      checkBuild(build, hello.build);
      say({ state: 'live', retryAt: null, contact: hello.asof ?? cc.real(), ...ageOf(hello), faults: [] });
      if (cc.greeted) cc.greeted();
    };
    const onBeat = (beat) => {
      cc.setClock(beat);
      link.spread = beat.spread;
      checkBuild(build, beat.build);
      say({ ...ageOf(beat), faults: beat.faults || [], ...(beat.asof ? { contact: beat.asof } : {}) });
    };
    const take = (set, ifNewer = false) => {
      for (const [topic, frame] of Object.entries(set)) {
        (props.slots[topic] || []).map(cc.slot)
          .filter((slot) => !ifNewer || !(slot.at > frame.at)).forEach((slot) => apply(slot, frame));
      }
      drawSoon();
    };
    const onProps = (frames) => {
      take(frames.set);
      if (cc.heard) cc.heard(frames.set);
    };
    function open() {
      clearTimeout(timer);
      heard = Date.now();
      const url = last ? `${props.url}${props.url.includes('?') ? '&' : '?'}last_event_id=${encodeURIComponent(last)}` : props.url;
      source = new EventSource(url);
      listen('hello', onHello);
      listen('props', onProps);
      listen('beat', onBeat);
      source.onerror = (event) => event.currentTarget === source && lose();
      say({ retryAt: null });
    }
    const untick = cc.tick(() => {
      if (source && Date.now() - heard > QUIET_MS) lose();
    });
    const awake = () => !source && open();
    window.addEventListener('online', awake);
    if (cc.joined) cc.joined(take);
    open();
    return () => {
      untick();
      clearTimeout(timer);
      window.removeEventListener('online', awake);
      if (source) source.close();
      source = null;
    };
  };

  kit.Stream = (props) => {
    cc.words = props.words || {};
    cc.language = props.language || 'zh';
    if (props.clock && !cc.clock.known) {
      cc.setClock(props.clock);
      cc.link.contact = props.clock.asof ?? props.clock.real;
    }
    useEffect(() => cc.connect(props), [props.url, JSON.stringify(props.slots)]);
    return null;
  };
})();
