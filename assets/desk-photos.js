/* Photos as evidence of a command at the desk: sent at once, and named in the field of evidence by their addresses. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useState } = window.React;
  const FIELD = 'desk-evidence';
  const LARGEST = 8 * 1024 * 1024;
  const token = () => decodeURIComponent((document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || '');

  /* What the server would not take is made smaller, as a tablet does; what is no picture stays as it is. */
  const fitting = (file) => (file.size > LARGEST ? cc.field.shrink(file) : file);

  /* The address of a photo that was taken in; an error has the reason as the key of its words. */
  const send = async (file, id) => {
    const body = await Promise.resolve(fitting(file)).catch(() => null);
    if (!body) throw new Error('large');
    const headers = { 'Content-Type': body.type || 'application/octet-stream', 'X-CSRFToken': token() };
    const answer = await fetch(`/api/v1/photos?case=${id}`, { method: 'POST', credentials: 'same-origin', body, headers })
      .catch(() => null);
    if (!answer) throw new Error('away');
    if (answer.ok) return (await answer.json()).url;
    const { error } = await answer.json().catch(() => ({}));
    const reason = { 413: 'large', 422: 'none' }[answer.status] || 'away';
    throw Object.assign(new Error(reason), { said: reason === 'away' && error && error.words });
  };

  const note = (url) => {
    const typed = (document.getElementById(FIELD) || {}).value || '';
    window.dash_clientside.set_props(FIELD, { value: `${typed} ${url}`.trim() });
  };

  kit.DeskPhotos = (props) => {
    const [busy, tell] = useState(false);
    const [faults, complain] = useState([]);
    const take = async (event) => {
      const files = [...event.target.files];
      event.target.value = '';
      const of = () => cc.desk.acting && cc.desk.acting() && cc.desk.acting().cases[0].id;
      const id = of();
      if (!files.length || !id) return;
      tell(true);
      complain([]);
      for (const file of files) {
        try {
          const url = await send(file, id);
          // Another case's form may have been opened meanwhile: the photo stays with its own case.
          if (of() === id) note(url);
        } catch (error) {
          const said = error.said || props.words[error.message] || props.words.away;
          complain((before) => [...before, `${file.name}: ${said}`]);
        }
      }
      tell(false);
    };
    return cc.h('div', { id: props.id, className: 'photos' },
      cc.h('label', { 'aria-busy': busy || undefined, key: 'add' }, busy ? props.words.busy : props.words.add,
        cc.h('input', { type: 'file', accept: 'image/jpeg,image/png,image/webp', multiple: true, disabled: busy, onChange: take })),
      cc.h('ul', { role: 'alert', key: 'faults' }, faults.map((words, at) => cc.h('li', { key: at }, words))));
  };
})();
