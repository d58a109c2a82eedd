// FiftyOne loads one script a plugin: this one loads the others.
for (const other of ["panels/legend.js", "panels/review_queue.js", "operators/run_card.js"]) {
  const script = document.createElement("script");
  script.src = document.currentScript.src.replace("operators/browser.js", other);
  document.head.append(script);
}

// What Python cannot reach, since it belongs to each browser: the colors and fields that are drawn,
// the attributes that are written on boxes and in tooltips, and the frames of an open video that it
// has loaded already.
(function () {
  const { Operator, OperatorConfig, executeOperator, registerOperator } = window.__foo__;
  const { activeFields, colorScheme, config, datasetColorScheme, datasetName } = window.__fos__;
  const { ensureColorScheme, modalLooker, nullableModalSampleId, refresher } = window.__fos__;
  const { shownLabelAttributes, view, viewName } = window.__fos__;
  const { fieldSchema, State, useRefresh, useRefreshSample } = window.__fos__;
  const { getFetchFunction } = window.__fou__;
  const { useRecoilCallback } = window.recoil;
  const PLUGIN = "@hoop/hoop_plugins";
  const DEFAULT = ["label"];
  const PERSON = ["team", "number", "name", "error"];
  const NUMBER = ["text", "error"];
  const OUR_ARRAYS = ["kit", "appearance", "probabilities"];
  const INTERNAL = ["embedded", "keyframe", "predicted_index", "shape"];
  const ARRAY = /[.](Vector|Array)Field$/;
  const PATIENCE = 100;
  const LONG = 600;
  const pause = () => new Promise((done) => setTimeout(done, 100));
  const SAMPLE = `query hoop($dataset: String!, $view: BSONArray!, $filter: SampleFilter!) {
    sample(dataset: $dataset, view: $view, filter: $filter) { ... on VideoSample { sample } }
  }`;

  const useGet = () => useRecoilCallback(({ snapshot }) => (atom) => snapshot.getPromise(atom), []);

  // The dataset's colors: of those that were saved while it was open, the App knows nothing, even
  // when the page is loaded again. Others that people have chosen meanwhile stay.
  const showColors = async (get, set) => {
    const saved = await get(datasetColorScheme);
    const chosen = await get(colorScheme);
    const { colorBy } = ensureColorScheme(null, await get(config));
    const known = new Set(saved?.fields?.map((field) => JSON.stringify(field)));
    const ours = (chosen.fields ?? []).every((field) => known.has(JSON.stringify(field)));
    if (!known.size || !ours || ![colorBy, saved.colorBy].includes(chosen.colorBy)) return;
    set(colorScheme, { ...chosen, colorBy: saved.colorBy, fields: saved.fields });
  };

  // The label fields of a dataset that we wrote to: of each its paths, whether it holds boxes, and
  // the attributes that its labels are known to have.
  const labelFields = async (get) => {
    const fields = await get(fieldSchema({ space: State.SPACE.SAMPLE }));
    const frames = await get(fieldSchema({ space: State.SPACE.FRAME }));
    if (!fields.recognition) return [];
    return [...Object.entries(fields), ...Object.entries(frames)]
      .filter(([, field]) => field.embeddedDocType?.startsWith("fiftyone.core.labels."))
      .map(([name, field]) => ({
        // In views of patches, frame fields have names without "frames.".
        paths: name in fields ? [name] : [`frames.${name}`, name],
        boxes: /[.]Detections?$/.test(field.embeddedDocType),
        known: field.fields?.detections?.fields ?? field.fields ?? {},
      }));
  };

  // Tooltips leave out what a browser remembers that people hid there: at first, what says nothing.
  // Of fields with arrays of ours that is all bookkeeping, of any other what nobody else writes, and
  // arrays, which the App shows as base64.
  const hideInternals = async (get) => {
    const dataset = await get(datasetName);
    for (const { paths, known } of dataset ? await labelFields(get) : []) {
      const arrays = Object.keys(known).filter((each) => ARRAY.test(known[each].ftype));
      const ours = arrays.some((each) => OUR_ARRAYS.includes(each));
      const unknown = OUR_ARRAYS.filter((each) => !known[each]);
      const hidden = new Set([...(ours ? INTERNAL : []), ...unknown, ...arrays, "made_by"]);
      for (const path of paths) {
        const key = `fo-hiddenLabels-${dataset}-${path}`;
        if (localStorage.getItem(key) === null) localStorage.setItem(key, [...hidden].join());
      }
    }
  };

  class ShowNumbers extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_numbers",
        label: "Hoop: show teams and numbers on the players",
        onDatasetOpen: true,
        unlisted: true,
      });
    }

    useHooks() {
      return { get: useGet() };
    }

    async execute({ hooks, state, params }) {
      await showColors(hooks.get, state.set);
      const written = {};
      // Boxes of any name that say who somebody is, as the ground truth's, or what was read.
      for (const { paths, boxes, known } of await labelFields(hooks.get)) {
        const said = known.text ? NUMBER : known.team || known.number ? PERSON : [];
        if (boxes && said.length) paths.forEach((path) => (written[path] = [...DEFAULT, ...said]));
      }
      for (const path of [params?.path ?? "frames.players", "players"]) written[path] = PERSON;
      for (const path of ["frames.numbers", "numbers"]) written[path] = NUMBER;
      for (const [path, wanted] of Object.entries(written)) {
        const attributes = shownLabelAttributes(path);
        const chosen = await state.snapshot.getPromise(attributes);
        if (String(chosen) === String(DEFAULT)) state.set(attributes, wanted);
      }
      await hideInternals(hooks.get);
    }
  }

  // FiftyOne's own editor stores changes by the positions that labels had when it was opened.
  const leaveEditor = () => {
    const editor = document.querySelector("[data-cy=video-annotation-top-bar]");
    if (editor) document.querySelector("[data-cy=explore]")?.click();
    return Boolean(editor);
  };

  // Told that labels were written since, it would send the same positions again: onto whoever is
  // there now. So it is left, nothing is stored, and the labels are loaded again.
  const STALE =
    "A run writes these labels, or has since the editor was opened: your last change was not " +
    "stored, those before it were. Once it is through, open the editor again and repeat it.";
  const send = window.fetch;
  window.fetch = async (...request) => {
    const answer = await send.apply(window, request);
    const method = request[1]?.method ?? request[0]?.method;
    if (answer.status !== 412 || method !== "PATCH") return answer;
    const sample = await answer.clone().json().catch(() => null);
    if (!sample?.recognition || !leaveEditor()) return answer;
    executeOperator("notify", { message: STALE, variant: "warning" });
    executeOperator(`${PLUGIN}/show_changes`);
    return new Response("{}", { status: 409 });
  };

  class LeaveEditor extends Operator {
    get config() {
      return new OperatorConfig({
        name: "leave_editor",
        label: "Hoop: leave the editor of an open video",
        unlisted: true,
      });
    }

    async execute() {
      leaveEditor();
    }
  }

  class ShowChanges extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_changes",
        label: "Hoop: load the dataset, and the open video's labels, again",
        unlisted: true,
      });
    }

    useHooks() {
      return { get: useGet(), reload: useRefresh(), update: useRefreshSample() };
    }

    async execute({ hooks, params, state }) {
      leaveEditor();
      const [id, dataset, stages] = await Promise.all(
        [nullableModalSampleId, datasetName, view].map((atom) => state.snapshot.getPromise(atom)),
      );
      const [grid, video] = [false, true].map((modal) => activeFields({ modal }));
      const alike = String(await hooks.get(grid)) === String(await hooks.get(video));
      const before = await hooks.get(refresher);
      hooks.reload();
      // The open video is shown anew by the reload, with the labels that were loaded before.
      for (let i = 0; i < LONG && (await hooks.get(refresher)) === before; i++) await pause();
      await showColors(hooks.get, state.set);
      await hideInternals(hooks.get);
      const shown = await this.draw({ hooks, state }, grid, params?.paths);
      if (!id) return;
      // An open video was given the fields of the grid when it was opened.
      if (alike) state.set(video, shown);
      else await this.draw({ hooks, state }, video, params?.paths);
      const variables = { dataset, view: stages, filter: { id } };
      const { data } = await getFetchFunction()("POST", "/graphql", { query: SAMPLE, variables });
      if (data.sample?.sample) hooks.update(data.sample.sample);
    }

    async draw({ hooks, state }, drawn, paths = []) {
      const before = await hooks.get(drawn);
      const missing = paths.filter((path) => !before.includes(path));
      const shown = [...missing, ...before];
      if (missing.length) state.set(drawn, shown);
      return shown;
    }
  }

  // Where in time a chart was pressed last, in seconds: a click on a bar says only where it ends.
  let pressed = 0;
  const listen = ({ target, clientX }) => {
    const chart = target.closest?.(".js-plotly-plot");
    const axis = chart?._fullLayout?.xaxis;
    if (axis) pressed = axis.p2d(clientX - chart.getBoundingClientRect().x - axis._offset);
  };
  document.addEventListener("mousedown", listen, true);

  class Seek extends Operator {
    get config() {
      return new OperatorConfig({
        name: "seek",
        label: "Hoop: show a frame of a video",
        unlisted: true,
      });
    }

    useHooks() {
      return { get: useGet() };
    }

    async execute({ hooks, params: { sample_id: id, frame, first, last, rate } }) {
      frame ??= Math.min(Math.max(Math.floor(pressed * rate) + 1, first), last);
      const explored = () => document.querySelector("[data-cy=modal-looker-container]");
      const open = explored() && (await hooks.get(nullableModalSampleId)) === id;
      if (!open) {
        document.querySelector("[data-cy=panel-tab-fo-sample-modal-plugin]")?.click();
        await executeOperator("open_sample", { id, mode: "explore" });
      }
      // A video that has just been opened is loaded twice, and begins at 1 again.
      const enough = open ? 1 : 10;
      for (let i = 0, kept = 0; i < PATIENCE && kept < enough; i++, await pause()) {
        const looker = explored() && (await hooks.get(modalLooker));
        if (!looker?.seekToFrame || !looker.state.loaded || looker.state.duration === null) continue;
        if ((looker.state.config.sampleId ?? id) !== id) continue;
        if (looker.frameNumber === frame) {
          if (!looker.state.buffering) kept += 1;
          continue;
        }
        kept = 0;
        looker.pause();
        looker.seekToFrame(frame);
      }
    }
  }

  // Saved views know nothing of the fields that are drawn: of one of errors that is chosen in the
  // App's own menu, the field is drawn that it filters, until another view is chosen.
  const ERRORS = "hoop: ";
  let [chosenView, added, slug] = [null, [], null];

  class DrawErrors extends Operator {
    get config() {
      return new OperatorConfig({
        name: "draw_errors",
        label: "Hoop: draw what the chosen view of errors is about",
        unlisted: true,
      });
    }

    useHooks() {
      return { get: useGet() };
    }

    async execute({ hooks: { get }, state }) {
      const name = async () => (await get(viewName)) ?? null;
      for (let i = 0; i < PATIENCE && (await name()) === chosenView; i++) await pause();
      chosenView = await name();
      const filters = (await get(view)).filter(({ _cls }) => _cls.endsWith(".FilterLabels"));
      const about = filters.map(({ kwargs }) => Object.fromEntries(kwargs).field);
      const drawn = activeFields({ modal: false });
      const before = await get(drawn);
      const kept = before.filter((path) => !added.includes(path) || about.includes(path));
      added = chosenView?.startsWith(ERRORS) ? about.filter((path) => !kept.includes(path)) : [];
      if (added.length || kept.length < before.length) state.set(drawn, [...added, ...kept]);
    }
  }

  window.navigation?.addEventListener("currententrychange", () => {
    const opened = new URLSearchParams(window.location.search).get("view");
    if (opened !== slug) executeOperator(`${PLUGIN}/draw_errors`);
    slug = opened;
  });

  registerOperator(DrawErrors, PLUGIN);
  registerOperator(ShowNumbers, PLUGIN);
  registerOperator(LeaveEditor, PLUGIN);
  registerOperator(Seek, PLUGIN);
  registerOperator(ShowChanges, PLUGIN);
  // The first dataset may be open before the App has loaded this script.
  executeOperator(`${PLUGIN}/show_numbers`);
})();
