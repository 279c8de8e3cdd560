import { pause, resume, steer, stop } from "./controls.ts";
import { data } from "./data.ts";
import { evaluate } from "./evaluate.ts";
import { generate } from "./generate.ts";
import { help } from "./help.ts";
import { load } from "./load.ts";
import { lora } from "./lora.ts";
import type { Magic } from "./magic.ts";
import { model } from "./model.ts";
import { npm } from "./npm.ts";
import { plot } from "./plot.ts";
import { runs } from "./runs.ts";
import { save } from "./save.ts";
import { scale } from "./scale.ts";
import { set } from "./set.ts";
import { shell } from "./shell.ts";
import { sweep } from "./sweep.ts";
import { time } from "./time.ts";
import { run, trainingMagics } from "./training.ts";
import { typecheck } from "./typecheck.ts";

/** Every magic: what is parsed, run, completed, inspected, validated and documented. */
export const magics: ReadonlyMap<string, Magic> = new Map(
  [
    model,
    data,
    lora,
    scale,
    set,
    ...trainingMagics,
    run,
    sweep,
    runs,
    plot,
    pause,
    resume,
    stop,
    steer,
    evaluate,
    generate,
    save,
    load,
    time,
    typecheck,
    npm,
    shell,
    help,
  ].map((magic) => [magic.name, magic]),
);

export function findMagic(name: string): Magic | null {
  return magics.get(name) ?? null;
}
