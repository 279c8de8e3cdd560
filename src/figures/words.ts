/**
 * A text in the reader's language, where `%1`, `%2` … stand for what is given: JupyterLab's translator has this form. Names of
 * methods and objectives are the same in all languages, and so is what is written into a notebook.
 */
export type Words = (text: string, ...given: readonly (string | number)[]) => string;

export const english: Words = (text, ...given) =>
  text.replace(/%(\d)/g, (_, place: string) => String(given[Number(place) - 1] ?? ""));
