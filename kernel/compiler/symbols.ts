import type { Completion } from "./messages.ts";

/** Letters that TypeScript's names can have, by their LaTeX names: `\lambda` and Tab give λ, as in IPython and Julia. */
const letters: Readonly<Record<string, string>> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  epsilon: "ε",
  zeta: "ζ",
  eta: "η",
  theta: "θ",
  iota: "ι",
  kappa: "κ",
  lambda: "λ",
  mu: "μ",
  nu: "ν",
  xi: "ξ",
  pi: "π",
  rho: "ρ",
  sigma: "σ",
  tau: "τ",
  upsilon: "υ",
  phi: "φ",
  chi: "χ",
  psi: "ψ",
  omega: "ω",
  Gamma: "Γ",
  Delta: "Δ",
  Theta: "Θ",
  Lambda: "Λ",
  Xi: "Ξ",
  Pi: "Π",
  Sigma: "Σ",
  Phi: "Φ",
  Psi: "Ψ",
  Omega: "Ω",
  ell: "ℓ",
};

/** The letter of a LaTeX name before the cursor, or the names that begin so; null where there is none. */
export function completeSymbol(code: string, position: number): Completion | null {
  const typed = /\\([A-Za-z]+)$/.exec(code.slice(Math.max(0, position - 20), position));
  if (!typed) return null;
  const start = position - typed[0].length;
  // In a string `\n` is no letter's name, nor is `\\alpha`.
  if (code[start - 1] === "\\") return null;
  const exact = Object.hasOwn(letters, typed[1]!) ? letters[typed[1]!] : undefined;
  if (exact !== undefined) return { start, end: position, items: [{ text: exact, type: "text" }] };
  const items = Object.keys(letters)
    .filter((name) => name.startsWith(typed[1]!))
    .map((name) => ({ text: `\\${name}`, type: "text", help: letters[name]! }));
  return items.length > 0 ? { start, end: position, items } : null;
}
