/* What the parts share: words, numbers, the server's clock, one tick a second, shapes. */
(() => {
  const cc = (window.cc = window.cc || {});
  const { createElement, useLayoutEffect, useState } = window.React;
  cc.h = createElement;
  window.cc_kit = window.cc_kit || {};

  cc.words = {};
  cc.language = 'zh';
  cc.say = (zh, values = {}) =>
    (cc.words[zh] || zh).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');

  cc.DASH = '—';
  cc.number = (value, digits = 0) => {
    if (typeof value !== 'number' || !isFinite(value)) return cc.DASH;
    const [whole, rest] = Math.abs(value).toFixed(digits).split('.');
    const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '\u2009');
    const sign = value < 0 && Number(value.toFixed(digits)) !== 0 ? '−' : '';
    return sign + grouped + (rest ? '.' + rest : '');
  };
  cc.percent = (value) =>
    typeof value === 'number' && isFinite(value) ? cc.number(value * 100, 1) + '\u2009%' : cc.DASH;

  /* Durations in quiet words, in seconds. */
  cc.span = (seconds) => {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 60) return cc.say('{n} 秒', { n: s });
    if (s < 3600) return cc.say('{n} 分', { n: Math.floor(s / 60) });
    if (s < 86400) {
      const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
      return m && h < 10 ? cc.say('{h} 时 {m} 分', { h, m }) : cc.say('{n} 时', { n: h });
    }
    const [d, h] = [Math.floor(s / 86400), Math.floor((s % 86400) / 3600)];
    return h && d < 10 ? cc.say('{d} 天 {h} 时', { d, h }) : cc.say('{n} 天', { n: d });
  };
  cc.ago = (seconds, recent) => self.ccAgo(cc.say, seconds, recent);

  /* The server's clock: real time is ours plus `offset`, the city's runs from a pair of instants. */
  cc.clock = { known: false, offset: 0, real: 0, city: 0, speed: 1, zone: 'UTC' };
  cc.real = () => Date.now() + cc.clock.offset;
  cc.city = () => cc.clock.city + (cc.real() - cc.clock.real) * cc.clock.speed;
  cc.setClock = ({ real, city, zone, speed }) => {
    const clock = cc.clock;
    const offset = real - Date.now();
    // A late message makes the offset too small, so the largest seen is nearest to the truth.
    if (!clock.known || Math.abs(offset - clock.offset) > 1000 || offset > clock.offset) {
      clock.offset = offset;
    }
    if (speed !== undefined) clock.speed = speed;
    if (zone) clock.zone = zone;
    Object.assign(clock, { known: true, real, city });
  };
  const formats = new Map();
  cc.format = (at, options) => {
    const locale = cc.language === 'en' ? 'en-GB' : 'zh-CN';
    const key = locale + cc.clock.zone + JSON.stringify(options);
    if (!formats.has(key)) {
      const full = { ...options, timeZone: cc.clock.zone, hourCycle: 'h23' };
      formats.set(key, new Intl.DateTimeFormat(locale, full));
    }
    return formats.get(key).format(at);
  };
  cc.time = (at) => cc.format(at, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

  /* One timer for the whole page, on the server's full seconds. */
  cc.AFTER_MS = 5;
  const ticking = new Set();
  const beat = () => {
    setTimeout(beat, 1000 - (cc.real() % 1000) + cc.AFTER_MS);
    for (const listener of [...ticking]) {
      try {
        listener();
      } catch (error) {
        console.error(error);
      }
    }
  };
  beat();
  cc.tick = (listener) => {
    ticking.add(listener);
    return () => ticking.delete(listener);
  };

  cc.shown = (node) => {
    const face = node && node.closest('[data-face]');
    return !face || face.dataset.on === '1';
  };
  cc.useTick = (ref, active = true) => {
    const [, set] = useState(0);
    useLayoutEffect(
      () => (active ? cc.tick(() => cc.shown(ref.current) && set((n) => n + 1)) : undefined),
      [active],
    );
  };
  /* How many rows of a height (given as a CSS length in `unit` custom pixels) fit into a box. */
  cc.useRows = (ref, measure) => {
    const [rows, set] = useState(0);
    useLayoutEffect(() => {
      const look = () => ref.current && set(Math.max(1, measure(ref.current)));
      const watcher = new ResizeObserver(look);
      watcher.observe(ref.current);
      look();
      return () => watcher.disconnect();
    }, []);
    return rows;
  };
  /* The newest value, at most once in `pause` milliseconds: the first at once, the last for sure. */
  cc.useHeld = (value, pause) => {
    const [held, set] = useState(value);
    const state = window.React.useRef({ at: 0, timer: 0, latest: value });
    useLayoutEffect(() => {
      const mine = state.current;
      mine.latest = value;
      if (mine.timer) return;
      const show = () => {
        mine.timer = 0;
        mine.at = performance.now();
        set(mine.latest);
      };
      const wait = mine.at + pause - performance.now();
      if (wait <= 0) show();
      else mine.timer = setTimeout(show, wait);
    }, [value]);
    useLayoutEffect(() => () => clearTimeout(state.current.timer), []);
    return held;
  };

  /* The newest value: the first change at once, what follows on the full seconds. What slides or
     covers a large part of the canvas thus moves in the same few frames, and rests in between. */
  cc.useBeat = (value) => {
    const [held, set] = useState(value);
    const state = window.React.useRef({ latest: value, shown: value, rests: true });
    const show = () => {
      const mine = state.current;
      mine.rests = mine.shown === mine.latest;
      mine.shown = mine.latest;
      set(mine.latest);
    };
    useLayoutEffect(() => cc.tick(show), []);
    useLayoutEffect(() => {
      state.current.latest = value;
      if (state.current.rests) show();
    }, [value]);
    return held;
  };

  const PATHS = {
    red: 'M8 1.5 15.5 14.5H.5Z',
    yellow: 'M2 2h12v12H2Z',
    blue: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13Z',
    good: 'M6.2 13.6 1 8.4l1.9-1.9 3.3 3.3 6.9-6.9L15 4.8Z',
  };
  cc.paths = PATHS;
  cc.shape = (tone) =>
    PATHS[tone]
      ? cc.h('svg', { className: 'cc-shape ' + tone, viewBox: '0 0 16 16', 'aria-hidden': true },
          cc.h('path', { d: PATHS[tone] }))
      : null;
  cc.shapeMarkup = (tone) =>
    PATHS[tone]
      ? `<svg class="cc-shape ${tone}" viewBox="0 0 16 16" aria-hidden="true"><path d="${PATHS[tone]}"/></svg>`
      : '';
  cc.heading = (title) => (title ? cc.h('div', { className: 'cc-heading' }, title) : null);
  cc.part = (props, kind, ...children) =>
    cc.h('div', { id: props.id, className: 'cc-part cc-' + kind + (props.grow ? ' grow' : ''),
      style: { gridColumn: 'span ' + (props.span || 1) } }, ...children);
})();
