import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** The repository's root, from the sources and from dist/ alike. */
export const repository = fileURLToPath(new URL("../..", import.meta.url)).replace(/dist\/$/, "");
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A JupyterLab of its own: its own folder, settings and port, with the kernel and the extension of `.venv`. */
export interface Lab {
  /** The folder that JupyterLab serves; put notebooks here. */
  readonly folder: string;
  /** The address of a path in it, token included. */
  address(path: string): string;
  stop(): Promise<void>;
}

export interface LabOptions {
  /** Another Jupyter than the one of `.venv`, and which of its programs. */
  readonly venv?: string;
  readonly program?: "lab" | "notebook";
  /** More of the server's own options. */
  readonly args?: readonly string[];
}

export async function startLab(
  notebooks: readonly string[] = [],
  { venv = join(repository, ".venv"), program = "lab", args: more = [] }: LabOptions = {},
): Promise<Lab> {
  const folder = mkdtempSync(join(tmpdir(), "alright-lab-"));
  for (const name of notebooks) cpSync(join(repository, "notebooks", name), join(folder, name));
  const own = (name: string) => {
    const path = join(folder, ".jupyter", name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  // Cells out of sight stay in the page, so that a test can look at any of them.
  const settings = join(own("settings"), "@jupyterlab", "notebook-extension");
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, "tracker.jupyterlab-settings"), JSON.stringify({ windowingMode: "none" }));
  const token = Math.random().toString(36).slice(2);
  const asRoot = process.getuid?.() === 0 ? ["--allow-root"] : [];
  const args = [
    program,
    "--no-browser",
    "--port=0",
    "--expose-app-in-browser", // so that tests can give commands
    "--ServerApp.port_retries=0",
    `--IdentityProvider.token=${token}`,
    ...asRoot,
    ...more,
  ];
  const server: ChildProcess = spawn(join(venv, "bin/jupyter"), [...args, `--ServerApp.root_dir=${folder}`], {
    cwd: folder,
    env: {
      ...process.env,
      JUPYTER_CONFIG_DIR: own("config"),
      JUPYTER_DATA_DIR: own("data"),
      JUPYTER_RUNTIME_DIR: own("runtime"),
      JUPYTERLAB_SETTINGS_DIR: own("settings"),
      JUPYTERLAB_WORKSPACES_DIR: own("workspaces"),
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const base = await new Promise<string>((resolve, reject) => {
    let log = "";
    const timer = setTimeout(() => reject(new Error(`JupyterLab did not start in 60 s:\n${log}`)), 60_000);
    server.stderr!.on("data", (data) => {
      log += data;
      const found = /(http:\/\/(?:127\.0\.0\.1|localhost):\d+)\/(?:lab|tree)/.exec(log);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
    server.on("exit", (code) => reject(new Error(`JupyterLab ended with status ${code}:\n${log}`)));
  });
  return {
    folder,
    address: (path) => `${base}/lab/tree/${path}?token=${token}&reset`,
    async stop() {
      const ended = new Promise((resolve) => server.once("exit", resolve));
      if (server.exitCode === null) {
        server.kill("SIGTERM");
        const force = setTimeout(() => server.kill("SIGKILL"), 10_000);
        await ended;
        clearTimeout(force);
      }
      if (existsSync(folder))
        rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** The browser that the test command found (CHROMIUM), or Debian's. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/** Opens a notebook, waits until its kernel is idle, and keeps JupyterLab's own pop-ups away. `before` sees the page empty. */
export async function openNotebook(
  browser: Browser,
  lab: Lab,
  name: string,
  { before, ...options }: BrowserContextOptions & { readonly before?: (page: Page) => void } = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 1000 }, ...options });
  before?.(page);
  await page.goto(lab.address(name));
  await page.locator(".jp-NotebookPanel .jp-Notebook").waitFor({ timeout: 60_000 });
  await page.locator('.jp-NotebookPanel [data-status="idle"]').first().waitFor({ timeout: 60_000 });
  return page;
}

/** Gives JupyterLab a command, as its palette does. */
export async function command(page: Page, id: string, args: object = {}): Promise<void> {
  await page.evaluate(
    async ([name, given]) => {
      const { jupyterapp } = globalThis as unknown as {
        jupyterapp: { commands: { execute(id: string, args: object): Promise<unknown> } };
      };
      await jupyterapp.commands.execute(name, given);
    },
    [id, args] as const,
  );
}

/** Restarts the kernel of the current notebook, and answers JupyterLab's question. */
export async function restartKernel(page: Page): Promise<void> {
  await page.evaluate(() => {
    const { jupyterapp } = globalThis as unknown as {
      jupyterapp: { commands: { execute(id: string): Promise<unknown> } };
    };
    void jupyterapp.commands.execute("notebook:restart-kernel");
  });
  await page.locator(".jp-Dialog .jp-mod-accept").click();
}
