/* How the page looks by choice: what the address chose leaves it, and the theme follows the light. */
(() => {
  const cc = (window.cc = window.cc || {});
  const root = document.documentElement;
  const { useEffect, useState } = window.React;
  const DIM_LUX = 60;
  const BRIGHT_LUX = 300;
  const HOLDS_MS = 5000; // a hand over the sensor is no night

  /* A cookie keeps what was chosen: in the address it would hold against the next choice. */
  const query = new URLSearchParams(location.search);
  const chosen = ['theme', 'hand', 'type'].filter((name) => query.has(name));
  if (chosen.length && root.classList.contains('cc-tablet')) {
    chosen.forEach((name) => query.delete(name));
    const rest = query.toString();
    history.replaceState(history.state, '', location.pathname + (rest && '?' + rest));
  }

  /* What draws with the colours of the theme draws again when it has turned. */
  cc.useTheme = () => {
    const [theme, set] = useState(root.dataset.theme);
    useEffect(() => {
      const look = () => set(root.dataset.theme);
      window.addEventListener('cc-theme', look);
      return () => window.removeEventListener('cc-theme', look);
    }, []);
    return theme;
  };
  const turn = (theme) => {
    if (root.dataset.theme === theme) return;
    root.dataset.theme = theme;
    window.dispatchEvent(new CustomEvent('cc-theme'));
  };
  if (!cc.byLight) return;

  const bright = matchMedia('(prefers-color-scheme: light)');
  let sensed = false;
  bright.addEventListener('change', () => sensed || turn(bright.matches ? 'light' : 'dark'));
  if (!('AmbientLightSensor' in window)) return;
  let waiting = 0;
  let next = '';
  const read = (lux) => {
    sensed = true;
    const theme = lux < DIM_LUX ? 'dark' : lux > BRIGHT_LUX ? 'light' : root.dataset.theme;
    if (theme === (next || root.dataset.theme)) return;
    clearTimeout(waiting);
    next = theme === root.dataset.theme ? '' : theme;
    waiting = next && setTimeout(() => {
      next = '';
      turn(theme);
    }, HOLDS_MS);
  };
  try {
    const sensor = new window.AmbientLightSensor({ frequency: 1 });
    sensor.addEventListener('reading', () => read(sensor.illuminance));
    sensor.addEventListener('error', () => (sensed = false));
    sensor.start();
  } catch {
    // Where the sensor is forbidden the system's choice stands.
  }
})();
