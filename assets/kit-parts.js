/* Number, Bars, Flow, Legend and Note: plain DOM. Words and numbers change at once, lengths on the beat. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useRef } = window.React;
  const STRIP = '0\n1\n2\n3\n4\n5\n6\n7\n8\n9';

  const build = (box, text) => {
    box.textContent = '';
    for (const sign of text) {
      const cell = document.createElement('span');
      if (sign >= '0' && sign <= '9') {
        cell.className = 'd';
        cell.appendChild(document.createElement('span')).textContent = STRIP;
      } else {
        cell.className = sign === '\u2009' ? 'gap' : 'sign';
        cell.textContent = sign === '\u2009' ? '' : sign;
      }
      box.appendChild(cell);
    }
    const widths = { '\u2009': 0.17, '.': 0.28, ',': 0.28 };
    const wide = [...text].reduce((sum, sign) => sum + (widths[sign] ?? (/\d/.test(sign) ? 0.555 : 0.9)), 0);
    box.style.setProperty('--n', (wide + 0.05).toFixed(3));
  };

  const ROLL_MS = 700;

  /* Turns the wheels of `box` to `text`; new wheels only when the number of digits changes.
     What changes again before it has come to rest jumps, since nobody could read it rolling. */
  cc.roll = (box, text) => {
    if (box.cc === text) return;
    const now = performance.now();
    box.classList.toggle('rolls', now - (box.ccAt || -ROLL_MS) >= ROLL_MS);
    box.ccAt = now;
    const form = text.replace(/\d/g, '0');
    if (box.ccForm !== form) build(box, text);
    for (let i = 0; i < text.length; i++) {
      if (text[i] < '0' || text[i] > '9') continue;
      if (box.ccForm === form && box.cc && box.cc[i] === text[i]) continue;
      box.children[i].firstChild.style.transform = `translateY(${-10 * text[i]}%)`;
    }
    box.cc = text;
    box.ccForm = form;
  };

  kit.Number = cc.guarded((props) => {
    const box = useRef(null);
    const { value = null, tone = 'plain', note = '' } = props.value || {};
    useLayoutEffect(() => {
      const text = cc.number(value, props.digits || 0);
      cc.roll(box.current, text);
      box.current.dataset.value = value ?? '';
      box.current.setAttribute('aria-label', text.replace(/\u2009/g, ' '));
    }, [value, props.digits]);
    return cc.part(props, 'number' + (props.great ? ' great' : '') + ' tone-' + tone,
      cc.h('div', { className: 'figure' },
        cc.h('span', { className: 'digits', ref: box, role: 'img' }),
        props.unit ? cc.h('span', { className: 'unit' }, props.unit) : null),
      cc.h('div', { className: 'label' }, cc.shape(tone),
        cc.h('span', { className: 'name' }, props.title || ''),
        note ? cc.h('span', { className: 'note' }, note) : null));
  });

  /* How long each of some bars is, of the longest; what is less than a pixel does not move. */
  const STEPS = 320;
  const lengths = (values, most) =>
    values.map((value) => Math.round(Math.max(0, (value || 0) / most) * STEPS) / STEPS);

  kit.Bars = cc.guarded((props) => {
    const box = useRef(null);
    const room = cc.useRows(box, (node) => (node.closest('.cc-stage')
      ? Math.floor(node.clientHeight / (parseFloat(getComputedStyle(node).fontSize) * 1.5)) : Infinity));
    const rows = (props.value || []).slice(0, Math.min(props.rows || 8, room || 1));
    const known = rows.map((row) => row.value).filter((value) => typeof value === 'number');
    const long = cc.useBeat(lengths(rows.map((row) => row.value), Math.max(1e-9, ...known)).join());
    const sizes = long.split(',');
    const whole = known.every(Number.isInteger);
    const noted = rows.some((row) => row.note);
    return cc.part(props, 'bars', cc.heading(props.title),
      cc.h('div', { className: 'rows' + (noted ? ' noted' : ''), ref: box }, rows.map((row, i) =>
        cc.h('div', { className: 'row tone-' + (row.tone || 'plain'), key: i },
          cc.h('span', { className: 'label' }, cc.shape(row.tone), row.label),
          cc.h('span', { className: 'track' }, cc.h('span', {
            style: { transform: `scaleX(${sizes[i] || 0})` } })),
          cc.h('span', { className: 'value' }, cc.number(row.value, whole ? 0 : 1)),
          noted ? cc.h('span', { className: 'note' }, row.note || '') : null))));
  });

  kit.Flow = cc.guarded((props) => {
    const steps = props.value || [];
    const values = steps.map((step) => step.value || 0);
    const sizes = cc.useBeat(lengths(values, Math.max(1, ...values)).join()).split(',');
    return cc.part(props, 'flow', cc.heading(props.title),
      cc.h('div', { className: 'steps' }, steps.map((step, i) =>
        cc.h('div', { className: 'step tone-' + (step.tone || 'plain'), key: i },
          cc.h('div', { className: 'value' }, cc.number(step.value)),
          cc.h('div', { className: 'stem' }, cc.h('span', {
            style: { transform: `scaleY(${sizes[i] || 0})` } })),
          cc.h('div', { className: 'label' }, cc.shape(step.tone), step.label),
          cc.h('div', { className: 'note' }, step.note || '\u00a0')))));
  });

  kit.Legend = cc.guarded((props) => {
    const value = props.value || {};
    const names = { red: '红 风险量', yellow: '黄 变量', blue: '蓝 常量' };
    return cc.part(props, 'legend', cc.heading(props.title),
      cc.h('div', { className: 'keys' }, Object.keys(names).map((tone) =>
        cc.h('span', { className: 'key tone-' + tone, key: tone }, cc.shape(tone),
          cc.h('span', null, cc.say(names[tone])),
          cc.h('b', { 'data-value': value[tone] ?? '' }, cc.number(value[tone]))))));
  });

  kit.Note = cc.guarded((props) =>
    cc.part(props, 'note', cc.heading(props.title),
      cc.h('div', { className: 'words' }, props.value || cc.DASH)));
})();
