// Loaded before a process's own code (NODE_OPTIONS=--import …): makes one call of node:fs fail, or kill the process.
// FAULT is JSON: { call, path (a regular expression), nth, act: "kill-before" | "kill-after" | an error's code, from }.
// `from`: the path's calls fail from the nth one on, as they do on a full disk; else the nth alone.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const fault = process.env.FAULT ? JSON.parse(process.env.FAULT) : null;
if (fault) {
  const path = new RegExp(fault.path);
  const names = new Map();
  let seen = 0;
  const open = fs.openSync;
  fs.openSync = (file, ...rest) => {
    const descriptor = open(file, ...rest);
    names.set(descriptor, String(file));
    return descriptor;
  };
  const wrap = (object, call, isAsync) => {
    const original = object[call];
    object[call] = (...args) => {
      const file = typeof args[0] === "number" ? names.get(args[0]) : String(args[0]);
      if (!path.test(file ?? "")) return original.apply(object, args);
      seen++;
      const now = fault.from ? seen >= fault.nth : seen === fault.nth;
      if (!now) return original.apply(object, args);
      if (fault.act === "kill-before") process.kill(process.pid, "SIGKILL");
      if (fault.act === "kill-after") {
        const result = original.apply(object, args);
        process.kill(process.pid, "SIGKILL");
        return result;
      }
      const error = Object.assign(new Error(`${fault.act}: made to fail, ${call} '${file}'`), {
        code: fault.act,
        syscall: call,
      });
      if (isAsync) return Promise.reject(error);
      throw error;
    };
  };
  if (fault.call.startsWith("promises.")) wrap(fs.promises, fault.call.slice("promises.".length), true);
  else wrap(fs, fault.call, false);
  syncBuiltinESMExports();
}
