/* An inspection's own page, and the way that is gone: clock, queue, route on the map, places. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef, useState } = window.React;
  const ROUTE = 'route';
  const NEAREST_METRES = 20;
  const MOST_POINTS = 500;
  const SENT_EVERY_MS = 90000;
  const SENT_FROM = 10;
  const AWAY_EVERY_MS = 300000;

  const metres = (one, other) => {
    const rad = Math.PI / 180;
    const across = Math.sin(((other.lat - one.lat) * rad) / 2) ** 2;
    const along = Math.sin(((other.lng - one.lng) * rad) / 2) ** 2;
    return 12742000 * Math.asin(Math.sqrt(across + Math.cos(one.lat * rad) * Math.cos(other.lat * rad) * along));
  };

  /* What is heard lies sealed beside the actions that wait, with the inspection that it is of: a
     session may end before it is sent. One thing is done with it at a time. */
  let turn = Promise.resolve();
  const inTurn = (work) => {
    turn = turn.then(work).catch((error) => console.warn('the route cannot be kept:', error));
    return turn;
  };
  const kept = async () => (await self.ccQueue.draft(ROUTE)) || { points: [] };

  /* What was gone so far is sent in pieces, larger ones where there is no connection. It is an
     action before it is dropped here. */
  let sentAt = 0;
  const flush = async () => {
    const { path, points } = await kept();
    if (!points.length) return;
    sentAt = Date.now();
    const { at } = points[points.length - 1];
    await cc.inspection.keepAct(path, { act: 'route', at, points }, cc.inspection.say('路线'));
    await self.ccQueue.keepDraft(ROUTE, null);
  };
  cc.flushRoute = () => inTurn(flush);
  const hear = ({ coords }) => {
    const point = { lng: Number(coords.longitude.toFixed(6)), lat: Number(coords.latitude.toFixed(6)) };
    const path = cc.inspection.path();
    cc.inspectPlace = { ...point, heard: Date.now() };
    if (!path || (hear.last && metres(hear.last, point) < NEAREST_METRES)) return undefined;
    hear.last = point;
    const at = new Date(Math.round(cc.inspection.now())).toISOString();
    return inTurn(() => goOn(path, { ...point, at }));
  };
  const goOn = async (path, point) => {
    const before = await kept();
    if (before.points.length && before.path !== path) await flush();
    const points = [...(before.path === path ? before.points : []), point];
    const thin = points.length > MOST_POINTS ? points.filter((_, at) => at % 2 === 0) : points;
    await self.ccQueue.keepDraft(ROUTE, { path, points: thin });
    const since = Date.now() - sentAt;
    const due = navigator.onLine ? points.length >= SENT_FROM || since > SENT_EVERY_MS : since > AWAY_EVERY_MS;
    if (due) await flush();
  };
  cc.followRoute = () => {
    if (!navigator.geolocation) return undefined;
    sentAt = Date.now();
    const watch = navigator.geolocation.watchPosition(hear, () => {}, { enableHighAccuracy: true, maximumAge: 5000 });
    return () => navigator.geolocation.clearWatch(watch);
  };

  kit.Elapsed = (props) => {
    const box = useRef(null);
    cc.useTick(box);
    const known = cc.clock.known;
    return cc.h('time', { id: props.id, ref: box }, known ? cc.span((cc.city() - props.since) / 1000) : cc.DASH);
  };

  kit.Pulse = (props) => {
    useEffect(() => {
      if (props.value === undefined || props.value === null) return;
      window.dash_clientside.set_props(props.target, { value: `${props.id} ${JSON.stringify(props.value)}` });
    }, [props.value]);
    return null;
  };

  /* What is still on its way to the server, or was refused. */
  let shown = 0;
  kit.InspectionQueue = (props) => {
    const [, draw] = useState(0);
    useEffect(() => cc.tick(() => draw((n) => n + 1)), []);
    const all = cc.inspection.sent(props.number);
    const records = all.filter((record) => record.state !== 'done');
    /* What has arrived, also while the page was on its way, stands in it when it is drawn anew. */
    const arrived = Math.max(0, ...all.filter((record) => record.state === 'done').map((record) => record.seq));
    useEffect(() => {
      if (arrived <= shown) return;
      shown = arrived;
      cc.inspection.refresh();
    }, [arrived]);
    if (!records.length) return cc.h('ul', { id: props.id, className: 'cc-inspection-queue', hidden: true });
    const { say } = cc.inspection;
    const state = { waiting: say('待发送'), sending: say('正在发送'), refused: say('未被接受') };
    return cc.h('ul', { id: props.id, className: 'cc-inspection-queue' }, records.map((record) =>
      cc.h('li', { key: record.key, 'data-state': record.state },
        cc.shape(record.state === 'refused' ? 'red' : 'yellow'), cc.h('span', null, record.what), cc.h('small', null, state[record.state]))));
  };

  /* The line is drawn when the map has its cells; plotly may make the map anew. */
  const ID = 'inspection-line';
  const LONGEST_LOOKS = 200;
  const NEAREST_ZOOM = 16;
  kit.Route = (props) => {
    const box = useRef(null);
    /* All that was gone and visited is in view, and stays so when the page is turned. */
    const frame = (host, map) => {
      const spots = [...(props.line || []), ...(props.spots || [])];
      if (!spots.length) return;
      const [lngs, lats] = [0, 1].map((at) => spots.map((spot) => spot[at]));
      const bounds = [[Math.min(...lngs), Math.min(...lats)], [Math.max(...lngs), Math.max(...lats)]];
      host.ccMap.moved = true;
      map.fitBounds(bounds, { padding: { top: 40, bottom: 56, left: 72, right: 72 }, maxZoom: NEAREST_ZOOM, duration: 0 });
    };
    useEffect(() => {
      let looks = 0;
      let timer = 0;
      const look = () => {
        const host = box.current && box.current.parentElement.querySelector('.cc-map');
        const map = host && host.dataset.state === 'ready' && host.ccMap && host.ccMap.map;
        if (!map) {
          looks += 1;
          if (looks < LONGEST_LOOKS) timer = setTimeout(look, 150);
          return;
        }
        frame(host, map);
        if ((props.line || []).length < 2) return;
        const data = { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: props.line } };
        const known = map.getSource(ID);
        if (known) return void known.setData(data);
        map.addSource(ID, { type: 'geojson', data });
        const colour = getComputedStyle(host).getPropertyValue('--series').trim();
        map.addLayer({ id: ID, type: 'line', source: ID, layout: { 'line-join': 'round', 'line-cap': 'round' },
          paint: { 'line-color': colour, 'line-width': 4, 'line-opacity': 0.85 } });
      };
      look();
      return () => clearTimeout(timer);
    }, [JSON.stringify(props.line)]);
    return cc.h('span', { id: props.id, ref: box, hidden: true });
  };
})();
