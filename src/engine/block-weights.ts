import { keptInput } from "../models/index.ts";
import { localAdapters } from "./block-plan.ts";
import { type DropoutKey, keptMask } from "./dropout.ts";
import type { RunnerOptions } from "./runner.ts";
import type { Feed } from "./session.ts";

/** Weights and trained arrays of a part of the model, under its graph's names. */
export interface PartWeights {
  readonly feeds: ReadonlyMap<string, Feed>;
  /** Where the gradient of each of the graph's trained arrays belongs, in the order of `parameters`. */
  readonly places: ReadonlyMap<string, number>;
}

/** Gives the weights of one layer, or of what lies outside the layers, to the blockwise plan's graphs. */
export function blockWeights({ model, weights, parameters, adapter }: RunnerOptions) {
  const placeOf = new Map(parameters.map(({ name }, i) => [name, i]));
  const prefixes = Array.from({ length: model.layers }, (_, i) => `${model.layerName(i)}.`);
  const weightFeed = (name: string, local: string): Feed => ({
    type: "float32",
    shape: model.shapes.get(name)!,
    data: weights.read(name, local),
  });

  return {
    placeOf,
    /** @param prefix the layer's name */
    ofLayer(prefix: string): PartWeights {
      const feeds = new Map<string, Feed>();
      const places = new Map<string, number>();
      for (const name of model.shapes.keys()) {
        if (!name.startsWith(`${prefix}.`)) continue;
        const local = name.slice(prefix.length + 1);
        feeds.set(local, weightFeed(name, local));
        if (!adapter) places.set(local, placeOf.get(name)!);
      }
      if (!adapter) return { feeds, places };
      const own = adapter.layers.filter(({ module }) => module.startsWith(`${prefix}.`));
      for (const [i, local] of localAdapters(adapter.layers, prefix).entries()) {
        for (const side of ["nameA", "nameB"] as const) {
          const place = placeOf.get(own[i]![side])!;
          const { shape, data } = parameters[place]!;
          feeds.set(local[side], { type: "float32", shape, data: data as Float32Array });
          places.set(local[side], place);
        }
      }
      return { feeds, places };
    },
    /** What dropout leaves of the inputs of a layer's adapters, for one micro-batch. */
    masks(prefix: string, key: DropoutKey, tokens: number): ReadonlyMap<string, Feed> {
      const feeds = new Map<string, Feed>();
      if (!adapter?.lora.dropout) return feeds;
      const { layers, lora } = adapter;
      const own = layers.filter(({ module }) => module.startsWith(`${prefix}.`));
      for (const [i, { module, inputs }] of localAdapters(layers, prefix).entries()) {
        const data = keptMask(tokens * inputs, lora.dropout, own[i]!.module, key);
        feeds.set(keptInput(module), { type: "bool", data, shape: [tokens, inputs] });
      }
      return feeds;
    },
    /** The head, and what lies between it and the last layer. */
    ofHead(): PartWeights {
      const names = [...model.shapes.keys()].filter(
        (name) =>
          !prefixes.some((prefix) => name.startsWith(prefix)) &&
          (name !== model.embedding || name === model.head),
      );
      return {
        feeds: new Map(names.map((name) => [name, weightFeed(name, name)])),
        places: adapter ? new Map() : new Map(names.map((name) => [name, placeOf.get(name)!])),
      };
    },
  };
}
