/* Board: rows in columns, turned page by page like a station board. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef, useState } = window.React;
  const TURN_SECONDS = 8;

  const age = (at) => {
    if (typeof at !== 'number') return cc.DASH;
    const seconds = (cc.city() - at) / 1000;
    return seconds >= 0 ? cc.span(seconds) : cc.say('余 {span}', { span: cc.span(-seconds) });
  };
  const FORMS = {
    text: (value) => value ?? cc.DASH,
    number: (value) => cc.number(value, Number.isInteger(value) ? 0 : 1),
    percent: (value) => cc.percent(value),
    clock: (value) => (typeof value === 'number' ? cc.time(value) : cc.DASH),
    age,
    tone: (value) => (value ? [cc.shape(value.tone), ' ', value.text] : cc.DASH),
  };

  /* Instants are never cut: their columns have a least width. */
  const LEAST = { clock: '4.4em', age: '5.2em' };
  const track = (column) => `minmax(${LEAST[column.form] || 0},${column.width || 1}fr)`;

  const row = (line, columns, shaped, template, order) => {
    // One age beside a red shape is how long it has been wrong; of several nobody could tell.
    const loud = columns.filter((column) => column.form === 'age').length === 1 ? ' loud' : '';
    const cells = columns.map((column, i) => {
      const value = line[column.key];
      const tone = column.form === 'tone' && value ? ' tone-' + value.tone : '';
      return cc.h('span', { className: 'cell ' + (column.align || 'left') + ' ' + column.form + tone + loud,
        key: column.key }, i === 0 && shaped ? cc.shape(line.tone) : null,
        FORMS[column.form || 'text'](value));
    });
    const given = { className: 'line tone-' + (line.tone || 'plain') + (line.fresh ? ' fresh' : ''),
      style: { gridTemplateColumns: template }, key: line.key ?? order };
    return line.href ? cc.h('a', { ...given, href: line.href }, cells) : cc.h('div', given, cells);
  };

  cc.row = row;
  cc.track = track;

  /* Remembers which rows were there, so that a new one can be marked once. */
  const useFresh = (rows) => {
    const before = useRef(null);
    const now = new Set(rows.map((line) => line.key));
    const known = before.current;
    useEffect(() => {
      before.current = now;
    });
    return (line) => line.key !== undefined && known !== null && known.size > 0 && !known.has(line.key);
  };

  /* The page that is shown; it turns on the common tick while its face is shown. */
  const usePage = (pages, turns, ref) => {
    const [page, set] = useState(0);
    const state = useRef({ seconds: 0, pages });
    const turned = useRef(false);
    state.current.pages = pages;
    useEffect(() => (turns ? cc.tick(() => {
      const mine = state.current;
      if (mine.pages < 2 || !cc.shown(ref.current)) return;
      mine.seconds = (mine.seconds + 1) % TURN_SECONDS;
      turned.current = mine.seconds === 0;
      if (turned.current) set((old) => (old + 1) % mine.pages);
    }) : undefined), [turns]);
    return [Math.min(page, pages - 1), turned.current];
  };

  kit.Board = cc.guarded((props) => {
    const box = useRef(null);
    const columns = props.columns || [];
    const known = cc.useBeat(props.value);
    const all = (known || {}).rows || [];
    const room = cc.useRows(box, (node) =>
      Math.floor((node.clientHeight + 1) / parseFloat(getComputedStyle(node).getPropertyValue('line-height'))));
    const pages = Math.max(1, Math.ceil(all.length / (room || all.length || 1)));
    const [page, turned] = usePage(pages, props.turns !== false, box);
    const isFresh = useFresh(all);
    cc.useTick(box, columns.some((column) => column.form === 'age'));
    const template = columns.map(track).join(' ');
    const shaped = !columns.some((column) => column.form === 'tone');
    const scrolls = props.turns === false;
    const rows = scrolls ? all : all.slice(page * room, (page + 1) * room);
    return cc.part(props, 'board' + (scrolls ? ' scrolls' : ''),
      cc.heading(props.title),
      props.header === false ? null : cc.h('div', { className: 'head', style: { gridTemplateColumns: template } },
        columns.map((column) => cc.h('span', { className: 'cell ' + (column.align || 'left'), key: column.key },
          column.title))),
      cc.h('div', { className: 'lines', ref: box, style: { '--row': props.row_height || 34 } },
        cc.h('div', { className: 'page' + (turned ? ' turned' : ''), key: page }, rows.map((line, i) =>
          row({ ...line, fresh: isFresh(line) }, columns, shaped, template, i))),
        // What is known to be empty is no tile that still waits for its numbers.
        known && !all.length ? cc.h('div', { className: 'none' }, cc.say('暂无')) : null),
      pages > 1 && !scrolls ? cc.h('div', { className: 'pages', 'aria-hidden': true },
        Array.from({ length: Math.min(pages, 12) }, (_, i) =>
          cc.h('i', { key: i, className: i === page % 12 ? 'on' : '' }))) : null);
  });
})();
