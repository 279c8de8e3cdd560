import { readConnection } from "./protocol/connection.ts";
import { Kernel } from "./protocol/kernel.ts";
import { watchParent } from "./protocol/parent.ts";

const file = process.argv[2];
if (!file) {
  process.stderr.write(
    "usage: node main.js CONNECTION_FILE (Jupyter starts this; `npx alright install` registers it)\n",
  );
  process.exit(1);
}
try {
  const kernel = await Kernel.start(readConnection(file), process.cwd());
  process.on("SIGINT", () => kernel.interrupt());
  process.on("SIGTERM", () => void kernel.close());
  watchParent(process.env.JPY_PARENT_PID, () => void kernel.close());
  await kernel.closed;
  process.exit(0);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
