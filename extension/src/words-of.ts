import type { TranslationBundle } from "@jupyterlab/translation";
import type { Words } from "../../src/figures/words.ts";

/** JupyterLab's translations, for what knows no JupyterLab. */
export function wordsOf(trans: Pick<TranslationBundle, "__">): Words {
  return (text, ...given) => trans.__(text, ...given.map(String));
}
