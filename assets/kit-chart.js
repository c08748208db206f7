/* Chart: a plotly figure in the one template, redrawn on the beat. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useMemo, useRef, useState } = window.React;
  const CONFIG = { staticPlot: true, displayModeBar: false, responsive: false, locale: 'en-US' };

  /* The template is made of the page's own tokens, so that a theme is one block of CSS. */
  const template = (node) => {
    const style = getComputedStyle(node);
    const token = (name) => style.getPropertyValue('--' + name).trim();
    const unit = parseFloat(style.getPropertyValue('font-size'));
    const axis = { gridcolor: token('hairline'), zerolinecolor: token('hairline'), linecolor: token('hairline'),
      tickfont: { color: token('quiet'), size: unit }, automargin: true, fixedrange: true, gridwidth: 1,
      zeroline: false, separatethousands: true, ticks: '', title: { standoff: unit * 0.4 } };
    return { layout: {
      paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
      font: { family: style.fontFamily, size: unit, color: token('text') },
      colorway: [token('series'), token('quiet'), token('yellow'), token('red'), token('blue')],
      separators: '.\u2009', margin: { l: unit * 0.4, r: unit * 0.6, t: unit * 0.5, b: unit * 0.4, pad: unit * 0.2 },
      showlegend: false, xaxis: { ...axis, showgrid: false }, yaxis: { ...axis, nticks: 4, rangemode: 'tozero' },
      legend: { orientation: 'h', x: 0, y: 1.02, yanchor: 'bottom', font: { color: token('quiet'), size: unit } },
      bargap: 0.3, dragmode: false, hovermode: false, transition: { duration: 0 },
      uniformtext: { mode: 'hide', minsize: unit * 0.8 },
    }, data: {
      bar: [{ marker: { color: token('bar'), line: { width: 0 } }, textfont: { color: token('text') } }],
      scatter: [{ line: { width: Math.max(1.5, unit * 0.12) } }],
    } };
  };

  /* A figure is made once for all screens, so its colours may be names of tokens, as "--red". */
  const withTokens = (thing, style) => {
    if (typeof thing === 'string' && /^--[a-z-]+$/.test(thing)) return style.getPropertyValue(thing).trim() || thing;
    if (Array.isArray(thing)) return thing.map((item) => withTokens(item, style));
    if (!thing || typeof thing !== 'object') return thing;
    return Object.fromEntries(Object.entries(thing).map(([key, item]) => [key, withTokens(item, style)]));
  };

  /* Dash's own graph brings plotly; what it draws is left alone, since after one figure that cannot be
     drawn it never draws another. */
  const LOOK_MS = 50;
  const usePlotly = () => {
    const [plotly, set] = useState(window.Plotly);
    const [drawable, setDrawable] = useState(false);
    useEffect(() => void cc.drawable().then(() => setDrawable(true)), []);
    useEffect(() => {
      if (plotly) return undefined;
      const timer = setInterval(() => window.Plotly && set(window.Plotly), LOOK_MS);
      return () => clearInterval(timer);
    }, [plotly]);
    return [plotly, drawable];
  };

  /* A figure that takes long to draw is drawn seldom: twenty times as long it rests. */
  const REST = 20;
  const useDrawing = (plotly, figure) => {
    const node = useRef(null);
    const rests = useRef(0);
    const fail = cc.useFail();
    useEffect(() => {
      const { current: graph } = node;
      if (!plotly || !figure || !graph) return undefined;
      const draw = async () => {
        const began = performance.now();
        await plotly.react(graph, figure.data, figure.layout, CONFIG);
        rests.current = performance.now() + REST * (performance.now() - began);
      };
      const timer = setTimeout(() => draw().catch(fail), Math.max(0, rests.current - performance.now()));
      return () => clearTimeout(timer);
    }, [plotly, figure]);
    useEffect(() => {
      const graph = node.current;
      return () => window.Plotly && window.Plotly.purge(graph);
    }, []);
    return node;
  };

  kit.Chart = cc.guarded((props) => {
    const box = useRef(null);
    const [size, setSize] = useState(null);
    const [plotly, drawable] = usePlotly();
    const theme = cc.useTheme();
    const value = cc.useBeat(props.value);
    useEffect(() => {
      const look = () => {
        if (!box.current) return;
        const { clientWidth: width, clientHeight: height } = box.current;
        if (width > 20 && height > 20) setSize({ width, height, template: template(box.current) });
      };
      const watcher = new ResizeObserver(look);
      watcher.observe(box.current);
      document.fonts.ready.then(look);
      return () => watcher.disconnect();
    }, [theme]);
    const figure = useMemo(() => {
      if (!size || !value) return null;
      const { data = [], layout = {} } = withTokens(value, getComputedStyle(box.current));
      return { data, layout: { ...layout, ...size, autosize: false } };
    }, [value, size]);
    const node = useDrawing(plotly, figure);
    const Graph = (window.dash_core_components || {}).Graph;
    return cc.part(props, 'chart', cc.heading(props.title),
      cc.h('div', { className: 'canvas', ref: box },
        cc.h('div', { ref: node, hidden: !figure }),
        figure ? null : cc.h('span', { className: 'unknown' }, cc.DASH),
        plotly || !drawable || !Graph || !figure ? null : cc.h('div', { hidden: true },
          cc.h(Graph, { id: props.id + '-loader', figure: { data: [], layout: {} }, setProps: () => {} }))));
  });
})();
