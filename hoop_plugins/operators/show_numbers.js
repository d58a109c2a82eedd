// What the App writes on a player's box is a setting of each browser, which Python cannot reach.
// So this one operator is JavaScript: it runs whenever a dataset is opened.
(function () {
  const { Operator, OperatorConfig, executeOperator, registerOperator } = window.__foo__;
  const { shownLabelAttributes } = window.__fos__;
  const PLUGIN = "@hoop/hoop_plugins";
  const DEFAULT = ["label"];

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

  registerOperator(ShowNumbers, PLUGIN);
  // The first dataset may be open before the App has loaded this script.
  executeOperator(`${PLUGIN}/show_numbers`);
})();
