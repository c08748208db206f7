/* Actions that are sent when there is a connection: cc.act, and what waits at the foot of the page. */
(() => {
  const cc = (window.cc = window.cc || {});
  const kit = (window.cc_kit = window.cc_kit || {});
  const queue = self.ccQueue;
  const { useEffect, useState } = window.React;
  const PATIENCE_MS = 6000;
  const SHOWN_MS = 6000;
  const MOST_DONE = 10;
  const AGAIN_MS = 30000;

  let records = [];
  let halt = null;
  let timer = 0;
  const watchers = new Set();
  const find = (key) => records.find((record) => record.key === key);
  const open = () => records.filter((record) => queue.OPEN.includes(record.state));
  const refresh = async () => {
    await cc.settling; // whose they are
    records = await queue.list().catch(() => []);
    watchers.forEach((watcher) => watcher());
  };
  queue.listen(refresh);

  /* One drain at a time; what is wished meanwhile comes after it. */
  let working = null;
  let wishes = { any: false, hurry: false };
  const run = async (hurry) => {
    clearTimeout(timer);
    await cc.settling; // whose they are
    let came;
    do {
      const now = hurry || wishes.hurry;
      wishes = { any: false, hurry: false };
      came = await queue.drain(cc.token, now).catch((error) => ({ halt: 'fault', error }));
      if (came.halt === 'fault') console.warn('the outbox cannot be sent:', came.error);
      halt = came.halt || null;
      await refresh();
    } while (wishes.any);
    if (halt === 'signin') await checkSession();
    if (open().length) timer = setTimeout(send, halt ? Math.max(500, came.pause || AGAIN_MS) : 0);
  };
  const send = (hurry = false) => {
    if (working) {
      wishes = { any: true, hurry: wishes.hurry || hurry === true };
      return working;
    }
    working = run(hurry === true).finally(() => {
      working = null;
    });
    return working;
  };

  /* Where the session is over, or another account's, what was kept of places goes; what waits
     stays, sealed, for its own user. */
  const checkSession = async () => {
    const answer = await fetch(location.href, { redirect: 'manual', cache: 'no-store' }).catch(() => null);
    const mark = answer && answer.headers.get('X-Kept-For');
    if (!answer || (answer.type !== 'opaqueredirect' && (!mark || mark === cc.keepMark))) return;
    await self.ccStore.wipe();
    location.reload();
  };

  const wakeWorker = async () => {
    const worker = navigator.serviceWorker && (await navigator.serviceWorker.getRegistration());
    if (worker && worker.sync) await worker.sync.register('cc-outbox');
  };

  /* How an action stands, once it is done or refused, or it is clear that it waits. */
  const settled = (key) => new Promise((done) => {
    const finish = () => {
      watchers.delete(look);
      clearTimeout(late);
      done(find(key) || { key, state: 'waiting' });
    };
    const look = () => {
      const record = find(key);
      if (!record || !queue.OPEN.includes(record.state) || (halt && !working)) finish();
    };
    const late = setTimeout(finish, PATIENCE_MS);
    watchers.add(look);
    send().then(look, look);
  });

  /* Does something at the server, now or when there is a connection; resolves to the record with
     {key, state}, `result.answer` when it is done and `result` with code and message when refused.
     {method, path, body | blob, what, place, draft}: `what` says in the user's words what it is,
     `place` is the address where it can be done anew, `draft` the name of what it was made of;
     `kept` is called once it outlives the page. Rejects where nothing can be kept. */
  cc.act = async ({ kept, ...asked }) => {
    await cc.settling; // whose it is
    if (asked.draft) await cc.draftKept(asked.draft);
    const key = await queue.add({ place: location.pathname, ...asked });
    if (kept) kept();
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
    wakeWorker().catch(() => {});
    await refresh();
    return settled(key);
  };
  /* What is being typed outlives the page and the session, sealed, until the action is kept that is
     made of it. One write at a time, of the newest. */
  const drafts = {};
  cc.keepDraft = (name, value) => {
    const kept = (drafts[name] = drafts[name] || {});
    kept.next = { value };
    const write = async () => {
      while (kept.next) {
        const { value: newest } = kept.next;
        kept.next = null;
        await queue.keepDraft(name, newest).catch((error) => console.warn('a draft cannot be kept:', error));
      }
      kept.now = null;
    };
    kept.now = kept.now || write();
  };
  cc.draftKept = async (name) => drafts[name] && drafts[name].now;
  cc.draft = async (name) => {
    await cc.settling; // whose it is
    return queue.draft(name);
  };
  cc.outbox = {
    send, refresh, hint: (result) => hint(result), again: (record) => again(record), list: () => records, drop: queue.drop,
    retry: (seq) => queue.retry(seq).then(() => send(true)),
  };

  window.addEventListener('online', () => send(true));
  document.addEventListener('visibilitychange', () => !document.hidden && open().length && send());

  const HINTS = {
    illegal_move: () => cc.say('情况已经变化，此刻不能这样处理'),
    conflict: () => cc.say('别人已经改过，请看过现状再做'),
    forbidden: () => cc.say('您没有这样做的权限'),
    not_found: () => cc.say('已不存在，或者不在您的范围内'),
    invalid: () => cc.say('内容有误，请改正后重新提交'),
    request_entity_too_large: () => cc.say('内容太大，请缩小后重新提交'),
    depends: () => cc.say('它所依据的上一项没有办成'),
    unreadable: () => cc.say('本机无法再读取它，请重新填写'),
  };
  /* Why something was refused, in the user's words: the server's, or the queue's own. */
  const hint = (result) => (result || {}).words || (HINTS[(result || {}).code] || (() => cc.say('服务器没有接受，请重新办理')))();
  /* What the button says by which a refused action is done again; null where it cannot be any more. */
  const again = (record) => {
    const { code, legal } = record.result || {};
    const command = (record.body || {}).command;
    if (record.state !== 'refused' || (legal && command && !legal.includes(command))) return null;
    return code === 'conflict' ? cc.say('按现状再办') : cc.say('再试');
  };
  const words = (record) => ({
    waiting: () => (halt === 'signin' ? cc.say('登录后发送') : cc.say('待发送')),
    sending: () => cc.say('正在发送'),
    done: () => cc.say('已送达'),
    refused: () => cc.say('未被接受'),
  })[record.state]();
  const TONES = { waiting: 'yellow', sending: 'blue', done: 'good', refused: 'red' };

  const withdraw = async (record) => {
    const said = record.tries ? cc.say('这一项可能已经送达。撤回只是不再发送。') : cc.say('撤回这一项？');
    if (record.state !== 'waiting' || (await cc.ask(said, cc.say('撤回')))) await queue.drop(record.seq);
  };
  const button = (title, onClick) => cc.h('button', { type: 'button', key: title, onClick }, title);
  const row = (record) => {
    const refused = record.state === 'refused';
    return cc.h('li', { key: record.key, 'data-state': record.state },
      cc.h('span', { className: 'what' }, cc.shape(TONES[record.state]), record.what || record.path),
      cc.h('small', null, words(record), ' · ', cc.ago(Math.max(0, Date.now() - record.at) / 1000)),
      refused ? cc.h('p', null, hint(record.result)) : null,
      cc.h('span', { className: 'do' },
        refused && record.place ? cc.h('a', { href: record.place }, cc.say('去处理')) : null,
        again(record) ? button(again(record), () => cc.outbox.retry(record.seq)) : null,
        refused || record.state === 'waiting' ? button(cc.say('撤回'), () => withdraw(record)) : null));
  };

  const summary = (refused, waiting) =>
    refused ? cc.say('{n} 项未被接受', { n: refused })
      : waiting ? cc.say('{n} 项待发送', { n: waiting }) : cc.say('全部已送达');

  kit.Outbox = (props) => {
    const [, draw] = useState(0);
    const [wide, widen] = useState(false);
    useEffect(() => {
      const watcher = () => draw((n) => n + 1);
      watchers.add(watcher);
      refresh().then(() => open().length && send(true));
      const untick = cc.tick(() => records.length && draw((n) => n + 1));
      return () => {
        watchers.delete(watcher);
        untick();
      };
    }, []);
    const refused = records.filter((record) => record.state === 'refused').length;
    const waiting = open().length;
    const done = records.filter((record) => record.state === 'done');
    const fresh = done.some((record) => Date.now() - (record.ended || 0) < SHOWN_MS);
    if (!refused && !waiting && !fresh && !wide) return cc.h('aside', { className: 'cc-outbox', id: props.id, hidden: true });
    const tone = refused ? 'red' : waiting ? 'yellow' : 'good';
    const shown = [...records.filter((record) => record.state !== 'done'), ...done.slice(-MOST_DONE)]
      .sort((a, b) => b.seq - a.seq);
    return cc.h('aside', { className: 'cc-outbox', id: props.id, 'data-waiting': waiting, 'data-refused': refused },
      cc.h('button', { type: 'button', className: 'badge', 'aria-expanded': wide, onClick: () => widen(!wide) },
        cc.shape(tone), cc.h('span', { role: 'status' }, summary(refused, waiting))),
      wide ? cc.h('ul', null, shown.map(row)) : null);
  };

  /* Asks with two answers; resolves to whether the first was chosen. */
  cc.ask = (question, yes) => new Promise((done) => {
    const box = document.createElement('dialog');
    box.className = 'cc-ask';
    const [said, answers] = [document.createElement('p'), document.createElement('form')];
    said.textContent = question;
    answers.method = 'dialog';
    for (const [value, title] of [['yes', yes], ['no', cc.say('取消')]]) {
      const choice = document.createElement('button');
      Object.assign(choice, { value, textContent: title, autofocus: value === 'no' });
      answers.append(choice);
    }
    box.append(said, answers);
    box.addEventListener('close', () => {
      done(box.returnValue === 'yes');
      box.remove();
    });
    document.body.append(box);
    box.showModal();
  });

  /* Signs out: what waits is sent first if that is possible, else it is asked what is to become of it. */
  cc.leave = async () => {
    if (cc.flushRoute) await cc.flushRoute();
    if (open().length) await Promise.race([send(true), new Promise((done) => setTimeout(done, PATIENCE_MS))]);
    await refresh();
    const left = records.filter((record) => record.state !== 'done').length;
    const question = cc.say('还有 {n} 项没有送达或未被接受。退出会把它们从本机删除。', { n: left });
    if (left && !(await cc.ask(question, cc.say('删除并退出')))) return;
    await cc.signOut();
  };
})();
