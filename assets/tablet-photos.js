/* Photos: small pictures that open over the page, one after the other by a swipe. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const { useEffect, useRef } = window.React;
  const SWIPE = 40; // pixels that a finger goes before it means the next picture

  const element = (name, className, words) => Object.assign(document.createElement(name), { className, textContent: words || '' });
  const button = (className, sign, words, act) => {
    const made = Object.assign(element('button', className, sign), { type: 'button', onclick: act });
    made.setAttribute('aria-label', words);
    return made;
  };

  class Viewer {
    constructor(pictures, words) {
      Object.assign(this, { pictures, words, at: 0, from: null });
      this.box = element('dialog', 'cc-viewer');
      this.picture = Object.assign(element('img'), { draggable: false });
      this.picture.addEventListener('error', () => this.fails());
      this.caption = element('p', 'caption');
      const figure = element('figure');
      figure.append(this.picture, this.caption);
      this.steps = [button('before', '‹', words.before, () => this.show(this.at - 1)),
        button('after', '›', words.after, () => this.show(this.at + 1))];
      this.box.append(figure, ...this.steps, button('close', '×', words.close, () => this.box.close()));
      this.box.addEventListener('close', () => this.box.remove());
      this.box.addEventListener('keydown', (event) => this.key(event));
      this.box.addEventListener('pointerdown', (event) => (this.from = event.isPrimary && [event.clientX, event.clientY]));
      this.box.addEventListener('pointerup', (event) => this.swiped(event));
      this.box.addEventListener('click', (event) => event.target === this.box && this.box.close());
    }

    open(at) {
      document.body.append(this.box);
      this.box.showModal();
      this.show(at);
    }

    show(at) {
      const { url, title } = this.pictures[at] || {};
      if (!url) return;
      this.at = at;
      this.picture.hidden = false;
      this.picture.src = url;
      this.picture.alt = title;
      const many = this.pictures.length > 1;
      const count = this.words.of.replace('{at}', at + 1).replace('{n}', this.pictures.length);
      this.caption.textContent = [many && count, title].filter(Boolean).join(' · ');
      const [before, after] = this.steps;
      before.hidden = at === 0;
      after.hidden = at === this.pictures.length - 1;
      // The next one is there before anybody asks for it.
      if (!after.hidden) new Image().src = this.pictures[at + 1].url;
    }

    /* Words stand where a picture cannot be had: never a broken one. */
    fails() {
      this.picture.hidden = true;
      this.caption.textContent = [this.words.away, this.picture.alt].filter(Boolean).join(' · ');
    }

    key(event) {
      if (event.key === 'ArrowLeft') this.show(this.at - 1);
      if (event.key === 'ArrowRight') this.show(this.at + 1);
    }

    swiped(event) {
      if (!this.from) return;
      const [x, y] = [event.clientX - this.from[0], event.clientY - this.from[1]];
      this.from = null;
      if (Math.abs(x) > SWIPE && Math.abs(x) > Math.abs(y)) this.show(this.at - Math.sign(x));
      else if (y > 2 * SWIPE) this.box.close();
    }
  }

  /* What is open stays so when its page changes under it, and ends with the page. */
  cc.closePhotos = () => document.querySelectorAll('dialog.cc-viewer').forEach((box) => box.close());

  /* Opens pictures, [{url, title}], with the words of the viewer. */
  cc.viewPhotos = (pictures, words, at = 0) => new Viewer(pictures, words).open(at);

  kit.Photos = (props) => {
    const box = useRef(null);
    useEffect(() => {
      const mark = (picture, fails) => picture.closest('a') && (fails ? (picture.closest('a').dataset.away = props.words.away)
        : delete picture.closest('a').dataset.away);
      const onError = (event) => mark(event.target, true);
      const onLoad = (event) => mark(event.target, false);
      box.current.querySelectorAll('img').forEach((picture) => picture.complete && !picture.naturalWidth && mark(picture, true));
      box.current.addEventListener('error', onError, true);
      box.current.addEventListener('load', onLoad, true);
    }, []);
    const onClick = (event) => {
      const link = event.target.closest('a[data-photo]');
      if (!link || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      const links = [...event.currentTarget.querySelectorAll('a[data-photo]')];
      const pictures = links.map((each) => ({ url: each.href, title: each.title }));
      cc.viewPhotos(pictures, props.words, links.indexOf(link));
    };
    return cc.h('div', { className: 'cc-photos', id: props.id, ref: box, onClick }, props.children);
  };
})();
