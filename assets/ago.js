/* How long ago something was, in words; for the pages and for the service worker. */
self.ccAgo = (say, seconds, recent = 5) => {
  if (seconds < recent) return say('刚刚');
  if (seconds < 60) return say('{n} 秒前', { n: Math.floor(seconds) });
  if (seconds < 3600) return say('{n} 分前', { n: Math.floor(seconds / 60) });
  if (seconds < 86400) return say('{n} 时前', { n: Math.floor(seconds / 3600) });
  return say('{n} 天前', { n: Math.floor(seconds / 86400) });
};
