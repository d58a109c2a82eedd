// The review queue: a track at a time, answered by one key. The next one, whose pictures are there
// already, shows at once; the answer is stored behind it, one after the other.
(function () {
  const { executeOperator } = window.__foo__;
  const { PluginComponentType, registerComponent } = window.__fop__;
  const { createElement: h, useEffect, useReducer, useRef } = window.React;
  const PLUGIN = "@hoop/hoop_plugins";
  const AHEAD = 5; // tracks whose pictures are loaded before they are needed
  const KEPT = 60; // tracks whose pictures are kept

  const KNOWN = /^(\d|enter|backspace|escape|arrowright|[nrstu])$/;

  const keyOf = (item) => `${item.sample_id}:${item.index}`;
  const pictured = (item) => keyOf(item) + item.stills.map((still) => still.frame).join();
  const compare = (one, other) => {
    for (let i = 0; i < one.rank.length; i++) {
      if (one.rank[i] !== other.rank[i]) return one.rank[i] - other.rank[i];
    }
    return 0;
  };

  class Queue {
    constructor(panelId, changed) {
      Object.assign(this, { panelId, changed, clips: new Map(), pictures: new Map() });
      Object.assign(this, { sent: new Set(), later: [], history: [], tail: Promise.resolve() });
      Object.assign(this, { current: null, typed: "", mode: "", told: "", refused: "" });
      Object.assign(this, { loading: false, drawing: false, stale: false, stamp: null });
    }

    call(method, params = {}) {
      const given = { ...params, panel_id: this.panelId, panel_state: { stamp: this.stamp } };
      return new Promise((done) => {
        const callback = (found) =>
          done(found.error ? { error: String(found.errorMessage ?? found.error) } : found.result);
        executeOperator(`${PLUGIN}/review_queue#${method}`, given, { callback });
      });
    }

    async load(stamp) {
      this.stamp = stamp;
      Object.assign(this, { loading: true, refused: "", told: "" });
      const { ids = [], error } = await this.call("clips");
      if (stamp !== this.stamp) return;
      const missing = new Set(ids);
      this.clips = new Map([...this.clips].filter(([id]) => missing.has(id)));
      this.refused = error ?? "";
      while (missing.size && !this.refused) {
        const found = await this.call("look", { ids: [...missing] });
        if (stamp !== this.stamp) return;
        Object.keys(found.clips ?? {}).forEach((id) => missing.delete(id));
        this.loading = missing.size > 0;
        this.take(found);
      }
      this.loading = false;
      this.update();
    }

    take({ clips = {}, error = "", problems = [] }) {
      Object.entries(clips).forEach(([id, clip]) => this.clips.set(id, clip));
      this.refused = [error, ...problems].filter(Boolean).join("; ");
      this.update();
    }

    get items() {
      const all = [...this.clips.values()].flatMap((clip) => clip.items);
      const waiting = all.filter((item) => !this.sent.has(keyOf(item)));
      const place = (item) => this.later.indexOf(keyOf(item));
      return waiting.sort((a, b) => place(a) - place(b) || compare(a, b));
    }

    get item() {
      return this.items.find((item) => keyOf(item) === this.current);
    }

    get looked() {
      return [...this.clips.values()].reduce((sum, clip) => sum + clip.looked, this.sent.size);
    }

    get ready() {
      return Boolean(this.item && this.pictures.has(pictured(this.item)));
    }

    update() {
      // Who is looked at stays, whatever comes in.
      if (!this.item) this.current = this.items.length ? keyOf(this.items[0]) : null;
      this.changed();
      this.draw();
    }

    async draw() {
      if (this.drawing) return;
      const first = this.item ? [this.item] : [];
      const next = [...first, ...this.items.filter((item) => item !== this.item)].slice(0, AHEAD);
      let missing = next.filter((item) => !this.pictures.has(pictured(item)));
      if (!missing.length) return;
      if (missing[0] === this.item) missing = [this.item];
      this.drawing = true;
      const items = missing.map(({ sample_id, stills }) => ({ sample_id, stills }));
      const { pictures, error } = await this.call("pictures", { items });
      missing.forEach((item, i) => {
        this.pictures.set(pictured(item), pictures?.[i] ?? { crops: [], frame: "", error });
      });
      const old = [...this.pictures.keys()].slice(0, -KEPT);
      old.forEach((key) => this.pictures.delete(key));
      this.drawing = false;
      this.update();
    }

    move() {
      const rest = this.items.filter((item) => keyOf(item) !== this.current);
      this.current = rest.length ? keyOf(rest[0]) : null;
    }

    answer(said) {
      const item = this.item;
      const key = keyOf(item);
      this.move();
      this.sent.add(key);
      this.history.push("");
      this.stale = true;
      this.tail = this.tail.then(async () => {
        const { sample_id, index } = item;
        const found = await this.call("answer", { sample_id, index, said });
        this.sent.delete(key);
        if (found.error) {
          this.current = key;
          this.history.splice(this.history.lastIndexOf(""), 1);
        }
        this.take(found);
      });
    }

    postpone() {
      const key = this.current;
      this.move();
      this.later = [...this.later.filter((other) => other !== key), key];
      this.current ??= key;
      this.history.push(key);
    }

    undo() {
      const key = this.history.pop();
      if (key) {
        this.later = this.later.filter((other) => other !== key);
        this.current = key;
        return;
      }
      this.stale = true;
      this.tail = this.tail.then(async () => {
        const found = await this.call("take_back");
        this.told = found.told ?? "";
        this.take(found);
        const back = this.items.find((item) => keyOf(item) === found.key);
        if (back) this.current = found.key;
        this.update();
      });
    }

    // What a key says of the track that is shown, as hoop_plugins.correct takes it.
    said(key) {
      const { item, mode, typed } = this;
      const number = typed ? { number: typed } : {};
      if (mode === "team" && item.teams[key - 1]) return { team: item.teams[key - 1], ...number };
      if (key === "t" && item.teams.length === 1) return { team: item.teams[0], ...number };
      if (key === "enter" && mode === "same") return typed && { same_as: Number(typed) };
      if (key === "enter" && !mode) return typed ? number : { confirm: true };
      if (key === "n") return { not_a_person: true };
      return key === "r" && { role: "referee" };
    }

    type(typed = "", mode = "") {
      Object.assign(this, { typed, mode });
    }

    // Whether a key means something here.
    press(name) {
      const key = name.toLowerCase();
      const { item, mode, typed } = this;
      if (!KNOWN.test(key) || (!item && key !== "u")) return false;
      if (key === "escape" && !typed && !mode) return false;
      this.told = this.refused = "";
      const said = item && this.said(key);
      if (said) {
        if (!this.ready) return true; // nobody answers for what they have not seen
        this.answer(said);
        this.type();
      } else if (/\d/.test(key)) this.type(typed.length < (mode ? 6 : 2) ? typed + key : typed, mode);
      else if (key === "backspace") this.type(typed.slice(0, -1), mode);
      else if (key === "s") this.type("", "same");
      else if (key === "t" && item.teams.length) this.type(typed, "team");
      else if (key === "t") this.refused = "no other team is known here";
      else if (key !== "enter") {
        if (key === "u") this.undo();
        if (key === "arrowright") this.postpone();
        this.type();
      }
      return true;
    }
  }

  const KEYS = [
    ["Enter", "right as it shows"],
    ["0–9 Enter", "the number"],
    ["T", "other team"],
    ["N", "not a person"],
    ["R", "referee"],
    ["S", "same as …"],
    ["→", "later"],
    ["U", "undo"],
  ];
  const PRESSED = { "→": "ArrowRight", "0–9 Enter": "" };
  const FAINT = { color: "var(--fo-palette-text-secondary)" };
  const ROW = { display: "flex", flexWrap: "wrap", gap: 8 };
  const CARD = { background: "var(--fo-palette-background-level2)", borderRadius: 4 };
  const GROUND = "var(--fo-palette-background-mediaSpace)";
  const FITTED = { maxWidth: "100%", objectFit: "contain", borderRadius: 4 };
  const WARN = { color: "var(--fo-palette-warning-main, #d98a00)" };

  function Fact({ name, value }) {
    return value && h("div", null, h("span", { style: FAINT }, `${name} `), h("b", null, value));
  }

  function Legend({ queue }) {
    const button = ([key, meaning]) =>
      h(
        "span",
        {
          key,
          role: "button",
          style: { ...CARD, padding: "2px 8px", cursor: "pointer", whiteSpace: "nowrap" },
          onClick: () => queue.press(PRESSED[key] ?? key) && queue.update(),
        },
        h("b", null, key),
        ` ${meaning}`,
      );
    return h("div", { style: { ...ROW, gap: 4 } }, KEYS.map(button));
  }

  function Asked({ queue, item }) {
    const { mode, typed } = queue;
    const shown = { ...CARD, padding: "4px 12px", fontSize: 20 };
    if (mode === "team") {
      const teams = item.teams.map((team, i) => `${i + 1} ${team}`).join(" · ");
      return h("div", { style: shown }, `Which team? ${teams}`);
    }
    if (mode === "same") {
      const others = item.others.map(([index, title]) => h("div", { key: index }, `${index}: ${title}`));
      return h("div", { style: shown }, `Same person as track ${typed}_`, h("small", null, others));
    }
    return typed && h("div", { style: shown, "data-hoop": "typed" }, `Number ${typed}`);
  }

  function Track({ queue, item }) {
    const pictures = queue.pictures.get(pictured(item));
    const crop = (still, i) =>
      h(
        "figure",
        { key: i, style: { margin: 0, maxWidth: "100%" } },
        pictures?.crops[i]
          ? h("img", { src: pictures.crops[i], style: { height: 200, ...FITTED } })
          : h("div", { style: { ...CARD, height: 200, width: 100 } }),
        h("figcaption", { style: { ...FAINT, fontSize: 12 } }, still.caption || `frame ${still.frame}`),
      );
    return h(
      "div",
      { style: { display: "flex", flexDirection: "column", gap: 8 } },
      h("div", { style: { fontSize: 18 } }, h("b", null, item.title), ` · track ${item.index} of ${item.clip}`),
      item.reasons.map((reason) => h("div", { key: reason, style: WARN }, reason)),
      h("div", { style: ROW }, item.stills.map(crop)),
      h(
        "div",
        { style: { ...ROW, alignItems: "flex-start" } },
        pictures?.frame &&
          h("img", { src: pictures.frame, style: { width: 320, ...FITTED } }),
        h(
          "div",
          null,
          h(Fact, { name: "Shows", value: item.title }),
          h(Fact, { name: "Read", value: item.read || "nothing" }),
          h(Fact, { name: "Expected", value: item.expected }),
          h(Fact, { name: "Seen in", value: `${item.seen} frames` }),
          pictures && h(Fact, { name: "Framed in", value: `frame ${pictures.at}` }),
          pictures?.error && h("div", { style: WARN }, pictures.error),
        ),
      ),
    );
  }

  function HoopReviewQueue({ schema }) {
    const [, changed] = useReducer((count) => count + 1, 0);
    const [panelId] = window.__fosp__.usePanelId ? [window.__fosp__.usePanelId()] : [""];
    const root = useRef(null);
    const kept = useRef(null);
    const queue = (kept.current ??= new Queue(panelId, changed));
    const { stamp } = schema.view;
    useEffect(() => void queue.load(stamp), [stamp]);
    useEffect(() => root.current.focus({ preventScroll: true }), []);
    const { item } = queue;
    const total = queue.looked + queue.items.length;

    function onKeyDown(event) {
      const typing = event.target.closest("input, textarea, select, [contenteditable=true]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      // A key that is held down answers once.
      if (event.repeat || queue.press(event.key)) {
        event.preventDefault();
        event.stopPropagation();
      }
      if (!event.repeat) queue.update();
    }

    function onBlur(event) {
      if (event.currentTarget.contains(event.relatedTarget) || !queue.stale) return;
      queue.stale = false;
      queue.tail.then(() => executeOperator(`${PLUGIN}/show_changes`));
    }

    const waiting = queue.sent.size ? ` · ${queue.sent.size} not stored yet` : "";
    const done = queue.loading ? "Looking …" : "Nothing is left to look at.";
    return h(
      "div",
      {
        ref: root,
        tabIndex: 0,
        onKeyDown,
        onBlur,
        "data-hoop": "review",
        "data-track": item ? keyOf(item) : "",
        "data-ready": String(queue.ready),
        "data-waiting": String(queue.sent.size),
        style: {
          color: "var(--fo-palette-text-primary)",
          ...{ height: "100%", overflow: "auto", padding: 12, fontSize: 14 },
          ...{ display: "flex", flexDirection: "column", gap: 8, overflowWrap: "anywhere" },
        },
      },
      h("div", { "data-hoop": "progress", style: FAINT }, `${queue.looked} of ${total} looked at${waiting}`),
      h("progress", { value: queue.looked, max: total || 1, style: { width: "100%" } }),
      item ? h(Track, { queue, item }) : h("div", null, queue.refused || done),
      h(Legend, { queue }),
      // In sight wherever people have scrolled to.
      h(
        "div",
        { style: { position: "sticky", bottom: -12, background: GROUND } },
        item && h(Asked, { queue, item }),
        item && queue.refused && h("div", { "data-hoop": "refused", style: WARN }, queue.refused),
        queue.told && h("div", { style: FAINT }, queue.told),
      ),
    );
  }

  registerComponent({
    name: "HoopReviewQueue",
    label: "Review queue",
    component: HoopReviewQueue,
    type: PluginComponentType.Component,
  });
})();
