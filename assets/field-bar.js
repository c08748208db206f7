/* The bar at the foot of a tablet's page: what may be done here, a sheet for each act, how it stands. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const field = (cc.field = cc.field || {});
  const { useEffect, useLayoutEffect, useRef, useState } = window.React;
  const WIDE = '(min-width: 700px)';
  const [FEW, MANY] = [4, 7];
  const SHOWN_MS = 6000;
  const TONES = { sending: 'blue', waiting: 'yellow', done: 'good', refused: 'red' };
  const h = (...given) => cc.h(...given);

  const useWide = () => {
    const [wide, set] = useState(window.matchMedia(WIDE).matches);
    useEffect(() => {
      const asked = window.matchMedia(WIDE);
      const look = () => set(asked.matches);
      asked.addEventListener('change', look);
      return () => asked.removeEventListener('change', look);
    }, []);
    return wide;
  };

  /* The colour of the place, which its own tile is told by the stream. */
  const useTone = () => {
    const [tone, set] = useState(cc.standing ? cc.standing.tone : null);
    useEffect(() => {
      const hear = (event) => set(event.detail && event.detail.tone);
      window.addEventListener('cc-standing', hear);
      set(cc.standing ? cc.standing.tone : null);
      return () => window.removeEventListener('cc-standing', hear);
    }, []);
    return tone;
  };

  const OPEN = ['waiting', 'sending'];
  const words = {
    sending: () => cc.say('正在发送'),
    waiting: () => cc.say('已存，有网络后发送'),
    done: () => cc.say('已送达'),
    refused: () => cc.say('未被接受'),
  };
  const why = (line) => (line.state !== 'refused' ? '' : line.why || (cc.outbox ? cc.outbox.hint(line.result) : ''));

  /* What was done here a moment ago: at once, then as the server has answered. */
  const Lines = ({ lines, change }) => {
    useEffect(() => cc.tick(() => {
      const known = new Map(((cc.outbox && cc.outbox.list()) || []).map((record) => [record.key, record]));
      const now = Date.now();
      const next = lines
        .map((line) => {
          const record = known.get(line.key);
          return OPEN.includes(line.state) && record && record.state !== line.state && words[record.state]
            ? { ...line, state: record.state, result: record.result, at: now } : line;
        })
        .filter((line) => line.state !== 'done' || now - line.at < SHOWN_MS);
      if (next.length !== lines.length || next.some((line, i) => line !== lines[i])) change(next);
    }), [lines]);
    const again = (line) => {
      const record = cc.outbox && cc.outbox.list().find((one) => one.key === line.key);
      const title = record && cc.outbox.again(record);
      if (!title) return null;
      const redo = () => {
        change(lines.map((one) => (one === line ? { ...one, state: 'sending', result: null, at: Date.now() } : one)));
        cc.outbox.retry(record.seq);
      };
      return h('button', { type: 'button', className: 'again', onClick: redo }, title);
    };
    return h('div', { className: 'lines', role: 'status' }, lines.map((line) =>
      h('div', { key: line.id, className: 'line', 'data-state': line.state },
        cc.shape(TONES[line.state]), h('span', null, line.what), h('small', null, words[line.state](), why(line) ? ` · ${why(line)}` : ''),
        again(line),
        line.state === 'refused' ? h('button', { type: 'button', 'aria-label': cc.say('关闭'),
          onClick: () => change(lines.filter((one) => one !== line)) }, '×') : null)));
  };

  /* A sheet that slides up; it stays open behind the map while a place is being chosen on it. */
  const Sheet = ({ title, subject, hidden, close, children, foot }) => {
    const box = useRef(null);
    useLayoutEffect(() => {
      const dialog = box.current;
      if (hidden && dialog.open) dialog.close();
      if (!hidden && !dialog.open) dialog.showModal();
    }, [hidden]);
    const onClick = (event) => event.target === box.current && close();
    return h('dialog', { ref: box, className: 'cc-sheet', 'aria-label': title, onClick,
      onCancel: (event) => { event.preventDefault(); close(); } },
      h('div', { className: 'paper' },
        h('header', null, h('h2', null, title), h('small', null, subject),
          h('button', { type: 'button', className: 'close', 'aria-label': cc.say('关闭'), onClick: close }, '×')),
        h('div', { className: 'fields' }, children), foot));
  };

  const Form = ({ act, about, draft, keep, close, submit }) => {
    const form = field.forms[act.kind];
    const [seen] = useState(about); // as it stood when the form was opened
    const [values, change] = useState(() => draft || (form.begin ? form.begin(act, about) : {}));
    const [lacking, tell] = useState([]);
    const [picking, setPicking] = useState(false);
    const touched = useRef(false);
    useEffect(() => keep(values, touched.current), [values]);
    const set = (name) => (value) => {
      touched.current = true;
      change((before) => ({ ...before, [name]: value }));
      tell([]);
    };
    /* The next tap on the map is the place, and leads nowhere. */
    const pick = (take) => {
      const end = () => {
        cc.pickPlace = null;
        setPicking(false);
      };
      cc.pickPlace = ({ lng, lat }) => {
        end();
        take({ lng, lat });
      };
      setPicking(() => end);
      const map = document.querySelector('.cc-map[data-taps]');
      if (map) map.scrollIntoView({ block: 'center' });
    };
    useEffect(() => () => {
      cc.pickPlace = null;
    }, []);
    const go = () => {
      const lacks = form.lacks(values, act, about);
      if (lacks.length) tell(lacks);
      else submit(act, values, seen);
    };
    const foot = h('footer', null,
      lacking.length ? h('p', { className: 'fault', role: 'alert' }, cc.say('还没有填：{what}', { what: lacking.join('、') })) : null,
      h('div', { className: 'do' },
        h('button', { type: 'button', 'data-do': 'cancel', onClick: close }, cc.say('取消')),
        h('button', { type: 'button', className: 'go', 'data-do': 'submit', onClick: go }, cc.say('提交'))));
    return [
      h(Sheet, { key: 'sheet', title: act.title, subject: about.case ? cc.say('案件 {n}', { n: about.case }) : about.name,
        hidden: Boolean(picking), close, foot }, form.fields(values, set, act, about, pick)),
      picking ? h('div', { key: 'pick', className: 'picking', role: 'alert' }, h('span', null, cc.say('请在地图上点一下地点')),
        h('button', { type: 'button', onClick: picking }, cc.say('取消'))) : null,
    ];
  };

  kit.FieldBar = (props) => {
    Object.assign(cc.words, props.words || {});
    const { about = {}, acts = [] } = props;
    const wide = useWide();
    const tone = useTone();
    const box = useRef(null);
    const [open, setOpen] = useState(null);
    const [lines, setLines] = useState([]);
    const drafts = useRef({});
    const place = about.case ? `case ${about.case}` : `cell ${about.cell}`;
    useEffect(() => {
      setOpen(null);
      setLines([]);
      drafts.current = {};
      /* What was typed when a page or a session ended is there again, but for its photos. */
      cc.draft(field.DRAFT).then((kept) => {
        if (kept && kept.place === place) drafts.current[kept.act] = kept.values;
      });
    }, [place]);
    const keep = (act) => (values, touched) => {
      drafts.current[act.key] = values;
      const { photos, ...typed } = values;
      if (touched) cc.keepDraft(field.DRAFT, { place, act: act.key, values: typed });
    };
    /* What stands at the foot of the page is not covered by the bar. */
    useLayoutEffect(() => {
      const look = () => document.documentElement.style.setProperty('--field', `${box.current ? box.current.offsetHeight : 0}px`);
      const watcher = new ResizeObserver(look);
      watcher.observe(box.current);
      look();
      return () => {
        watcher.disconnect();
        document.documentElement.style.removeProperty('--field');
      };
    }, []);

    const shown = acts.filter((act) => {
      const form = field.forms[act.kind];
      return form && (!form.tones || form.tones.includes(tone));
    });
    const most = wide ? MANY : FEW;
    const hand = shown.length > most + 1 ? shown.slice(0, most) : shown;
    const submit = async (act, values, seen) => {
      const id = field.next();
      const line = { id, what: act.title, state: 'sending', at: Date.now() };
      const settle = (changes) => setLines((all) => all.map((one) => (one.id === id ? { ...one, ...changes, at: Date.now() } : one)));
      setOpen(null);
      setLines((all) => [...all, line]);
      delete drafts.current[act.key];
      try {
        const record = await field.forms[act.kind].send(values, act, seen);
        settle({ key: record.key, state: record.state === 'sending' ? 'waiting' : record.state, result: record.result });
      } catch (error) {
        drafts.current[act.key] = values;
        settle({ state: 'refused', why: cc.say('不能保存在这台设备上，请再试') });
      }
    };
    const button = (act) => h('button', { key: act.key, type: 'button', 'data-act': act.key, onClick: () => setOpen(act.key) }, act.title);
    const acting = shown.find((act) => act.key === open);
    return h('nav', { className: 'cc-field', 'aria-label': cc.say('可办的事'), id: props.id, ref: box, hidden: !shown.length && !lines.length },
      h(Lines, { lines, change: setLines }),
      h('div', { className: 'bar' }, hand.map(button),
        hand.length < shown.length ? h('button', { type: 'button', key: 'more', 'data-act': 'more', onClick: () => setOpen('more') }, cc.say('更多')) : null),
      open === 'more' ? h(Sheet, { title: cc.say('更多'), subject: about.name, close: () => setOpen(null) },
        h('div', { className: 'several' }, shown.slice(hand.length).map(button))) : null,
      acting ? h(Form, { key: acting.key, act: acting, about, draft: drafts.current[acting.key],
        keep: keep(acting), close: () => setOpen(null), submit }) : null);
  };
})();
