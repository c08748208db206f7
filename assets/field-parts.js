/* What the forms of acting in the field are made of: fields for one hand, photos, the place. */
(() => {
  const cc = (window.cc = window.cc || {});
  const { useEffect, useRef, useState } = window.React;
  const field = (cc.field = cc.field || {});
  const SIDE = 1600;
  const QUALITY = 0.85;
  const LOCATE_MS = 15000;
  const TYPED_MS = 200;
  const MOST_PHOTOS = 9;
  const MANY = 8;
  const h = (...given) => cc.h(...given);

  const fault = (words) => Object.assign(new Error(words), { words });

  /* Smaller and upright before it is kept and sent: what a phone writes into a picture stays here. */
  field.shrink = async (file) => {
    const bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    return new Promise((done, fail) =>
      canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('no picture'))), 'image/jpeg', QUALITY));
  };

  /* Where the tablet is; an error says in words what to do instead. */
  field.locate = () => new Promise((done, fail) => {
    if (!window.isSecureContext) return fail(fault(cc.say('只有通过 HTTPS 打开的页面才能使用位置，请在地图上点')));
    if (!navigator.geolocation) return fail(fault(cc.say('这台设备不给出位置，请在地图上点')));
    const words = {
      1: () => cc.say('您没有允许使用位置，请在浏览器设置里允许，或者在地图上点'),
      2: () => cc.say('此刻得不到位置，请到开阔处再试，或者在地图上点'),
      3: () => cc.say('定位用时太长，请再试，或者在地图上点'),
    };
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => done({ lng: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy }),
      (error) => fail(fault((words[error.code] || words[2])())),
      { enableHighAccuracy: true, timeout: LOCATE_MS, maximumAge: 0 });
  });

  /* The name of a point, as far as the scope goes; null where nobody can be asked just now. */
  field.spot = async ({ lng, lat }) => {
    let answer;
    try {
      answer = await fetch(`/api/v1/spot?${new URLSearchParams({ lng, lat })}`, { headers: { Accept: 'application/json' } });
    } catch (error) {
      return null;
    }
    if (answer.status === 404) throw fault(cc.say('不在您的辖区内'));
    if (!answer.ok) return null;
    return (await answer.json()).line.slice(-2).map((cell) => cell.name).join(' ');
  };

  const label = (title, need, ...children) => h('div', { className: 'field', key: title, role: 'group', 'aria-label': title },
    h('div', { className: 'label' }, title, ' ', h('small', null, need ? cc.say('必填') : cc.say('选填'))), ...children);

  field.Words = ({ title, value, set, need, lines, most }) => label(title, need,
    lines === 1
      ? h('input', { type: 'text', value: value || '', maxLength: most || 200, autoComplete: 'off', 'aria-label': title,
        onChange: (event) => set(event.target.value) })
      : h('textarea', { rows: lines || 3, value: value || '', maxLength: most || 1000, 'aria-label': title,
        onChange: (event) => set(event.target.value) }));

  /* One of a few, each a button. */
  field.Choice = ({ title, options, value, set, need }) => label(title, need,
    h('div', { className: 'choices' }, options.map(([key, name]) =>
      h('button', { type: 'button', key: String(key), 'data-value': String(key), 'aria-pressed': key === value, onClick: () => set(key) }, name))));

  /* Some of many, found by typing where they are many. */
  field.Several = ({ title, options, value, set, need, single }) => {
    const [typed, type] = useState('');
    const chosen = value || [];
    const shown = options.filter(([key, name]) => chosen.includes(key) || name.toLowerCase().includes(typed.toLowerCase()));
    const toggle = (key) => set(single ? (chosen.includes(key) ? [] : [key])
      : chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key]);
    return label(title, need,
      options.length > MANY ? h('input', { type: 'search', value: typed, placeholder: cc.say('查找单位'), 'aria-label': cc.say('查找单位'),
        onChange: (event) => type(event.target.value) }) : null,
      h('div', { className: 'several' }, shown.map(([key, name]) =>
        h('button', { type: 'button', key, 'data-value': key, 'aria-pressed': chosen.includes(key), onClick: () => toggle(key) }, name))));
  };

  field.Stars = ({ title, value, set, need }) => label(title, need,
    h('div', { className: 'stars' }, [1, 2, 3, 4, 5].map((n) =>
      h('button', { type: 'button', key: n, 'data-value': n, 'aria-pressed': n === value, 'aria-label': cc.say('评 {n} 分', { n }),
        onClick: () => set(n) }, n <= (value || 0) ? '★' : '☆'))));

  field.Photos = ({ value, set, need, single }) => {
    const input = useRef(null);
    const [said, tell] = useState('');
    const photos = value || [];
    const most = single ? 1 : MOST_PHOTOS;
    const add = async (event) => {
      const files = [...event.target.files];
      event.target.value = '';
      tell('');
      const made = [];
      for (const file of files.slice(0, most - photos.length)) {
        try {
          const blob = await field.shrink(file);
          made.push({ blob, url: URL.createObjectURL(blob), id: cc.field.next() });
        } catch (error) {
          tell(cc.say('这不是能用的照片'));
        }
      }
      if (files.length > most - photos.length) tell(cc.say('最多 {n} 张照片', { n: most }));
      set([...photos, ...made]);
    };
    const drop = (photo) => {
      URL.revokeObjectURL(photo.url);
      set(photos.filter((one) => one !== photo));
    };
    return label(cc.say('照片'), need,
      h('div', { className: 'photos' },
        photos.map((photo) => h('span', { key: photo.id, className: 'photo' },
          h('img', { src: photo.url, alt: cc.say('照片') }),
          h('button', { type: 'button', 'aria-label': cc.say('去掉这张照片'), onClick: () => drop(photo) }, '×'))),
        photos.length < most ? h('button', { type: 'button', className: 'add', onClick: () => input.current.click() }, cc.say('加照片')) : null,
        h('input', { ref: input, type: 'file', accept: 'image/jpeg,image/png,image/webp', multiple: !single, hidden: true,
          'data-photos': '', onChange: add })),
      said ? h('p', { className: 'fault', role: 'alert' }, said) : null);
  };

  /* A matter, found while one types; without a connection words must do. */
  field.Matter = ({ value, set, need }) => {
    const [typed, type] = useState('');
    const [found, show] = useState(null);
    const asked = useRef(0);
    useEffect(() => {
      const mine = (asked.current += 1);
      if (!typed.trim()) return show(null);
      const timer = setTimeout(async () => {
        const query = new URLSearchParams({ q: typed.trim().slice(0, 60), limit: 8 });
        const answer = await fetch(`/api/v1/matters?${query}`, { headers: { Accept: 'application/json' } }).catch(() => null);
        const matters = answer && answer.ok ? (await answer.json()).matters : null;
        if (mine === asked.current) show(matters || 'away');
      }, TYPED_MS);
      return () => clearTimeout(timer);
    }, [typed]);
    const choose = (matter) => {
      type('');
      set({ code: matter.code, title: matter.title });
    };
    return label(cc.say('事项'), need,
      value ? h('div', { className: 'chosen' }, h('b', null, value.title),
        h('button', { type: 'button', onClick: () => set(null) }, cc.say('换一个')))
        : h('input', { type: 'search', value: typed, placeholder: cc.say('输入几个字查找事项'), 'aria-label': cc.say('事项'), 'data-matter': '',
          autoComplete: 'off', onChange: (event) => type(event.target.value) }),
      value || !found ? null
        : found === 'away' ? h('p', { className: 'hint' }, cc.say('没有连接，先写明情况，事项由系统归类'))
          : h('div', { className: 'several found' }, found.length ? found.map((matter) =>
            h('button', { type: 'button', key: matter.code, 'data-value': matter.code, onClick: () => choose(matter) },
              h('span', null, matter.title), h('small', null, matter.subgroup)))
            : h('p', { className: 'hint' }, cc.say('没有找到这样的事项'))));
  };

  /* Where a case is: where one stands, a point on the map, or this very cell. */
  field.Place = ({ value, set, about, act, pick }) => {
    const [said, tell] = useState(null);
    const take = async (point) => {
      tell(null);
      try {
        const name = await field.spot(point);
        set({ ...point, name });
      } catch (error) {
        set(null);
        tell(error.words || String(error));
      }
    };
    const locate = async () => {
      tell(cc.say('正在定位'));
      try {
        await take(await field.locate());
      } catch (error) {
        tell(error.words || String(error));
      }
    };
    const hasMap = Boolean(document.querySelector('.cc-map[data-taps]'));
    const shown = !value ? null : value.here ? about.name : value.name || cc.say('所选位置');
    const sure = value && value.accuracy ? cc.say('精度约 {n} 米', { n: Math.round(value.accuracy) }) : '';
    return label(cc.say('地点'), true,
      h('div', { className: 'choices' },
        h('button', { type: 'button', 'data-place': 'gps', onClick: locate }, cc.say('用我的位置')),
        hasMap ? h('button', { type: 'button', 'data-place': 'map', onClick: () => pick(take) }, cc.say('在地图上点')) : null,
        act.here ? h('button', { type: 'button', 'data-place': 'here', 'aria-pressed': Boolean(value && value.here),
          onClick: () => { tell(null); set({ here: true }); } }, cc.say('就在{name}', { name: about.name })) : null),
      shown ? h('p', { className: 'hint place' }, [shown, sure].filter(Boolean).join(' · ')) : null,
      said ? h('p', { className: 'fault', role: 'status' }, said) : null);
  };

  let count = 0;
  field.next = () => (count += 1);
  field.DRAFT = 'form';
})();
