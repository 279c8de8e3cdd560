// The site's frame: what stands in its menus, and how Vite reads the library's own figures.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";

const docs = fileURLToPath(new URL("..", import.meta.url));

const guide = [
  {
    text: "Start",
    items: [
      { text: "Five minutes", link: "/start" },
      { text: "Limits", link: "/limits" },
    ],
  },
  {
    text: "Concepts",
    items: [
      { text: "Objective space and f*", link: "/concepts/objective-space" },
      { text: "Why models forget", link: "/concepts/forgetting" },
      { text: "λ and the front", link: "/concepts/lambda" },
      { text: "Methods", link: "/concepts/methods" },
    ],
  },
  {
    text: "How to",
    items: [
      { text: "Train on your own data", link: "/how-to/own-data" },
      { text: "Write a method", link: "/how-to/own-method" },
      { text: "Write an objective", link: "/how-to/own-objective" },
      { text: "Pause, resume, steer", link: "/how-to/resume" },
      { text: "Sweep, on a machine or a cluster", link: "/how-to/cluster" },
      { text: "Teach with it", link: "/how-to/classroom" },
      { text: "Use a GPU", link: "/how-to/gpu" },
    ],
  },
  {
    text: "When something is wrong",
    items: [{ text: "Troubleshooting", link: "/troubleshooting" }],
  },
  {
    text: "Measured",
    items: [
      { text: "Beside other tools", link: "/comparison" },
      { text: "Everything recomputed", link: "/reproduction" },
      { text: "A small real model", link: "/small-real" },
    ],
  },
  {
    text: "Reference",
    items: [
      { text: "Magics", link: "/reference/magics" },
      { text: "Command line", link: "/reference/command-line" },
      { text: "Specification", link: "/reference/specification" },
      { text: "Events", link: "/reference/events" },
      { text: "API", link: "/reference/api/" },
    ],
  },
];

export default defineConfig({
  title: "ALRIGHT for TypeScript",
  description: "See and steer the trade-off between instruction tuning and preference learning.",
  lang: "en",
  head: [["link", { rel: "icon", href: "data:," }]],
  // Pictures for other pages of the repository, which need no page here.
  srcExclude: ["screenshots/**"],
  markdown: { math: false },
  themeConfig: {
    nav: [
      { text: "Start", link: "/start" },
      { text: "Concepts", link: "/concepts/objective-space" },
      { text: "How to", link: "/how-to/own-data" },
      { text: "Reference", link: "/reference/magics" },
    ],
    sidebar: guide,
    outline: [2, 3],
    search: { provider: "local" },
  },
  vite: {
    // The chunk with plotly.js comes with the first live figure only.
    build: { chunkSizeWarningLimit: 1500 },
    server: { fs: { allow: [join(docs, "..")] } },
  },
});
