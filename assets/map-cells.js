// The cells of the one map: sources, layers and the colour of each cell, on plotly's own MapLibre.
(() => {
  const LETTERS = { n: 0, b: 1, y: 2, r: 3 };
  const NAMES = ["none", "blue", "yellow", "red"];
  const STEP = 0.8; // zooms between one level and the next, at least
  const FAINT = 1.6; // zooms before a level is shown at which its outlines begin to appear

  // "12b1r300b" -> Uint8Array of 0 none, 1 blue, 2 yellow, 3 red
  function decode(text) {
    const runs = [...text.matchAll(/(\d+)([nbyr])/g)];
    const size = runs.reduce((sum, run) => sum + Number(run[1]), 0);
    const colours = new Uint8Array(size);
    let at = 0;
    for (const [, count, letter] of runs) {
      colours.fill(LETTERS[letter], at, at += Number(count));
    }
    return colours;
  }

  // Most cells have the usual colour and are told nothing: whatever a map was told, each tile that
  // comes in later goes through from end to end.
  function usual(colours) {
    const counts = [0, 0, 0, 0];
    for (const colour of colours || []) counts[colour] += 1;
    return counts.indexOf(Math.max(...counts));
  }

  class Cells {
    constructor(map, ground, options) {
      Object.assign(this, { map, ground, options });
      this.colours = null;
      this.first = 0;
      this.starts = new Map();
      this.byDepth = new Map(ground.levels.map((level) => [level.depth, []]));
      for (let i = 0; i < ground.depths.length; i++) {
        this.byDepth.get(ground.depths.charCodeAt(i) - 48)?.push(ground.first + i);
      }
      this.forget();
    }

    // What the map was told is lost with its sources.
    forget() {
      this.applied = new Map(this.ground.levels.map((level) => [level.depth, new Map()]));
    }

    // The levels that are filled, the coarsest first.
    filled() {
      const { depth } = this.options;
      const levels = this.ground.levels;
      const top = this.ground.depths.charCodeAt(0) - 48;
      const wanted = depth == null ? null : levels.filter((level) => level.depth === depth);
      if (wanted?.length) return wanted;
      const below = levels.filter((level) => level.depth > top);
      return below.length ? below : levels;
    }

    // From which zoom each filled level is shown, when the whole is in view at zoom `home`.
    range(home) {
      const starts = new Map();
      this.filled().forEach((level, i) => {
        starts.set(level.depth, i ? Math.max(level.starts, home + i * STEP) : 0);
      });
      return starts;
    }

    installed() {
      return this.ground.levels.every((level) => this.map.getLayer(`line${level.depth}`));
    }

    install(home) {
      this.starts = this.range(home);
      this.forget();
      this.usual = usual(this.colours);
      for (const level of this.ground.levels) this.addSource(level);
      this.addBase();
      for (const depth of [...this.starts.keys()].reverse()) this.addFill(depth);
      for (const level of [...this.ground.levels].reverse()) this.addLine(level);
      this.setRanges();
    }

    addSource(level) {
      const id = `d${level.depth}`;
      if (this.map.getSource(id)) return;
      const { url, scope } = this.options;
      const asked = new URLSearchParams({ depth: level.depth, v: this.ground.version });
      if (scope) asked.set("cell", scope);
      if (window.cc.keepMark) asked.set("k", window.cc.keepMark); // whose tiles a tablet may keep
      this.map.addSource(id, {
        type: "vector",
        tiles: [`${new URL(url, location.href).href}/{z}/{x}/{y}.pbf?${asked}`],
        minzoom: level.low,
        maxzoom: level.high,
        bounds: this.ground.bounds,
      });
    }

    // Between cells that are smaller than a few pixels the ground would show as specks.
    addBase() {
      const id = `d${this.ground.levels[0].depth}`;
      if (this.map.getLayer("base")) return;
      const paint = { "fill-color": this.options.palette.blue };
      this.map.addLayer({ id: "base", type: "fill", source: id, "source-layer": id, paint });
    }

    fillColour() {
      const palette = NAMES.map((name) => this.options.palette[name]);
      const pairs = palette.flatMap((colour, i) => [i, colour]);
      return ["match", ["coalesce", ["feature-state", "c"], this.usual], ...pairs, palette[this.usual]];
    }

    addFill(depth) {
      if (this.map.getLayer(`fill${depth}`)) return;
      this.map.addLayer({
        id: `fill${depth}`,
        type: "fill",
        source: `d${depth}`,
        "source-layer": `d${depth}`,
        paint: {
          "fill-antialias": false,
          "fill-color": this.fillColour(),
        },
      });
    }

    // The higher a level, the stronger its outline, and above what lies under it.
    addLine(level) {
      if (this.map.getLayer(`line${level.depth}`)) return;
      const rank = Math.max(0, level.depth - 1);
      const width = [2.2, 1.3, 1, 0.8, 0.6][Math.min(rank, 4)] * this.options.scale;
      const { line } = this.options.palette;
      const faint = level.starts - FAINT;
      this.map.addLayer({
        id: `line${level.depth}`,
        type: "line",
        source: `d${level.depth}`,
        "source-layer": `d${level.depth}`,
        layout: { "line-join": "round" },
        paint: {
          "line-color": line,
          "line-width": ["interpolate", ["linear"], ["zoom"], level.starts, width, level.starts + 4, width * 1.6],
          "line-opacity": rank ? ["interpolate", ["linear"], ["zoom"], faint, 0, level.starts, 0.8] : 1,
        },
      });
    }

    setRanges() {
      const fills = [...this.starts];
      fills.forEach(([depth, from], i) => {
        this.map.setLayerZoomRange(`fill${depth}`, from, fills[i + 1]?.[1] ?? 24);
      });
      const lowest = fills.at(-1)[0];
      for (const level of this.ground.levels) {
        const inside = level.depth <= lowest;
        const from = Math.max(0, Math.min(level.starts, this.starts.get(level.depth) ?? 24) - FAINT);
        this.map.setLayoutProperty(`line${level.depth}`, "visibility", inside ? "visible" : "none");
        this.map.setLayerZoomRange(`line${level.depth}`, level.starts ? from : 0, 24);
      }
    }

    // The whole is now in view at another zoom.
    rehome(home) {
      const starts = this.range(home);
      const moved = [...starts].some(([depth, from]) => Math.abs(from - this.starts.get(depth)) > 0.05);
      if (!moved) return;
      this.starts = starts;
      this.setRanges();
    }

    // The level that is filled at the map's zoom.
    active() {
      const zoom = this.map.getZoom();
      let found = null;
      for (const [depth, from] of this.starts) if (found === null || zoom >= from) found = depth;
      return found;
    }

    paint(first, colours) {
      const news = !this.colours && this.installed();
      this.first = first;
      this.colours = colours;
      if (news) this.setUsual();
      this.sync();
    }

    setUsual() {
      this.usual = usual(this.colours);
      for (const depth of this.starts.keys()) {
        this.map.setPaintProperty(`fill${depth}`, "fill-color", this.fillColour());
      }
    }

    // Tell the map what differs from what it was told; only for the level in view.
    sync() {
      if (!this.colours || !this.map.style || !this.installed()) return 0;
      const depth = this.active();
      const told = this.applied.get(depth);
      const target = { source: `d${depth}`, sourceLayer: `d${depth}`, id: 0 };
      let changes = 0;
      for (const position of this.byDepth.get(depth)) {
        const colour = this.colours[position - this.first] ?? 0;
        if ((told.get(position) ?? this.usual) === colour) continue;
        told.set(position, colour);
        target.id = position;
        this.map.setFeatureState(target, { c: colour });
        changes += 1;
      }
      return changes;
    }

    // The position of the cell under a point of the screen, null for none.
    at(point) {
      const layers = [...this.starts.keys()].map((depth) => `fill${depth}`);
      return this.map.queryRenderedFeatures(point, { layers })[0]?.id ?? null;
    }
  }

  window.cc_map = Object.assign(window.cc_map || {}, { Cells, decode });
})();
