/* Code: what leads a tablet to what the wall shows; small in the header, large when it is tapped. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useState } = window.React;
  const RENEW_MS = 60000;
  const LARGE_MS = 60000;

  kit.Code = (props) => {
    const [face, setFace] = useState('');
    const [turn, setTurn] = useState(0);
    const [drawn, setDrawn] = useState(false);
    const [large, setLarge] = useState(false);
    useEffect(() => {
      setFace((cc.stage && cc.stage.state.face) || '');
      const onFace = (event) => setFace(event.detail || '');
      const renewing = setInterval(() => setTurn((last) => last + 1), RENEW_MS);
      window.addEventListener('cc-face', onFace);
      return () => {
        clearInterval(renewing);
        window.removeEventListener('cc-face', onFace);
      };
    }, []);
    useEffect(() => {
      if (!large) return undefined;
      const closing = setTimeout(() => setLarge(false), LARGE_MS);
      return () => clearTimeout(closing);
    }, [large]);
    const src = `${props.src}&face=${encodeURIComponent(face)}&turn=${turn}`;
    const name = cc.say('扫码在平板上打开此画面');
    /* A code that could not be drawn anew would lead nowhere: it is left out. */
    return cc.h('button', { type: 'button', className: 'cc-code' + (large ? ' large' : ''), title: name, 'aria-label': name,
      'aria-pressed': large, hidden: !drawn, onClick: () => setLarge(!large) },
      cc.h('img', { src, alt: '', onLoad: () => setDrawn(true), onError: () => setDrawn(false) }));
  };
})();
