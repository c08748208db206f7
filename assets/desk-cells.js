/* The cells of the desk's table, and which columns there is room for. */
(() => {
  const cc = (window.cc = window.cc || {});
  const { useRef } = window.React;
  /* What the cells need to know of the desk. */
  const desk = (cc.desk = { chosen: new Map(), opened: null, api: null });

  /* Cells of the table. */
  const clock = (row, now) => {
    if (!row.due) return null;
    const tone = now >= row.due ? 'red' : now >= (row.warn ?? row.due - 0.3 * (row.due - row.since)) ? 'yellow' : 'good';
    return { tone, over: now >= row.due, span: cc.span(Math.abs(row.due - now) / 1000) };
  };
  const Clock = ({ data }) => {
    const box = useRef(null);
    cc.useTick(box);
    if (!data) return null;
    const found = cc.clock.known ? clock(data, cc.city()) : null;
    return cc.h('span', { className: 'cc-due tone-' + (found ? found.tone : 'quiet'), ref: box },
      found ? [cc.h('span', { key: 'shape' }, cc.shape(found.tone)), ' ', found.over ? cc.say('超 {span}', { span: found.span }) : cc.say('余 {span}', { span: found.span })] : cc.DASH);
  };
  const Pick = ({ data }) => data
    ? cc.h('input', { type: 'checkbox', tabIndex: -1, checked: desk.chosen.has(data.key), 'aria-label': data.key,
        onChange: () => {}, onClick: (event) => { event.stopPropagation(); desk.toggle(data); } }) : null;
  const Title = ({ data }) => data
    ? cc.h('span', { className: 'cc-what' },
        data.supervised ? cc.h('i', { className: 'mark red', key: 's' }, cc.say('督办')) : null,
        (data.marks || []).map((mark) => cc.h('i', { className: 'mark', key: mark }, mark)),
        cc.h('span', { className: 'title' }, data.title),
        data.phone ? cc.h('span', { className: 'phone' }, data.phone) : null) : null;
  const State = ({ data }) => data ? cc.h('span', { className: 'cc-state', 'data-state': data.state }, data.said) : null;
  const When = ({ data }) => data && cc.clock.known
    ? cc.format(data.reported, { month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' }).replace(',', '') : null;
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
    DeskClock: Clock, DeskPick: Pick, DeskTitle: Title, DeskState: State, DeskWhen: When,
  });

  /* Columns that have no room leave by their rank, the least needed first. */
  desk.fit = (api, width) => {
    const columns = (api.getColumns() || []).map((column) => [column, column.getColDef()]);
    let used = columns.reduce((sum, [, def]) => sum + (def.minWidth || 90), 0);
    const ranked = [...columns].sort(([, a], [, b]) => b.context.rank - a.context.rank);
    for (const [column, def] of ranked) {
      const shown = used <= width || !def.context.rank;
      if (!shown) used -= def.minWidth || 90;
      if (column.isVisible() !== shown) api.setColumnsVisible([column.getColId()], shown);
    }
  };
})();
