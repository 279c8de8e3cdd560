import { apply, type Operator, type Tensor } from "../tensor.ts";

/**
 * Its derivative is wanted with respect to the rows it gives, not to the table: whoever trains the table adds those
 * rows up by token, which is cheaper than a dense gradient from every micro-batch.
 */
const lookupOperator: Operator<null> = {
  name: "lookup",
  shape: ([table, ids]) => [{ type: table!.type, shape: [...ids!.shape, ...table!.shape.slice(1)] }],
  emit: (onnx, inputs, outputs) => void onnx.node("Gather", inputs, outputs, { axis: { int: 0 } }),
};

/** Rows of `table` [vocabulary, width] by `ids`. */
export const lookup = (table: Tensor, ids: Tensor): Tensor => apply(lookupOperator, [table, ids], null)[0]!;
