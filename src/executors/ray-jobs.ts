import http from "node:http";
import https from "node:https";
import { ExecutorError } from "./error.ts";

/** Ray's Jobs REST API (docs.ray.io, "Ray Jobs REST API"), of the dashboard's address. */
export interface RayJobs {
  readonly address: string;
  /** The version of Ray that answers there. */
  version(): Promise<string>;
  /** Answers the submission's id. */
  submit(job: RayJob): Promise<string>;
  /** null: there is no such job (any more). */
  status(id: string): Promise<RayStatus | null>;
  /** All that the job has printed. */
  logs(id: string): Promise<string>;
  stop(id: string): Promise<void>;
}

export interface RayJob {
  readonly entrypoint: string;
  readonly cpus: number;
  readonly gpus: number;
  /** Bytes. */
  readonly memory: number | null;
  /** Custom resources of the cluster's nodes. */
  readonly resources: Readonly<Record<string, number>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RayStatus {
  readonly status: "PENDING" | "RUNNING" | "STOPPED" | "SUCCEEDED" | "FAILED";
  readonly message: string;
}

const statuses: readonly string[] = ["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"];

/** How long a request may take, in ms. */
const patience = 20_000;

/**
 * @param address of the dashboard, `http://HOST:8265`; default: the environment's `RAY_ADDRESS`
 * @param headers sent with every request; default: the environment's `RAY_JOB_HEADERS`, a JSON object, as Ray's own client
 * @throws ExecutorError where there is no address, or it is of another kind
 */
export function rayJobs(
  address = process.env.RAY_ADDRESS,
  headers: Readonly<Record<string, string>> = headersOf(process.env.RAY_JOB_HEADERS),
): RayJobs {
  if (!address)
    throw new ExecutorError("no Ray cluster is named; set RAY_ADDRESS to its dashboard, http://HOST:8265");
  if (!/^https?:\/\//.test(address))
    throw new ExecutorError(`RAY_ADDRESS is ${address}; expected its dashboard's address, http://HOST:8265`);
  const base = address.replace(/\/+$/, "");

  async function ask(method: string, path: string, body?: object): Promise<Answered> {
    try {
      return await send(method, `${base}${path}`, headers, body && JSON.stringify(body));
    } catch (error) {
      const { message, code } = error as NodeJS.ErrnoException;
      throw new ExecutorError(`${method} ${base}${path}: ${message || code}; is the cluster up?`);
    }
  }
  async function answer(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
    const { status, text } = await ask(method, path, body);
    // The address is shown, headers never are: they carry credentials.
    if (status < 200 || status > 299)
      throw new ExecutorError(`${method} ${base}${path}: ${status}: ${text.slice(0, 300)}`);
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch {
      throw new ExecutorError(`${method} ${base}${path}: the answer is not JSON; is this Ray's dashboard?`);
    }
  }
  const job = (id: string) => `/api/jobs/${encodeURIComponent(id)}`;
  return {
    address: base,
    async version() {
      return String((await answer("GET", "/api/version")).ray_version);
    },
    async submit({ entrypoint, cpus, gpus, memory, resources, environment, metadata }) {
      const answered = await answer("POST", "/api/jobs/", {
        entrypoint,
        entrypoint_num_cpus: cpus,
        entrypoint_num_gpus: gpus,
        ...(memory === null ? {} : { entrypoint_memory: memory }),
        ...(Object.keys(resources).length > 0 ? { entrypoint_resources: resources } : {}),
        runtime_env: { env_vars: environment },
        metadata,
      });
      const id = answered.submission_id;
      if (typeof id !== "string")
        throw new ExecutorError(`${base}: a job was submitted, and has no submission_id`);
      return id;
    },
    async status(id) {
      const { status, text } = await ask("GET", job(id));
      if (status === 404) return null;
      const found = status === 200 ? (JSON.parse(text) as { status?: string; message?: string }) : {};
      if (!statuses.includes(found.status!))
        throw new ExecutorError(`GET ${base}${job(id)}: ${status}: ${text.slice(0, 300)}`);
      return { status: found.status as RayStatus["status"], message: found.message ?? "" };
    },
    async logs(id) {
      return String((await answer("GET", `${job(id)}/logs`)).logs ?? "");
    },
    async stop(id) {
      await answer("POST", `${job(id)}/stop`);
    },
  };
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Not `fetch`: that sends `Sec-Fetch-Mode`, by which Ray tells browsers, and refuses what they submit. */
function send(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
): Promise<Answered> {
  const { request } = url.startsWith("https:") ? https : http;
  return new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const asking = request(url, { method, headers: { ...headers, ...type } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      response.on("error", reject);
    });
    asking.setTimeout(patience, () => asking.destroy(new Error(`no answer within ${patience / 1000} s`)));
    asking.on("error", reject);
    asking.end(body);
  });
}

function headersOf(text: string | undefined): Record<string, string> {
  if (!text) return {};
  try {
    const found: unknown = JSON.parse(text);
    if (typeof found === "object" && found !== null && !Array.isArray(found))
      return Object.fromEntries(Object.entries(found).map(([name, value]) => [name, String(value)]));
  } catch {
    // Told below, without its content.
  }
  throw new ExecutorError('RAY_JOB_HEADERS is not a JSON object; expected {"Authorization": "Bearer …"}');
}
