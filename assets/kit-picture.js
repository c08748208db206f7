/* Picture: the one before stays until the next is there; a caption and how old it is. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef, useState } = window.React;
  /* The parent checks this too; a picture is the one thing here that a browser would fetch. */
  const OURS = /^(?:data:image\/(?:png|jpeg|webp);base64,|\/(?![/\\]))/;

  const useLoaded = (src) => {
    const [shown, set] = useState(null);
    const fail = cc.useFail();
    useEffect(() => {
      if (!src) return undefined;
      let wanted = true;
      const image = new Image();
      image.src = OURS.test(src) ? src : '';
      image.decode().then(() => wanted && set(src), () => wanted && fail(new Error(cc.say('图片无法读取'))));
      return () => {
        wanted = false;
      };
    }, [src]);
    return shown;
  };

  kit.Picture = cc.guarded((props) => {
    const box = useRef(null);
    const value = cc.useBeat(props.value) || {};
    const src = useLoaded(value.src);
    const dated = typeof value.at === 'number';
    cc.useTick(box, dated);
    return cc.part(props, 'picture', cc.heading(props.title),
      cc.h('div', { className: 'frame', ref: box }, src
        ? cc.h('img', { src, alt: value.caption || props.title || '' })
        : cc.h('span', { className: 'unknown' }, cc.DASH)),
      value.caption || dated ? cc.h('div', { className: 'under' },
        cc.h('span', { className: 'words' }, value.caption || ''),
        dated ? cc.h('span', { className: 'taken' }, cc.ago((cc.city() - value.at) / 1000)) : null) : null);
  });
})();
