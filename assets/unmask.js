/* Plain words of a case: asked for with a reason, shown once in this page, gone with its dialog. */
(() => {
  const SECONDS = 120;
  const element = (name, className, words) => Object.assign(document.createElement(name), { className, textContent: words || '' });
  const token = () => decodeURIComponent((document.cookie.match(/(?:^|; )_csrf_token=([^;]*)/) || [])[1] || '');

  class Unmask {
    constructor(opener) {
      this.words = JSON.parse(opener.dataset.words);
      this.path = `/api/v1/cases/${opener.dataset.case}/unmask`;
      this.box = element('dialog', 'cc-plain');
      this.box.setAttribute('aria-label', this.words.title);
      this.box.addEventListener('close', () => this.forget());
      // The page's own keys are not meant here.
      this.box.addEventListener('keydown', (event) => {
        event.stopPropagation();
        if (event.key === 'Escape') this.box.close();
      });
      this.left = () => document.hidden && this.box.close();
      document.addEventListener('visibilitychange', this.left);
      window.addEventListener('pagehide', () => this.box.close(), { once: true });
    }

    open() {
      const form = element('form');
      const label = element('label', '', this.words.reason);
      this.reason = Object.assign(element('input'), { type: 'text', required: true, minLength: 4, maxLength: 200, autocomplete: 'off' });
      label.append(this.reason);
      this.said = element('p', 'said');
      this.said.setAttribute('role', 'alert');
      const buttons = element('div', 'buttons');
      const cancel = Object.assign(element('button', '', this.words.cancel), { type: 'button', onclick: () => this.box.close() });
      this.send = Object.assign(element('button', 'first', this.words.show), { type: 'submit' });
      buttons.append(cancel, this.send);
      form.append(element('h2', '', this.words.title), element('p', 'quiet', this.words.kept), label, this.said, buttons);
      form.addEventListener('submit', (event) => { event.preventDefault(); this.ask(); });
      this.box.append(form);
      document.body.append(this.box);
      this.box.showModal();
      this.reason.focus();
    }

    async ask() {
      this.send.disabled = true;
      this.said.textContent = '';
      try {
        const told = await fetch(this.path, { method: 'POST', cache: 'no-store', credentials: 'same-origin',
          headers: { 'Content-Type': 'application/json', 'X-CSRFToken': token() },
          body: JSON.stringify({ reason: this.reason.value.trim() }) });
        if (told.ok) { this.show(await told.json()); return; }
        this.said.textContent = told.status === 429 ? this.words.often : this.words.refused;
      } catch {
        this.said.textContent = this.words.away;
      }
      this.send.disabled = false;
    }

    show(found) {
      const list = element('dl');
      const row = (name, value) => value && list.append(element('dt', '', name), this.value(value));
      row(this.words.reporter, found.reporter.name);
      row(this.words.phone, found.reporter.phone && this.call(found.reporter.phone));
      row(this.words.title_of, found.title);
      row(this.words.description, found.description);
      found.attachments.concat(found.said.map((said) => said.words)).forEach((words) => row(this.words.more, words));
      const close = Object.assign(element('button', 'first', this.words.close), { type: 'button', onclick: () => this.box.close() });
      const buttons = element('div', 'buttons');
      buttons.append(close);
      this.box.replaceChildren(element('h2', '', this.words.title), list, buttons);
      close.focus();
      this.ends = setTimeout(() => this.box.close(), SECONDS * 1000);
    }

    value(said) {
      const made = element('dd', '', typeof said === 'string' ? said : '');
      if (typeof said !== 'string') made.append(said);
      return made;
    }

    call(phone) {
      return Object.assign(element('a', 'cc-call', phone), { href: `tel:${phone.replace(/[^0-9+]/g, '')}` });
    }

    forget() {
      clearTimeout(this.ends);
      document.removeEventListener('visibilitychange', this.left);
      this.box.replaceChildren();
      this.box.remove();
    }
  }

  document.addEventListener('click', (event) => {
    const opener = event.target.closest && event.target.closest('button.cc-unmask');
    if (opener) new Unmask(opener).open();
  });
})();
