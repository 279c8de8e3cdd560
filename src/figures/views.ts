/** Every view, in the order of a plot's tabs. */
export const viewOrder = [
  "objective",
  "front",
  "losses",
  "gaps",
  "distance",
  "logprobs",
  "steps",
  "resources",
  "weights",
  "bars",
] as const;
