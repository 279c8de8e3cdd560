import { compareWithPyTorch } from "./against-pytorch.ts";

compareWithPyTorch("fixtures/llama");
