import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * SVG to PNG with resvg, which is loaded here and nowhere else, and the letters of `dejavu-fonts-ttf`: no font of
 * the system is read, so a picture has the same pixels everywhere.
 *
 * @param scale pixels of the picture for each of the SVG's
 */
export async function rasterise(svg: string, scale: number, background: string): Promise<Uint8Array> {
  const { renderAsync } = await import("@resvg/resvg-js");
  const image = await renderAsync(svg, {
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: "DejaVu Sans" },
    fitTo: { mode: "zoom", value: scale },
    background,
    logLevel: "error",
  });
  return image.asPng();
}

function fontFiles(): string[] {
  const folder = join(dirname(require.resolve("dejavu-fonts-ttf/package.json")), "ttf");
  return ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf"].map((file) => join(folder, file));
}
