// Data frames are built from plain arrays here; anything that needs a tensor says so.
class Tensor {}
const unavailable = (name) => () => {
  throw new Error(
    `@tensorflow/tfjs-node is not part of this package, so danfojs's ${String(name)} is unavailable`,
  );
};
module.exports = new Proxy(
  { Tensor },
  { get: (target, name) => (name in target ? target[name] : unavailable(name)) },
);
