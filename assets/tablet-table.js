/* Table: the cells below in lines to be tapped, put into another order by their heads. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useState } = window.React;

  const RANKS = { red: 3, yellow: 2, blue: 1 };
  const rank = (value) => (value && typeof value === 'object' ? RANKS[value.tone] || 0 : value);
  const compare = (a, b) => {
    const [one, two] = [rank(a), rank(b)];
    if (typeof one === 'number' && typeof two === 'number') return one - two;
    return String(one ?? '').localeCompare(String(two ?? ''), 'zh-CN');
  };
  const FORMS = {
    tone: (value) => cc.h('span', { className: 'cc-cell tone-' + (value ? value.tone : 'plain') },
      value && cc.shape(value.tone), ' ', (value && value.text) ?? cc.DASH),
    number: (value) => cc.number(value, Number.isInteger(value) ? 0 : 1),
    percent: (value) => cc.percent(value),
    text: (value) => value ?? cc.DASH,
  };
  const cellOf = (column, tag, given, inside) => cc.h(tag, { ...given, key: column.key, 'data-col': column.key,
    className: column.number ? 'cell number' : 'cell',
    style: { flex: `${column.grow} 0 calc(${column.least} * var(--u) - 8px)` } }, inside);

  /* The given order is that of need; a head puts the largest first, then the smallest, then back. */
  const NEXT = { '': 'descending', descending: 'ascending', ascending: '' };
  /* The order stands in the address, so that who comes back finds the table as it was. */
  const said = (name) => {
    const [key, way] = (new URLSearchParams(location.search).get(name) || '').split('.');
    return way && NEXT[way] !== undefined ? { key, way } : { key: '', way: '' };
  };
  const note = (name, { key, way }) => {
    const query = new URLSearchParams(location.search);
    query.delete(name);
    if (way) query.set(name, `${key}.${way}`);
    const words = query.toString();
    history.replaceState(history.state, '', location.pathname + (words && '?' + words));
  };
  const useOrder = (rows, name, place) => {
    const [order, set] = useState(() => said(name));
    useLayoutEffect(() => set(said(name)), [place]);
    const turn = (key) => {
      const next = { key, way: NEXT[order.key === key ? order.way : ''] };
      set(next);
      note(name, next);
    };
    const sign = order.way === 'ascending' ? 1 : -1;
    const sorted = order.way ? [...rows].sort((a, b) => sign * compare(a[order.key], b[order.key])) : rows;
    return [sorted, order, turn];
  };

  /* commandcenter/screen/still_rows.py draws the same before this is here. */
  kit.Grid = cc.guarded((props) => {
    const value = cc.useHeld(props.value, 400);
    const columns = props.columns || [];
    const [rows, order, turn] = useOrder((value || {}).rows || [], 'sort-' + props.id, props.own);
    const head = columns.map((column) => {
      const way = order.key === column.key ? order.way : '';
      return cellOf(column, 'button', { type: 'button', 'data-way': way || undefined, onClick: () => turn(column.key) },
        column.title);
    });
    const lines = rows.map((row) => cc.h(row.href ? 'a' : 'div', { key: row.key, 'data-key': row.key,
      className: row.key === props.own ? 'line own' : 'line', 'aria-current': row.key === props.own ? 'page' : undefined,
      href: row.href }, columns.map((column) =>
      cellOf(column, 'span', {}, (FORMS[column.form] || FORMS.text)(row[column.key])))));
    return cc.h('div', { className: 'cc-table', id: props.id, style: { '--lines': Math.max(1, rows.length) } },
      cc.h('div', { className: 'line head' }, head), lines);
  });
})();
