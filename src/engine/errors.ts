/** Thrown for examples or options that the engine cannot compute with. */
export class EngineError extends Error {
  override readonly name = "EngineError";
}
