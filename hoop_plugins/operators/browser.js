// What Python cannot reach, since it belongs to each browser: the attributes that are written on the
// players' boxes, and the frames of an open video that it has loaded already.
(function () {
  const { Operator, OperatorConfig, executeOperator, registerOperator } = window.__foo__;
  const { datasetName, nullableModalSampleId, refresher, shownLabelAttributes, view } =
    window.__fos__;
  const { useRefresh, useRefreshSample } = window.__fos__;
  const { getFetchFunction } = window.__fou__;
  const { useRecoilCallback } = window.recoil;
  const PLUGIN = "@hoop/hoop_plugins";
  const DEFAULT = ["label"];
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
      const attributes = shownLabelAttributes(params?.path ?? "frames.players");
      const chosen = await state.snapshot.getPromise(attributes);
      if (String(chosen) === String(DEFAULT)) {
        state.set(attributes, ["team", "number", "name"]);
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

  registerOperator(ShowNumbers, PLUGIN);
  registerOperator(ShowChanges, PLUGIN);
  // The first dataset may be open before the App has loaded this script.
  executeOperator(`${PLUGIN}/show_numbers`);
})();
