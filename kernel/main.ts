import "./garbage.ts";
import { Compiler } from "./compiler/client.ts";

const file = process.argv[2];
if (!file) {
  process.stderr.write(
    "usage: node main.js CONNECTION_FILE (Jupyter starts this; `npx alright install` registers it)\n",
  );
  process.exit(1);
}
// TypeScript takes the longest to load: its thread starts before the rest of the kernel is read.
const compiler = new Compiler(process.cwd());
compiler.start();
const { readConnection } = await import("./protocol/connection.ts");
const { Kernel } = await import("./protocol/kernel.ts");
const { watchParent } = await import("./protocol/parent.ts");
try {
  const kernel = await Kernel.start(readConnection(file), compiler);
  process.on("SIGINT", () => kernel.interrupt());
  process.on("SIGTERM", () => void kernel.close());
  watchParent(process.env.JPY_PARENT_PID, () => void kernel.close());
  await kernel.closed;
  process.exit(0);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
