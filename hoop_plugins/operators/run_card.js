// How runs stand: a card each in the corner, which leaves the App free, stops the run, and says at
// its end what was found and what to do next. Folded, it is a line that says how far it is.
(function () {
  const { Operator, OperatorConfig, executeOperator, registerOperator, usePromptOperatorInput } =
    window.__foo__;
  const { datasetName } = window.__fos__;
  const { useRecoilCallback } = window.recoil;
  const PLUGIN = "@hoop/hoop_plugins";
  const LOOK = `
    #hoop-runs { position: fixed; right: 16px; bottom: 16px; z-index: 2000;
      width: 360px; max-width: calc(100vw - 32px);
      display: flex; flex-direction: column; gap: 8px; font: 14px Palanquin, sans-serif; }
    #hoop-runs details { padding: 12px 16px; border-radius: 4px; max-height: 60vh; overflow: auto;
      overflow-wrap: anywhere; color: var(--fo-palette-text-primary); background: var(--fo-palette-background-level2);
      border: 1px solid var(--fo-palette-divider); box-shadow: 0 4px 16px rgba(0, 0, 0, 0.4); }
    #hoop-runs summary { cursor: pointer; font-weight: bold; }
    #hoop-runs summary span { font-weight: normal; color: var(--fo-palette-text-secondary); }
    #hoop-runs p { margin: 6px 0 0; color: var(--fo-palette-text-secondary); }
    #hoop-runs p b { color: var(--fo-palette-text-primary); }
    #hoop-runs progress { display: block; width: 100%; height: 6px; margin-top: 8px;
      accent-color: var(--fo-palette-primary-main); }
    #hoop-runs footer { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 10px; }
    #hoop-runs button { font: inherit; padding: 2px 10px; border-radius: 3px; cursor: pointer;
      color: inherit; background: var(--fo-palette-background-level1);
      border: 1px solid var(--fo-palette-divider); }
    #hoop-runs button:disabled { opacity: 0.5; cursor: default; }
  `;

  const element = (name, about = {}, ...children) => {
    const made = Object.assign(document.createElement(name), about);
    made.append(...children);
    return made;
  };

  const corner = () => {
    const found = document.getElementById("hoop-runs");
    if (found) return found;
    document.head.append(element("style", { textContent: LOOK }));
    document.body.append(element("div", { id: "hoop-runs" }));
    return document.getElementById("hoop-runs");
  };

  const bar = (label, value) =>
    element("progress", { max: 1, value, title: label, ariaLabel: label });

  const line = (text) => {
    const [, head, rest] = /^(.*?: )?(.*)$/s.exec(text);
    return element("p", {}, ...(head ? [element("b", { textContent: head })] : []), rest);
  };

  class Card {
    constructor({ run, title }) {
      this.stop = element("button", { textContent: "Stop" });
      this.stop.onclick = () => {
        this.stop.disabled = true;
        this.stop.textContent = "Stopping …";
        executeOperator(`${PLUGIN}/stop_run`, { run });
      };
      this.body = element("div");
      this.foot = element("footer", {}, this.stop);
      this.far = element("span");
      const head = element("summary", {}, title.replace("Hoop: ", ""), this.far);
      this.card = element("details", { role: "status", open: true }, head, this.body, this.foot);
      this.card.dataset.cy = "hoop-run";
      corner().append(this.card);
    }

    progress({ fraction, text, whole }) {
      const shown = [line(text), bar("this step", fraction)];
      this.far.textContent = ` ${Math.floor(100 * (whole ?? fraction))}%`;
      if (whole !== null) shown.push(line(`all: ${Math.floor(100 * whole)}%`), bar("all", whole));
      this.body.replaceChildren(...shown);
    }

    end({ lines, actions, dataset }, act) {
      if (!lines.length && !actions.length) return this.card.remove();
      const close = element("button", { textContent: "Close" });
      close.onclick = () => this.card.remove();
      const buttons = actions.map((action) => {
        const made = element("button", { textContent: action.label });
        made.onclick = () => act(action, dataset);
        return made;
      });
      this.far.textContent = " done";
      this.body.replaceChildren(...lines.map(line));
      this.foot.replaceChildren(...buttons, close);
    }
  }

  const cards = new Map();

  class ShowRun extends Operator {
    get config() {
      return new OperatorConfig({ name: "show_run", label: "Hoop: show a run", unlisted: true });
    }

    useHooks() {
      return {
        prompt: usePromptOperatorInput(),
        opened: useRecoilCallback(({ snapshot }) => () => snapshot.getPromise(datasetName), []),
        // The form would lie over the App until the run is over.
        closeForm: useRecoilCallback(
          ({ snapshot, set }) =>
            async (operator) => {
              for (const atom of snapshot.getNodes_UNSTABLE({ isInitialized: true })) {
                if (atom.key !== "promptingOperator") continue;
                const form = await snapshot.getPromise(atom);
                if (form?.operatorName === operator) set(atom, null);
              }
            },
          [],
        ),
      };
    }

    async execute({ hooks, params }) {
      const { run, operator, over } = params;
      if (!cards.has(run)) {
        if (over && !params.lines.length) return;
        cards.set(run, new Card(params));
        await hooks.closeForm(operator);
      }
      const card = cards.get(run);
      if (!over) return card.progress(params);
      cards.delete(run);
      card.end(params, async (action, dataset) => {
        if (dataset && (await hooks.opened()) !== dataset) {
          return executeOperator("open_dataset", { dataset });
        }
        if (action.prompt) hooks.prompt(action.operator, action.params);
        else executeOperator(action.operator, action.params);
      });
    }
  }

  registerOperator(ShowRun, PLUGIN);
})();
