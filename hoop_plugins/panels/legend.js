// What the marks of a chart mean: in a narrow panel it takes more lines.
(function () {
  const { PluginComponentType, registerComponent } = window.__fop__;
  const { createElement: h } = window.React;
  const LOOK = {
    ...{ display: "flex", flexWrap: "wrap", gap: "0 12px", padding: "4px 8px", fontSize: 13 },
    color: "var(--fo-palette-text-primary)",
  };

  const mark = ({ glyph, color, name }) =>
    h("span", { key: name }, h("span", { style: { color, fontSize: 16 } }, glyph), ` ${name}`);

  registerComponent({
    name: "HoopLegend",
    label: "Legend",
    component: ({ schema }) =>
      h("div", { "data-hoop": "legend", style: LOOK }, schema.view.marks.map(mark)),
    type: PluginComponentType.Component,
  });
})();
