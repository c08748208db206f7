/* Tile and the four faces of freshness; Header with the clock and the state of the connection. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useRef } = window.React;

  /* What is known of each tile: when it changed, whether its panel failed, values it has not shown. */
  cc.slots = new Map();
  cc.slot = (id) => {
    if (!cc.slots.has(id)) {
      cc.slots.set(id, { id, node: null, interval: 10, at: null, state: 'ok', reason: '', pending: new Map(), broken: new Map() });
    }
    return cc.slots.get(id);
  };

  /* The link to the server; `contact` is up to when what is shown was last known to be whole. */
  cc.link = { state: 'connecting', contact: null, asof: null, silent: null, retryAt: null, faults: [] };

  const aged = (slot, age, now) => {
    if (age > 3 * slot.interval) return ['stale', cc.say('停滞') + ' · ' + cc.ago(age, 0)];
    if (age > 1.5 * slot.interval) return ['late', cc.say('延迟') + ' · ' + cc.ago(age, 0)];
    return ['live', cc.ago((now - slot.at) / 1000)];
  };

  /* live | late | stale | failed | withheld | unknown, and the age in words. */
  cc.freshness = (slot, link, now) => {
    const [broken] = slot.broken.values();
    if (broken) return ['failed', cc.say('失败') + ' · ' + broken];
    if (slot.state === 'withheld') return ['withheld', cc.say('未授权')];
    const never = slot.at === null || (slot.pushed && !slot.at && slot.state !== 'failed');
    if (never) return ['unknown', link.state === 'live' ? cc.say('等待数据') : cc.say('正在连接')];
    if (slot.state === 'failed') return ['failed', cc.say('失败') + (slot.reason ? ' · ' + slot.reason : '')];
    // Who pushes is not heard between two pushes: their age is all there is to know.
    if (slot.pushed) return aged(slot, Math.max(0, now - slot.at) / 1000, now);
    if (link.state === 'live' && link.asof === null) {
      return ['live', cc.ago((now - slot.at) / 1000)];
    }
    const since = link.asof ?? link.contact ?? slot.at;
    // A clock that was put back leaves instants that have not come yet: they make nothing fresh.
    const newest = slot.at > now ? since : Math.max(since, slot.at);
    return aged(slot, Math.max(0, now - newest) / 1000, now);
  };
  /* A part that cannot be drawn, or can be again. */
  cc.setBroken = (id, part, reason) => {
    const slot = cc.slot(id);
    if (reason === null) slot.broken.delete(part);
    else slot.broken.set(part, reason);
    cc.freshen(slot);
  };
  const SHAPES = { late: 'yellow', stale: 'yellow', failed: 'red' };
  cc.freshen = (slot) => {
    if (!slot.node || !cc.shown(slot.node)) return;
    const [state, words] = cc.freshness(slot, cc.link, cc.real());
    const age = slot.node.querySelector(':scope > header .age');
    if (slot.node.dataset.state !== state) {
      slot.node.dataset.state = state;
      age.firstChild.innerHTML = cc.shapeMarkup(SHAPES[state]);
    }
    if (age.lastChild.textContent !== words) age.lastChild.textContent = words;
  };
  cc.freshenAll = () => cc.slots.forEach(cc.freshen);
  cc.tick(() => cc.freshenAll());

  kit.Tile = (props) => {
    const node = useRef(null);
    const slot = cc.slot(props.id);
    // What the page was made with: it holds for as long as nothing newer has come.
    slot.given = { at: props.at ?? null, state: props.state || 'ok', reason: props.reason || '' };
    useLayoutEffect(() => {
      Object.assign(slot, { node: node.current, interval: props.interval || 10, pushed: Boolean(props.pushed) });
      cc.freshen(slot);
      return () => {
        slot.node = null;
      };
    }, [props.interval, props.pushed]);
    useLayoutEffect(() => {
      if (props.at !== undefined && props.at !== null) slot.at = props.at;
      if (props.state) slot.state = props.state;
      if (props.reason !== undefined) slot.reason = props.reason || '';
      cc.freshen(slot);
    }, [props.at, props.state, props.reason]);
    const [column, row, width, height] = props.place || [];
    const style = props.place
      ? { gridColumn: `${column + 1} / span ${width}`, gridRow: `${row + 1} / span ${height}` } : undefined;
    return cc.h('section', { className: 'cc-tile', id: props.id, ref: node, style, 'data-state': 'unknown' },
      cc.h('header', null,
        cc.h('h2', { title: props.formula || undefined }, props.title),
        cc.h('span', { className: 'age' }, cc.h('i'), cc.h('span', null))),
      cc.h('div', { className: 'body', style: {
        gridTemplateColumns: `repeat(${props.columns || 1}, minmax(0,1fr))`,
        gridTemplateRows: props.rows || undefined } }, props.children));
  };

  const connection = () => {
    const { state, asof, silent, retryAt } = cc.link;
    if (state === 'live') {
      const late = (words, since) => ['late', cc.say(words, { span: cc.span((cc.real() - since) / 1000) })];
      if (asof === null) return ['live', cc.say('实时')];
      return silent === null ? late('数据滞后 {span}', asof) : late('后台无响应 {span}', silent);
    }
    if (state === 'connecting') return ['late', cc.say('正在连接')];
    const away = cc.awayWords && cc.awayWords();
    if (away) return ['failed', away];
    const wait = retryAt ? Math.ceil((retryAt - Date.now()) / 1000) : 0;
    return ['failed', wait > 0 ? cc.say('连接中断，{n} 秒后重连', { n: wait }) : cc.say('连接中断，正在重连')];
  };

  /* English words are longer: beside the names of six faces there is room for short ones. */
  const dateWords = (now) => (document.documentElement.lang.startsWith('en')
    ? cc.format(now, { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' })
    : `${cc.format(now, { year: 'numeric', month: 'long', day: 'numeric' })} ${cc.format(now, { weekday: 'long' })}`);

  const writeHeader = (node) => {
    const put = (name, words) => {
      const place = node.querySelector('.' + name);
      if (place.textContent !== words) place.textContent = words;
    };
    const { known, speed } = cc.clock;
    const now = cc.city();
    put('time', known ? cc.time(now) : cc.DASH);
    put('date', known ? dateWords(now) : '');
    put('replay', known && speed !== 1 ? cc.say('回放 ×{n}', { n: speed }) : '');
    const names = cc.link.faults.map((key) => cc.sources[key]).filter(Boolean).join('、');
    const faults = node.querySelector('.faults');
    if (Boolean(faults.firstChild.innerHTML) !== Boolean(names)) faults.firstChild.innerHTML = cc.shapeMarkup(names && 'red');
    faults.lastChild.textContent = names && cc.say('数据源故障：{names}', { names });
    const [state, words] = connection();
    const link = node.querySelector('.link');
    if (link.dataset.state !== state) {
      link.dataset.state = state;
      link.firstChild.innerHTML = cc.shapeMarkup(SHAPES[state] || 'good');
    }
    if (link.lastChild.textContent !== words) link.lastChild.textContent = words;
  };
  cc.refreshHeader = () => document.querySelectorAll('.cc-header[id]').forEach(writeHeader);
  cc.tick(() => cc.refreshHeader());

  kit.Header = (props) => {
    const node = useRef(null);
    cc.sources = props.sources || {};
    useLayoutEffect(() => writeHeader(node.current), []);
    return cc.h('header', { className: 'cc-header', id: props.id, ref: node },
      cc.h('h1', null, props.title),
      cc.h('nav', null, (props.faces || []).map((face, i) =>
        cc.h('button', { key: face.key, type: 'button', 'data-tab': face.key, title: String(i + 1),
          onClick: () => cc.stage && cc.stage.go(face.key) }, face.title))),
      cc.h('span', { className: 'paused' }, cc.say('已暂停')),
      cc.h('span', { className: 'space' }),
      cc.h('span', { className: 'link', 'data-state': '' }, cc.h('i'), cc.h('span', null)),
      cc.h('span', { className: 'faults' }, cc.h('i'), cc.h('span', null)),
      (props.notes || []).map((note) => cc.h('span', { className: 'remark', key: note }, note)),
      cc.h('span', { className: 'remark replay' }),
      cc.h('span', { className: 'date' }),
      cc.h('time', { className: 'time' }),
      props.code ? cc.h(kit.Code, { src: props.code }) : null,
      cc.h('span', { className: 'progress' }));
  };
})();
