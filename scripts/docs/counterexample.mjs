// Theorem 3.3 as a picture: what is left of the mixed gap after T steps, one objective after the other and both by turns.

/** As an SVG document: the gap G_Mix,0.5 after T steps of each stage, Sequential beside ALRIGHT, α = 1/√T. */
export async function counterexampleFigure(name) {
  const [{ theory, Random }, { themes }, { axis, baseLayout }, { drawSvg }] = await Promise.all([
    import("../../dist/src/index.js"),
    import("../../dist/src/figures/theme.js"),
    import("../../dist/src/figures/axes.js"),
    import("../../dist/src/figures/static/svg.js"),
  ]);
  const theme = themes[name];
  const lambda = 0.5;
  const example = theory.counterexample();
  const steps = [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120];
  const random = new Random(1);
  const alternating = steps.map(
    (count) =>
      theory.alternatingGap(example, {
        lambda,
        steps: 2 * count,
        alpha0: 2,
        runs: 200,
        random: () => random.next(),
      }).mean,
  );
  const sequential = steps.map((count) =>
    example.gap(theory.sequentialPath(count, 1 / Math.sqrt(2 * count)).end, lambda),
  );
  const line = (label, y, color) => ({
    type: "scatter",
    mode: "lines",
    name: label,
    x: steps.map(Math.log10),
    y,
    line: { color, width: 2, dash: "solid" },
  });
  const base = baseLayout(theme, { legend: "below", narrow: false });
  const top = 1.1 * Math.max(...sequential, ...alternating);
  const figure = {
    traces: [line("Sequential", sequential, "#d55e00"), line("ALRIGHT", alternating, "#0072b2")],
    layout: {
      ...base,
      xaxis: axis("steps of each objective (logarithm to base 10)", theme, { range: [1, Math.log10(5120)] }),
      yaxis: axis("optimality gap of the mixed loss, λ = 0.5", theme, { range: [0, top] }),
    },
  };
  return drawSvg(
    figure,
    { width: 760, height: 380 },
    "The gap of Sequential does not fall with the number of steps; that of ALRIGHT does.",
  );
}
