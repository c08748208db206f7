/* The forms of the bar: what each asks, what is missing in it, and what it sends through the outbox. */
(() => {
  const cc = (window.cc = window.cc || {});
  const field = (cc.field = cc.field || {});
  const HOUR = 3600000;
  const DAY = 24 * HOUR;
  const h = (...given) => cc.h(...given);

  const later = (span) => (span ? new Date(cc.city() + span).toISOString() : undefined);
  const minutes = (list, usual) => [...new Set([usual, ...list.map((n) => n * 60000)])].sort((a, b) => a - b)
    .map((span) => [span, span < 2 * HOUR ? cc.say('{n} 分钟', { n: span / 60000 }) : cc.say('{n} 小时', { n: span / HOUR })]);
  const subject = (about) => (about.case ? cc.say('案件 {n}', { n: about.case }) : about.name);
  const what = (act, about) => `${act.title} · ${subject(about)}`;

  /* Photos go first: what names them is sent after they have their address. */
  const withPhotos = async (photos, query) => {
    const keys = [];
    for (const photo of photos || []) {
      const path = `/api/v1/photos?${new URLSearchParams(query)}`;
      const place = location.pathname;
      keys.push(await self.ccQueue.add({ method: 'POST', path, blob: photo.blob, what: cc.say('照片'), place }));
    }
    return keys.map((key) => ({ $ref: key, field: 'url' }));
  };
  const post = (path, body, act, about) => cc.act({ method: 'POST', path, body, what: what(act, about), place: location.pathname, draft: field.DRAFT });
  const command = (about, body, act) => post(`/api/v1/cases/${about.case}/commands`, body, act, about);
  /* What only adds to a case is in nobody's way. */
  const version = (act, about) => (about.version && act.key !== 'note' ? { version: { $seen: about.version, case: about.case } } : {});
  const from = (title, value, set, more) => ({ title, value, set, ...more });

  const FIELDS = {
    matter: (v, set) => h(field.Matter, { key: 'matter', value: v.matter, set: set('matter'), need: true }),
    unit: (v, set, act) => h(field.Several, { key: 'unit', single: true, options: act.unit || [],
      ...from(`${cc.say('责任单位')} (${cc.say('由系统决定')})`, v.unit, set('unit')) }),
    units: (v, set, act) => h(field.Several, { key: 'units', options: act.units || [], ...from(cc.say('协办单位'), v.units, set('units'), { need: true }) }),
    lead: (v, set, act) => ((v.units || []).length > 1
      ? h(field.Choice, { key: 'lead', options: (act.units || []).filter(([key]) => v.units.includes(key)), ...from(cc.say('牵头'), v.lead, set('lead')) }) : null),
    master: (v, set) => h(field.Words, { key: 'master', lines: 1, most: 18, ...from(cc.say('并入案件编号'), v.master, set('master'), { need: true }) }),
    rating: (v, set) => h(field.Stars, { key: 'rating', ...from(cc.say('评分'), v.rating, set('rating'), { need: true }) }),
    evidence: (v, set, act) => h(field.Photos, { key: 'photos', value: v.photos, set: set('photos'), need: act.needs.includes('photo') }),
  };
  const LACKS = {
    note: (v) => !(v.note || '').trim() && cc.say('说明'),
    matter: (v) => !v.matter && cc.say('事项'),
    units: (v) => !(v.units || []).length && cc.say('协办单位'),
    master: (v) => !/^\d+$/.test((v.master || '').trim()) && cc.say('并入案件编号'),
    rating: (v) => !v.rating && cc.say('评分'),
    photo: (v) => !(v.photos || []).length && cc.say('照片'),
  };
  const needs = (act) => act.needs.filter((need) => need !== 'unit');

  field.forms = field.forms || {};
  Object.assign(field.forms, {
    command: {
      fields: (v, set, act) => [
        ...act.fields.map((name) => FIELDS[name] && FIELDS[name](v, set, act)),
        h(field.Words, { key: 'note', ...from(cc.say('说明'), v.note, set('note'), { need: act.needs.includes('note') }) }),
      ],
      lacks: (v, act) => needs(act).map((need) => LACKS[need] && LACKS[need](v)).filter(Boolean),
      send: async (v, act, about) => {
        const urls = await withPhotos(v.photos, { case: about.case });
        return command(about, {
          command: act.key, note: (v.note || '').trim(), ...version(act, about),
          ...(v.matter && act.fields.includes('matter') ? { matter: v.matter.code } : {}),
          ...((v.unit || []).length ? { unit: v.unit[0] } : {}),
          ...((v.units || []).length ? { units: v.units, lead: v.lead || v.units[0] } : {}),
          ...(v.master ? { master: Number(v.master) } : {}),
          ...(v.rating ? { rating: v.rating } : {}),
          ...(urls.length ? { evidence: urls.map((url) => ({ url })) } : {}),
        }, act);
      },
    },
    photo: {
      fields: (v, set) => [
        h(field.Photos, { key: 'photos', value: v.photos, set: set('photos'), need: true }),
        h(field.Words, { key: 'note', lines: 2, ...from(cc.say('说明'), v.note, set('note')) }),
      ],
      lacks: (v) => ((v.photos || []).length ? [] : [cc.say('照片')]),
      send: async (v, act, about) => {
        const urls = await withPhotos(v.photos, { case: about.case });
        const note = (v.note || '').trim() || cc.say('现场照片');
        return command(about, { command: 'note', note, evidence: urls.map((url) => ({ url })) }, act);
      },
    },
    whistle: {
      begin: (act) => ({ level: act.levels[act.levels.length - 1][0], due: act.limit }),
      fields: (v, set, act) => {
        const depth = (act.levels.find(([key]) => key === v.level) || [0, 0, 99])[2];
        const units = act.units.filter((unit) => unit[2] <= depth);
        return [
          act.levels.length > 1 ? h(field.Choice, { key: 'level', options: act.levels, ...from(cc.say('发起层级'), v.level, set('level'), { need: true }) }) : null,
          h(field.Several, { key: 'units', options: units, ...from(cc.say('呼叫单位'), v.units, set('units'), { need: true }) }),
          h(field.Words, { key: 'title', lines: 1, ...from(cc.say('标题'), v.title, set('title'), { need: true }) }),
          h(field.Choice, { key: 'due', options: minutes([15, 60, 120], act.limit), ...from(cc.say('到场时限'), v.due, set('due')) }),
          h(field.Words, { key: 'note', lines: 2, ...from(cc.say('说明'), v.note, set('note')) }),
        ];
      },
      lacks: (v) => [!(v.units || []).length && cc.say('呼叫单位'), !(v.title || '').trim() && cc.say('标题')].filter(Boolean),
      send: (v, act, about) => {
        const depth = (act.levels.find(([key]) => key === v.level) || [0, 0, 99])[2];
        const able = new Set(act.units.filter((unit) => unit[2] <= depth).map(([key]) => key));
        return post('/api/v1/whistles', {
          cell: about.cell, title: v.title.trim(), units: v.units.filter((unit) => able.has(unit)), level: v.level,
          reason: (v.note || '').trim(), ...(v.due !== act.limit ? { due: later(v.due) } : {}),
          ...(about.case ? { case: about.case } : {}),
          ...(typeof about.lng === 'number' ? { lng: about.lng, lat: about.lat } : {}),
        }, act, about);
      },
    },
    direct: {
      begin: (act) => ({ level: act.levels[act.levels.length - 1][0], due: act.limit }),
      fields: (v, set, act) => [
        h(field.Choice, { key: 'level', options: act.levels.map(([key, name, , count]) => [key, `${name} · ${cc.say('{n} 个', { n: cc.number(count) })}`]),
          ...from(cc.say('下达给'), v.level, set('level'), { need: true }) }),
        h(field.Words, { key: 'title', lines: 1, ...from(cc.say('标题'), v.title, set('title'), { need: true }) }),
        h(field.Choice, { key: 'due', options: minutes([60, 240, 480, 1440], act.limit), ...from(cc.say('完成时限'), v.due, set('due')) }),
        h(field.Words, { key: 'note', lines: 3, most: 4000, ...from(cc.say('指令内容'), v.note, set('note')) }),
      ],
      lacks: (v) => ((v.title || '').trim() ? [] : [cc.say('标题')]),
      send: (v, act, about) => post('/api/v1/directives', {
        cell: about.cell, level: v.level, title: v.title.trim(), body: (v.note || '').trim(),
        ...(v.due !== act.limit ? { deadline: later(v.due) } : {}),
      }, act, about),
    },
    start: {
      begin: (act) => (act.here ? { place: { here: true } } : {}),
      fields: (v, set, act, about, pick) => [
        h(field.Place, { key: 'place', value: v.place, set: set('place'), about, act, pick }),
        h(field.Matter, { key: 'matter', value: v.matter, set: set('matter'), need: false }),
        h(field.Words, { key: 'note', ...from(cc.say('写明情况'), v.note, set('note'), { need: !v.matter, most: 4000 }) }),
        act.photos ? h(field.Photos, { key: 'photos', value: v.photos, set: set('photos'), need: false }) : null,
      ],
      lacks: (v) => [!v.place && cc.say('没有选地点'), !v.matter && !(v.note || '').trim() && cc.say('没有写明情况')].filter(Boolean),
      send: async (v, act, about) => {
        const at = v.place.here ? { cell: about.cell } : { lng: v.place.lng, lat: v.place.lat };
        const photos = await withPhotos(v.photos, at);
        const words = (v.note || '').trim();
        const title = v.matter ? v.matter.title : words.split('\n')[0].slice(0, 60);
        return post('/api/v1/cases', {
          ...at, title, description: words, photos, at: new Date(cc.city()).toISOString(),
          ...(v.matter ? { matter: v.matter.code } : {}),
        }, act, about);
      },
    },
    check: {
      tones: ['red', 'yellow'],
      begin: () => ({ next: 0 }),
      fields: (v, set, act) => [
        h(field.Choice, { key: 'finding', options: act.findings, ...from(cc.say('发现'), v.finding, set('finding'), { need: true }) }),
        h(field.Words, { key: 'note', ...from(cc.say('说明'), v.note, set('note'), { need: v.finding === 'gone' }) }),
        h(field.Choice, { key: 'next', ...from(cc.say('下次核查'), v.next, set('next')),
          options: [[0, cc.say('按规则')], [HOUR, cc.say('{n} 小时后', { n: 1 })], [4 * HOUR, cc.say('{n} 小时后', { n: 4 })],
            [DAY, cc.say('明天')], [3 * DAY, cc.say('{n} 天后', { n: 3 })]] }),
        act.photos ? h(field.Photos, { key: 'photos', single: true, value: v.photos, set: set('photos'), need: false }) : null,
      ],
      lacks: (v) => [!v.finding && cc.say('发现'), v.finding === 'gone' && !(v.note || '').trim() && cc.say('说明')].filter(Boolean),
      send: async (v, act, about) => {
        const urls = await withPhotos(v.photos, { cell: about.cell });
        return post(`/api/v1/cells/${encodeURIComponent(about.cell)}/checks`, {
          finding: v.finding, note: (v.note || '').trim(), ...(v.next ? { next_check: later(v.next) } : {}),
          ...(urls.length ? { photo: { $ref: urls[0].$ref, field: 'id' } } : {}),
        }, act, about);
      },
    },
  });
})();
