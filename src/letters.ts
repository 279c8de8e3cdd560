/** Letters that TypeScript's names can have, by their LaTeX names: `\lambda` and Tab give λ, as in IPython and Julia. */
export const letters: Readonly<Record<string, string>> = {
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

/** A LaTeX name that a text ends with; where its backslash stands, and its letter, if there is one of just that name. */
export function letterName(text: string): { start: number; name: string; letter: string | null } | null {
  const typed = /\\([A-Za-z]{1,20})$/.exec(text.slice(-30));
  if (!typed) return null;
  const start = text.length - typed[0].length;
  // In a string `\n` is no letter's name, nor is `\\alpha`.
  if (text[start - 1] === "\\") return null;
  const name = typed[1]!;
  return { start, name, letter: Object.hasOwn(letters, name) ? letters[name]! : null };
}
