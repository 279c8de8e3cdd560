import { readFileSync, writeFileSync } from "node:fs";
import { withReference } from "./reference.ts";
import { magics } from "./table.ts";

/** `node dist/kernel/magics/write-reference.js kernel/README.md` writes the magics' reference into the README. */
const file = process.argv[2];
if (file) writeFileSync(file, withReference(readFileSync(file, "utf8"), magics.values()));
