/* Delta, Sparkline and Gauge: a number with what it is measured by. Words change at once, lines on the beat. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useRef } = window.React;
  const known = (value) => typeof value === 'number' && isFinite(value);

  /* The wheels of a number in the element of the returned ref. */
  const useDigits = (value, digits = 0) => {
    const box = useRef(null);
    useLayoutEffect(() => {
      const text = cc.number(value, digits);
      cc.roll(box.current, text);
      box.current.dataset.value = value ?? '';
      box.current.setAttribute('aria-label', text.replace(/\u2009/g, ' '));
    }, [value, digits]);
    return box;
  };
  const figure = (box, unit, ...more) => cc.h('div', { className: 'figure' },
    cc.h('span', { className: 'digits', ref: box, role: 'img' }),
    unit ? cc.h('span', { className: 'unit' }, unit) : null, ...more);
  const label = (title, note, tone) => cc.h('div', { className: 'label' }, cc.shape(tone),
    cc.h('span', { className: 'name' }, title || ''),
    note ? cc.h('span', { className: 'note' }, note) : null);

  const ARROWS = { up: 'M8 1.5 13.5 8h-3.7v6.5H6.2V8H2.5Z', down: 'M8 14.5 2.5 8h3.7V1.5h3.6V8h3.7Z', same: 'M2 5h12v2.2H2ZM2 9h12v2.2H2Z' };
  const arrow = (way) => cc.h('svg', { className: 'cc-arrow', viewBox: '0 0 16 16', 'aria-hidden': true },
    cc.h('path', { d: ARROWS[way] }));

  kit.Delta = cc.guarded((props) => {
    const { value = null, change = null, note = '' } = props.value || {};
    const box = useDigits(value, props.digits);
    const way = !known(change) ? null : change > 0 ? 'up' : change < 0 ? 'down' : 'same';
    const judged = way === null || way === 'same' || (props.better || 'neither') === 'neither' ? 'plain'
      : way === props.better ? 'good' : 'bad';
    const size = known(change) ? Math.abs(change) : null;
    const words = props.change === 'percent' ? cc.percent(size) : cc.number(size, props.digits || 0);
    return cc.part(props, 'number cc-delta',
      figure(box, props.unit, cc.h('span', { className: 'change ' + judged, 'data-way': way || 'unknown' },
        way ? arrow(way) : null, cc.h('span', null, words),
        judged === 'plain' ? null : cc.h('span', { className: 'judged' }, judged === 'good' ? cc.say('好转') : cc.say('变差')))),
      label(props.title, note));
  });

  /* The line in a box of 100 by 100: a stretch for each run of known values. */
  const stretches = (values, low, high) => {
    const room = high - low;
    const across = 100 / Math.max(1, values.length - 1);
    const up = (value) => (room > 0 && isFinite(room) ? 100 - ((value - low) / room) * 100 : 50);
    const runs = [];
    let open = false;
    values.forEach((value, i) => {
      if (!known(value)) open = false;
      else {
        if (!open) runs.push([]);
        runs[runs.length - 1].push([i * across, up(value)]);
        open = true;
      }
    });
    return runs;
  };
  const path = (run) => 'M' + run.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join('L') + (run.length === 1 ? 'h.01' : '');

  kit.Sparkline = cc.guarded((props) => {
    const given = props.value || {};
    const newest = (given.values || []).filter(known);
    const value = given.value === undefined ? newest[newest.length - 1] ?? null : given.value;
    const digits = useDigits(value, props.digits);
    const held = (cc.useBeat(props.value) || {}).values || [];
    const all = held.filter(known);
    const low = Math.min(...all, props.zero ? 0 : Infinity);
    const high = Math.max(...all, props.zero ? 0 : -Infinity);
    const runs = all.length ? stretches(held, low, high) : [];
    const last = runs.length ? runs[runs.length - 1].slice(-1)[0] : null;
    const tone = given.tone || 'plain';
    return cc.part(props, 'number cc-sparkline tone-' + tone,
      cc.h('div', { className: 'row' }, label(props.title, given.note, tone), figure(digits, props.unit)),
      cc.h('div', { className: 'plot' },
        cc.h('svg', { viewBox: '0 0 100 100', preserveAspectRatio: 'none', 'aria-hidden': true },
          runs.map((run, i) => cc.h('path', { key: i, d: path(run) }))),
        last ? cc.h('i', { style: { left: last[0] + '%', top: last[1] + '%' } })
          : cc.h('span', { className: 'unknown' }, cc.DASH)));
  });

  const inside = (value, band) => Boolean(band) && value >= band[0] && value <= band[1];
  /* Numbers under the scale, the limits first; what would lie on another is left out. */
  const APART = 14;
  const marks = (low, high, bands, share) => {
    const edges = [low, high, ...Object.values(bands).flatMap((band) => band || [])];
    const taken = [];
    return edges.filter((edge) => {
      const at = share(edge) * 100;
      const free = edge >= low && edge <= high && taken.every((other) => Math.abs(other - at) >= APART);
      if (free) taken.push(at);
      return free;
    });
  };

  kit.Gauge = cc.guarded((props) => {
    const { value = null, note = '', ...given } = props.value || {};
    const { low, high, yellow, red } = { low: props.low, high: props.high, yellow: props.yellow, red: props.red, ...given };
    const tone = !known(value) ? 'plain' : inside(value, red) ? 'red' : inside(value, yellow) ? 'yellow' : 'plain';
    const digits = useDigits(value, props.digits);
    const held = cc.useBeat(value);
    const share = (at) => Math.min(1, Math.max(0, (at - low) / (high - low) || 0));
    const percent = (at) => (share(at) * 100).toFixed(2) + '%';
    const bands = { yellow, red };
    const beyond = known(held) && (held < low ? 'below' : held > high ? 'above' : '');
    return cc.part(props, 'number cc-gauge tone-' + tone,
      cc.h('div', { className: 'row' }, label(props.title, note, tone), figure(digits, props.unit)),
      cc.h('div', { className: 'scale', 'data-beyond': beyond || undefined },
        cc.h('div', { className: 'track' }, cc.h('span', { style: { transform: `scaleX(${known(held) ? share(held).toFixed(4) : 0})` } })),
        cc.h('div', { className: 'bands' }, Object.keys(bands).filter((name) => bands[name]).map((name) =>
          cc.h('span', { key: name, className: 'band ' + name, style: { left: percent(bands[name][0]),
            width: ((share(bands[name][1]) - share(bands[name][0])) * 100).toFixed(2) + '%' } }, cc.shape(name)))),
        known(held) ? cc.h('i', { className: 'pointer', style: { left: percent(held) } }) : null),
      cc.h('div', { className: 'marks' }, marks(low, high, bands, share).map((edge) =>
        cc.h('span', { key: edge, style: { left: percent(edge) },
          className: share(edge) < 0.04 ? 'first' : share(edge) > 0.96 ? 'last' : '' },
        cc.number(edge, Number.isInteger(edge) ? 0 : Math.max(1, props.digits || 0))))));
  });
})();
