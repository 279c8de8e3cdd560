import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { peers, root } from "./python.ts";

/** An environment with JupyterLab and FigureWidget: `.venv-figurewidget`, made now where it must be. */
export function figureWidgetEnvironment(): string {
  const environment = `${root}.venv-figurewidget`;
  const requirements = `${peers}figure-widget.txt`;
  const stamp = `${environment}/installed.txt`;
  const wanted = readFileSync(requirements, "utf8");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    console.log("Installing JupyterLab with FigureWidget into .venv-figurewidget …");
    execFileSync("python3", ["-m", "venv", environment], { stdio: "inherit" });
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    execFileSync(`${environment}/bin/python`, pip, { stdio: "inherit" });
    writeFileSync(stamp, wanted);
  }
  return environment;
}
