import { Dialog, showDialog, showErrorMessage } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { RunSnapshot } from "../../../src/runs/snapshot.ts";
import { wordsOf } from "../words-of.ts";
import type { RunFiles } from "./files.ts";
import type { ListedRun, RunList } from "./run-list.ts";

export const actionNames = ["open", "resume", "delete", "export"] as const;
export type ActionName = (typeof actionNames)[number];

/** More runs than this make no picture that anybody can read; the renderer's own limit is larger. */
const mostInPlot = 100;

/** What the actions need of JupyterLab. */
export interface RunDesk {
  /** Opens a plot of these runs. */
  plot(runs: readonly RunSnapshot[]): Promise<void>;
  /** Goes on with a run; answers why it can't be, or null. */
  resume(id: string, directory: string): Promise<void>;
  /** Why no run can be resumed now; empty where one can. */
  readonly cannotResume: string;
  /** Asks in which format to export, below an element. */
  askFormat(below: HTMLElement, formats: readonly ExportFormat[]): Promise<ExportFormat | null>;
}

export const exportFormats = ["csv", "svg", "png", "ts"] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What can be done with chosen runs, and why it can't be where it can't. */
export class RunActions {
  readonly #files: RunFiles;
  readonly #list: RunList;
  readonly #desk: RunDesk;
  readonly #trans: TranslationBundle;

  constructor(files: RunFiles, list: RunList, desk: RunDesk, trans: TranslationBundle) {
    this.#files = files;
    this.#list = list;
    this.#desk = desk;
    this.#trans = trans;
  }

  caption(name: ActionName, count: number): string {
    const trans = this.#trans;
    switch (name) {
      case "open":
        return count > 1 ? trans.__("Compare %1", count) : trans.__("Open");
      case "resume":
        return trans.__("Resume");
      case "delete":
        return trans.__("Delete…");
      case "export":
        return trans.__("Export…");
    }
  }

  help(name: ActionName): string {
    const trans = this.#trans;
    return {
      open: trans.__("Draws the runs in one plot"),
      resume: trans.__("Goes on from the last checkpoint, in the current notebook's kernel"),
      delete: trans.__("Deletes the runs with their checkpoints and what they trained"),
      export: trans.__("As CSV, as a picture, or as the TypeScript that makes the run"),
    }[name];
  }

  /** Why it can't be done; empty where it can. */
  reason(name: ActionName, runs: readonly ListedRun[]): string {
    const trans = this.#trans;
    if (runs.length === 0) return trans.__("Tick a run first.");
    if (name !== "delete" && runs.some(({ row }) => row === null))
      return trans.__("One of the runs can't be read.");
    if (name === "open" && runs.length > mostInPlot)
      return trans.__("At most %1 runs are drawn in one plot.", mostInPlot);
    const going = runs.find(({ row }) => row?.state === "running" || row?.state === "preparing");
    if (name === "delete" && going) return trans.__("%1 is going on: stop it first.", going.row!.name);
    if (name !== "resume") return "";
    if (runs.length > 1) return trans.__("Only one run can be resumed at a time.");
    const { state } = runs[0]!.row!;
    if (state !== "paused" && state !== "failed") return trans.__("The run is %1.", trans.__(state));
    return this.#desk.cannotResume;
  }

  async act(name: ActionName, runs: readonly ListedRun[], from: HTMLElement): Promise<void> {
    try {
      if (name === "open") await this.#desk.plot(await this.#snapshots(runs));
      else if (name === "resume") await this.#desk.resume(runs[0]!.name, runs[0]!.path);
      else if (name === "delete") await this.#delete(runs);
      else {
        const formats = exportFormats.filter((format) => format !== "ts" || runs.length === 1);
        const format = await this.#desk.askFormat(from, formats);
        if (format) await this.export(runs, format);
      }
    } catch (error) {
      await showErrorMessage(this.#trans.__("Runs"), error instanceof Error ? error : String(error));
    }
  }

  /** Downloads the runs as one file. */
  async export(runs: readonly ListedRun[], format: ExportFormat): Promise<void> {
    const { exportedCsv, exportedPng, exportedSvg, exportedSource, download } = await import("./export.ts");
    const name = runs.length === 1 ? runs[0]!.name : "runs";
    const words = wordsOf(this.#trans);
    switch (format) {
      case "csv":
        return download(`${name}.csv`, exportedCsv(runs.flatMap(({ row }) => row ?? [])));
      case "svg":
        return download(`${name}.svg`, exportedSvg(await this.#snapshots(runs), words));
      case "png":
        return download(`${name}.png`, await exportedPng(await this.#snapshots(runs), words));
      case "ts":
        return download(`${name}.ts`, exportedSource(await this.#list.reader(runs[0]!.path)!.record()));
    }
  }

  async #snapshots(runs: readonly ListedRun[]): Promise<RunSnapshot[]> {
    const snapshots: RunSnapshot[] = [];
    for (const { path } of runs) {
      const reader = this.#list.reader(path);
      if (reader) snapshots.push(await reader.snapshot());
    }
    return snapshots;
  }

  /** Names of runs that a trainer has not let go of. */
  async #taken(runs: readonly ListedRun[]): Promise<string[]> {
    const taken: string[] = [];
    for (const { path, name } of runs) if (await this.#list.reader(path)?.isTaken()) taken.push(name);
    return taken;
  }

  async #delete(runs: readonly ListedRun[]): Promise<void> {
    const trans = this.#trans;
    const names = runs.slice(0, 10).map(({ name }) => name);
    if (runs.length > names.length) names.push(trans.__("and %1 more", runs.length - names.length));
    const texts = [trans.__("Their checkpoints and what they trained go, too.")];
    const taken = await this.#taken(runs);
    if (taken.length > 0)
      texts.unshift(
        trans.__(
          "A trainer may still be at work on %1: its trainer.pid is there. It fails if its directory goes; stop it first unless it was killed.",
          taken.join(", "),
        ),
      );
    const { button } = await showDialog({
      title: trans._n("Delete %1 run?", "Delete %1 runs?", runs.length),
      body: [names.join("\n"), ...texts].join("\n\n"),
      buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: trans.__("Delete") })],
      defaultButton: 0,
    });
    if (!button.accept) return;
    try {
      for (const { path } of runs) await this.#files.delete(path);
    } finally {
      await this.#list.refresh();
    }
  }
}
