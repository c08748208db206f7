// The map part: drives the plotly graph inside it; see commandcenter/screen/citymap.py.
(() => {
  const PALETTE = ["blue", "yellow", "red", "none", "line"];
  const TRY = 50; // milliseconds between looks for the running map
  const LATER = 8000; // milliseconds for the map in view, before those of other faces start
  const FULL = 850; // pixels of the shorter side for which the outlines' widths are meant
  const EMPTY = { first: 0, colours: "", labels: [] };

  class View {
    constructor(host, tell) {
      Object.assign(this, { host, tell, map: null, cells: null, asked: null, moved: false });
      Object.assign(this, { holes: [], asking: 0, pause: 500 });
      this.value = EMPTY;
      this.labels = new window.cc_map.Labels(host.querySelector(".cc-map-labels"));
      this.resizes = new ResizeObserver(() => this.map?.style && this.map.resize());
      this.resizes.observe(host);
      this.relayer = () => this.draw();
      window.addEventListener("cc-layers", this.relayer);
      this.retheme = () => {
        this.clear();
        this.start();
      };
      window.addEventListener("cc-theme", this.retheme);
      this.look();
      host.ccMap = this;
    }

    close() {
      clearTimeout(this.looking);
      clearTimeout(this.returns);
      clearTimeout(this.asking);
      this.resizes.disconnect();
      window.removeEventListener("cc-layers", this.relayer);
      window.removeEventListener("cc-theme", this.retheme);
      this.asked?.abort();
      this.closed = true;
    }

    // What is shown where: a change asks for the ground again.
    async configure(options) {
      this.options = options;
      this.asked?.abort();
      const asking = this.asked = new AbortController();
      for (let pause = 1000; !asking.signal.aborted; pause = Math.min(2 * pause, 30000)) {
        const ground = await this.fetchGround(asking.signal);
        if (ground) return this.setGround(ground);
        await new Promise((done) => setTimeout(done, pause * (0.5 + Math.random())));
      }
    }

    async fetchGround(signal) {
      const { tiles_url: url, scope } = this.options;
      const query = scope ? `?cell=${encodeURIComponent(scope)}` : "";
      try {
        const answer = await fetch(`${url}/ground.json${query}`, { signal });
        return answer.ok ? await answer.json() : null;
      } catch {
        return null;
      }
    }

    setGround(ground) {
      this.clear();
      this.ground = ground;
      this.moved = false;
      this.start();
    }

    // plotly makes its map late, and makes a new one when the graph is mounted again.
    look() {
      this.attach();
      this.looking = setTimeout(() => this.look(), this.map ? 20 * TRY : TRY);
    }

    attach() {
      const graph = this.host.querySelector(".js-plotly-plot");
      const map = graph?._fullLayout?.map?._subplot?.map;
      if (!map || map === this.map) return;
      this.map = map;
      this.graph = graph;
      this.cells = null;
      // A style is known before it is "loaded", which would wait for frames with nothing in them.
      if (map.getStyle()) this.begin();
      else map.once("style.load", () => this.begin());
    }

    begin() {
      const map = this.map;
      map.dragRotate.disable();
      map.touchZoomRotate.disableRotation();
      map.touchPitch.disable();
      map.keyboard.disable();
      // In a page that scrolls one finger scrolls the page, two move the map.
      if (this.options.taps) map.cooperativeGestures.enable();
      map.on("styledata", () => this.restyle());
      map.on("error", (event) => this.failed(event));
      map.on("webglcontextrestored", () => this.cells?.forget());
      map.on("resize", () => this.resized());
      map.on("move", () => this.labels.place(map));
      map.on("zoomend", () => this.cells?.sync());
      map.on("movestart", (event) => event.originalEvent && this.touched());
      map.on("wheel", () => this.touched());
      map.on("moveend", () => this.remember());
      map.on("click", (event) => this.tapped(event));
      this.ready = true;
      this.start();
    }

    start() {
      if (!this.ready || !this.ground || this.cells || !this.map.style) return;
      const look = getComputedStyle(this.host);
      const palette = Object.fromEntries(
        PALETTE.map((name) => [name, look.getPropertyValue(`--map-${name}`).trim()]),
      );
      const { tiles_url: url, scope, depth } = this.options;
      const side = Math.min(this.host.clientWidth, this.host.clientHeight) || FULL;
      const scale = Math.max(0.6, Math.min(2, side / FULL));
      const options = { url, scope, depth, palette, scale };
      this.cells = new window.cc_map.Cells(this.map, this.ground, options);
      this.cells.first = this.value.first;
      this.cells.colours = this.colours;
      this.fit();
      this.cells.install(this.home ?? this.map.getZoom());
      this.layers = new window.cc_map.Layers(this.map, this.ground, this.host);
      this.host.dataset.state = "ready";
      this.draw();
    }

    clear() {
      if (!this.cells || !this.map?.style) return;
      this.layers.clear();
      const { layers, sources } = this.map.getStyle();
      for (const { id } of layers) if (/^(base|(fill|line)\d+)$/.test(id)) this.map.removeLayer(id);
      for (const id of Object.keys(sources)) if (/^d\d+$/.test(id)) this.map.removeSource(id);
      this.cells = null;
    }

    // A new style, or a context that came back, has lost the layers or the colours.
    restyle() {
      if (!this.cells || !this.map.style || this.busy) return;
      this.busy = true;
      if (!this.cells.installed()) this.cells.install(this.home ?? this.map.getZoom());
      this.cells.sync();
      const here = this.layers.installed();
      if (!here) this.layers = new window.cc_map.Layers(this.map, this.ground, this.host);
      if (!here || this.cells.late) this.layer();
      this.cells.late = false;
      this.busy = false;
    }

    show(value) {
      if (!value) return; // unknown: what was there stays
      if (value.colours !== this.value.colours) this.colours = window.cc_map.decode(value.colours);
      this.value = value;
      this.draw();
    }

    draw() {
      if (!this.cells) return;
      // A lost context, and a page that leaves, have no style: it is drawn when one is back.
      if (!this.map?.style) {
        Object.assign(this.cells, { first: this.value.first, colours: this.colours, late: true });
        return;
      }
      if (this.colours) this.cells.paint(this.value.first, this.colours);
      this.layer();
    }

    // What panels of the same face draw on this map, and the names of all that is on it.
    layer() {
      this.layers.draw(window.cc.layersFor(this.host));
      this.labels.set([...(this.value.labels || []), ...this.layers.labels()]);
      this.labels.place(this.map);
    }

    // Bring the whole into view; `home` is the zoom at which it is.
    fit(duration = 0) {
      const { clientWidth: width, clientHeight: height } = this.host;
      if (!this.ground || !width || !height) return;
      const [west, south, east, north] = this.ground.bounds;
      const padding = Math.round(Math.min(width, height) * 0.03);
      const camera = this.map.cameraForBounds([[west, south], [east, north]], { padding });
      if (!camera) return;
      this.home = camera.zoom;
      this.moved = false;
      this.map.setMinZoom(camera.zoom - 0.5);
      this.map.setMaxZoom(Math.max(17, camera.zoom));
      if (duration) this.map.easeTo({ ...camera, duration });
      else this.map.jumpTo(camera);
    }

    resized() {
      if (!this.cells || !this.map.style || !this.host.clientWidth) return;
      if (!this.moved) {
        this.fit();
        this.cells.rehome(this.home);
      }
      this.cells.sync();
      this.labels.place(this.map);
    }

    // A tile that did not come leaves a hole for ever: the map does not ask for it again by itself.
    failed({ tile, sourceId, error }) {
      if (!tile) return console.error(error);
      this.holes.push([sourceId, tile.tileID.canonical]);
      if (this.asking) return;
      const pause = this.pause = Math.min(2 * this.pause, 30000);
      this.asking = setTimeout(() => this.askAgain(), pause * (0.5 + Math.random() / 2));
    }

    // By their names: a whole source that is refreshed waits for what failed and never ends.
    askAgain() {
      this.asking = 0;
      const holes = this.holes.splice(0);
      if (this.closed || !this.map.style) return;
      for (const [id, tile] of holes) if (this.map.getSource(id)) this.map.refreshTiles(id, [tile]);
      this.map.once("idle", () => this.asking || (this.pause = 500));
    }

    // Somebody looks elsewhere: stay there, for a while at least.
    touched() {
      this.moved = true;
      clearTimeout(this.returns);
      const { taps, home_after: seconds = taps ? 0 : 60 } = this.options;
      if (seconds) this.returns = setTimeout(() => this.closed || this.fit(800), seconds * 1000);
    }

    // plotly puts the map back to the place it knows whenever it draws: tell it the present one.
    remember() {
      const full = this.graph._fullLayout?.map;
      if (!full?._input) return;
      const { lng: lon, lat } = this.map.getCenter();
      full._input.center = full.center = { lon, lat };
      full._input.zoom = full.zoom = this.map.getZoom();
    }

    tapped(event) {
      if (!this.options.taps || !this.cells) return;
      // A form asks for a place: the tap is its answer and leads nowhere.
      if (window.cc.pickPlace) return window.cc.pickPlace(event.lngLat);
      const position = this.cells.at(event.point);
      if (position !== null) this.tell({ tapped: { position, at: Date.now() } });
    }
  }

  // Maps start one after the other: each draws many large frames until all its tiles are there.
  function whenWanted(node, start) {
    const look = () => window.cc.shown(node) && window.cc.whenCalm().then(start);
    const timer = setTimeout(start, LATER);
    window.addEventListener("cc-face", look);
    look();
    return () => {
      clearTimeout(timer);
      window.removeEventListener("cc-face", look);
    };
  }

  function CityMap(props) {
    const { useEffect, useRef, useState } = window.React;
    const { h, heading, part } = window.cc;
    const { value, depth, taps, scope, tiles_url, home_after, setProps, children, title } = props;
    const host = useRef(null);
    const view = useRef(null);
    const [wanted, want] = useState(false);
    const held = window.cc.useBeat(value);
    const tell = useRef(setProps);
    tell.current = setProps;
    useEffect(() => {
      view.current = new View(host.current, (changed) => tell.current(changed));
      return () => view.current.close();
    }, []);
    useEffect(() => {
      view.current.configure({ depth, taps, scope, tiles_url, home_after });
    }, [depth, taps, scope, tiles_url, home_after]);
    useEffect(() => view.current.show(held), [held]);
    useEffect(() => whenWanted(host.current, () => window.cc.drawable().then(() => want(true))), []);
    return part(props, "citymap", heading(title),
      h("div", { ref: host, className: "cc-map", "data-taps": taps ? "" : undefined },
        wanted ? children : null, h("div", { className: "cc-map-labels" })));
  }

  window.cc_kit = Object.assign(window.cc_kit || {}, { CityMap: window.cc.guarded(CityMap) });
})();
