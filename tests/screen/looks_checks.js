/* What a page must not do to eyes and fingers; each function returns what is wrong, in words. */
window.looksChecks = (() => {
  const LEAST = 43.9;
  const APART = 7.5;
  const TARGETS = 'a[href], button, input, select, textarea, summary, [role=button]';
  // What is drawn over each other on purpose: digits that roll, names on a map.
  const DRAWN = '.digits, .cc-map, .cc-citymap, .cc-chart, .trap, svg, [aria-hidden=true]';
  const named = (node) => `${node.tagName.toLowerCase()}.${node.className} "${(node.innerText || node.value || '').trim().slice(0, 24)}"`;
  const box = (node) => node.getBoundingClientRect();
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && box(node).width > 1;
  const styles = new Map();
  const style = (node) => styles.get(node) || styles.set(node, getComputedStyle(node)).get(node);
  const up = (node, wanted) => {
    for (let at = node; at && at !== document.documentElement; at = at.parentElement) if (wanted(style(at), at)) return at;
    return null;
  };
  // What lies on layers of their own is over the page, which scrolls beneath.
  const layer = (node) => up(node, ({ position }) => position === 'fixed' || position === 'sticky');
  const scroller = (node) => up(node, (s, at) => /auto|scroll/.test(s.overflowX + s.overflowY) && at !== document.body);
  const texts = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const parent = node.parentElement;
      if (!node.data.trim() || parent.closest(`script, style, noscript, ${DRAWN}`) || !seen(parent)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      found.push({ parent, rects: [...range.getClientRects()].filter((r) => r.width > 1) });
    }
    return found;
  };
  // The part of a text that its boxes let be seen.
  const clipped = (parent, rect) => {
    let { left, top, right, bottom } = rect;
    for (let at = parent; at && at !== document.body; at = at.parentElement) {
      if (style(at).overflowX === 'visible' && style(at).overflowY === 'visible') continue;
      const b = box(at);
      [left, top, right, bottom] = [Math.max(left, b.left), Math.max(top, b.top), Math.min(right, b.right), Math.min(bottom, b.bottom)];
    }
    return { left, top, right, bottom };
  };

  const wide = () => {
    const { scrollWidth } = document.documentElement;
    return scrollWidth > innerWidth ? [`scrolls sideways: ${scrollWidth} of ${innerWidth}`] : [];
  };
  const cut = (found) => found.flatMap(({ parent, rects }) => {
    if (scroller(parent) && style(scroller(parent)).overflowX !== 'hidden') return [];
    if (parent.closest('.cc-table .line')) return []; // columns leave one after the other, whole
    return rects.some((r) => {
      const c = clipped(parent, r);
      return c.right < r.right - 1.5 || c.left > r.left + 1.5 || r.right > innerWidth + 1 || r.left < -1 || c.bottom < r.top + 0.7 * r.height;
    }) ? [`cut off: ${named(parent)}`] : [];
  });
  const overlaps = (found) => {
    const all = found.flatMap(({ parent, rects }) => rects.map((r) => ({ parent, over: layer(parent), ...clipped(parent, r) })))
      .filter((r) => r.right - r.left > 1 && r.bottom - r.top > 1).sort((a, b) => a.top - b.top);
    const said = new Set();
    all.forEach((one, at) => {
      for (let other = at + 1; other < all.length && all[other].top < one.bottom - 4; other += 1) {
        const two = all[other];
        if (one.parent === two.parent || one.over !== two.over) continue;
        const [w, h] = [Math.min(one.right, two.right) - Math.max(one.left, two.left), Math.min(one.bottom, two.bottom) - two.top];
        if (w > 2 && h > 5) said.add(`overlap: ${named(one.parent)} and ${named(two.parent)}`);
      }
    });
    return [...said];
  };
  const targets = () => {
    const nodes = [...document.querySelectorAll(TARGETS)].filter((n) => seen(n) && !n.disabled && n.type !== 'hidden' && !n.closest('.trap, .cc-map, .maplibregl-map'));
    const small = nodes.filter((n) => box(n).width < LEAST || box(n).height < LEAST)
      .map((n) => `small: ${named(n)} ${Math.round(box(n).width)}x${Math.round(box(n).height)}`);
    // Lines of one list lie on each other, each as wide as the list and as high as a finger.
    const line = (n) => n.closest('.line, .cc-lines li, .cc-inspections li') ;
    const boxes = nodes.map((n) => ({ n, over: layer(n), b: clipped(n, box(n)) }))
      .filter(({ b }) => b.right - b.left > 4 && b.bottom - b.top > 4);
    const near = [];
    boxes.forEach((one, at) => boxes.slice(at + 1).forEach((two) => {
      if (one.over !== two.over || one.n.contains(two.n) || two.n.contains(one.n)) return;
      if (line(one.n) && line(two.n) && line(one.n) !== line(two.n)) return;
      const dx = Math.max(0, two.b.left - one.b.right, one.b.left - two.b.right);
      const dy = Math.max(0, two.b.top - one.b.bottom, one.b.top - two.b.bottom);
      if (Math.hypot(dx, dy) < APART) near.push(`too near (${dx.toFixed()}, ${dy.toFixed()}): ${named(one.n)} and ${named(two.n)}`);
    }));
    return [...small, ...near];
  };
  return async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    styles.clear();
    const found = texts();
    return [...wide(), ...cut(found), ...overlaps(found), ...targets()];
  };
})();
