// FiftyOne loads one script a plugin: this one loads the panel's.
(function () {
  const panel = document.createElement("script");
  panel.src = document.currentScript.src.replace("operators/browser.js", "panels/review_queue.js");
  document.head.append(panel);
})();

// What Python cannot reach, since it belongs to each browser: the attributes that are written on the
// players' boxes, and the frames of an open video that it has loaded already.
(function () {
  const { Operator, OperatorConfig, executeOperator, registerOperator } = window.__foo__;
  const { datasetName, modalLooker, nullableModalSampleId, refresher, shownLabelAttributes, view } =
    window.__fos__;
  const { useRefresh, useRefreshSample } = window.__fos__;
  const { getFetchFunction } = window.__fou__;
  const { useRecoilCallback } = window.recoil;
  const PLUGIN = "@hoop/hoop_plugins";
  const DEFAULT = ["label"];
  const PERSON = ["team", "number", "name", "error"];
  const NUMBER = ["text", "error"];
  const PATIENCE = 100;
  const pause = () => new Promise((done) => setTimeout(done, 100));
  const SAMPLE = `query hoop($dataset: String!, $view: BSONArray!, $filter: SampleFilter!) {
    sample(dataset: $dataset, view: $view, filter: $filter) { ... on VideoSample { sample } }
  }`;

  class ShowNumbers extends Operator {
    get config() {
      return new OperatorConfig({
        name: "show_numbers",
        label: "Hoop: show teams and numbers on the players",
        onDatasetOpen: true,
        unlisted: true,
      });
    }

    async execute({ state, params }) {
      // In views of patches, frame fields have names without "frames.".
      const written = {
        [params?.path ?? "frames.players"]: PERSON,
        players: PERSON,
        "frames.numbers": NUMBER,
        numbers: NUMBER,
      };
      for (const [path, wanted] of Object.entries(written)) {
        const attributes = shownLabelAttributes(path);
        const chosen = await state.snapshot.getPromise(attributes);
        if (String(chosen) === String(DEFAULT)) state.set(attributes, wanted);
      }
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
      return {
        reload: useRefresh(),
        reloads: useRecoilCallback(({ snapshot }) => () => snapshot.getPromise(refresher), []),
        update: useRefreshSample(),
      };
    }

    async execute({ hooks, state }) {
      const [id, dataset, stages] = await Promise.all(
        [nullableModalSampleId, datasetName, view].map((atom) => state.snapshot.getPromise(atom)),
      );
      const before = await hooks.reloads();
      hooks.reload();
      if (!id) return;
      // The open video is shown anew by the reload, with the labels that were loaded before.
      for (let i = 0; i < PATIENCE && (await hooks.reloads()) === before; i++) await pause();
      const variables = { dataset, view: stages, filter: { id } };
      const { data } = await getFetchFunction()("POST", "/graphql", { query: SAMPLE, variables });
      if (data.sample?.sample) hooks.update(data.sample.sample);
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
      const get = ({ snapshot }) => (atom) => snapshot.getPromise(atom);
      return { get: useRecoilCallback(get, []) };
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

  registerOperator(ShowNumbers, PLUGIN);
  registerOperator(Seek, PLUGIN);
  registerOperator(ShowChanges, PLUGIN);
  // The first dataset may be open before the App has loaded this script.
  executeOperator(`${PLUGIN}/show_numbers`);
})();
