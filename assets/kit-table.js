/* Table: rows in columns that stay. A wall shows as many as fit and says how many more there are. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useRef, useState } = window.React;

  /* How many lines fit under the head; null where the page grows with what is on it. */
  const useRoom = (box) => {
    const [room, set] = useState(0);
    useLayoutEffect(() => {
      if (!box.current.closest('.cc-stage')) {
        set(null);
        return undefined;
      }
      const look = () => {
        if (!box.current) return;
        const line = parseFloat(getComputedStyle(box.current).getPropertyValue('line-height'));
        set(Math.max(1, Math.floor((box.current.clientHeight + 1) / line)));
      };
      const watcher = new ResizeObserver(look);
      watcher.observe(box.current);
      look();
      return () => watcher.disconnect();
    }, []);
    return room;
  };

  /* A page scrolls sideways rather than break words; a wall cannot. */
  const LEAST = { text: '5em', number: '3.6em', percent: '4em', tone: '5.2em', clock: '4.6em', age: '5.2em' };
  const wide = (column) => `minmax(${LEAST[column.form || 'text']},${column.width || 1}fr)`;

  kit.Table = cc.guarded((props) => {
    const box = useRef(null);
    const columns = props.columns || [];
    const value = cc.useBeat(props.value);
    const all = (value || {}).rows || [];
    const room = useRoom(box);
    cc.useTick(box, columns.some((column) => column.form === 'age'));
    const template = columns.map(room === null ? wide : cc.track).join(' ');
    const shaped = !columns.some((column) => column.form === 'tone');
    const fits = room === null || all.length <= room;
    const rows = fits ? all : all.slice(0, Math.max(0, room - 1));
    return cc.part(props, 'rows', cc.heading(props.title),
      cc.h('div', { className: 'scroll', tabIndex: room === null ? 0 : undefined },
        props.header === false ? null : cc.h('div', { className: 'head', style: { gridTemplateColumns: template } },
          columns.map((column) => cc.h('span', { className: 'cell ' + (column.align || 'left'), key: column.key },
            column.title))),
        cc.h('div', { className: 'lines', ref: box },
          value ? null : cc.h('span', { className: 'unknown' }, cc.DASH),
          rows.map((line, i) => cc.row(line, columns, shaped, template, i)),
          fits ? null : cc.h('div', { className: 'more' }, cc.say('另有 {n} 条', { n: all.length - rows.length })))));
  });
})();
