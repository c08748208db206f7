/* Photos as evidence of a command at the desk: sent at once, and named in the field of evidence by their addresses. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useState } = window.React;
  const FIELD = 'desk-evidence';
  const token = () => decodeURIComponent((document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || '');

  const send = async (file, id) => {
    const answer = await fetch(`/api/v1/photos?case=${id}`, { method: 'POST', credentials: 'same-origin', body: file,
      headers: { 'Content-Type': file.type || 'application/octet-stream', 'X-CSRFToken': token() } });
    if (!answer.ok) throw new Error(`answered ${answer.status}`);
    return (await answer.json()).url;
  };

  kit.DeskPhotos = (props) => {
    const [busy, tell] = useState(false);
    const take = async (event) => {
      const files = [...event.target.files];
      event.target.value = '';
      const acting = cc.desk.acting && cc.desk.acting();
      if (!files.length || !acting) return;
      tell(true);
      try {
        for (const file of files) {
          const url = await send(file, acting.cases[0].id);
          const typed = (document.getElementById(FIELD) || {}).value || '';
          window.dash_clientside.set_props(FIELD, { value: `${typed} ${url}`.trim() });
        }
      } catch (error) {
        cc.desk.flash(props.words['这不是能用的照片']);
      }
      tell(false);
    };
    return cc.h('label', { id: props.id, 'aria-busy': busy || undefined }, props.words['加照片'],
      cc.h('input', { type: 'file', accept: 'image/jpeg,image/png,image/webp', multiple: true, disabled: busy, onChange: take }));
  };
})();
