/* Timeline: things with instants on a line with the present moment; a list where there is no width for a line. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useLayoutEffect, useRef, useState } = window.React;
  const [MINUTE, HOUR, DAY] = [60e3, 3600e3, 86400e3];
  const STEPS = [5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY, 91 * DAY];
  const NARROW = 24; // em under which a list is read more easily than a line
  const LANE = 1.7; // em from one lane to the next
  const MOST = 200;

  /* About how wide a text is, in em; measuring hundreds of them would cost more than it tells. */
  const wide = (text) => [...text].reduce((sum, sign) => sum + (sign > '\u2e7f' ? 1 : 0.56), 0);

  const useBox = (ref) => {
    const [box, set] = useState(null);
    useLayoutEffect(() => {
      const look = () => {
        if (!ref.current) return;
        const em = parseFloat(getComputedStyle(ref.current).fontSize);
        const { clientWidth, clientHeight } = ref.current;
        set({ width: clientWidth / em, height: clientHeight / em, wall: Boolean(ref.current.closest('.cc-stage')) });
      };
      const watcher = new ResizeObserver(look);
      watcher.observe(ref.current);
      look();
      return () => watcher.disconnect();
    }, []);
    return box;
  };

  /* The city's time, as often as it moves by a thousandth of the line. */
  const useNow = (ref, step) => {
    const [now, set] = useState(() => cc.city());
    useLayoutEffect(() => cc.tick(() => {
      if (cc.shown(ref.current)) set((before) => (Math.abs(cc.city() - before) >= step ? cc.city() : before));
    }), [step]);
    return now;
  };

  /* Instants of the city's own clock at which the scale is marked. */
  const ticks = (from, to, most) => {
    const step = STEPS.find((size) => (to - from) / size <= most) || Math.ceil((to - from) / most / DAY) * DAY;
    const [hour, minute] = cc.format(from, { hour: '2-digit', minute: '2-digit' }).split(':').map(Number);
    const midnight = from - (from % MINUTE) - (hour * 60 + minute) * MINUTE;
    const found = [];
    for (let at = midnight; at <= to && found.length < 40; at += step) if (at >= from) found.push(at);
    return [found, step];
  };
  const clock = (at) => cc.format(at, { hour: '2-digit', minute: '2-digit' });
  const day = (at) => cc.format(at, { month: 'numeric', day: 'numeric' });
  const stamp = (at, span) => (span > 2 * DAY ? day(at) + ' ' + clock(at) : clock(at));

  /* Each thing in the lowest lane in which its words lie on no others; without words where there is none. */
  const place = (items, from, to, box) => {
    const lanes = Math.max(1, Math.floor((box.height - 2.4) / LANE));
    const ends = Array.from({ length: lanes }, () => []);
    return items.map((item) => {
      const at = ((item.at - from) / (to - from)) * box.width;
      const until = Math.min(box.width, (((item.until ?? item.at) - from) / (to - from)) * box.width);
      const words = wide(item.label) + 1.6;
      const left = at + words > box.width;
      const start = Math.max(0, left ? at - words : at - 0.5);
      const end = Math.max(left ? at + 0.5 : at + words, until);
      const lane = ends.findIndex((taken) => taken.every(([a, b]) => end + 0.4 < a || start > b + 0.4));
      if (lane >= 0) ends[lane].push([start, end]);
      return { item, at, until, lane, left };
    });
  };

  const mark = (tone) => cc.shape(tone) || cc.h('svg', { className: 'cc-shape dot', viewBox: '0 0 16 16', 'aria-hidden': true },
    cc.h('circle', { cx: 8, cy: 8, r: 5.2 }));
  const link = (item, given, ...children) =>
    (item.href ? cc.h('a', { ...given, href: item.href }, ...children) : cc.h('div', given, ...children));

  const line = (items, from, to, now, box) => {
    const placed = place(items.slice(0, MOST), from, to, box);
    const unnamed = placed.filter((one) => one.lane < 0).length + Math.max(0, items.length - MOST);
    const share = (at) => ((at - from) / (to - from)) * 100 + '%';
    const [marks, step] = ticks(from, to, Math.max(2, box.width / 6));
    const present = ((now - from) / (to - from)) * box.width;
    const spell = (at) => (step >= DAY || clock(at) === '00:00' ? day(at) : clock(at));
    const free = marks.filter((at) => {
      const x = ((at - from) / (to - from)) * box.width;
      return x > 1.5 && x < box.width - 1.5 && (Math.abs(x - present) > 4.5 || present < 0 || present > box.width);
    });
    return cc.h('div', { className: 'line' },
      marks.map((at) => cc.h('i', { className: 'tick', key: at, style: { left: share(at) } })),
      now >= from && now <= to ? cc.h('i', { className: 'present', style: { left: share(now) } }) : null,
      placed.map(({ item, at, until, lane, left }, i) => link(item, {
        key: i, title: item.note || undefined,
        className: 'thing tone-' + (item.tone || 'plain') + (left ? ' left' : '') + (lane < 0 ? ' bare' : ''),
        style: { '--at': at.toFixed(2) + 'em', bottom: (lane < 0 ? 1.6 : 2.1 + lane * LANE).toFixed(2) + 'em' } },
        until > at + 0.6 ? cc.h('span', { className: 'span', style: { width: (until - at).toFixed(2) + 'em' } }) : null,
        mark(item.tone), lane < 0 ? null : cc.h('span', { className: 'label' }, item.label))),
      cc.h('div', { className: 'scale' },
        free.map((at) => cc.h('span', { key: at, style: { left: share(at) } }, spell(at))),
        now >= from && now <= to ? cc.h('span', { className: 'now', key: 'now',
          style: { left: `clamp(1.3em, ${share(now)}, 100% - 1.3em)` } }, clock(now)) : null),
      unnamed ? cc.h('div', { className: 'unnamed' }, cc.say('另有 {n} 条', { n: unnamed })) : null);
  };

  const list = (items, span, now, box) => {
    const room = box.wall ? Math.max(1, Math.floor(box.height / LANE) - 1) : MOST;
    const most = items.length > room ? Math.max(1, room - 1) : room;
    const coming = items.findIndex((item) => item.at > now);
    // What is next is seen, with what was last before it.
    const first = Math.max(0, Math.min(coming < 0 ? items.length : coming - 1, items.length - most));
    const rows = items.slice(first, first + most);
    const next = coming - first;
    return cc.h('div', { className: 'list' },
      rows.map((item, i) => link(item, { key: i,
        className: 'thing tone-' + (item.tone || 'plain') + (i === next ? ' next' : '') },
        cc.h('time', null, stamp(item.began ?? item.at, span)), mark(item.tone), cc.h('span', { className: 'label' }, item.label),
        item.note ? cc.h('span', { className: 'note' }, item.note) : null)),
      items.length > rows.length
        ? cc.h('div', { className: 'unnamed' }, cc.say('另有 {n} 条', { n: items.length - rows.length })) : null);
  };

  kit.Timeline = cc.guarded((props) => {
    const ref = useRef(null);
    const value = cc.useBeat(props.value);
    const box = useBox(ref);
    const [before, after] = [(props.before ?? 12) * HOUR, (props.after ?? 12) * HOUR];
    const now = useNow(ref, (before + after) / 1000);
    const from = value && value.from !== undefined ? value.from : now - before;
    const to = Math.max(from + MINUTE, value && value.to !== undefined ? value.to : now + after);
    const items = ((value && value.items) || []).filter((item) => (item.until ?? item.at) >= from && item.at <= to)
      .sort((a, b) => a.at - b.at).map((item) => (item.at < from ? { ...item, at: from, began: item.at } : item));
    // Fingers need room: what leads further is a line of a list where there are fingers.
    const listed = box && (box.width < NARROW || (!box.wall && items.some((item) => item.href)));
    const drawn = box && (listed ? list(items, to - from, now, box) : line(items, from, to, now, box));
    return cc.part(props, 'instants', cc.heading(props.title),
      cc.h('div', { className: 'things', ref }, value ? drawn : cc.h('span', { className: 'unknown' }, cc.DASH)));
  });
})();
