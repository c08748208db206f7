/* What is wrong with the look of the tiles on a page: [{slot, kind, what, text, value}]. */
(wanted) => {
  const found = [];
  const SMALL = 1.5;
  const words = (node) => {
    const named = node.closest('[aria-label]');
    const text = named ? named.getAttribute('aria-label') : node.textContent || '';
    return text.replace(/\s+/g, ' ').trim().slice(0, 40);
  };
  const say = (slot, kind, node, value) => {
    const part = node.closest('.cc-part, .cc-lines-of, .cc-grid');
    found.push({ slot, kind, part: part && part.id ? part.id.slice(slot.length + 1) : '',
      text: words(node), value: Math.round(value), least: wanted.least });
  };
  const isCut = (node) => node.scrollWidth > node.clientWidth + SMALL;
  const shown = (node) => {
    const box = node.getBoundingClientRect();
    const style = getComputedStyle(node);
    return box.width > 0 && box.height > 0 && style.visibility !== 'hidden' && style.opacity !== '0';
  };
  const measure = (slot) => {
    const tile = document.getElementById(slot);
    if (!tile) return found.push({ slot, kind: 'missing', part: '', text: '', value: 0 });
    if (tile.dataset.state === 'failed') say(slot, 'failed', tile.querySelector('.age') || tile, 0);
    const box = tile.getBoundingClientRect();
    const body = tile.querySelector('.body');
    if (wanted.fixed && body.scrollHeight > body.clientHeight + SMALL) {
      say(slot, 'taller', body, body.scrollHeight - body.clientHeight);
    }
    tile.querySelectorAll('.cc-part').forEach((part) => {
      const inner = part.getBoundingClientRect();
      if (inner.right > box.right + SMALL || (wanted.fixed && inner.bottom > box.bottom + SMALL)) {
        say(slot, 'outside', part, Math.max(inner.right - box.right, inner.bottom - box.bottom));
      }
      if (wanted.fixed && part.scrollHeight > part.clientHeight + SMALL && getComputedStyle(part).overflow === 'visible') {
        say(slot, 'taller', part, part.scrollHeight - part.clientHeight);
      }
    });
    const titles = ':scope > header h2, .cc-heading, .cc-number .label, .cc-board .head .cell';
    tile.querySelectorAll(titles).forEach((node) => shown(node) && isCut(node) && say(slot, 'title', node, node.scrollWidth - node.clientWidth));
    tile.querySelectorAll('.cc-number .figure, .cc-bars .value, .cc-flow .value, .cc-flow .label').forEach((node) => {
      if (shown(node) && isCut(node)) say(slot, 'value', node, node.scrollWidth - node.clientWidth);
    });
    tile.querySelectorAll('.cc-note .words').forEach((node) => {
      if (node.scrollHeight > node.clientHeight + SMALL) say(slot, 'note', node, node.scrollHeight - node.clientHeight);
    });
    const texts = document.createTreeWalker(tile, NodeFilter.SHOW_TEXT);
    const told = new Set();
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const node = text.parentElement;
      if (!text.textContent.trim() || !shown(node) || ['SCRIPT', 'STYLE'].includes(node.tagName)) continue;
      const size = parseFloat(getComputedStyle(node).fontSize);
      const part = node.closest('.cc-part');
      const key = (part ? part.id : '') + size;
      if (size < wanted.least - 0.25 && !told.has(key)) {
        told.add(key);
        say(slot, 'small', node, size);
      }
    }
    if (wanted.touch) {
      tile.querySelectorAll('a[href], button, [role="button"], input, select').forEach((node) => {
        if (!shown(node)) return;
        const target = node.getBoundingClientRect();
        if (target.height < wanted.touch - SMALL || target.width < wanted.touch - SMALL) {
          say(slot, 'touch', node, Math.min(target.height, target.width));
        }
      });
    }
  };
  wanted.slots.forEach(measure);
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth + SMALL) {
    found.push({ slot: '', kind: 'sideways', part: '', text: '', value: root.scrollWidth - root.clientWidth });
  }
  return found;
}
