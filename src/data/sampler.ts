import { DataError } from "./error.ts";
import { Random } from "./random.ts";

/** Where a sampler stands; JSON-safe. */
export interface SamplerState {
  readonly epoch: number;
  /** Rows of the epoch already drawn. */
  readonly position: number;
}

/**
 * Draws batches of row indices: a new seeded permutation an epoch, its last, smaller batch used. The order depends on
 * the seed, the stream's name and the number of rows alone, so neither the method nor the other data set changes it.
 */
export class Sampler {
  /** Batches in one epoch. */
  readonly batches: number;
  private readonly rows: number;
  private readonly batchSize: number;
  private readonly seed: number;
  private readonly name: string;
  private epoch = 0;
  private position = 0;
  private order: Int32Array;

  constructor(options: { rows: number; batchSize: number; seed: number; name: string }) {
    const { rows, batchSize, seed, name } = options;
    for (const [key, value] of Object.entries({ rows, batchSize }))
      if (!Number.isInteger(value) || value < 1)
        throw new DataError(`sampler "${name}": ${key} is ${value}; expected a positive integer`);
    this.rows = rows;
    this.batchSize = batchSize;
    this.seed = seed;
    this.name = name;
    this.batches = Math.ceil(rows / batchSize);
    this.order = this.permutation();
  }

  /** Indices of the next batch's rows. */
  next(): Int32Array {
    if (this.position >= this.rows) {
      this.epoch++;
      this.position = 0;
      this.order = this.permutation();
    }
    const batch = this.order.slice(this.position, this.position + this.batchSize);
    this.position += batch.length;
    return batch;
  }

  state(): SamplerState {
    return { epoch: this.epoch, position: this.position };
  }

  /** @throws DataError where the state is not one of a sampler of as many rows */
  restore(state: SamplerState): void {
    const { epoch, position } = state;
    if (
      !Number.isInteger(epoch) ||
      epoch < 0 ||
      !Number.isInteger(position) ||
      position < 0 ||
      position > this.rows
    )
      throw new DataError(
        `sampler "${this.name}": state ${JSON.stringify(state)} does not fit ${this.rows} rows; was the data set changed?`,
      );
    this.epoch = epoch;
    this.position = position;
    this.order = this.permutation();
  }

  private permutation(): Int32Array {
    return new Random(this.seed, this.name, this.epoch).permutation(this.rows);
  }
}
