/* The tablet's page: from place to place in one page, and back to where one was. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useLayoutEffect, useRef, useState } = window.React;
  /* What an address has that makes another page of it; what else it has, as how a table is sorted,
     the page keeps for itself. */
  const SHOWS = ['tab', 'show', 'q'];
  const WALL = ['--u', '--k-small', '--k-body', '--k-title', '--k-great'];

  /* Where one scrolled to is kept with the address while its page is shown: when the address has
     changed it is too late, and until the next page is there the scrolling is still of the last. */
  cc.here = () => location.pathname + new URLSearchParams([...new URLSearchParams(location.search)]
    .filter(([name]) => SHOWS.includes(name))).toString().replace(/^(?=.)/, '?');
  let noting = 0;
  let here = '';
  const note = () => {
    noting = 0;
    if (cc.here() === here) history.replaceState({ ...history.state, y: window.scrollY }, '');
  };
  const forgetNote = () => {
    clearTimeout(noting);
    noting = 0;
  };
  const onScroll = () => {
    if (!noting) noting = setTimeout(note, 150);
  };

  /* Goes to a place of this page as a link of Dash does: the address first, then who listens. */
  cc.go = (href) => {
    if (!href || href === cc.here()) return;
    forgetNote();
    note();
    // Another tab of the same place: one stays where one looks.
    const y = href.split('?')[0] === location.pathname ? window.scrollY : 0;
    history.pushState({ y }, '', href);
    window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
  };

  const inPage = (link) =>
    link.origin === location.origin && !link.hash && !link.target &&
    !/[?&](lang|theme|hand|type)=/.test(link.search) && /^\/((cell|case|inspection)\/|(search|inspections)$)/.test(link.pathname);
  const closeLists = (but) => document.querySelectorAll('details.cc-siblings[open]').forEach((list) => {
    if (!list.contains(but)) list.open = false;
  });
  const onClick = (event) => {
    closeLists(event.target);
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest('a[href]');
    if (!link || !inPage(link)) return;
    event.preventDefault();
    cc.go(link.pathname + link.search);
  };
  /* A list that opens shows where one is in it. */
  const onToggle = (event) => {
    const list = event.target.open && event.target.matches('.cc-siblings') && event.target.querySelector('.list');
    const own = list && list.querySelector('[aria-current]');
    if (own) list.scrollTop = own.offsetTop - (list.clientHeight - own.offsetHeight) / 2;
  };

  /* A new place knows what it was made with: what its tiles knew was of the place before. */
  const forget = () => cc.slots.forEach((slot) => {
    Object.assign(slot, slot.node ? slot.given : { at: null, state: 'ok', reason: '' });
    slot.pending.clear();
    cc.freshen(slot);
  });

  /* Scrolls to where one was, as soon as the page is long enough again. */
  const restore = (y) => {
    const until = Date.now() + 1500;
    const look = () => {
      const room = document.documentElement.scrollHeight - window.innerHeight;
      if (room >= y || Date.now() > until) window.scrollTo(0, Math.min(y, room));
      else requestAnimationFrame(look);
    };
    look();
  };

  kit.Tablet = (props) => {
    useLayoutEffect(() => {
      WALL.forEach((name) => document.documentElement.style.removeProperty(name));
      document.documentElement.classList.add('cc-tablet');
      const before = history.scrollRestoration;
      history.scrollRestoration = 'manual';
      document.addEventListener('click', onClick);
      document.addEventListener('toggle', onToggle, true);
      window.addEventListener('scroll', onScroll, { passive: true });
      window.addEventListener('popstate', forgetNote);
      return () => {
        document.documentElement.classList.remove('cc-tablet');
        history.scrollRestoration = before;
        document.removeEventListener('click', onClick);
        document.removeEventListener('toggle', onToggle, true);
        window.removeEventListener('scroll', onScroll);
        window.removeEventListener('popstate', forgetNote);
      };
    }, []);
    useLayoutEffect(() => {
      forget();
      document.title = props.name || '';
      closeLists(null);
      cc.closePhotos();
      here = cc.here();
      const known = history.state && history.state.y;
      // Who has scrolled the still stays there.
      if (!cc.endStill() || known) restore(known || 0);
    }, [props.place]);
    useLayoutEffect(() => cc.filled(props.kept), [props.place, props.kept && props.kept.at]);
    return cc.h('div', { className: 'cc-tablet-page', id: props.id }, props.children);
  };

  /* The search box: what is looked for is the address of the page that shows what is found. */
  kit.Search = (props) => {
    const [asked, setAsked] = useState(props.asked || '');
    const box = useRef(null);
    useEffect(() => setAsked(props.asked || ''), [props.asked]);
    useEffect(() => {
      if (location.pathname === '/search' && !props.asked) box.current.focus({ preventScroll: true });
    }, []);
    const go = (event) => {
      event.preventDefault();
      if (!asked.trim()) return;
      box.current.blur(); // the keyboard makes way for what is found
      cc.go('/search?' + new URLSearchParams({ q: asked.trim() }));
    };
    return cc.h('form', { className: 'cc-search', id: props.id, role: 'search', action: '/search', onSubmit: go },
      props.children,
      cc.h('input', { ref: box, type: 'search', name: 'q', value: asked, maxLength: 100, autoComplete: 'off',
        enterKeyHint: 'search', placeholder: props.said, 'aria-label': props.said,
        onChange: (event) => setAsked(event.target.value) }),
      cc.h('button', { type: 'submit' }, props.go));
  };

  /* A switch changes one thing of the address and keeps the place. */
  const kept = (href) => {
    if (!href.startsWith('?')) return href;
    const query = new URLSearchParams(location.search);
    for (const [name, value] of new URLSearchParams(href)) query.set(name, value);
    return '?' + query;
  };

  kit.Switches = (props) => {
    const inForce = (document.documentElement.dataset.looks || '').split(' ');
    const links = (props.links || []).filter((link) => !inForce.includes(link.href.slice(1)));
    return cc.h('nav', { className: 'cc-switches', id: props.id, 'aria-label': props.label },
      links.map((link) => cc.h('a', { key: link.href, href: kept(link.href) }, link.title)),
      props.leave ? cc.h('button', { type: 'button', onClick: cc.leave }, props.leave) : null);
  };

  /* Lines of two rows each; the first text is the name, the others stand under it. */
  const age = (at) => {
    if (typeof at !== 'number') return cc.DASH;
    const seconds = (cc.city() - at) / 1000;
    return seconds >= 0 ? cc.span(seconds) : cc.say('余 {span}', { span: cc.span(-seconds) });
  };
  const item = (row, columns) => {
    const [first, ...rest] = columns.filter((column) => column.form === 'text' && column.key !== 'phone');
    const aged = columns.find((column) => column.form === 'age');
    const under = rest.map((column) => row[column.key]).filter(Boolean).join(' · ');
    const body = [
      cc.h('span', { className: 'name', key: 'name' }, cc.shape(row.tone), row[first.key] ?? cc.DASH),
      aged && typeof row[aged.key] === 'number' ? cc.h('span', { className: 'age', key: 'age' },
        cc.h('small', null, aged.title), ' ', age(row[aged.key])) : null,
      cc.h('span', { className: 'under', key: 'under' }, under || '\u00a0'),
    ];
    return cc.h('li', { key: row.key, className: 'tone-' + (row.tone || 'plain') },
      cc.h(row.href ? 'a' : 'div', { className: 'open', href: row.href }, body),
      row.phone ? cc.h('a', { className: 'cc-call', href: 'tel:' + row.phone }, row.phone) : null);
  };

  kit.Lines = (props) => {
    const box = useRef(null);
    const [all, setAll] = useState(false);
    const value = cc.useHeld(props.value, 400);
    const rows = (value || {}).rows;
    const columns = props.columns || [];
    cc.useTick(box, columns.some((column) => column.form === 'age'));
    const most = props.most || 6;
    const shown = rows && (all ? rows : rows.slice(0, most));
    return cc.h('div', { className: 'cc-lines', id: props.id, ref: box },
      rows && rows.length
        ? cc.h('ul', null, shown.map((row) => item(row, columns)))
        : cc.h('div', { className: 'none' }, rows ? props.empty || cc.DASH : cc.DASH),
      rows && rows.length > most ? cc.h('button', { type: 'button', 'aria-expanded': all, onClick: () => setAll(!all) },
        all ? cc.say('收起') : cc.say('全部 {n} 条', { n: rows.length })) : null);
  };

  kit.Standing = (props) => {
    const box = useRef(null);
    cc.useTick(box);
    const row = ((props.value || {}).rows || [])[0];
    /* What may be done here hangs on the colour: the bar hears of it. */
    useEffect(() => {
      cc.standing = row || null;
      window.dispatchEvent(new CustomEvent('cc-standing', { detail: cc.standing }));
    }, [row]);
    useEffect(() => () => {
      cc.standing = null;
    }, []);
    if (!row) return cc.h('div', { className: 'cc-standing', id: props.id, ref: box }, cc.DASH);
    const passed = (at) => cc.ago(Math.max(0, (cc.city() - at) / 1000));
    const found = row.found ? [row.found, typeof row.checked === 'number' ? passed(row.checked) : ''].filter(Boolean).join(' · ') : '';
    const next = typeof row.check === 'number' ? cc.say('下次核查 {span}', { span: age(row.check) }) : '';
    return cc.h('div', { className: 'cc-standing tone-' + row.tone, id: props.id, ref: box },
      cc.h('div', { className: 'colour' }, cc.shape(row.tone), cc.h('b', null, row.colour && row.colour.text)),
      cc.h('div', { className: 'why' }, row.why,
        cc.h('small', null, [row.rule, row.owner, next].filter(Boolean).join(' · ')),
        found ? cc.h('small', { className: 'found' }, found) : null,
        row.photo && props.words ? cc.h('button', { type: 'button', className: 'photo',
          onClick: () => cc.viewPhotos([{ url: row.photo, title: row.found }], props.words) }, cc.say('照片')) : null));
  };

  /* Tells a callback of every value, the first too: between the page's answer and its stream
     something may have moved. */
  kit.Moved = (props) => {
    useEffect(() => {
      if (props.value !== undefined && props.value !== null) props.setProps({ seen: props.value });
    }, [props.value]);
    return null;
  };

  const WARN_SHARE = 0.7;
  kit.Limit = (props) => {
    const box = useRef(null);
    cc.useTick(box);
    const { start, warn, due } = props;
    const now = cc.clock.known ? cc.city() : null;
    const early = now !== null && now < warn;
    const share = now === null ? 0
      : early ? (WARN_SHARE * (now - start)) / Math.max(1, warn - start)
      : WARN_SHARE + ((1 - WARN_SHARE) * (now - warn)) / Math.max(1, due - warn);
    const tone = now === null ? 'quiet' : now >= due ? 'red' : early ? 'good' : 'yellow';
    const words = now === null ? cc.DASH
      : (now >= due ? props.words.over : props.words.left).replace('{span}', cc.span(Math.abs(due - now) / 1000));
    return cc.h('div', { className: 'cc-limit tone-' + tone, id: props.id, ref: box, role: 'timer' },
      cc.h('div', { className: 'words' }, cc.shape(tone), words),
      cc.h('div', { className: 'track' }, cc.h('span', {
        style: { transform: `scaleX(${Math.min(1, Math.max(0, share)).toFixed(3)})` } })));
  };
})();
