/* Desk: the keys, the cursor and what is selected at a duty officer's desk; the server does the rest.
   It tells callbacks by its properties: asked, opened, acting, run, told, seen. Longer than most files:
   keys, cursor and form share one state. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useLayoutEffect, useRef } = window.React;
  const GRID = 'desk-grid';
  const FOLLOW_MS = 140;
  const PULSE_MS = 1000;
  const FIELDS = ['state', 'matter', 'cell', 'unit', 'channel', 'words', 'since', 'until'];

  const { desk } = cc;
  const put = (id, props) => window.dash_clientside.set_props(id, props);
  const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName)) && node.type !== 'checkbox';

  /* From the filters to what is asked, which is also the address. */
  const ask = (queue, turned, late, ...values) => {
    const asked = { queue };
    FIELDS.forEach((name, at) => values[at] && (asked[name] = values[at]));
    if (late) asked.overdue = '1';
    if (turned) asked.turned = '1';
    return asked;
  };
  window.dash_clientside = Object.assign(window.dash_clientside || {}, { desk: { ask } });

  const address = (asked, opened) => {
    const query = new URLSearchParams(asked || {});
    if (opened) query.set('case', opened);
    const href = `${location.pathname}?${query}`;
    if (location.pathname === '/desk' && href !== location.pathname + location.search) history.replaceState(history.state, '', href);
  };

  const current = () => (desk.api && !desk.api.isDestroyed() ? desk.api.getSelectedNodes()[0] || null : null);
  const rowAt = (index) => {
    const node = desk.api.getDisplayedRowAtIndex(index);
    return node && node.data ? node : null;
  };
  const select = (node) => {
    if (!node) return;
    desk.index = node.rowIndex;
    node.setSelected(true, true);
    desk.api.ensureIndexVisible(node.rowIndex);
  };
  const step = (by) => {
    if (!desk.api) return;
    const node = current();
    const at = node && node.rowIndex !== null ? node.rowIndex + by : Math.max(0, desk.index || 0);
    select(rowAt(Math.max(0, at)));
  };

  /* The pulse of the scope: something moved. The rows in sight are asked for once a second at most. */
  kit.DeskPulse = (props) => {
    const value = cc.useHeld(props.value, PULSE_MS);
    const first = useRef(true);
    useEffect(() => {
      if (value === undefined || value === null) return;
      if (first.current) first.current = false;
      else desk.refresh && desk.refresh();
    }, [value]);
    return null;
  };

  kit.DeskQueues = (props) => {
    const rows = new Map((((props.value || {}).rows) || []).map((row) => [row.key, row]));
    const lists = (props.queues || []).filter((queue) => queue.group === 'lists');
    const more = (rows.get(props.queue) || {}).more;
    const items = (list) => list.map((queue) => {
      const row = rows.get(queue.key) || {};
      return cc.h('button', { key: queue.key, type: 'button', className: 'cc-queue tone-' + (row.tone || 'plain'),
        'data-queue': queue.key, 'aria-current': queue.key === props.queue ? 'true' : undefined },
        cc.h('span', { className: 'name' }, queue.title),
        cc.h('span', { className: 'count' }, row.count === undefined || row.count === null ? '' : [cc.h('span', { key: 's' }, cc.shape(row.tone)), cc.number(row.count)]),
        cc.h('kbd', null, queue.digit || ''));
    });
    return cc.h('nav', { className: 'cc-queues', id: props.id, 'aria-label': props.title }, items((props.queues || []).filter((queue) => queue.group !== 'lists')),
      cc.h('div', { className: 'cc-lists', key: 'lists' }, items(lists), more ? cc.h('span', { className: 'more', key: 'more' }, '+ ' + more) : null));
  };

  /* Two days, as the browser lets one choose them. */
  kit.DeskDates = (props) => {
    const field = (name, label) => cc.h('input', { type: 'date', 'aria-label': label, title: label, value: props[name] || '',
      max: name === 'since' ? props.until : undefined, min: name === 'until' ? props.since : undefined,
      onChange: (event) => props.setProps({ [name]: event.target.value || null }) });
    return cc.h('span', { className: 'cc-dates' + (props.since || props.until ? ' set' : ''), id: props.id },
      field('since', props.words.since), '–', field('until', props.words.until));
  };

  kit.Desk = (props) => {
    const box = useRef(null);
    const now = useRef(props);
    now.current = props;
    const tell = (changed) => {
      now.current = { ...now.current, ...changed };
      props.setProps(changed);
    };

    const refreshPicks = () => desk.api && desk.api.refreshCells({ columns: ['pick'], force: true });
    const say = () => {
      box.current.dataset.chosen = desk.chosen.size || '';
      const count = box.current.querySelector('.cc-chosen b');
      if (count) count.textContent = desk.chosen.size;
    };
    desk.toggle = (row) => {
      if (desk.chosen.has(row.key)) desk.chosen.delete(row.key);
      else desk.chosen.set(row.key, row);
      refreshPicks();
      say();
    };
    const unchoose = () => {
      desk.chosen.clear();
      refreshPicks();
      say();
    };
    const open = (id) => {
      desk.opened = id;
      tell({ opened: id });
      address(now.current.asked, id);
    };
    const close = () => open(null);
    desk.refresh = () => {
      if (document.hidden) {
        desk.stale = true;
        return;
      }
      if (desk.api && !desk.api.isDestroyed()) desk.api.refreshInfiniteCache();
      tell({ seen: (now.current.seen || 0) + 1 });
    };

    /* What a command would act on: all that are selected, or the one that is open or under the cursor. */
    const targets = () => {
      if (desk.chosen.size) return [...desk.chosen.values()];
      const node = current();
      if (node && node.data && (!now.current.opened || node.data.key === now.current.opened)) return [node.data];
      return now.current.shown ? [now.current.shown] : node && node.data ? [node.data] : [];
    };
    const begin = (key) => {
      const command = props.commands.find((one) => one.key === key);
      const able = targets().filter((row) => (row.may || []).includes(key));
      if (!command || !able.length) return flash(cc.say('此处不能这样处理'));
      const cases = able.map((row) => ({ id: row.key, version: row.version }));
      if (cases.length === 1 && now.current.opened !== cases[0].id) open(cases[0].id);
      if (desk.orders) desk.orders.cancel();
      // A form that was left with words in it keeps them.
      tell({ acting: { command: key, cases, left: targets().length - able.length, key: crypto.randomUUID() } });
    };
    const flash = (words) => {
      const node = box.current.querySelector('.cc-flash');
      node.textContent = words;
      node.classList.remove('on');
      void node.offsetWidth;
      node.classList.add('on');
    };
    const cancel = () => tell({ acting: null });
    desk.flash = flash;
    desk.leave = () => now.current.acting && cancel();
    /* What was typed a moment ago may not have reached the page's state yet. */
    const keepTyped = (ids) => ids.forEach((id) => {
      const field = document.getElementById(id);
      if (field && field.matches('input, textarea')) put(id, { value: field.value });
    });
    desk.keepTyped = keepTyped;
    desk.acting = () => now.current.acting;
    const run = () => {
      const acting = now.current.acting;
      if (!acting || box.current.dataset.running) return;
      box.current.dataset.running = '1';
      keepTyped(['desk-note', 'desk-evidence', 'desk-master']);
      tell({ run: { ...acting, n: ((now.current.run || {}).n || 0) + 1 } });
    };
    const clear = () => {
      FIELDS.slice(0, 5).forEach((name) => put('desk-' + name, { value: null }));
      put('desk-words', { value: '' });
      put('desk-overdue', { checked: false });
      put('desk-dates', { since: null, until: null });
    };

    const plain = {
      j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
      Enter: () => { const node = current(); if (node && node.data) open(node.data.key); },
      x: () => { const node = current(); if (node && node.data) { desk.toggle(node.data); step(1); } },
      '/': () => box.current.querySelector('#desk-words').focus(),
      '?': () => put('desk-help', { opened: true }),
      z: () => tell({ turned: !now.current.turned }),
      q: clear,
      Escape: () => (now.current.acting ? cancel() : desk.chosen.size ? unchoose() : now.current.opened ? close() : null),
    };
    const onKey = (event) => {
      if (event.defaultPrevented || !box.current || (event.target.closest && event.target.closest('dialog'))) return;
      if (desk.orders && !document.querySelector('.mantine-Modal-content') && desk.orders.onKey(event, typing(event.target))) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      const helping = document.querySelector('.mantine-Modal-content');
      if ((event.ctrlKey || event.metaKey) && event.key === 'Enter' && now.current.acting) {
        event.preventDefault();
        return run();
      }
      if (event.altKey && /^[123]$/.test(event.key) && now.current.acting) {
        const button = box.current.querySelectorAll('[data-unit]')[event.key - 1];
        if (button) button.click();
        return event.preventDefault();
      }
      if (event.ctrlKey || event.metaKey || event.altKey || helping) return;
      if (typing(event.target)) {
        if (event.key !== 'Escape') return;
        const popup = document.querySelector('.mantine-Combobox-dropdown:not([hidden])');
        if (popup && getComputedStyle(popup).display !== 'none') return;
        event.target.blur();
        if (box.current.querySelector('.cc-form').contains(event.target)) cancel();
        return;
      }
      if (event.key === 'Enter' && event.target.closest('a, button')) return;
      const known = plain[event.key];
      const queue = props.queues.find((one) => one.digit === event.key);
      const command = props.commands.find((one) => one.letter === event.key);
      if (!known && !queue && !command) return;
      event.preventDefault();
      event.stopPropagation();
      if (known) known();
      else if (queue) tell({ queue: queue.key });
      else begin(command.key);
    };

    const onClick = (event) => {
      const target = event.target.closest('[data-queue], [data-command], [data-do], [data-unit], [data-open], [data-tell]');
      if (!target) return;
      const { queue, command, unit, open: wanted, tell: told } = target.dataset;
      if (queue) tell({ queue });
      else if (command) begin(command);
      else if (unit) put('desk-to', { value: unit });
      else if (wanted) open(wanted);
      else if (told) tell({ told: { ...JSON.parse(told), n: ((now.current.told || {}).n || 0) + 1 } });
      else ({ close, cancel, run, clear, unchoose, turn: plain.z, help: plain['?'],
        further: () => tell({ further: (now.current.further || 0) + 1 }) })[target.dataset.do]();
    };

    useEffect(() => {
      let watcher = null;
      let closed = false;
      let following = 0;
      window.dash_ag_grid.getApiAsync(GRID).then((api) => {
        if (closed || !box.current) return;
        desk.api = api;
        if (window.matchMedia('(pointer: coarse)').matches) api.updateGridOptions({ rowHeight: 46 });
        const table = box.current.querySelector('.cc-desk-table');
        const look = () => !api.isDestroyed() && desk.fit(api, table.clientWidth - 2);
        watcher = new ResizeObserver(look);
        watcher.observe(table);
        look();
        api.addEventListener('rowClicked', ({ node }) => {
          if (!node.data) return;
          select(node);
          open(node.data.key);
        });
        api.addEventListener('rowSelected', ({ node }) => {
          if (!node.isSelected() || !node.data || !now.current.opened || now.current.opened === node.data.key) return;
          clearTimeout(following);
          // With a form open the case it speaks of stays.
          following = setTimeout(() => now.current.opened && !now.current.acting && open(node.data.key), FOLLOW_MS);
        });
        /* What had the cursor has left the queue: the next one has come to its place. */
        api.addEventListener('modelUpdated', () => {
          if (current()) {
            desk.index = current().rowIndex ?? desk.index;
            return;
          }
          const found = now.current.opened && api.getRowNode(now.current.opened);
          const last = Math.max(0, api.getDisplayedRowCount() - 1);
          const node = found || rowAt(Math.min(desk.index || 0, last));
          if (node && node.data) node.setSelected(true, true);
        });
      }, () => {});
      const woken = () => {
        if (document.hidden || !desk.stale) return;
        desk.stale = false;
        desk.refresh();
      };
      document.addEventListener('keydown', onKey, true);
      document.addEventListener('visibilitychange', woken);
      return () => {
        closed = true;
        clearTimeout(following);
        if (watcher) watcher.disconnect();
        document.removeEventListener('keydown', onKey, true);
        document.removeEventListener('visibilitychange', woken);
        Object.assign(desk, { api: null, refresh: null, index: 0 });
        desk.chosen.clear();
      };
    }, []);

    /* Another question: the table begins anew. */
    const asked = JSON.stringify([props.asked, props.further]);
    const before = useRef(asked);
    useLayoutEffect(() => {
      address(props.asked, props.opened);
      if (before.current === asked) return;
      before.current = asked;
      desk.index = 0;
      if (!desk.api || desk.api.isDestroyed()) return;
      desk.api.deselectAll();
      desk.api.purgeInfiniteCache();
      desk.api.ensureIndexVisible(0);
    }, [asked]);
    useEffect(() => {
      desk.opened = props.opened || null;
    }, [props.opened]);
    useEffect(() => put('queues-counts', { queue: props.queue }), [props.queue]);

    /* A form opens with its first field, unless the hand is in it already. */
    const acting = props.acting && props.acting.command;
    useEffect(() => {
      if (!acting) return;
      const command = props.commands.find((one) => one.key === acting);
      const first = [...command.fields, 'note'][0];
      const id = { unit: 'desk-to', matter: 'desk-as', units: 'desk-with', master: 'desk-master', rating: 'desk-rating' }[first] || 'desk-note';
      const form = box.current.querySelector('.cc-form');
      form.scrollIntoView({ block: 'nearest' });
      if (!form.contains(document.activeElement)) {
        const field = document.getElementById(id);
        if (field) (field.matches('input, textarea') ? field : field.querySelector('input, textarea') || field).focus();
      }
    }, [acting, props.acting && props.acting.key]);

    /* What came of a command: all done closes the form, else it stays with all that was typed. */
    useEffect(() => {
      const { done } = props;
      delete box.current.dataset.running;
      if (!done) return;
      const good = new Set(done.good || []);
      [...desk.chosen.keys()].filter((key) => good.has(key)).forEach((key) => desk.chosen.delete(key));
      refreshPicks();
      say();
      if (done.closes) {
        tell({ acting: null });
        ['desk-note', 'desk-evidence'].forEach((id) => put(id, { value: '' }));
        ['desk-to', 'desk-as', 'desk-lead', 'desk-rating'].forEach((id) => put(id, { value: null }));
        put('desk-with', { value: [] });
        put('desk-master', { value: '' });
        if (document.activeElement && box.current.querySelector('.cc-form').contains(document.activeElement)) document.activeElement.blur();
      } else if (done.cases && now.current.acting) {
        tell({ acting: { ...now.current.acting, cases: done.cases, key: crypto.randomUUID(), again: true } });
      }
      if (done.said) flash(done.said);
      desk.refresh();
    }, [props.done && props.done.n]);

    useEffect(() => {
      if (!props.noted) return;
      flash(props.noted.said);
      desk.refresh();
    }, [props.noted && props.noted.n]);

    return cc.h('div', { className: 'cc-desk', id: props.id, ref: box, onClick, 'data-queue-of': props.queue,
      'data-open': props.opened ? '1' : undefined, 'data-acting': acting || undefined, 'data-board': (props.boards || []).includes(props.queue) ? '1' : undefined }, props.children,
      cc.h('div', { className: 'cc-flash', role: 'status', key: 'flash' }));
  };
})();
