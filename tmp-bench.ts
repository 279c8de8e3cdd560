import { loadSft, loadPreferences, tokeniseSft, tokenisePreferences } from "./src/data/index.ts";
import { loadModelTokenizer } from "./src/checkpoints/tokenizer.ts";
const t = await loadModelTokenizer("assets/models/pythia-tiny");
const o = { template: "User: {prompt}\nAssistant: ", maxLength: 1e9, tooLong: "stop" as const };
for (const [l, k, f] of [[loadSft, tokeniseSft, "assets/data/wordnet-sft.jsonl"], [loadSft, tokeniseSft, "/work/shared/data/alpaca_en_demo.json"], [loadPreferences, tokenisePreferences, "/work/shared/data/hh-rlhf-harmless-test.jsonl.gz"]] as any) {
  let a = performance.now();
  const d = await l(f);
  const b = performance.now();
  const { examples } = k(d, t, o);
  const c = performance.now();
  let n = 0; for (const e of examples) { n += e.prompt.length; for (const r of e.responses) n += r.length; }
  console.log(f, d.rows.length, "rows, read", (b - a).toFixed(0), "ms, tokenise", (c - b).toFixed(0), "ms", n, "tokens", (n / (c - b)).toFixed(0), "k/s");
}
