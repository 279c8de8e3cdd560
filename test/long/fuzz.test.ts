import { test } from "vitest";
import { shared } from "../fuzz/shares.ts";
import { expectReadable, seedOr } from "../fuzz/suite.ts";

/** Files of all formats together; `FUZZ_FILES` for more. */
const files = Number(process.env.FUZZ_FILES ?? 20_000);
const seed = seedOr(Date.now() % 1e9);

test.each(shared(files))("damaged files of %s are read or refused in words (%i)", async (name, count) => {
  await expectReadable(name, count, seed);
});
