/* A place that was seen is shown at once as it was then, with its age, while the network is asked.

A place answers within a moment where the connection is good, and then nothing old is shown. What
was kept is the account's that was shown it; where another one may have signed in since, nothing of
it is shown before the server has said whose the browser is now. */
const SEEN_MS = 12 * 3600 * 1000;
const AHEAD_MS = 100;
const LINK = /(<header class="cc-header">.*?<span class="link" data-state="late">.*?<span>)[^<]*(?=<\/span>)/s;

/* Since somebody came to the login, or with the key of a wall, it is open who is here. */
let doubt = false;
const inDoubt = async () => doubt || Boolean(await ccStore.get('meta', 'doubt'));
const beginDoubt = () => {
  doubt = true;
  return ccStore.put('meta', true, 'doubt');
};
const endDoubt = async () => {
  if (await inDoubt()) await ccStore.remove('meta', 'doubt');
  doubt = false;
};

/* The page of a place as this build has made it for who is here, null where there is none that is
   new enough. */
const seenOf = async (path) => {
  if (await inDoubt()) return null;
  const kept = await found(await places(), `/kept/html${path}`);
  const isOurs = kept && kept.headers.get('X-Kept-Build') === self.CC_BUILD;
  return isOurs && Date.now() - Number(kept.headers.get('X-Kept-At')) < SEEN_MS ? kept : null;
};
/* Its header says how old it is, where the page that was just made says that it connects. */
const datedOf = async (kept) => {
  const { words } = (await ccStore.get('meta', 'screen')) || {};
  const say = (zh, values) => ((words || {})[zh] || zh).replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const seconds = Math.max(0, Date.now() - Number(kept.headers.get('X-Kept-At'))) / 1000;
  const said = say('{ago}的内容，正在更新', { ago: ccAgo(say, seconds) });
  const html = (await kept.text()).replace(LINK, (_, before) => before + said);
  return new Response(html, { headers: kept.headers });
};
/* How long the last page took to come, in milliseconds: workers come and go. */
const paceOf = () => ccStore.get('meta', 'pace').then((ms) => ms ?? 0, () => 0);
const notePace = (ms) => ccStore.put('meta', ms, 'pace');
/* Answers with what was seen, unless the network is quicker; where it was not the last time it is
   not waited for. What it says is kept for the next time and to be made sure of by the page itself,
   which is drawn anew from the network. */
const atOnce = async (event, network, kept, pace) => {
  event.waitUntil(network.catch(() => {}));
  if ((await pace) > AHEAD_MS) return datedOf(kept);
  const came = network.then((answer) => (answer.status >= 500 ? null : answer), () => null);
  return (await Promise.race([came, sleep(AHEAD_MS)])) || datedOf(kept);
};
