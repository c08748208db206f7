/* Stage: the canvas scaled into the window without blur, and the faces that take turns in it. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useRef } = window.React;

  /* Device-independent pixels per canvas unit, and the size and place of the stage in the window.
     Everything is laid out at its real size (no transform, no zoom): text, hairlines, charts and
     the map's canvas stay as sharp as the screen is. `stretch` widens the grid, never the letters. */
  cc.fit = (canvas, fit, crop, view) => {
    const [x, y, w, h] = crop || [0, 0, ...canvas];
    const [across, down] = [view.width / w, view.height / h];
    const unit = { width: across, height: down, none: 1 }[fit] || Math.min(across, down);
    const wide = fit === 'stretch' ? across : unit;
    const high = fit === 'stretch' ? down : unit;
    const centre = (room, part) => (fit === 'none' ? 0 : Math.max(0, Math.round((room - part) / 2)));
    return { unit, width: canvas[0] * wide, height: canvas[1] * high,
      left: centre(view.width, w * wide) - x * wide, top: centre(view.height, h * high) - y * high,
      clip: [y * high, (canvas[0] - x - w) * wide, (canvas[1] - y - h) * high, x * wide] };
  };

  const readCrop = (canvas) => {
    const given = (new URLSearchParams(location.search).get('crop') || '').split(',').map(Number);
    const [x, y, w, h] = given;
    const inside = given.length === 4 && given.every((n) => n >= 0) && w > 0 && h > 0 &&
      x + w <= canvas[0] && y + h <= canvas[1];
    return inside ? given : null;
  };

  const place = (stage, props) => {
    const view = { width: document.documentElement.clientWidth, height: window.innerHeight };
    const query = new URLSearchParams(location.search);
    const fit = query.get('fit') || props.fit || 'contain';
    const at = cc.fit(props.canvas, fit, readCrop(props.canvas), view);
    const root = document.documentElement.style;
    root.setProperty('--u', at.unit + 'px');
    Object.entries(props.sizes || {}).forEach(([name, size]) => root.setProperty('--k-' + name, size));
    const px = (n) => n.toFixed(2) + 'px';
    Object.assign(stage.style, { width: px(at.width), height: px(at.height), left: px(at.left), top: px(at.top),
      clipPath: at.clip.some((n) => n > 0.01) ? `inset(${at.clip.map(px).join(' ')})` : '' });
  };

  /* Which face is shown, and when the next one is. */
  const rotation = (stage, props) => {
    const keys = props.faces;
    const query = new URLSearchParams(location.search).get('face');
    const hashed = () => keys.find((key) => location.hash === '#' + key);
    const state = { face: null, next: null, seconds: 0, paused: keys.includes(query) };
    const section = (key) => stage.querySelector(`[data-face="${key}"]`);

    const hairline = () => {
      const share = state.paused || keys.length < 2 ? 0 : state.seconds / props.seconds;
      const line = stage.querySelector('.cc-header .progress');
      if (line) line.style.transform = `scaleX(${share.toFixed(4)})`;
      stage.dataset.paused = state.paused ? '1' : '0';
    };
    const show = (key) => {
      if (key !== state.next) return;
      keys.forEach((other) => {
        const node = section(other);
        if (node) node.dataset.on = other === key ? '1' : '0';
        if (node) node.toggleAttribute('inert', other !== key);
      });
      stage.querySelectorAll('[data-tab]').forEach((tab) =>
        tab.setAttribute('aria-pressed', tab.dataset.tab === key));
      state.face = key;
      history.replaceState(history.state, '', '#' + key);
      cc.freshenAll();
      if (cc.flush) cc.flush(section(key)); // what came since it was prepared
      window.dispatchEvent(new CustomEvent('cc-face', { detail: key }));
    };
    /* The values that came while a face was hidden are drawn before it is seen. */
    const go = (key) => {
      state.seconds = 0;
      hairline();
      if (key === state.next) return;
      state.next = key;
      if (cc.flush) cc.flush(section(key));
      if (state.face === null) show(key);
      else requestAnimationFrame(() => requestAnimationFrame(() => show(key)));
    };
    const step = (by) => go(keys[(keys.indexOf(state.next) + by + keys.length) % keys.length]);
    const pause = () => {
      state.paused = !state.paused;
      hairline();
    };
    const onKey = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select')) return;
      const number = Number(event.key);
      if (event.key === ' ') pause();
      else if (event.key === 'ArrowRight') step(1);
      else if (event.key === 'ArrowLeft') step(-1);
      else if (number >= 1 && number <= keys.length) go(keys[number - 1]);
      else return;
      event.preventDefault();
    };
    const onTick = () => {
      if (state.paused || keys.length < 2 || !props.seconds) return;
      state.seconds += 1;
      if (state.seconds >= props.seconds) step(1);
      else hairline();
    };
    const onHash = () => hashed() && go(hashed());
    document.addEventListener('keydown', onKey);
    window.addEventListener('hashchange', onHash);
    const untick = cc.tick(onTick);
    go(state.paused ? query : hashed() || keys[0]);
    return { go, pause, state, close: () => {
      document.removeEventListener('keydown', onKey);
      window.removeEventListener('hashchange', onHash);
      untick();
    } };
  };

  kit.Stage = (props) => {
    const node = useRef(null);
    useLayoutEffect(() => {
      const fit = () => place(node.current, props);
      fit();
      window.addEventListener('resize', fit);
      document.documentElement.classList.add('cc-wall');
      cc.stage = rotation(node.current, props);
      return () => {
        window.removeEventListener('resize', fit);
        document.documentElement.classList.remove('cc-wall');
        cc.stage.close();
        cc.stage = null;
      };
    }, []);
    return cc.h('div', { className: 'cc-stage', id: props.id, ref: node }, props.children);
  };

  kit.Face = (props) =>
    cc.h('main', { className: 'cc-face', id: props.id, 'data-face': props.face, 'data-on': '0', style: {
      gridTemplateColumns: `repeat(${props.columns}, minmax(0,1fr))`,
      gridTemplateRows: `repeat(${props.rows}, minmax(0,1fr))` } }, props.children);
})();
