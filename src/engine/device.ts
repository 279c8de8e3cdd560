import { input, matmul } from "../tensor/index.ts";
import { createSession, type Device } from "./session.ts";

/** What a specification may ask for; `auto` takes the first that works. */
export type AskedDevice = Device | "auto";

export interface FoundDevice {
  readonly device: Device;
  /** Why it is not what was asked for, in a sentence; null where it is. */
  readonly note: string | null;
}

const names: Readonly<Record<Device, string>> = { cpu: "the processor", cuda: "CUDA", webgpu: "WebGPU" };
const hints: Readonly<Record<Device, string>> = {
  cpu: "",
  cuda: "it needs an NVIDIA GPU, CUDA 12 and onnxruntime's CUDA libraries, which its own install script fetches",
  webgpu: "it needs a GPU with a Vulkan, Metal or D3D12 driver",
};

/** Tries the device that is asked for with a small multiplication; falls back to the processor, and says why. */
export async function findDevice(asked: AskedDevice): Promise<FoundDevice> {
  if (asked === "cpu") return { device: "cpu", note: null };
  const candidates: readonly Device[] = asked === "auto" ? ["cuda", "webgpu"] : [asked];
  for (const device of candidates) {
    const problem = await probe(device);
    if (problem === null) return { device, note: null };
    if (asked === device)
      return {
        device: "cpu",
        note: `${names[device]} does not work here (${problem}); training on the processor instead: ${hints[device]}`,
      };
  }
  return { device: "cpu", note: null };
}

/** What goes wrong with a small multiplication there; null where nothing does. */
export async function probe(device: Device): Promise<string | null> {
  const [a, b] = [input("a", [2, 3]), input("b", [3, 2])];
  try {
    const session = await createSession({ product: matmul(a, b) }, { threads: 1, device });
    try {
      const feed = (...data: number[]) => ({
        type: "float32" as const,
        data: Float32Array.from(data),
        shape: data.length === 6 ? [2, 3] : [],
      });
      const feeds = new Map([
        ["a", feed(1, 2, 3, 4, 5, 6)],
        ["b", { ...feed(1, 0, 0, 1, 1, 1), shape: [3, 2] }],
      ]);
      const product = [...(await session.run(feeds)).get("product")!];
      return product.join() === "4,5,10,11" ? null : `it computed [${product}] for [4,5,10,11]`;
    } finally {
      await session.dispose();
    }
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line!.replace(/\/\S+/g, "…").slice(0, 160);
}
