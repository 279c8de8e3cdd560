// Imports point one way: extension, kernel → src; within src only the arrows listed here. No cycles.

/** Each room of src/ with the rooms it may import from. */
const rooms = {
  tensor: [],
  checkpoints: ["text", "hub"],
  text: [],
  hub: [],
  data: ["text", "checkpoints", "hub"],
  objectives: ["runs"],
  models: ["tensor", "checkpoints"],
  engine: ["tensor", "models", "objectives", "data", "checkpoints"],
  methods: ["runs"],
  runs: ["methods", "objectives", "evaluation"],
  evaluation: [],
  theory: ["tensor", "models", "objectives", "evaluation"],
  figures: ["runs", "evaluation"],
  training: [
    "hub",
    "tensor",
    "engine",
    "models",
    "checkpoints",
    "text",
    "data",
    "objectives",
    "methods",
    "runs",
    "evaluation",
    "theory",
  ],
  generation: ["engine", "checkpoints", "text", "data", "runs", "training", "hub"],
  judging: ["generation", "evaluation", "data"],
  saving: ["generation", "checkpoints", "models", "tensor", "text", "runs", "training"],
  executors: ["training", "runs", "engine", "methods", "objectives"],
  sweeps: ["executors", "training", "runs", "methods", "objectives", "evaluation"],
  paper: [
    "checkpoints",
    "data",
    "engine",
    "evaluation",
    "generation",
    "hub",
    "judging",
    "models",
    "runs",
    "training",
  ],
  cli: [
    "hub",
    "training",
    "generation",
    "saving",
    "engine",
    "runs",
    "executors",
    "sweeps",
    "evaluation",
    "methods",
    "figures",
    "data",
    "checkpoints",
  ],
};

const oneWay = Object.entries(rooms).map(([room, allowed]) => ({
  name: `src/${room} imports only from ${allowed.join(", ") || "itself"}`,
  severity: "error",
  from: { path: `^src/${room}/` },
  to: {
    path: "^src/",
    pathNot: [`^src/(${[room, ...allowed].join("|")})/`, "^src/[^/]+\\.ts$"],
    dependencyTypesNot: ["type-only"],
  },
}));

/** Packages that one module alone may load. */
const single = {
  "danfojs-node": "^src/runs/table\\.ts$",
  "@resvg/resvg-js": "^src/figures/static/",
  "onnxruntime-node": "^src/engine/",
  "onnx-buf": "^src/tensor/",
  "@huggingface/tokenizers": "^src/text/",
  "@huggingface/jinja": "^src/text/chat-template\\.ts$",
  "hyparquet(-compressors)?": "^src/data/read-parquet\\.ts$",
  yaml: "^src/hub/",
  pidusage: "^src/training/usage\\.ts$",
  zeromq: "^kernel/protocol/",
  commander: "^src/cli/command\\.ts$",
  "cli-progress": "^src/cli/progress\\.ts$",
};

module.exports = {
  forbidden: [
    {
      name: "no cycles",
      severity: "error",
      // Operators' derivatives are written with operators, so their files refer to one another.
      from: { pathNot: "^src/tensor/operators/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "src stands alone",
      severity: "error",
      from: { path: "^src/" },
      to: { path: "^(kernel|extension|test|bench)/" },
    },
    {
      name: "kernel and extension do not know each other",
      severity: "error",
      from: { path: "^kernel/" },
      to: { path: "^extension/" },
    },
    {
      name: "extension and kernel do not know each other",
      severity: "error",
      from: { path: "^extension/" },
      to: { path: "^kernel/" },
    },
    ...oneWay,
    ...Object.entries(single).map(([name, path]) => ({
      name: `${name} has one module`,
      severity: "error",
      from: { pathNot: path },
      to: { path: `node_modules/${name}/` },
    })),
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    exclude: { path: "/(lib|labextension|dist)/" },
  },
};
