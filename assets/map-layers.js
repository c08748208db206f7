// Layers of panels on the one map: cells by pattern, points by shape, heat; see kit-layer.js.
(() => {
  const TONES = ["red", "yellow", "blue", "good", "plain", "quiet"];
  const NAMED = 300; // points of a layer whose names are written
  const RANK = { fill: 0, heat: 1, points: 2 };
  const TILE = 14; // pixels of a pattern's side on a screen of the usual sharpness

  const kindOf = (id) => id.split("/")[2];

  class Layers {
    constructor(map, ground, host) {
      Object.assign(this, { map, ground, host });
      this.drawn = new Map(); // the value of each layer that the map has, by the part's id
      this.ours = new Set(); // ids of the map's own layers
      const look = getComputedStyle(host);
      const token = (name) => look.getPropertyValue(`--${name}`).trim();
      this.size = parseFloat(look.fontSize) || 16;
      this.colours = { red: token("red"), yellow: token("yellow"), blue: token("series"), good: token("good"),
        plain: token("text"), quiet: token("quiet"), halo: token("map-halo") };
    }

    // What the map shows of `given` ([[id, {value}]]): only what changed is told to it.
    draw(given) {
      const wanted = new Map(given.map(([id, layer]) => [id, layer.value]));
      for (const id of [...this.drawn.keys()]) if (!wanted.get(id)) this.remove(id);
      for (const [id, value] of wanted) {
        if (!value || this.drawn.get(id) === value) continue;
        this.drawn.set(id, value);
        this.fill(id, value.fill || {});
        this.heat(id, value.heat || []);
        this.points(id, value.points || []);
      }
    }

    // The names of points, as labels of the map.
    labels() {
      const found = [];
      for (const [id, value] of this.drawn) {
        const named = (value.points || []).filter((point) => point.label);
        named.slice(0, NAMED).forEach((point, i) => found.push({
          code: `${id}/${i}`, name: point.label, lng: point.lng, lat: point.lat, value: point.value ?? null,
          tone: point.tone, below: this.size * 0.6,
        }));
      }
      return found;
    }

    installed() {
      return [...this.ours].every((id) => this.map.getLayer(id));
    }

    clear() {
      for (const id of [...this.drawn.keys()]) this.remove(id);
    }

    remove(id) {
      for (const layer of [...this.ours]) if (layer.startsWith(`of/${id}/`)) this.drop(layer);
      for (const kind of ["heat", "points"]) if (this.map.getSource(`of/${id}/${kind}`)) this.map.removeSource(`of/${id}/${kind}`);
      this.drawn.delete(id);
    }

    drop(layer) {
      if (this.map.getLayer(layer)) this.map.removeLayer(layer);
      this.ours.delete(layer);
    }

    add(spec) {
      const rank = RANK[kindOf(spec.id)];
      const above = [...this.ours].find((id) => RANK[kindOf(id)] > rank && this.map.getLayer(id));
      this.map.addLayer(spec, above);
      this.ours.add(spec.id);
    }

    // A cell's tone is a pattern over its colour: what is drawn under it stays to be seen.
    fill(id, tones) {
      const wanted = new Map();
      for (const [tone, places] of Object.entries(tones)) {
        for (const place of new Set(places)) {
          const depth = this.ground.depths.charCodeAt(place - this.ground.first) - 48;
          if (!this.map.getSource(`d${depth}`)) continue; // outside what this map shows
          const layer = `of/${id}/fill/${depth}/${tone}`;
          if (!wanted.has(layer)) wanted.set(layer, { depth, tone, places: [] });
          wanted.get(layer).places.push(place);
        }
      }
      for (const layer of [...this.ours]) {
        if (layer.startsWith(`of/${id}/fill/`) && !wanted.has(layer)) this.drop(layer);
      }
      for (const [layer, { depth, tone, places }] of wanted) {
        const filter = ["match", ["id"], places, true, false];
        if (this.map.getLayer(layer)) this.map.setFilter(layer, filter);
        else {
          this.add({ id: layer, type: "fill", source: `d${depth}`, "source-layer": `d${depth}`, filter,
            paint: { "fill-pattern": this.image("pattern", tone) } });
        }
      }
    }

    source(id, features) {
      const data = { type: "FeatureCollection", features };
      const known = this.map.getSource(id);
      if (known) known.setData(data);
      else this.map.addSource(id, { type: "geojson", data });
      return !known;
    }

    points(id, points) {
      const source = `of/${id}/points`;
      if (!points.length && !this.map.getSource(source)) return;
      const icons = Object.fromEntries(TONES.map((tone) => [tone, this.image("point", tone)]));
      const rank = (tone) => TONES.length - TONES.indexOf(tone);
      const fresh = this.source(source, points.map(({ lng, lat, tone = "plain" }) => ({
        type: "Feature", geometry: { type: "Point", coordinates: [lng, lat] },
        properties: { icon: icons[tone], rank: rank(tone) },
      })));
      if (!fresh && this.map.getLayer(source)) return;
      this.add({ id: source, type: "symbol", source, layout: { "icon-image": ["get", "icon"],
        "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "rank"] } });
    }

    heat(id, places) {
      const source = `of/${id}/heat`;
      if (!places.length && !this.map.getSource(source)) return;
      const most = places.reduce((found, [, , weight]) => Math.max(found, weight), 0) || 1;
      const fresh = this.source(source, places.map(([lng, lat, weight]) => ({
        type: "Feature", geometry: { type: "Point", coordinates: [lng, lat] }, properties: { weight: weight / most },
      })));
      if (!fresh && this.map.getLayer(source)) return;
      const { blue, plain } = this.colours;
      const none = /^#[0-9a-f]{6}$/i.test(blue) ? `${blue}00` : "rgba(0,0,0,0)";
      this.add({ id: source, type: "heatmap", source, paint: {
        "heatmap-weight": ["get", "weight"], "heatmap-radius": this.size * 1.6, "heatmap-intensity": 0.6, "heatmap-opacity": 0.75,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, none, 0.5, blue, 1, plain],
      } });
    }

    // The name of an image of a tone, drawn when it is first needed: no sprite is fetched.
    image(kind, tone) {
      const name = `of/${kind}/${tone}`;
      if (!this.map.hasImage(name)) {
        const ratio = Math.max(1, window.devicePixelRatio || 1);
        const side = Math.round((kind === "point" ? this.size * 1.1 : Math.max(TILE, this.size * 0.9)) * ratio);
        this.map.addImage(name, this.paint(kind, tone, side), { pixelRatio: ratio });
      }
      return name;
    }

    paint(kind, tone, side) {
      const canvas = Object.assign(document.createElement("canvas"), { width: side, height: side });
      const pen = canvas.getContext("2d");
      const colour = this.colours[tone];
      const path = window.cc.paths[tone];
      if (kind === "pattern") {
        pen.globalAlpha = 0.38;
        pen.fillStyle = colour;
        pen.fillRect(0, 0, side, side);
        pen.globalAlpha = 1;
      }
      const share = kind === "point" ? 0.84 : 0.46;
      pen.translate(side * (1 - share) / 2, side * (1 - share) / 2);
      pen.scale(side * share / 16, side * share / 16);
      const shape = new Path2D(path || "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12Z");
      if (kind === "point") {
        pen.lineWidth = 3.2;
        pen.lineJoin = "round";
        pen.strokeStyle = this.colours.halo;
        pen.stroke(shape);
      }
      pen.fillStyle = pen.strokeStyle = colour;
      if (path) pen.fill(shape);
      else {
        pen.lineWidth = 3;
        pen.stroke(shape);
      }
      return pen.getImageData(0, 0, side, side);
    }
  }

  window.cc_map = Object.assign(window.cc_map || {}, { Layers });
})();
