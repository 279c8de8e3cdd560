import { join } from "node:path";
import { compiledFile } from "../../src/compiled.ts";

export const GLOBALS_FILE = (directory: string) => join(directory, "__alright_globals.d.ts");

const file = (path: string) => JSON.stringify(compiledFile(path, import.meta.url).replace(/\.js$/, ""));

/** What every cell has without an import. */
export const globalsSource = `
/** Shows a value below the cell and returns its place, which can show another value later; also \`display.html(…)\`, \`.markdown\`, \`.latex\`, \`.svg\`, \`.png\`, \`.json\`, \`.table\`, \`.plotly\` and so on. */
declare const display: typeof import(${file("../runtime/display.js")}).display & typeof import(${file("../runtime/display.js")}).displayKinds & import(${file("../tslab/index.js")}).Display;
/** A place below the cell whose content each call replaces. */
declare const newDisplay: typeof import(${file("../tslab/index.js")}).newDisplay;
/** Clears the cell's output, at once or (\`{ wait: true }\`) with the next output, which does not flicker. */
declare const clearOutput: typeof import(${file("../runtime/display.js")}).clearOutput;
/** Shows text in the front end's pager. */
declare const page: typeof import(${file("../runtime/display.js")}).page;
/** Asks the person at the front end for a line of text. */
declare const input: typeof import(${file("../runtime/input.js")}).input;
/** Asks as \`prompt\` of a browser does: the cell stands still until the answer is there. */
declare const prompt: typeof import(${file("../runtime/input.js")}).prompt;
/** Comms to the front end: \`comms.open(target, data)\`, \`comms.register(target, opened)\`. */
declare const comms: typeof import(${file("../runtime/comms.js")}).comms;
`;
