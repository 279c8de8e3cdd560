import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { carryOut, describe } from "./command.ts";
import { exitCodes } from "./exit-codes.ts";
import { packageRoot } from "./install.ts";
import { UsageError } from "./usage.ts";

/** A course that can't be laid out; the message says why and what to do. */
export class ClassroomError extends Error {}

/** What a course has of the package: nbgrader's configuration, what screens submissions, the assignments with their solutions. */
const parts = ["nbgrader_config.py", "screen.sh", "source"] as const;

function command() {
  return describe({
    name: "classroom",
    summary:
      "Lays out a course for nbgrader: its configuration and the assignments, with solutions and hidden tests.",
    examples: [["alright classroom init course", "the folder course, which must be new or empty"]],
  })
    .argument("<init>", "init: lay out a new course")
    .argument("<dir>", "the course's folder");
}

/** `alright classroom init DIR`. */
export function classroomCommand(args: readonly string[]): Promise<number> {
  return carryOut(command(), args, (_options, [what, directory]) => {
    if (what !== "init") throw new UsageError(`classroom ${what}: expected classroom init DIR`);
    const course = resolve(directory!);
    layOut(course);
    const assignments = readdirSync(join(course, "source")).sort();
    process.stdout.write(`course: ${course}\nassignments: ${assignments.join(", ")}\n`);
    process.stdout.write(`next: cd ${directory} && nbgrader generate_assignment ${assignments[0]}\n`);
    return exitCodes.done;
  });
}

/** The course appears whole or not at all: written beside its place, then renamed. */
function layOut(course: string): void {
  const shipped = join(packageRoot, "notebooks", "assignments");
  if (!existsSync(join(shipped, "source")))
    throw new ClassroomError(`${shipped} has no assignments: install alright-ts again`);
  if (existsSync(course) && readdirSync(course).length > 0)
    throw new ClassroomError(`${course} is not empty; a course needs a folder of its own`);
  let beside: string | null = null;
  try {
    mkdirSync(dirname(course), { recursive: true });
    beside = mkdtempSync(`${course}.new-`);
    for (const part of parts) cpSync(join(shipped, part), join(beside, part), { recursive: true });
    renameSync(beside, course);
  } catch (error) {
    if (beside !== null) rmSync(beside, { recursive: true, force: true });
    throw new ClassroomError(`${course} could not be written: ${(error as Error).message}`);
  }
}
