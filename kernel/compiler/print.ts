import { basename, dirname } from "node:path";
import ts from "#typescript";
import { ALONE } from "./alone.ts";

/** TypeScript asks about a cell what only a type checker knows: the value of an enum's member, the namespace of a name. */
export class NeedsChecker extends Error {
  override readonly name = "NeedsChecker";
}

type Print = (hint: ts.EmitHint, node: ts.Node) => void;

interface Transformed {
  readonly transformed: readonly ts.SourceFile[];
  emitNodeWithNotification(hint: ts.EmitHint, node: ts.Node, print: Print): void;
  isEmitNotificationEnabled(node: ts.Node): boolean;
  substituteNode(hint: ts.EmitHint, node: ts.Node): ts.Node;
  dispose(): void;
}

/** Exported by TypeScript, but not in the package's types: what its emitter is made of. */
const internal = ts as unknown as {
  readonly notImplementedResolver: Readonly<Record<string, unknown>>;
  getTransformers(
    options: ts.CompilerOptions,
    custom: ts.CustomTransformers,
  ): { scriptTransformers: readonly unknown[] };
  transformNodes(
    resolver: object,
    host: object,
    factory: ts.NodeFactory,
    options: ts.CompilerOptions,
    files: readonly ts.SourceFile[],
    transformers: readonly unknown[],
    allowDeclarations: boolean,
  ): Transformed;
  createTextWriter(newLine: string): { getText(): string };
  createSourceMapGenerator(
    host: object,
    file: string,
    root: string,
    directory: string,
    options: object,
  ): { toString(): string };
};

/** Asks nobody. */
function resolver(hasEnums: boolean): object {
  const asked = Object.keys(internal.notImplementedResolver).map((name) => [
    name,
    () => {
      throw new NeedsChecker(name);
    },
  ]);
  const unasked = {
    hasGlobalName: () => false,
    ...(!hasEnums && { getConstantValue: () => undefined }),
  };
  return { ...Object.fromEntries(asked), ...unasked };
}

const WITHOUT_ENUMS = resolver(false);
const WITH_ENUMS = resolver(true);

const HOST = {
  getCompilerOptions: () => ALONE,
  getCurrentDirectory: () => "/",
  getCanonicalFileName: (name: string) => name,
};

let current: Transformed | null = null;

interface FilePrinter extends ts.Printer {
  writeFile(file: ts.SourceFile, writer: object, map: object): void;
}

function makePrinter(): FilePrinter {
  const handlers = {
    hasGlobalName: () => false,
    onEmitNode: (hint: ts.EmitHint, node: ts.Node, print: Print) =>
      current!.emitNodeWithNotification(hint, node, print),
    isEmitNotificationEnabled: (node: ts.Node) => current!.isEmitNotificationEnabled(node),
    substituteNode: (hint: ts.EmitHint, node: ts.Node) => current!.substituteNode(hint, node),
  };
  const { module, moduleResolution, target, sourceMap } = ALONE;
  return ts.createPrinter(
    { module, moduleResolution, target, sourceMap } as ts.PrinterOptions,
    handlers,
  ) as FilePrinter;
}

/** Made once: it is as large as what it prints of a cell. */
let printer: FilePrinter | null = null;

/**
 * Prints a bound file as a program's `emit` would, without a program.
 * @throws NeedsChecker where there must be one
 */
export function printAlone(
  file: ts.SourceFile,
  transformer: ts.TransformerFactory<ts.SourceFile>,
): { code: string; map: string } {
  const { scriptTransformers } = internal.getTransformers(ALONE, { before: [transformer] });
  const resolver = /\benum\b/.test(file.text) ? WITH_ENUMS : WITHOUT_ENUMS;
  const used = printer ?? makePrinter();
  // One that was stopped half-way is of no use.
  printer = null;
  try {
    // The last one would write imports and exports, which the kernel carries out itself.
    const transformers = scriptTransformers.slice(0, -1);
    current = internal.transformNodes(resolver, HOST, ts.factory, ALONE, [file], transformers, false);
    const writer = internal.createTextWriter("\n");
    const compiled = `${basename(file.fileName, ".ts")}.js`;
    const map = internal.createSourceMapGenerator(HOST, compiled, "", dirname(file.fileName), {});
    used.writeFile(current.transformed[0]!, writer, map);
    printer = used;
    return { code: writer.getText(), map: map.toString() };
  } finally {
    current?.dispose();
    current = null;
  }
}
