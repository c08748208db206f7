/* The form for whistles and directives at the desk: begun by a button or a key, carried out once. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef } = window.React;
  const put = (id, props) => window.dash_clientside.set_props(id, props);
  const EMPTY = { title: '', place: '', words: '', rating: '5', step: 'receive', units: [] };
  const LOOK_MS = 40;
  const PATIENCE_MS = 10000;
  const FIRST = { whistle: 'desk-o-cell', directive: 'desk-o-title', answer: 'desk-o-words' };

  kit.DeskMoment = (props) => cc.h('input', { id: props.id, type: 'datetime-local', className: 'cc-moment', 'aria-label': props.title,
    value: props.value || '', onChange: (event) => props.setProps({ value: event.target.value || null }) });

  /* Enter takes the first cell that is found, also where the server has not answered yet. */
  const CELL = 'desk-o-cell';
  const listed = (input) => {
    const list = document.getElementById(input.getAttribute('aria-controls') || '');
    return list ? [...list.querySelectorAll('[role="option"]')] : [];
  };
  const takeFirst = (input, words, until) => {
    const options = listed(input);
    const first = options.find((one) => one.hasAttribute('data-combobox-selected')) || options[0];
    if (first) first.click();
    else if (input.value === words && performance.now() < until) setTimeout(() => takeFirst(input, words, until), LOOK_MS);
  };

  kit.DeskOrders = (props) => {
    const box = useRef(null);
    const now = useRef(props);
    now.current = props;
    const { desk } = cc;
    const tell = (changed) => {
      now.current = { ...now.current, ...changed };
      props.setProps(changed);
    };
    const cancel = () => {
      if (box.current.contains(document.activeElement)) document.activeElement.blur();
      tell({ begun: null });
    };
    const begin = (about) => {
      const again = now.current.begun && now.current.begun.kind === about.kind && about.kind === 'progress';
      if (!again) Object.entries(EMPTY).forEach(([name, value]) => put('desk-o-' + name, { value }));
      if (desk.leave) desk.leave();
      delete box.current.dataset.running;
      tell({ begun: { ...about, key: crypto.randomUUID() } });
    };
    const run = () => {
      const { begun } = now.current;
      if (!begun || begun.kind === 'progress' || box.current.dataset.running) return;
      box.current.dataset.running = '1';
      if (desk.keepTyped) desk.keepTyped(['desk-o-title', 'desk-o-place', 'desk-o-words']);
      tell({ placed: { ...begun, n: ((now.current.placed || {}).n || 0) + 1 } });
    };

    /* Called by the desk before its own keys: true where the key was for this form. */
    const onKey = (event, isTyping) => {
      const { begun } = now.current;
      const input = begun && event.key === 'Enter' && !event.isComposing && event.target.closest && event.target.closest('#' + CELL);
      if (input && input.value.trim() && input.getAttribute('aria-expanded') === 'true') {
        takeFirst(input, input.value, performance.now() + PATIENCE_MS);
        return true;
      }
      if (begun && (event.ctrlKey || event.metaKey) && event.key === 'Enter') return run() || true;
      if (event.ctrlKey || event.metaKey || event.altKey) return false;
      if (begun && event.key === 'Escape') {
        const popup = [...document.querySelectorAll('.mantine-Combobox-dropdown')].find((one) => one.offsetParent !== null || one.getClientRects().length);
        if (popup) return false;
        return cancel() || true;
      }
      if (isTyping) return false;
      const kind = Object.keys(props.may || {}).find((one) => props.may[one] === event.key);
      if (!kind) return false;
      begin(kind === 'whistle' && desk.opened ? { kind, case: desk.opened } : { kind });
      return true;
    };

    useEffect(() => {
      const onClick = (event) => {
        const target = event.target.closest && event.target.closest('[data-order]');
        if (!target) return;
        const said = target.dataset.order;
        if (said === 'run') run();
        else if (said === 'cancel') cancel();
        else begin(JSON.parse(said));
      };
      desk.orders = { onKey, cancel: () => now.current.begun && cancel() };
      document.addEventListener('click', onClick);
      return () => {
        desk.orders = null;
        document.removeEventListener('click', onClick);
      };
    }, []);

    /* The form opens with its first field. */
    const begun = props.begun && props.begun.key;
    useEffect(() => {
      if (!begun) return;
      box.current.scrollIntoView({ block: 'nearest' });
      const { kind } = now.current.begun;
      const field = document.getElementById(kind === 'whistle' && now.current.begun.case ? 'desk-o-units' : FIRST[kind] || 'desk-o-words');
      if (field && kind !== 'progress') (field.matches('input, textarea') ? field : field.querySelector('input, textarea') || field).focus();
    }, [begun]);

    useEffect(() => {
      const { done } = props;
      delete box.current.dataset.running;
      if (!done || !done.closes) return;
      cancel();
      desk.flash && desk.flash(done.said);
      desk.refresh && desk.refresh();
    }, [props.done && props.done.n]);

    return cc.h('div', { className: 'cc-orders', id: props.id, ref: box, 'data-kind': (props.begun && props.begun.kind) || undefined }, props.children);
  };
})();
