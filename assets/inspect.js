/* The inspection that runs: its bar on every page, and what is done in it, with a connection or
   without. What runs is kept in the browser; what is done goes through the outbox. Longer than most
   files: bar and sheets share what runs. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef, useState } = window.React;
  const KEPT = 'cc-inspection';
  const OWNER = 'cc-inspection-owner';
  const CLOCK = 'cc-inspection-clock';
  const DRAFT = 'note';
  const API = '/api/v1/inspections';
  const FRESH_MS = 60000; // so long a place that was found is where one is
  const MOST_TEXT = 1000;

  let words = {};
  const say = (zh, values = {}) => (words[zh] || zh).replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '');
  const random = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('');

  /* {key, id, title, at, cell, visited, linked}, null where none runs. */
  let running = null;
  const watchers = new Set();
  const load = (name) => {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch (error) {
      return null;
    }
  };
  const store = (name, value) => {
    if (value) localStorage.setItem(name, JSON.stringify(value));
    else localStorage.removeItem(name);
  };
  const set = (value) => {
    running = value;
    store(KEPT, value);
    document.documentElement.toggleAttribute('data-inspecting', Boolean(value));
    watchers.forEach((watcher) => watcher());
    mark();
  };
  const change = (more) => running && set({ ...running, ...more });
  /* Nothing of it stays for somebody else, nor when the session is over. */
  const forget = () => {
    Object.keys(localStorage).filter((name) => name.startsWith(KEPT)).forEach((name) => localStorage.removeItem(name));
    set(null);
  };
  const belongTo = (owner) => {
    if (load(OWNER) !== owner) forget();
    store(OWNER, owner);
  };

  /* The city's time, also when the page was loaded without a connection: as it was last heard. What
     is heard comes late and never early, so the later of two times that differ little is right. */
  const DIFFER_MS = 30000;
  const now = () => {
    const kept = load(CLOCK);
    const said = kept && kept.city + (Date.now() - kept.at) * kept.speed;
    const heard = cc.clock.known ? cc.city() : said || Date.now();
    const isLive = cc.link && cc.link.state === 'live';
    const best = said && (!isLive || Math.abs(said - heard) < DIFFER_MS) ? Math.max(said, isLive ? heard : said) : heard;
    if (isLive) store(CLOCK, { at: Date.now(), city: best, speed: cc.clock.speed });
    return best;
  };
  /* What is done one after the other has times in that order. */
  const next = () => {
    const at = Math.max(now(), (running.last || running.at) + 1);
    change({ last: at });
    return iso(at);
  };
  const iso = (at) => new Date(Math.round(at)).toISOString();

  /* Where one is, as far as the device knows it. */
  cc.inspectPlace = null;
  const place = () => {
    const found = cc.inspectPlace;
    if (!found || Date.now() - found.heard > FRESH_MS) return {};
    return { lng: found.lng, lat: found.lat };
  };

  const pathOf = () => `${API}/${running.id || `key:${running.key}`}/acts`;
  const refreshPage = () => {
    if (document.getElementById('inspection-body')) {
      window.dash_clientside.set_props('inspection-moves', { value: `own ${Date.now()}` });
    }
  };
  /* Does something in the inspection; resolves to how it stands. */
  const act = async (body, what, more = {}) => {
    const asked = { method: 'POST', path: pathOf(), body: { at: next(), ...place(), ...body }, what, ...more };
    const record = await cc.act(asked);
    if (record.state === 'done') refreshPage();
    return record;
  };
  /* Keeps an act for the outbox, also of an inspection that runs no more; it goes when others go. */
  const keepAct = async (path, body, what) => {
    const timed = running && path === pathOf() ? { ...body, at: next() } : body;
    await self.ccQueue.add({ method: 'POST', path, body: timed, what, place: location.pathname });
    cc.outbox.send();
  };
  /* What was done in an inspection on this device, sent or not. */
  const sent = (number) => {
    const names = [`${API}/${number}/`];
    if (running && running.id === number && running.key) names.push(`${API}/key:${running.key}/`);
    return (cc.outbox ? cc.outbox.list() : []).filter((record) => names.some((name) => String(record.path).startsWith(name)));
  };
  cc.inspection = { get: () => running, path: () => (running ? pathOf() : null), act, keepAct, say, now, sent, refresh: refreshPage, watch: (watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  } };

  const begin = async (cell, title) => {
    const key = random();
    const at = now();
    const kept = () => set({ key, id: null, title, at, cell, visited: [cell], linked: [] });
    const body = { cell, title, key, at: iso(at), ...place() };
    const record = await cc.act({ method: 'POST', path: API, body, what: say('开始巡查：{title}', { title }), kept });
    began(record);
    return record;
  };
  /* What became of a start, which may be heard of much later. */
  const began = (record) => {
    if (!record || !record.body || !running || running.id || record.body.key !== running.key) return;
    if (record.state === 'done') change({ id: record.result.answer.id });
    if (record.state === 'refused') {
      set(null);
      adopt();
    }
  };
  const lookForStart = () => {
    if (!running || running.id || !cc.outbox) return;
    began(cc.outbox.list().find((record) => record.path === API && record.body && record.body.key === running.key));
  };

  /* What the server knows to run wins, unless what was done here is still on its way to it. */
  const isOnItsWay = (test) => (cc.outbox ? cc.outbox.list() : []).some(
    (record) => self.ccQueue.OPEN.includes(record.state) && String(record.path).startsWith(API) && test(record));
  const adopt = async () => {
    const answer = await fetch(`${API}?mine=true&running=true&limit=1`, { credentials: 'same-origin' }).catch(() => null);
    if (!answer || !answer.ok) return;
    const [found] = (await answer.json()).inspections;
    if (cc.outbox) await cc.outbox.refresh();
    if (!found) {
      if (running && !isOnItsWay((record) => record.body && record.body.key === running.key)) set(null);
      return;
    }
    if (isOnItsWay((record) => record.body && record.body.act === 'end')) return;
    if (running && (running.id === found.id || isOnItsWay((record) => record.path === API))) return change({ id: running.id || found.id });
    const same = running && !running.id && Math.abs(Date.parse(found.started_at) - running.at) < 1000;
    set(same ? { ...running, id: found.id } : {
      key: null, id: found.id, title: found.title, at: Date.parse(found.started_at),
      cell: found.cell && found.cell.code, visited: found.cell ? [found.cell.code] : [], linked: [],
    });
  };

  /* What is done by one tap is said to be done once it is kept: a page may be left before. */
  const underway = new Set();
  const once = async (name, list, value, body, what) => {
    const over = () => underway.delete(name) && mark();
    const kept = () => {
      if (running) change({ [list]: [...running[list], value] });
      over();
    };
    underway.add(name);
    mark();
    return act(body, what, { kept }).finally(over);
  };
  const visit = (cell, name) => once(`visit ${cell}`, 'visited', cell, { act: 'visit', cell }, say('到访 {place}', { place: name }));
  const find = (number) =>
    once(`find ${number}`, 'linked', Number(number), { act: 'find', case: Number(number) }, say('发现：案件 {n}', { n: number }));

  /* A case that is started on the way is a finding. Its action must be followed at once by the one
     that says so, and not when it has been answered: the page may be closed before. */
  const STARTS = '/api/v1/cases';
  const listen = () => {
    const queue = self.ccQueue;
    if (!queue || queue.isInspected) return;
    const { add } = queue;
    queue.isInspected = true;
    const { wipe } = self.ccStore;
    self.ccStore.wipe = async (but) => {
      if (!but) forget();
      return wipe(but);
    };
    queue.add = async (asked) => {
      const key = await add(asked);
      if (running && asked.path === STARTS && (asked.method || 'POST') === 'POST') {
        const body = { act: 'find', case: { $ref: key, field: 'id' }, at: next() };
        await add({ method: 'POST', path: pathOf(), body, what: say('发现：新上报的案件'), place: location.pathname });
      }
      return key;
    };
  };

  /* A note with its photos: all are kept before any is sent. */
  const note = async (text, files, cell) => {
    const keys = [];
    for (const file of files) {
      const path = `/api/v1/photos${cell ? `?cell=${encodeURIComponent(cell)}` : ''}`;
      keys.push(await self.ccQueue.add({ method: 'POST', path, blob: file, what: say('照片'), place: location.pathname }));
    }
    const photos = keys.map((key) => ({ $ref: key, field: 'id' }));
    const short = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    return act({ act: 'note', text, photos, ...(cell ? { cell } : {}) }, text ? say('记录：{text}', { text: short }) : say('照片'), { draft: DRAFT });
  };
  const end = async (text) => {
    if (cc.flushRoute) await cc.flushRoute();
    const record = await act({ act: 'end', text }, say('结束巡查'), { draft: DRAFT });
    if (record.state !== 'refused') set(null);
    refreshPage();
    return record;
  };

  /* The buttons that pages have: which are shown, and what they say. */
  const mark = () => {
    document.querySelectorAll('[data-inspect=visit]').forEach((button) => {
      const done = Boolean(running) && running.visited.includes(button.dataset.cell);
      button.disabled = done || underway.has(`visit ${button.dataset.cell}`);
      button.textContent = done ? say('已到访') : say('到访此处');
    });
    document.querySelectorAll('[data-inspect=find]').forEach((button) => {
      const done = Boolean(running) && running.linked.includes(Number(button.dataset.case));
      button.disabled = done || underway.has(`find ${button.dataset.case}`);
      button.textContent = done ? say('已列为发现') : say('列为巡查发现');
    });
  };

  const button = (title, onClick, more = {}) => cc.h('button', { type: 'button', key: title, onClick, ...more }, title);
  const unkept = () => say('本机无法保存，请连接网络后再试');
  const told = (record) => {
    if (record.state === 'done') return say('已记下');
    if (record.state !== 'refused') return say('正在等待网络，连接后自动发送');
    return say('未被接受：{reason}', { reason: cc.outbox.hint(record.result) });
  };

  /* The sheet under the bar: one of start, note, end. */
  const Sheet = ({ kind, about, onDone, onClose }) => {
    const field = useRef(null);
    const [text, setText] = useState(kind === 'start' ? say('{place}巡查', { place: about.name }) : '');
    const [files, setFiles] = useState([]);
    const [fault, setFault] = useState('');
    const [busy, setBusy] = useState(false);
    useEffect(() => field.current && field.current.focus(), [kind]);
    /* Words that were typed when a page or a session ended are there again. */
    useEffect(() => {
      if (kind !== 'start') cc.draft(DRAFT).then((kept) => kept && kept.kind === kind && setText((now) => now || kept.text));
    }, [kind]);
    const write = (words) => {
      setText(words);
      if (kind !== 'start') cc.keepDraft(DRAFT, { kind, text: words });
    };
    const submit = async (event) => {
      event.preventDefault();
      const said = text.trim();
      if (kind === 'note' && !said && !files.length) return setFault(say('请写点什么，或拍一张照片'));
      if (busy) return undefined;
      setBusy(true);
      try {
        const doing = kind === 'start' ? begin(about.cell, said) : kind === 'end' ? end(said) : note(said, files, about.cell);
        onDone(await doing);
      } catch (error) {
        setBusy(false);
        setFault(unkept());
      }
      return undefined;
    };
    const picture = kind !== 'note' ? null : cc.h('label', { className: 'photo' },
      files.length ? say('已选 {n} 张', { n: files.length }) : say('照片'),
      cc.h('input', { type: 'file', accept: 'image/*', multiple: true, onChange: (event) => setFiles([...event.target.files]) }));
    const title = { start: say('名称'), note: say('看到了什么？'), end: say('小结') }[kind];
    const common = { ref: field, value: text, 'aria-label': title, onChange: (event) => write(event.target.value) };
    const input = kind === 'start' ? cc.h('input', { ...common, type: 'text', maxLength: 200 })
      : cc.h('textarea', { ...common, rows: 3, maxLength: kind === 'end' ? 4 * MOST_TEXT : MOST_TEXT,
          placeholder: kind === 'end' ? say('总体情况、要求、下次复查') : title });
    const go = { start: say('开始'), note: say('保存'), end: say('结束巡查') }[kind];
    return cc.h('form', { className: `sheet of-${kind}`, onSubmit: submit }, input,
      fault ? cc.h('p', { className: 'fault', role: 'alert' }, fault) : null,
      cc.h('div', { className: 'do' }, picture, button(say('取消'), onClose, { className: 'quiet' }),
        cc.h('button', { type: 'submit', className: 'go', disabled: busy }, go)));
  };

  const Clock = () => {
    const box = useRef(null);
    cc.useTick(box);
    return cc.h('time', { ref: box }, cc.span((now() - running.at) / 1000));
  };

  kit.Inspecting = (props) => {
    words = props.words || {};
    const [, draw] = useState(0);
    const [open, setOpen] = useState(null); // {kind, about}
    const [said, setSaid] = useState('');
    const [kind, code] = String(props.place || '').split(' ');
    useEffect(() => {
      const unwatch = cc.inspection.watch(() => draw((n) => n + 1));
      listen();
      belongTo(props.owner);
      set(load(KEPT));
      cc.whenCalm().then(adopt).then(() => cc.flushRoute()); // what was gone in a session before
      const untick = cc.tick(lookForStart);
      return () => {
        untick();
        unwatch();
      };
    }, []);
    useEffect(() => {
      setOpen(null);
      setSaid('');
      mark();
    }, [props.place]);
    useEffect(() => {
      if (!said) return undefined;
      const timer = setTimeout(() => setSaid(''), 6000);
      return () => clearTimeout(timer);
    }, [said]);
    useEffect(() => {
      const onClick = async (event) => {
        const target = event.target.closest && event.target.closest('[data-inspect]');
        if (!target || target.disabled) return;
        const { inspect, cell, name } = target.dataset;
        if (inspect === 'start') setOpen({ kind: 'start', about: { cell, name } });
        else if (running) {
          const doing = inspect === 'visit' ? visit(cell, name) : find(target.dataset.case);
          setSaid(await doing.then(told, unkept));
        }
      };
      document.addEventListener('click', onClick);
      return () => document.removeEventListener('click', onClick);
    }, []);
    useEffect(() => (running && cc.followRoute ? cc.followRoute() : undefined), [running && (running.key || running.id)]);
    const close = () => setOpen(null);
    const done = (record) => {
      close();
      setSaid(told(record));
    };
    const sheet = open ? cc.h(Sheet, { key: open.kind, ...open, onDone: done, onClose: close }) : null;
    const status = said ? cc.h('p', { className: 'said', role: 'status' }, said) : null;
    if (!running) {
      return cc.h('aside', { id: props.id, className: 'cc-inspecting', hidden: !sheet && !status }, status, sheet);
    }
    const href = `/inspection/${running.id || `key:${running.key}`}`;
    const own = kind === 'inspection' && location.pathname === href;
    const cell = kind === 'cell' ? code : running.visited[running.visited.length - 1];
    const toggle = (wanted, about) => () => setOpen(open && open.kind === wanted ? null : { kind: wanted, about });
    return cc.h('aside', { id: props.id, className: 'cc-inspecting on', 'aria-label': say('巡查工具') },
      cc.h('div', { className: 'bar' },
        cc.h(own ? 'div' : 'a', { className: 'what', href: own ? undefined : href },
          cc.h('b', null, say('巡查中')), cc.h('span', null, running.title), cc.h(Clock)),
        button(say('记录'), toggle('note', { cell }), { 'aria-expanded': Boolean(open && open.kind === 'note') }),
        own ? button(say('结束'), toggle('end', {}), { 'aria-expanded': Boolean(open && open.kind === 'end') })
          : cc.h('a', { className: 'open', href }, say('查看'))),
      status, sheet);
  };
})();
