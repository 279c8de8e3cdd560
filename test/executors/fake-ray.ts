import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

interface FakeJob {
  status: "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";
  message: string;
  logs: string;
  child: ChildProcess | null;
  readonly request: Record<string, unknown>;
}

/** A server that answers as Ray's Jobs REST API does, and runs the entrypoints as processes of this machine. */
export class FakeRay {
  readonly jobs = new Map<string, FakeJob>();
  readonly headers: (string | undefined)[] = [];
  /** Answers 503 to everything while it is set. */
  down = false;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.headers.push(request.headers.authorization);
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      request.on("end", () => {
        const [status, value] = this.down
          ? [503, "down"]
          : this.#answer(request.method!, request.url!, body, "sec-fetch-mode" in request.headers);
        response.writeHead(status, { "content-type": "application/json" });
        response.end(typeof value === "string" ? value : JSON.stringify(value));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const { child } of this.jobs.values()) child?.kill("SIGKILL");
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(method: string, url: string, body: string, browser: boolean): [number, object | string] {
    const [, , , id = "", action = ""] = url.split("/");
    if (method !== "GET" && browser) return [405, `'${method}' method not allowed for browser traffic.`];
    if (method === "GET" && url === "/api/version") return [200, { ray_version: "0.0.0-fake" }];
    if (method === "POST" && id === "") return [200, { submission_id: this.#submit(JSON.parse(body)) }];
    const job = this.jobs.get(id);
    if (!job) return [404, `Job ${id} does not exist`];
    if (method === "GET" && action === "logs") return [200, { logs: job.logs }];
    if (method === "POST" && action === "stop") {
      job.status = "STOPPED";
      job.child?.kill("SIGTERM");
      return [200, { stopped: true }];
    }
    return [200, { status: job.status, message: job.message }];
  }

  #submit(request: Record<string, unknown>): string {
    const id = `raysubmit_${this.jobs.size + 1}`;
    const child = spawn("sh", ["-c", `exec ${request.entrypoint}`], { stdio: ["ignore", "pipe", "pipe"] });
    const job: FakeJob = { status: "RUNNING", message: "running", logs: "", child, request };
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        job.logs += text;
      });
    child.on("close", (code, signal) => {
      if (job.status !== "STOPPED") job.status = code === 0 ? "SUCCEEDED" : "FAILED";
      job.message = signal
        ? `Job failed due to an application error: killed by ${signal}`
        : `exit code ${code}`;
      job.child = null;
    });
    this.jobs.set(id, job);
    return id;
  }
}
