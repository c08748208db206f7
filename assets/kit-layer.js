/* MapLayer: hands its value to the map of the same face, and says what the map shows of it. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useLayoutEffect, useRef, useState } = window.React;
  const ORDER = ['red', 'yellow', 'blue', 'good', 'plain', 'quiet'];

  /* The layers of the page by id: {node, value}. Maps look here for those of their own face. */
  cc.layers = new Map();
  const tell = () => window.dispatchEvent(new CustomEvent('cc-layers'));
  const faceOf = (node) => node.closest('[data-face]') || document;
  cc.layersFor = (node) => [...cc.layers].filter(([, layer]) => layer.node && faceOf(layer.node) === faceOf(node));

  const count = (value) => {
    const counts = new Map();
    const add = (tone, n) => counts.set(tone, (counts.get(tone) || 0) + n);
    for (const [tone, places] of Object.entries(value.fill || {})) add(tone, places.length);
    for (const tone of Object.values(value.cells || {})) add(tone, 1);
    for (const point of value.points || []) add(point.tone || 'plain', 1);
    return counts;
  };

  const names = () => ({ red: cc.say('红'), yellow: cc.say('黄'), blue: cc.say('蓝'), good: cc.say('良好'), plain: cc.say('其他'), quiet: cc.say('次要') });
  const mark = (tone) => cc.shape(tone) || cc.h('svg', { className: 'cc-shape ' + tone, viewBox: '0 0 16 16', 'aria-hidden': true },
    cc.h('circle', { cx: 8, cy: 8, r: 5.2 }));

  kit.MapLayer = cc.guarded((props) => {
    const box = useRef(null);
    const [mapped, setMapped] = useState(true);
    const value = cc.useBeat(props.value);
    useLayoutEffect(() => {
      cc.layers.set(props.id, { node: box.current, value });
      tell();
    }, [value]);
    useEffect(() => {
      const look = () => box.current && setMapped(Boolean(faceOf(box.current).querySelector('.cc-map')));
      look();
      const untick = cc.tick(look);
      return () => {
        untick();
        cc.layers.delete(props.id);
        tell();
      };
    }, []);
    const counts = value ? count(value) : new Map();
    const titles = new Map((props.keys || []).map((key) => [key.tone, key.title]));
    const tones = ORDER.filter((tone) => titles.has(tone) || counts.get(tone));
    const heat = value && value.heat ? value.heat.length : null;
    const total = [...counts.values()].reduce((sum, n) => sum + n, heat || 0);
    return cc.part(props, 'layer',
      cc.h('div', { className: 'row', ref: box }, cc.heading(props.title),
        cc.h('span', { className: 'total' }, value ? cc.say('共 {n} 处', { n: cc.number(total) }) : cc.DASH)),
      cc.h('div', { className: 'keys' },
        tones.map((tone) => cc.h('span', { className: 'key tone-' + tone, key: tone }, mark(tone),
          cc.h('span', null, titles.get(tone) || names()[tone]),
          cc.h('b', null, value ? cc.number(counts.get(tone) || 0) : cc.DASH))),
        heat === null ? null : cc.h('span', { className: 'key heat', key: 'heat' }, cc.h('i', null),
          cc.h('span', null, cc.say('疏密')), cc.h('b', null, cc.number(heat)))),
      value && value.note ? cc.h('div', { className: 'note' }, value.note) : null,
      mapped ? null : cc.h('div', { className: 'mapless' }, cc.shape('yellow'), cc.h('span', null, cc.say('本屏没有地图'))));
  });
})();
