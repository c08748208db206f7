// Names and numbers over the map, as plain elements: no glyphs to fetch, and text as sharp as any.
(() => {
  const RANK = { red: 3, yellow: 2, blue: 1 };
  const GAP = 2; // pixels between labels

  class Labels {
    constructor(layer) {
      this.layer = layer;
      this.known = new Map();
    }

    set(labels) {
      const seen = new Set();
      for (const label of labels || []) {
        seen.add(label.code);
        this.write(this.known.get(label.code) || this.make(label.code), label);
      }
      for (const [code, entry] of this.known) {
        if (!seen.has(code)) {
          entry.node.remove();
          this.known.delete(code);
        }
      }
      this.order = [...this.known.values()].sort(
        (a, b) => (RANK[b.label.tone] || 0) - (RANK[a.label.tone] || 0)
          || (b.label.value ?? -1) - (a.label.value ?? -1),
      );
    }

    make(code) {
      const node = document.createElement("div");
      const name = node.appendChild(document.createElement("div"));
      const value = node.appendChild(document.createElement("div"));
      node.className = "cc-map-label";
      name.className = "cc-map-name";
      value.className = "cc-map-value";
      const entry = { node, name, value, text: null, width: 0, height: 0 };
      this.layer.appendChild(node);
      this.known.set(code, entry);
      return entry;
    }

    write(entry, label) {
      entry.label = label;
      const value = label.value == null ? "" : window.cc.number(label.value);
      const text = `${label.name}|${value}|${label.tone || ""}`;
      if (entry.text === text) return;
      entry.text = text;
      entry.name.textContent = label.name;
      entry.value.textContent = value;
      // What has a shape of its own under it needs none beside its number.
      entry.node.dataset.tone = label.below ? "plain" : label.tone || "plain";
      entry.width = 0;
    }

    // Put every label at its place; of two that meet, the more urgent one stays.
    place(map) {
      const { clientWidth: width, clientHeight: height } = this.layer;
      if (!width) return;
      for (const entry of this.order || []) {
        if (!entry.width) {
          entry.width = entry.node.offsetWidth;
          entry.height = entry.node.offsetHeight;
        }
      }
      const taken = [];
      for (const entry of this.order || []) {
        const point = map.project([entry.label.lng, entry.label.lat]);
        const left = Math.round(point.x - entry.width / 2);
        const { below } = entry.label;
        const top = Math.round(below ? point.y + below : point.y - entry.height / 2);
        const box = [left - GAP, top - GAP, left + entry.width + GAP, top + entry.height + GAP];
        const inside = box[2] > 0 && box[3] > 0 && box[0] < width && box[1] < height;
        const free = !taken.some((o) => box[0] < o[2] && box[2] > o[0] && box[1] < o[3] && box[3] > o[1]);
        const shown = inside && free;
        if (shown) taken.push(box);
        entry.node.style.transform = `translate(${left}px, ${top}px)`;
        entry.node.style.visibility = shown ? "inherit" : "hidden";
      }
    }
  }

  window.cc_map = Object.assign(window.cc_map || {}, { Labels });
})();
