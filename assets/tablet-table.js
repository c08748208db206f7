/* Table: AG Grid in the page's own tokens, fed by the stream, its lines tapped to go further. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef, useState } = window.React;

  /* Colours and sizes are the page's custom properties, so that both themes are one. */
  const PARAMS = {
    backgroundColor: 'var(--tile)', foregroundColor: 'var(--text)', textColor: 'var(--text)',
    headerTextColor: 'var(--quiet)', headerBackgroundColor: 'var(--tile)', chromeBackgroundColor: 'var(--tile)',
    oddRowBackgroundColor: 'var(--tile)', borderColor: 'var(--hairline)', accentColor: 'var(--series)',
    rowHoverColor: 'transparent', columnHoverColor: 'transparent', selectedRowBackgroundColor: 'transparent',
    fontFamily: 'inherit', headerFontFamily: 'inherit', fontSize: 'var(--body)', headerFontSize: 'var(--small)',
    headerFontWeight: 400, wrapperBorder: false, wrapperBorderRadius: 0, columnBorder: false,
    headerColumnResizeHandleDisplay: 'none', cellHorizontalPadding: 10, browserColorScheme: 'inherit',
  };
  const text = (value) => (value && typeof value === 'object' ? value.text : value);
  const RANKS = { red: 3, yellow: 2, blue: 1 };
  const rank = (value) => (value && typeof value === 'object' ? RANKS[value.tone] || 0 : value);
  const compare = (a, b) => {
    const [one, two] = [rank(a), rank(b)];
    if (typeof one === 'number' && typeof two === 'number') return one - two;
    return String(one ?? '').localeCompare(String(two ?? ''), 'zh-CN');
  };
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    ccTheme: (theme) => theme.withParams(PARAMS),
    ccCompare: compare,
  });

  const CcCell = (props) => {
    const { value, form, data } = props;
    if (form === 'tone') {
      return cc.h('span', { className: 'cc-cell tone-' + (value ? value.tone : 'plain') },
        value && cc.shape(value.tone), ' ', text(value) ?? cc.DASH);
    }
    if (form === 'number') return cc.number(value, Number.isInteger(value) ? 0 : 1);
    if (form === 'percent') return cc.percent(value);
    // The name is a link, for those who open it elsewhere or go by keys.
    const mine = data && data.own ? 'own' : undefined;
    return data && data.href
      ? cc.h('a', { href: data.href, tabIndex: -1, className: mine, 'aria-current': mine && 'true' }, value ?? cc.DASH)
      : value ?? cc.DASH;
  };
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, { CcCell });

  /* The table as plain lines, until the grid has been loaded; commandcenter/screen/still_rows.py draws
     the same. */
  const plainCell = (column, inside) => cc.h('span', { key: column.key, className: column.number ? 'cell number' : 'cell',
    style: { flex: `${column.grow} 0 ${column.least}px` } }, inside);
  const plain = (columns, rows) => cc.h('div', { className: 'cc-plain', key: 'plain' },
    cc.h('div', { className: 'line head' }, columns.map((column) => plainCell(column, column.title))),
    rows.map((row) => cc.h('a', { className: 'line', href: row.href, key: row.key }, columns.map((column) =>
      plainCell(column, CcCell({ value: row[column.key], form: column.form }))))));

  /* Columns that have no room leave from the right, the name always stays. */
  const fit = (api, width) => {
    let used = 0;
    for (const column of api.getColumns() || []) {
      const least = column.getColDef().minWidth || 90;
      used += least;
      const shown = used <= width;
      if (column.isVisible() !== shown) api.setColumnsVisible([column.getColId()], shown);
    }
  };

  /* How a table is sorted stands in the address, so that who comes back finds it so. */
  const keepSort = (api, id) => {
    const [column, sort] = (new URLSearchParams(location.search).get('sort-' + id) || '').split('.');
    if (column) api.applyColumnState({ state: [{ colId: column, sort }] });
    api.addEventListener('sortChanged', () => {
      const chosen = api.getColumnState().find((state) => state.sort);
      const query = new URLSearchParams(location.search);
      if (chosen) query.set('sort-' + id, `${chosen.colId}.${chosen.sort}`);
      else query.delete('sort-' + id);
      const said = query.toString();
      history.replaceState(history.state, '', location.pathname + (said ? '?' + said : ''));
    });
  };

  kit.Grid = (props) => {
    const box = useRef(null);
    const grid = props.id + '-grid';
    const value = cc.useHeld(props.value, 400);
    const rows = (value || {}).rows;
    const hrefs = useRef(new Map());
    useEffect(() => {
      if (!rows) return;
      hrefs.current = new Map(rows.map((row) => [row.key, row.href]));
      const own = (row) => (row.key === props.own ? { ...row, own: true } : row);
      window.dash_clientside.set_props(grid, { rowData: rows.map(own) });
    }, [rows]);
    const [there, setThere] = useState(Boolean(window.dash_ag_grid));
    const [drawn, setDrawn] = useState(false);
    useEffect(() => {
      let closed = false;
      if (!there) cc.library('dash_ag_grid').then(() => closed || setThere(true), () => {});
      return () => {
        closed = true;
      };
    }, []);
    useEffect(() => {
      if (!there) return undefined;
      let watcher = null;
      let closed = false;
      window.dash_ag_grid.getApiAsync(grid).then((api) => {
        if (closed || !box.current) return;
        setDrawn(true);
        const look = () => !api.isDestroyed() && box.current && fit(api, box.current.clientWidth);
        watcher = new ResizeObserver(look);
        watcher.observe(box.current);
        keepSort(api, props.id);
      }, () => {});
      return () => {
        closed = true;
        if (watcher) watcher.disconnect();
      };
    }, [there]);
    const go = (event) => {
      if (event.type === 'keydown' && event.key !== 'Enter') return;
      if (event.type === 'click' && (event.ctrlKey || event.metaKey || event.shiftKey)) return;
      const line = event.target.closest('.ag-row');
      const href = line && hrefs.current.get(line.getAttribute('row-id'));
      if (!href) return;
      event.preventDefault();
      cc.go(href);
    };
    const lines = rows ? rows.length : 0;
    return cc.h('div', { className: 'cc-table', id: props.id, ref: box, onClick: go, onKeyDown: go,
      style: { '--lines': Math.max(1, lines) } },
      drawn ? null : plain(props.columns || [], rows || []), there ? props.children : null);
  };
})();
