import { DataError } from "./error.ts";

export interface Split<T> {
  readonly training: readonly T[];
  readonly evaluation: readonly T[];
}

/**
 * Parts a data set into training and evaluation rows. Held out, the evaluation rows are the last ones and are not
 * trained on; else they are the first ones and are trained on too, as in the paper's code.
 *
 * @param options.fraction of the rows, rounded, at least one row where it is above 0
 * @throws DataError where no row would be left to train on
 */
export function split<T>(rows: readonly T[], options: { fraction: number; heldOut: boolean }): Split<T> {
  const { fraction, heldOut } = options;
  if (!(fraction >= 0 && fraction <= 1))
    throw new DataError(`evaluation.fraction is ${fraction}; expected a number from 0 to 1`);
  const count = fraction === 0 ? 0 : Math.max(1, Math.round(rows.length * fraction));
  if (!heldOut) return { training: rows, evaluation: rows.slice(0, count) };
  if (count >= rows.length)
    throw new DataError(
      `${rows.length} rows, of which ${count} would be held out for evaluation: none is left to train on; lower evaluation.fraction (${fraction})`,
    );
  return { training: rows.slice(0, rows.length - count), evaluation: rows.slice(rows.length - count) };
}
